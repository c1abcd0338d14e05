"""Bare aiosmtpd: its SMTP class and one of its own handlers.

Arguments: `Mailbox` and a folder, or `Sink`.
"""

import asyncio
import sys
from pathlib import Path

from aiosmtpd.handlers import Mailbox, Sink
from aiosmtpd.smtp import SMTP


async def serve(handler: object) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    print("READY smtp={}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # The Maildir makes its own folders only where nothing is yet.
    asyncio.run(serve(Mailbox(Path(sys.argv[2]) / "new") if sys.argv[1] == "Mailbox" else Sink()))
