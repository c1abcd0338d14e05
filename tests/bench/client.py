"""The load: connections that speak their dialogs over and over, and check each reply."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.bench.dialogs import Dialog
from tests.bench.processes import Server

# Seconds after which a server that does not answer has failed.
PATIENCE = 120
# Seconds in which a server tidies up behind the last session; that belongs to its cost.
SETTLE = 0.1


class Wrong(Exception):
    """A server said something else than it must."""


@dataclass(slots=True)
class Load:
    """What one server did in one round: times in microseconds, of each reply in `waits`."""

    sessions: int
    commands: int
    cpu: float
    elapsed: float
    waits: list[float] = field(repr=False)


class Client(asyncio.Protocol):
    """One connection, which speaks `dialog` once. `ended` gets the replies."""

    def __init__(self, dialog: Dialog, waits: list[float]) -> None:
        self._dialog = iter(dialog)
        self._waits = waits
        self._reply = b""
        self._replies: list[bytes] = []
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._since = time.perf_counter()
        self._step = next(self._dialog)

    def data_received(self, data: bytes) -> None:
        self._reply = reply = self._reply + data if self._reply else data
        step = self._step
        if not step.ends(reply):
            return
        self._waits.append((time.perf_counter() - self._since) * 1e6)
        if not step.right(reply):
            self._fail()
            return
        self._replies.append(reply)
        self._reply = b""
        self._go_on()

    def _go_on(self) -> None:
        self._step = step = next(self._dialog, None)
        if not step:
            self._transport.close()
            return
        self._since = time.perf_counter()
        self._transport.write(step.say)

    def _fail(self) -> None:
        said = f"{self._step.say[:80]!r} was answered with {self._reply[:200]!r}"
        self.ended.set_exception(Wrong(said))
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if self._step:
            self.ended.set_exception(Wrong(f"closed after {self._step.say[:80]!r}: {error}"))
        else:
            self.ended.set_result(self._replies)


async def speak(server: Server, dialog: Dialog, waits: list[float] | None = None) -> list[bytes]:
    """The replies to one session. Raises Wrong."""
    loop = asyncio.get_running_loop()
    made = await loop.create_connection(
        lambda: Client(dialog, [] if waits is None else waits), *server.address
    )
    return await made[1].ended


async def load(server: Server, dialogs: list[Dialog], sessions: int) -> Load:
    """Each dialog on a connection of its own, all at once, `sessions` in all. Raises Wrong."""
    waits: list[float] = []
    left = iter(range(sessions))

    async def work(dialog: Dialog) -> None:
        for _ in left:
            await speak(server, dialog, waits)

    before, start = server.spent(), time.perf_counter()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*map(work, dialogs))
    elapsed = (time.perf_counter() - start) * 1e6
    await asyncio.sleep(SETTLE)
    return Load(sessions, len(waits) - sessions, server.spent() - before, elapsed, waits)
