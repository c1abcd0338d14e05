"""Rows of whole sessions: server time beside the floor and beside servers that people know."""

import asyncio
import poplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from lab_process import Lab

from tests.bench import dialogs
from tests.bench.client import Load, Wrong, load, speak
from tests.bench.dialogs import Dialog
from tests.bench.dovecot import dovecot
from tests.bench.floor import learn
from tests.bench.mail import PASSWORD, WORKERS, address
from tests.bench.peers import DOVECOT, POSTFIX, why_missing
from tests.bench.postfix import postfix
from tests.bench.processes import Server, port_of, running
from tests.bench.table import Line

# Each server in turn, in each: a slow moment of the machine spoils one, and the median is taken.
ROUNDS = 9
FLOOR, MAILBOX, SINK = "floor", "aiosmtpd Mailbox", "aiosmtpd Sink"
PER_SECOND = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """`targets`: the most that the lab may cost, as a multiple of the named server.

    `messages`: how many a session sends.
    """

    name: str
    title: str
    service: str
    dialog: Callable[[int], Dialog]
    sessions: int
    beside: tuple[str, ...]
    targets: dict[str, float]
    messages: int = 0


SESSIONS = (
    Row(
        *("pop3", "POP3 session", "pop3", dialogs.pop3_login, 2000),
        *((FLOOR, DOVECOT), {FLOOR: 4}),
    ),
    Row(
        *("pop3-100", "POP3 100 RETR", "pop3", dialogs.pop3_many, 160),
        *((FLOOR, DOVECOT), {FLOOR: 3.2}),
    ),
    Row(
        *("smtp", "SMTP 1 message", "smtp", partial(dialogs.smtp, 1), 1200),
        *((FLOOR, MAILBOX, POSTFIX), {MAILBOX: 0.8, POSTFIX: 0.6}, 1),
    ),
    Row(
        *("smtp-20", "SMTP 20 messages", "smtp", partial(dialogs.smtp, 20), 160),
        *((FLOOR, SINK, POSTFIX), {SINK: 1}, 20),
    ),
    Row("imap", "IMAP session", "imap", dialogs.imap, 1200, (FLOOR, DOVECOT), {}),
)


def measure(row: Row, lab: Lab, folder: Path, quick: bool) -> Iterator[Line]:
    """One line for each server beside; all are loaded in turn."""
    spoken = [row.dialog(number) for number in range(WORKERS)]
    server = port_of(lab, row.service)
    count = max(row.sessions // ROUNDS // (5 if quick else 1), WORKERS)
    before = stored(lab)
    with ExitStack() as ends:
        others = {
            name: ends.enter_context(_other(name, row, server, folder))
            for name in row.beside
            if name not in (DOVECOT, POSTFIX) or not why_missing(name)
        }
        for one in (server, *others.values()):
            asyncio.run(load(one, spoken, WORKERS))
        rounds = [_round(spoken, count, [server, *others.values()]) for _ in range(ROUNDS)]
    # One session more taught the floor, and each worker spoke one to warm up.
    _check_stored(lab, before + (1 + WORKERS + ROUNDS * count) * row.messages)
    mine, *theirs = zip(*rounds, strict=True)
    speed = _speed(mine)
    for name, figures in zip(others, theirs, strict=True):
        yield _line(row, mine, name, figures, speed)
        speed = ""


def stored(lab: Lab) -> int:
    """Messages that have come so far."""
    return sum(_messages(lab, number) for number in range(WORKERS))


def _messages(lab: Lab, number: int) -> int:
    maildrop = poplib.POP3(*lab.pop3)
    maildrop.user(address("none", number))
    maildrop.pass_(PASSWORD)
    count, _ = maildrop.stat()
    maildrop.quit()
    return count


def _check_stored(lab: Lab, promised: int) -> None:
    """Each 250 was a promise (RFC 5321 6.1)."""
    if (kept := stored(lab)) != promised:
        raise Wrong(f"{kept} messages are stored, {promised} should be")


def _round(spoken: list[Dialog], count: int, servers: list[Server]) -> list[Load]:
    return [asyncio.run(load(server, spoken, count)) for server in servers]


def _other(name: str, row: Row, lab: Server, folder: Path) -> AbstractContextManager[Server]:
    if name == DOVECOT:
        return dovecot(row.service, folder)
    if name == POSTFIX:
        return postfix(folder)
    if name == FLOOR:
        return running("-m", "tests.bench.floor", given=_heart(row.dialog(0), lab))
    return running("-m", "tests.bench.bare", name.split()[-1], str(folder))


def _heart(dialog: Dialog, lab: Server) -> str:
    """What the floor has to know by heart."""
    return learn([step.say for step in dialog], asyncio.run(speak(lab, dialog)))


def _line(row: Row, mine: Sequence[Load], name: str, others: Sequence[Load], speed: str) -> Line:
    session = _cost(mine)
    command = session * mine[0].sessions / mine[0].commands
    ratio = median(_cost([one]) / _cost([other]) for one, other in zip(mine, others, strict=True))
    return Line(
        row.title,
        f"{session:.0f} us, {command:.0f} us a command",
        f"{name} {_cost(others):.0f} us",
        ratio=ratio,
        measured=ratio,
        target=row.targets.get(name),
        speed=speed,
    )


def _cost(rounds: Sequence[Load]) -> float:
    """Microseconds of server time a session."""
    return median(one.cpu / one.sessions for one in rounds)


def _speed(rounds: Sequence[Load]) -> str:
    rate = median(one.sessions / one.elapsed * PER_SECOND for one in rounds)
    return f"{rate:.0f} sessions/s, reply {percentiles([w for one in rounds for w in one.waits])}"


def percentiles(waits: list[float]) -> str:
    """Of microseconds."""
    cuts = quantiles(waits, n=100)
    return f"p50 {cuts[49] / 1000:.1f} p99 {cuts[98] / 1000:.1f} ms"
