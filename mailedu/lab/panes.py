"""One console: a real TCP connection to a mail port of our own."""

import asyncio
from collections.abc import Callable

from mailedu.lab.followers import Live
from mailedu.lab.gate import Gate
from mailedu.lab.hub import Address, Hub

# What a server that listens everywhere is reached by from its own machine.
_NEAREST = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class Pane(asyncio.Protocol):
    """Writes what the learner sends; what comes back the page hears from the hub."""

    live: Live
    gate: Gate

    def __init__(self) -> None:
        self.full = False

    @classmethod
    async def open(
        cls, hub: Hub, protocol: str, realm: str, waiting: Callable[[str, bool], None]
    ) -> "Pane":
        """Raises OSError when the port does not answer. `waiting` gets the conversation's id."""
        host, port = hub.ports[protocol]
        loop = asyncio.get_running_loop()
        transport, pane = await loop.create_connection(cls, _NEAREST.get(host, host), port)
        try:
            pane.live = await hub.claim(protocol, _local_address(transport), realm)
        except TimeoutError:
            transport.abort()
            raise
        conversation = pane.live.conversation
        pane.gate = Gate(conversation, lambda on: waiting(conversation.id, on))
        return pane

    def send(self, octets: bytes) -> bool:
        """False: the server does not read, nothing was sent."""
        if not self.full:
            self._transport.write(octets)
        return not self.full

    def close(self) -> None:
        self.gate.turn(False)
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False


def _local_address(transport: asyncio.Transport) -> Address:
    return transport.get_extra_info("sockname")[:2]
