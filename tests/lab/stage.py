"""A hub and real mail ports on the running loop, with the reference store."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mailedu.lab.followers import Follower
from mailedu.lab.hub import Hub
from mailedu.lab.panes import Pane
from mailedu.lab.rules import Viewer
from protocols import PROTOCOLS
from protocols.conversation import MailHost
from protocols.listeners import Listeners
from protocols.memory import MemoryStore
from protocols.tls import ServerTls

MAIL = b"From: someone@example.com\r\nSubject: Hello\r\n\r\nText\r\n"


class Stage:
    def __init__(self, tls: ServerTls | None = None) -> None:
        self.store = MemoryStore()
        self.hub = Hub()
        self.host = MailHost(self.store, self.hub, time.monotonic, tls=tls)

    async def pane(
        self, realm: str, service: str = "pop3", context: ssl.SSLContext | None = None
    ) -> Pane:
        return await Pane.open(self.hub, service, realm, context)

    async def outside(self, protocol: str = "pop3") -> "Client":
        client = Client(*await asyncio.open_connection(*self.hub.ports[protocol]))
        await client.answer()
        return client


class Client:
    """A mail program from outside."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.address = writer.get_extra_info("sockname")[:2]

    async def say(self, *lines: str) -> list[str]:
        """Each line's answer."""
        return [await self._say(line) for line in lines]

    async def _say(self, line: str) -> str:
        self._writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def answer(self) -> str:
        return (await self._reader.readline()).decode().rstrip()

    async def secure(self, context: ssl.SSLContext) -> None:
        """The server has agreed to begin TLS."""
        await self._writer.start_tls(context, server_hostname="localhost")

    def leave(self) -> None:
        self._writer.close()


class Page:
    """A follower that notes what it is told; `wakes` counts how often it was woken."""

    def __init__(self, hub: Hub, viewer: Viewer) -> None:
        self.hub = hub
        self.wakes = 0
        self.event = asyncio.Event()
        self.follower = Follower(viewer, self._wake)
        self.texts: dict[str, list[str]] = {}
        self.seqs: dict[str, list[int]] = {}

    def _wake(self) -> None:
        self.wakes += not self.event.is_set()
        self.event.set()

    def take(self) -> None:
        self.event.clear()
        for news in self.follower.take():
            id = news.live.conversation.id
            self.texts.setdefault(id, []).extend(entry.text for entry in news.entries)
            self.seqs.setdefault(id, []).extend(entry.seq for entry in news.entries)

    async def until(self, text: str) -> str:
        """Wait for a line that contains `text`; returns the id of its conversation."""
        async with asyncio.timeout(10):
            while True:
                self.take()
                for id, texts in self.texts.items():
                    if any(text in line for line in texts):
                        return id
                await self.event.wait()


@asynccontextmanager
async def stage(tls: ServerTls | None = None) -> AsyncIterator[Stage]:
    made = Stage(tls)
    listeners = Listeners(made.host, PROTOCOLS, "127.0.0.1", None)
    made.hub.ports |= await listeners.open()
    try:
        yield made
    finally:
        await listeners.close()
