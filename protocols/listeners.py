"""Opens and closes the mail ports on the running event loop."""

import asyncio
import errno
from collections.abc import Sequence

from protocols.connection import Connection
from protocols.conversation import Ending, MailHost
from protocols.protocol import MailProtocol, Service

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
        """Service -> (host, port), lowest standard port first. Raises OSError naming a taken port.

        Services that begin with TLS are left out where the host has none.
        """
        try:
            return {s.name: await self._open(protocol, s) for protocol, s in self._services()}
        except OSError:
            await self.close()
            raise

    def _services(self) -> list[tuple[MailProtocol, Service]]:
        pairs = [(protocol, s) for protocol in self._protocols for s in protocol.services]
        pairs.sort(key=lambda pair: pair[1].port)
        return [pair for pair in pairs if self.host.tls or not pair[1].tls]

    async def close(self) -> None:
        """No new connections; each open one gets its protocol's farewell."""
        for server in self._servers:
            server.close()
        for conversation in tuple(self.host.conversations):
            conversation.end(Ending.SHUTDOWN)
        await asyncio.sleep(0)

    async def _open(self, protocol: MailProtocol, service: Service) -> tuple[str, int]:
        port = 0 if self._offset is None else service.port + self._offset
        make = service.serve or Connection
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: make(self.host, protocol, service), self._bind, port, backlog=BACKLOG
            )
        except OSError as error:
            raise OSError(error.errno, _reason(error, service, self._bind, port)) from error
        self._servers.append(server)
        return server.sockets[0].getsockname()[:2]


def _reason(error: OSError, service: Service, bind: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} ({service.title}) on {bind} is taken by another program"
    return f"cannot open port {port} ({service.title}) on {bind}: {error.strerror or error}"
