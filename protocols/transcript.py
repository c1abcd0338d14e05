"""What crossed the wire, line by line: entries, and the recorder that keeps them in bounds."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from protocols.framing import Octets, joined, length
from protocols.tls import Sealed

if TYPE_CHECKING:
    from protocols.observer import Observer

# A connection's transcript keeps its beginning and its end, as a debugging trace should; a class
# session is a few hundred lines, a mail program's a few thousand.
KEEP_FIRST = 200
KEEP_LAST = 1800
# Octets that a piece costs in memory beside its text: a client may send one octet at a time.
PIECE = 256
# Octets of one connection that may wait to be explained while nobody watches: most sessions end
# before, unexplained.
MAX_RAW = 1024 * 1024
# What they may be once all connections together have this many waiting.
CROWDED = 64 * 1024 * 1024
MAX_RAW_CROWDED = 32 * 1024
# What others see in place of each character of a password.
MASK = "•"
# Octets that are explained at once for somebody who watches, so that nobody else has to wait ...
DIGEST = 64 * 1024
# ... and lines: each takes a hundredth of a millisecond and more, however short it is.
DIGEST_LINES = 256
# ... and seconds: the longest lines take some thousandths each.
DIGEST_SECONDS = 0.005
# Lines that are explained at once where twice as many octets wait as may, so that they do not
# become ever more: no piece of an answer has so many.
HURRY = 4 * DIGEST_LINES
# A longer piece is explained in parts of whole lines: a client that sends ahead may bring many.
PART = 2 * 1024


class Side(StrEnum):
    CLIENT = "C"
    SERVER = "S"
    NEITHER = "-"  # an event of the connection itself: opened, closed


class Kind(StrEnum):
    COMMAND = "command"
    REPLY = "reply"  # the (first line of the) answer to a command, and the greeting
    CONTINUATION = "continuation"  # "go on": 334, 354, IMAP +
    UNTAGGED = "untagged"  # IMAP data
    DATA = "data"  # a line of a multi-line reply, a message, a literal, an AUTH exchange
    END = "end"  # what closes DATA: the lone dot
    ELIDED = "elided"  # stands for DATA lines left out; params: lines, octets
    EVENT = "event"


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    NONE = ""


class Token(NamedTuple):
    """text[start:end] of an entry means `id` (an explanation, given the entry's params)."""

    start: int
    end: int
    id: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What the tutor says beside a line: an explanation id and its values."""

    id: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """One explained line. `seq` counts from 1 in its connection, `time` in seconds from its start.

    `text` is the line without its line end, undecodable octets as \\xNN. `before` and `state` are
    the state before and after. `unit` is the seq of the line that opened this multi-line unit (its
    own for others); `answers` the seq of the command it answers (0: none). `secret` is the span of
    a password; `proved`: the line belongs to a login that succeeded. `sealed` is what crossed the
    wire where TLS hid the line (None: it did not).
    """

    side: Side
    kind: Kind
    text: str
    id: str
    params: dict[str, str] = field(default_factory=dict)
    tokens: tuple[Token, ...] = ()
    before: str = ""
    state: str = ""
    phase: str = ""
    outcome: Outcome = Outcome.NONE
    rfc: str = ""
    unit: int = 0
    answers: int = 0
    remark: Remark | None = None
    secret: tuple[int, int] | None = None
    proved: bool = False
    line_end: str = "CRLF"  # or LF, or "" inside a literal or for a line cut off
    seq: int = 0
    time: float = 0.0
    sealed: Sealed | None = None


def printable(octets: bytes) -> str:
    """`octets` as text of the same reading: UTF-8 where it is, \\xNN where it is not."""
    return octets.decode("utf-8", "backslashreplace")


def mask(entry: Entry) -> str:
    """The text for eyes other than its owner's."""
    if not entry.secret:
        return entry.text
    start, end = entry.secret
    return entry.text[:start] + MASK * (end - start) + entry.text[end:]


@dataclass(slots=True)
class Backlog:
    """The octets that wait to be explained, of all open connections of a host."""

    octets: int = 0


class Recorder:
    """Keeps one connection's octets until somebody looks, then its entries, in bounds.

    `clock` gives seconds. Explaining is put off, because most connections are never watched.
    """

    def __init__(
        self, observer: "Observer", clock: Callable[[], float], backlog: Backlog | None = None
    ) -> None:
        self.observer = observer
        self._clock = clock
        self._opened = clock()
        self._backlog = backlog or Backlog()
        # An event has Side.NEITHER, and its id and params in place of octets; a proof has None.
        self._raw: list[tuple[float, Side, Any, Sealed | None]] = []
        self._raw_size = 0
        self._first: list[Entry] = []
        self._last: deque[Entry] = deque(maxlen=KEEP_LAST)

    def record(self, side: Side, data: Octets, sealed: Sealed | None = None) -> None:
        """`data` as the engine reads or says it; `sealed` is what crossed the wire in its place."""
        self._raw.append((self._clock() - self._opened, side, data, sealed))
        size = PIECE + length(data)
        self._raw_size += size  # no `_count`: no line of a session runs more often
        self._backlog.octets += size
        if self._raw_size > MAX_RAW_CROWDED and self._raw_size > self._limit():
            self._catch_up(size)

    def event(self, id: str, **params: str) -> None:
        """Note something that is no line: the connection opened, closed, went idle."""
        self._raw.append((self._clock() - self._opened, Side.NEITHER, (id, params), None))

    def proved(self) -> None:
        """The client's last line so far has logged in."""
        self._raw.append((0.0, Side.NEITHER, None, None))

    def released(self) -> None:
        """The connection is gone: what waits is no longer counted."""
        self._backlog.octets -= self._raw_size
        self._backlog = Backlog(self._raw_size)

    @property
    def waiting(self) -> bool:
        """Whether something still has to be explained."""
        return bool(self._raw)

    @property
    def entries(self) -> list[Entry]:
        """All that is kept; where seq jumps, the middle was left out."""
        while self._raw:
            self._digest(DIGEST)
        return [*self._first, *self._last]

    def since(self, seq: int) -> list[Entry]:
        """The entries after number `seq`; while `waiting`, there are more."""
        self._digest(DIGEST, DIGEST_LINES, DIGEST_SECONDS)
        found = self._first[seq:]  # their numbers are 1, 2, 3 ...
        if self._last:
            start = max(seq + 1 - self._last[0].seq, 0)
            found += [self._last[n] for n in range(start, len(self._last))]
        return found

    def _catch_up(self, size: int) -> None:
        """`size` came. Once twice as many octets wait as may, as many are explained as come."""
        limit = self._limit()
        if self._raw_size <= 2 * limit:
            self._digest(self._raw_size - limit, DIGEST_LINES, DIGEST_SECONDS)
        else:
            self._digest(size, HURRY)

    def _limit(self) -> int:
        return MAX_RAW if self._backlog.octets < CROWDED else MAX_RAW_CROWDED

    def _digest(self, octets: int, lines: float = inf, seconds: float = inf) -> None:
        """Explain the oldest pieces: so many octets or lines, or what takes so long."""
        count = fed = 0
        most = self.observer.explained + lines
        end = self._clock() + seconds
        while count < len(self._raw):
            time, side, data, sealed = self._raw[count]
            if side is Side.NEITHER:  # a proof stays with its line
                self._note(data, time)
                count += 1
                continue
            if octets <= 0 or self.observer.explained >= most or (fed and self._clock() >= end):
                break
            data = joined(data)
            if len(data) > PART and len(parts := _parts(data)) > 1:
                octets += self._cut(count, parts)
                continue
            self._keep(self.observer.feed(side, data), time, sealed)
            fed += 1
            octets -= PIECE + len(data)
            self._count(-PIECE - len(data))
            count += 1
        del self._raw[:count]

    def _note(self, event: tuple[str, dict[str, str]] | None, time: float) -> None:
        if event:
            self._keep(self.observer.event(*event), time)
        else:
            self._prove()

    def _cut(self, index: int, parts: list[bytes]) -> int:
        """Put its parts in place of the piece at `index`; returns what they cost more."""
        time, side, _, sealed = self._raw[index]
        self._raw[index : index + 1] = [(time, side, part, sealed) for part in parts]
        cost = PIECE * (len(parts) - 1)
        self._count(cost)
        return cost

    def _count(self, octets: int) -> None:
        self._raw_size += octets
        self._backlog.octets += octets

    def _prove(self) -> None:
        """A login may be of several lines: a literal, a response."""
        kept = [*self._first, *self._last]
        said = [entry for entry in kept if entry.side is Side.CLIENT]
        for entry in said:
            entry.proved = entry.proved or entry.unit == said[-1].unit

    def _keep(self, entries: list[Entry], time: float, sealed: Sealed | None = None) -> None:
        for entry in entries:
            entry.time, entry.sealed = time, sealed
            (self._first if len(self._first) < KEEP_FIRST else self._last).append(entry)


def _parts(data: bytes) -> list[bytes]:
    """`data` in parts of PART octets and the rest of the line that they end in."""
    parts, start = [], 0
    while start < len(data):
        end = data.find(b"\n", start + PART - 1) + 1 or len(data)
        parts.append(data[start:end])
        start = end
    return parts
