"""What crossed the wire, line by line: entries, and the recorder that keeps them in bounds."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from protocols.tls import Sealed

if TYPE_CHECKING:
    from protocols.observer import Observer

# A connection's transcript keeps its beginning and its end, as a debugging trace should; a class
# session is a few hundred lines, a mail program's a few thousand.
KEEP_FIRST = 200
KEEP_LAST = 1800
# Bytes that may wait to be explained while nobody watches.
MAX_RAW = 64 * 1024


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


@dataclass(frozen=True, slots=True)
class Token:
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
    a password. `sealed` is what crossed the wire where TLS hid the line (None: it did not).
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
    return entry.text[:start] + "•" * (end - start) + entry.text[end:]


class Recorder:
    """Keeps one connection's bytes until somebody looks, then its entries, in bounds.

    `clock` gives seconds. Explaining is put off, because most connections are never watched.
    """

    def __init__(self, observer: "Observer", clock: Callable[[], float]) -> None:
        self.observer = observer
        self._clock = clock
        self._opened = clock()
        self._raw: list[tuple[float, Side, bytes, Sealed | None]] = []
        self._raw_size = 0
        self._first: list[Entry] = []
        self._last: deque[Entry] = deque(maxlen=KEEP_LAST)

    def record(self, side: Side, data: bytes, sealed: Sealed | None = None) -> None:
        """`data` as the engine reads or says it; `sealed` is what crossed the wire in its place."""
        self._raw.append((self._clock() - self._opened, side, data, sealed))
        self._raw_size += len(data)
        if self._raw_size > MAX_RAW:
            self._digest()

    def event(self, id: str, **params: str) -> None:
        """Note something that is no line: the connection opened, closed, went idle."""
        self._digest()
        self._keep(self.observer.event(id, params), self._clock() - self._opened)

    def secured(self, **params: str) -> None:
        """TLS begins: what the server knew so far it has forgotten."""
        self.event("wire.tls", **params)
        self.observer.secured()

    @property
    def entries(self) -> list[Entry]:
        """All that is kept; where seq jumps, the middle was left out."""
        self._digest()
        return [*self._first, *self._last]

    def since(self, seq: int) -> list[Entry]:
        """The entries after number `seq`."""
        self._digest()
        if not self._last or self._last[0].seq > seq + 1:
            return [entry for entry in self.entries if entry.seq > seq]
        return [self._last[n] for n in range(seq + 1 - self._last[0].seq, len(self._last))]

    def _digest(self) -> None:
        raw, self._raw, self._raw_size = self._raw, [], 0
        for time, side, data, sealed in raw:
            self._keep(self.observer.feed(side, data), time, sealed)

    def _keep(self, entries: list[Entry], time: float, sealed: Sealed | None = None) -> None:
        for entry in entries:
            entry.time, entry.sealed = time, sealed
            (self._first if len(self._first) < KEEP_FIRST else self._last).append(entry)
