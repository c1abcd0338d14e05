"""Gathers commands from what comes in: their lines, and the literals between (RFC 3501 4.3)."""

from collections.abc import Callable
from dataclasses import dataclass

from protocols.framing import LineTooLong, Reader, strip_line_end
from protocols.imap import replies
from protocols.imap.grammar.command import Literal, literal_ahead
from protocols.imap.refusals import refusal_of
from protocols.replies import Refused
from protocols.store import OverQuota

# RFC 2683 3.2.1.5 asks for 8000 octets.
MAX_LINE = 8192
# All lines and literals of a command without the message of APPEND: names and passwords fit.
MAX_COMMAND = 64 * 1024


@dataclass(frozen=True, slots=True)
class Unfit:
    """A command that was refused before it was whole; `start` is what came of it.

    `dropped` is the beginning of a line that was too long.
    """

    start: bytes
    refused: Refused
    dropped: bytes = b""


# Says, by what came so far, how many octets the literal may have; raises Refused.
Limit = Callable[[bytes], int]
# Raises Refused or OverQuota if there is no room for a message of so many octets.
Room = Callable[[int], None]


class Intake:
    """`limit` and `room` judge a literal before it is asked for: nothing too big is ever kept."""

    def __init__(self, reader: Reader, limit: Limit, room: Room) -> None:
        self._reader = reader
        self._limit = limit
        self._room = room
        self._gathered = bytearray()
        self._missing = 0  # octets of a literal still to come
        self._unfit: Unfit | None = None  # its literals are read and dropped

    def next(self) -> bytes | Literal | Unfit | None:
        """A whole command, a literal to ask for, a refused command; None while all is incomplete.

        Within a command each literal stands behind its `{n}` and CRLF, as on the wire.
        """
        while self._take_literal():
            try:
                line = self._reader.line(MAX_LINE)
            except LineTooLong as long:
                return self._refuse(Refused(replies.LINE_TOO_LONG, limit=MAX_LINE), long.start)
            if line is None:
                return None
            self._gathered += b"" if self._unfit else strip_line_end(line)
            literal = literal_ahead(strip_line_end(line))
            if literal is None:
                return self._whole()
            if found := self._announced(literal):
                return found
        return None

    @property
    def octets(self) -> int:
        """How many are kept of a command that has not come whole."""
        return len(self._gathered) + (len(self._reader) if self._missing else 0)

    def drop(self, refused: Refused) -> None:
        """Keep nothing more of the command under way: it is refused once it has come whole."""
        self._unfit = Unfit(bytes(self._gathered), refused)
        self._gathered.clear()
        self._take_literal()

    def _announced(self, literal: Literal) -> Literal | Unfit | None:
        """What to answer at once to a literal that is announced."""
        try:
            if not self._unfit:
                self._judge(literal)
        except (Refused, OverQuota) as error:
            self._unfit = Unfit(bytes(self._gathered), refusal_of(error))
        if literal.waits and self._unfit:
            return self._refuse(self._unfit.refused)  # RFC 3501 7.5: then the literal is not sent
        self._missing = literal.octets
        self._gathered += b"" if self._unfit else b"\r\n"
        return literal if literal.waits else None

    def _judge(self, literal: Literal) -> None:
        limit = self._limit(bytes(self._gathered))
        holds_message = limit > MAX_COMMAND
        if literal.octets > limit:
            reply = replies.APPEND_TOO_BIG if holds_message else replies.LITERAL_TOO_BIG
            raise Refused(reply, limit=limit)
        whole = MAX_COMMAND + (limit if holds_message else 0)
        if len(self._gathered) + literal.octets > whole:
            raise Refused(replies.LITERAL_TOO_BIG, limit=whole - len(self._gathered))
        if holds_message:
            self._room(literal.octets)

    def _take_literal(self) -> bool:
        """Whether no literal is missing any more."""
        if self._unfit:
            self._missing -= len(self._reader.some(self._missing))
        elif self._missing and (octets := self._reader.octets(self._missing)) is not None:
            self._gathered += octets
            self._missing = 0
        return not self._missing

    def _whole(self) -> bytes | Unfit:
        if self._unfit:
            return self._refuse(self._unfit.refused)
        octets, self._gathered = bytes(self._gathered), bytearray()
        return octets

    def _refuse(self, refused: Refused, dropped: bytes = b"") -> Unfit:
        unfit, self._unfit = self._unfit, None
        start, self._gathered = bytes(self._gathered), bytearray()
        return unfit or Unfit(start, refused, dropped)
