"""One console: a real TCP connection to a mail port of our own, with TLS where it belongs."""

import asyncio
import ssl
from contextlib import suppress

from mailedu.lab.followers import Live
from mailedu.lab.gate import Gate
from mailedu.lab.hub import Address, Hub
from protocols.tls import TlsFailed, TlsLayer

# What a server that listens everywhere is reached by from its own machine.
_NEAREST = {"0.0.0.0": "127.0.0.1", "::": "::1"}
# The name that the lab's certificate has wherever it runs.
SERVER_NAME = "localhost"
# Octets that may wait for the end of a handshake: the largest message of a page.
MAX_UNSENT = 64 * 1024
# What is read at once, in a buffer that all consoles share.
_READ = memoryview(bytearray(64 * 1024))
# Seconds for a server to take what is under way: a busy one needs parts of a second.
PATIENCE = 5


class Pane(asyncio.BufferedProtocol):
    """Sends what the learner sends; what comes back the page hears from the hub.

    TLS begins at once where the service has it, else after the server's answer to STARTTLS or STLS.
    """

    live: Live
    gate: Gate

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._tls: TlsLayer | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._unsent = bytearray()  # what must not cross the wire before the handshake is done
        self._received = 0  # octets before TLS
        self._clear: int | None = None  # after how many of them TLS begins

    @classmethod
    async def open(
        cls,
        hub: Hub,
        service: str,
        realm: str,
        context: ssl.SSLContext | None = None,
        guest: str = "",
    ) -> "Pane":
        """Raises OSError when the port does not answer.

        `context` says whom the console trusts; without one it speaks no TLS. `guest` is who sits
        at it.
        """
        host, port = hub.ports[service]
        loop = asyncio.get_running_loop()
        place = _NEAREST.get(host, host), port
        transport, pane = await loop.create_connection(lambda: cls(context), *place)
        try:
            pane.live = await hub.claim(service, _local_address(transport), realm, guest)
        except TimeoutError:
            transport.abort()
            raise
        conversation = pane.live.conversation
        pane.gate = Gate(conversation)
        conversation.upgrading = pane._upgrade
        if conversation.service.tls:
            pane._upgrade(0)
        return pane

    async def ready(self) -> None:
        """Wait while the server has much to read, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._writable.wait(), PATIENCE)

    def send(self, octets: bytes) -> bool:
        """False: the server does not read, nothing was sent."""
        if not self._writable.is_set() or len(self._unsent) > MAX_UNSENT:
            return False
        self._unsent += octets
        self._flush()
        return True

    def close(self) -> None:
        self.gate.turn(False)
        if self._secured:
            self._transport.write(self._tls.close())
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return _READ

    def buffer_updated(self, octets: int) -> None:
        if self._tls:
            self._unseal(bytes(_READ[:octets]))
        else:
            self._received += octets
            self._begin_when_due()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    @property
    def _secured(self) -> bool:
        return self._tls is not None and self._tls.handshake is not None

    def _flush(self) -> None:
        if not self._unsent or (self._clear is not None and not self._secured):
            return
        octets, self._unsent = bytes(self._unsent), bytearray()
        self._transport.write(self._tls.seal(octets) if self._tls else octets)

    def _upgrade(self, octets: int) -> None:
        """The server begins TLS after so many octets of its own."""
        self._clear = octets
        self._begin_when_due()

    def _begin_when_due(self) -> None:
        if self._received != self._clear or self._transport.is_closing():
            return
        if not self._context:
            self._transport.close()
            return
        self._tls = TlsLayer(self._context, SERVER_NAME)
        self._tls.shake_hands()
        self._transport.write(self._tls.outgoing())

    def _unseal(self, octets: bytes) -> None:
        try:
            self._tls.receive(octets)
        except TlsFailed:
            self._transport.write(self._tls.outgoing())  # the alert, which the server records
            self._transport.close()
            return
        if answer := self._tls.outgoing():
            self._transport.write(answer)
        self._flush()


def _local_address(transport: asyncio.Transport) -> Address:
    return transport.get_extra_info("sockname")[:2]
