"""Rows of whole sessions: server time beside the floor and beside servers that people know."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from lab_process import Lab

from tests.bench import dialogs
from tests.bench.client import Load, load, speak
from tests.bench.dialogs import Dialog
from tests.bench.floor import learn
from tests.bench.mail import WORKERS
from tests.bench.processes import Server, port_of, running
from tests.bench.table import Line

ROUNDS = 5
FLOOR, MAILBOX, SINK = "floor", "aiosmtpd Mailbox", "aiosmtpd Sink"
PER_SECOND = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """`targets`: the most that the lab may cost, as a multiple of the named server."""

    name: str
    title: str
    service: str
    dialog: Callable[[int], Dialog]
    sessions: int
    beside: tuple[str, ...]
    targets: dict[str, float]


SESSIONS = (
    Row("pop3", "POP3 session", "pop3", dialogs.pop3_login, 2000, (FLOOR,), {FLOOR: 4}),
    Row("pop3-100", "POP3 100 RETR", "pop3", dialogs.pop3_many, 160, (FLOOR,), {FLOOR: 3.2}),
    Row(
        *("smtp", "SMTP 1 message", "smtp", partial(dialogs.smtp, 1), 1200),
        *((FLOOR, MAILBOX), {MAILBOX: 0.8}),
    ),
    Row(
        *("smtp-20", "SMTP 20 messages", "smtp", partial(dialogs.smtp, 20), 160),
        *((FLOOR, SINK), {SINK: 1}),
    ),
    Row("imap", "IMAP session", "imap", dialogs.imap, 1200, (FLOOR,), {}),
)


def measure(row: Row, lab: Lab, folder: Path, quick: bool) -> Iterator[Line]:
    """One line for each server beside."""
    spoken = [row.dialog(number) for number in range(WORKERS)]
    server = port_of(lab, row.service)
    count = max(row.sessions // ROUNDS // (5 if quick else 1), WORKERS)
    asyncio.run(load(server, spoken, WORKERS))
    with _beside(row, server, folder) as others:
        rounds = [
            {name: asyncio.run(load(one, spoken, count)) for name, one in others.items()}
            for _ in range(ROUNDS)
        ]
    mine = [figures.pop("lab") for figures in rounds]
    for name in row.beside:
        yield _line(row, mine, name, [figures[name] for figures in rounds])


@contextmanager
def _beside(row: Row, lab: Server, folder: Path) -> Iterator[dict[str, Server]]:
    """Those that are compared, in turn: name -> server."""
    with ExitStack() as ends:
        servers = {name: ends.enter_context(_other(name, row, lab, folder)) for name in row.beside}
        yield {**servers, "lab": lab}


def _other(name: str, row: Row, lab: Server, folder: Path):
    if name == FLOOR:
        dialog = row.dialog(0)
        replies = asyncio.run(speak(lab, dialog))
        given = learn([step.say for step in dialog], replies)
        return running("-m", "tests.bench.floor", given=given)
    return running("-m", "tests.bench.bare", name.split()[-1], str(folder))


def _line(row: Row, mine: list[Load], name: str, other: list[Load]) -> Line:
    session, base = _cost(mine), _cost(other)
    command = session * mine[0].sessions / mine[0].commands
    target = row.targets.get(name)
    return Line(
        row.title,
        f"{session:.0f} us, {command:.0f} us a command",
        f"{name} {base:.0f} us",
        ratio=session / base,
        measured=session / base,
        target=target,
        speed=_speed(mine),
    )


def _cost(rounds: list[Load]) -> float:
    """Microseconds of server time a session."""
    return median(one.cpu / one.sessions for one in rounds)


def _speed(rounds: list[Load]) -> str:
    rate = median(one.sessions / one.elapsed * PER_SECOND for one in rounds)
    return f"{rate:.0f} sessions/s, reply {percentiles([w for one in rounds for w in one.waits])}"


def percentiles(waits: list[float]) -> str:
    """Of microseconds."""
    cuts = quantiles(waits, n=100)
    return f"p50 {cuts[49] / 1000:.1f} p99 {cuts[98] / 1000:.1f} ms"
