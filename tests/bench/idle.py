"""Rows of memory: what a connection costs that was greeted and then says nothing."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab_process import running_lab

from tests.bench.client import PATIENCE, Wrong
from tests.bench.processes import Server, port_of, resident
from tests.bench.table import Line

CONNECTIONS = 5000
# Connections before the measurement, so that what a server loads once does not count.
WARM_UP = 100
# Connections that are opened at once: as many as wait at a busy port.
AT_ONCE = 50
# Seconds in which a server comes to rest.
REST = 1
# KiB of memory a connection may cost.
TARGET = 16


@dataclass(frozen=True, slots=True)
class Row:
    """`greeting` is what the first line begins with."""

    name: str
    title: str
    service: str
    greeting: bytes


IDLE = (
    Row("idle-pop3", "POP3 idle", "pop3", b"+OK "),
    Row("idle-imap", "IMAP idle", "imap", b"* OK "),
    Row("idle-smtp", "SMTP idle", "smtp", b"220 "),
)


def measure(row: Row, folder: Path, quick: bool) -> Iterator[Line]:
    """In a fresh process: memory that another row has left free would hide the cost."""
    count = CONNECTIONS // (5 if quick else 1)
    with running_lab(folder / row.name) as lab:
        octets = asyncio.run(_grow(port_of(lab, row.service), row.greeting, count))
    kib = octets / 1024 / count
    value = f"{kib:.1f} KiB a connection"
    yield Line(row.title, value, f"{count} connections", measured=kib, target=TARGET, unit="KiB")


async def _grow(server: Server, greeting: bytes, count: int) -> int:
    """Octets that `count` open connections add."""
    async with asyncio.timeout(PATIENCE):
        await _close(await _open(server, greeting, WARM_UP))
        await asyncio.sleep(REST)
        before = resident(server.pid)
        opened = await _open(server, greeting, count)
        await asyncio.sleep(REST)
        grown = resident(server.pid) - before
        if gone := sum(one.is_gone for one in opened):
            raise Wrong(f"{gone} of {count} idle connections were closed")
        await _close(opened)
    return grown


async def _open(server: Server, greeting: bytes, count: int) -> list["Silent"]:
    loop = asyncio.get_running_loop()
    opened: list[Silent] = []
    while len(opened) < count:
        new = [
            loop.create_connection(Silent, *server.address)
            for _ in range(min(AT_ONCE, count - len(opened)))
        ]
        group = [silent for _, silent in await asyncio.gather(*new)]
        for silent in group:
            if not (line := await silent.greeted).startswith(greeting):
                raise Wrong(f"greeted with {line[:200]!r}")
        opened += group
    return opened


async def _close(opened: list["Silent"]) -> None:
    for silent in opened:
        silent.transport.abort()
    await asyncio.sleep(0)


@dataclass(slots=True)
class Silent(asyncio.Protocol):
    """Reads the greeting and says nothing."""

    transport: asyncio.Transport | None = None
    greeted: asyncio.Future[bytes] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    is_gone: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.greeted.done():
            self.greeted.set_result(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_gone = True
        if not self.greeted.done():
            self.greeted.set_exception(Wrong(f"closed before the greeting: {error}"))
