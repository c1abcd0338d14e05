"""Opens and closes the mail ports on the running event loop."""

import asyncio
import errno
from collections.abc import Sequence

from protocols.conversation import Ending, MailHost
from protocols.protocol import MailProtocol

# A class of forty arrives at once; the system's usual 100 would do, its 128 costs nothing.
BACKLOG = 128


class Listeners:
    """All mail ports of one host. `port_offset` is added to the standard ones; None = any free."""

    def __init__(
        self, host: MailHost, protocols: Sequence[MailProtocol], bind: str, port_offset: int | None
    ) -> None:
        self.host = host
        self._protocols = protocols
        self._bind = bind
        self._offset = port_offset
        self._servers: list[asyncio.Server] = []

    async def open(self) -> dict[str, tuple[str, int]]:
        """Name -> (host, port), lowest standard port first. Raises OSError naming a taken port."""
        in_order = sorted(self._protocols, key=lambda protocol: protocol.port)
        try:
            return {protocol.name: await self._open(protocol) for protocol in in_order}
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        """No new connections; each open one gets its protocol's farewell."""
        for server in self._servers:
            server.close()
        for conversation in tuple(self.host.conversations):
            conversation.end(Ending.SHUTDOWN)
        await asyncio.sleep(0)

    async def _open(self, protocol: MailProtocol) -> tuple[str, int]:
        port = 0 if self._offset is None else protocol.port + self._offset
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: protocol.serve(protocol, self.host), self._bind, port, backlog=BACKLOG
            )
        except OSError as error:
            raise OSError(error.errno, _reason(error, protocol, self._bind, port)) from error
        self._servers.append(server)
        return server.sockets[0].getsockname()[:2]


def _reason(error: OSError, protocol: MailProtocol, bind: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} ({protocol.title}) on {bind} is taken by another program"
    return f"cannot open port {port} ({protocol.title}) on {bind}: {error.strerror or error}"
