"""A LabServer without Django's pages: one websocket that tells and does what the tests ask.

Arguments: bind, HTTP port, mail port (0 = any free). Prints READY, and `ended` for each consumer.
"""

import asyncio
import json
import sys

from django.conf import settings

settings.configure()

from mailedu.consumers import LabConsumer  # noqa: E402
from mailedu.server import MAX_FRAME, LabServer, ready_line  # noqa: E402

Address = tuple[str, int]


class Echo:
    """The mail side: one port that gives back what it gets, and says goodbye at the end."""

    def __init__(self, bind: str, port: int) -> None:
        self.address = (bind, port)

    async def open(self) -> dict[str, Address]:
        try:
            self._server = await asyncio.start_server(self._serve, *self.address)
        except OSError as error:
            raise OSError(error.errno, f"port {self.address[1]} (Echo) is taken") from error
        return {"echo": self._server.sockets[0].getsockname()[:2]}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)

    async def close(self) -> None:
        print("mail closed", flush=True)


class Probe(LabConsumer):
    """`{"do": "echo"}` comes back; `big` is much, `flood` endless; `buffered` waits for whom."""

    async def receive(self, message: dict) -> None:
        match message:
            case {"do": "flood"}:
                self._flood = asyncio.create_task(self._send_for_ever())
            case {"do": "buffered"}:
                await self.send_json({"buffered": buffered(), "sent": Probe.sent})
            case {"do": "big"}:
                await self.send_json({"big": "x" * (3 * MAX_FRAME)})
            case {"do": "fail"}:
                raise ValueError("asked to fail")
            case _:
                await self.send_json(message)

    sent = 0

    async def _send_for_ever(self) -> None:
        while True:
            await self.send_json({"filling": "x" * 30_000})
            Probe.sent += 1

    async def disconnect(self, code: int) -> None:
        await asyncio.sleep(0)
        if flood := getattr(self, "_flood", None):
            flood.cancel()
        print(f"ended {code}", flush=True)


def buffered() -> int:
    """Octets that wait in the transports of all websockets."""
    transports = [protocol.transport for protocol in server.connections if protocol.transport]
    return sum(len(t.dataBuffer) + t._tempDataLen for t in transports if hasattr(t, "dataBuffer"))


async def application(scope: dict, receive, send) -> None:
    if scope["type"] == "websocket":
        await Probe.as_asgi()(scope, receive, send)
        return
    body = json.dumps(scope["path"]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


bind, http_port, mail_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
server = LabServer(
    application,
    Echo(bind, mail_port),
    bind,
    http_port,
    signals=True,
    announce=lambda ports: print(ready_line(ports), flush=True),
)
server.run()
sys.exit(server.exit_code)
