"""Reads the two byte streams of any conversation and names each line.

The base of the three observers: it cuts the streams into lines and counted literals, numbers the
entries and leaves out the middle of long bodies. It never raises and keeps bounded memory, whatever
it is fed.
"""

import logging
import re
from abc import ABC, abstractmethod

from protocols.framing import strip_line_end
from protocols.transcript import Entry, Kind, Side, printable

log = logging.getLogger(__name__)

# A longer line is shown in pieces: no protocol here allows one, and a page could not show it.
MAX_PIECE = 4096
# Lines of one body that are shown before the rest is counted only.
MAX_UNIT_LINES = 120

# By how many octets they are.
_LINE_ENDS = ("", "LF", "CRLF")
# What defines the TLS of a handshake, by the version that both agreed on.
_TLS_RFC = {"TLSv1.2": "RFC 5246", "TLSv1.3": "RFC 8446"}


class _Stream:
    def __init__(self) -> None:
        self.buffer = bytearray()
        self.literal = 0  # octets of a literal still to come
        self.continued = False  # the next piece belongs to a line that has begun

    def piece(self) -> bytes | None:
        """The next line, or the part of it that belongs to a literal; None while incomplete."""
        end = self.buffer.find(b"\n", 0, MAX_PIECE) + 1
        if not end and len(self.buffer) >= MAX_PIECE:
            end = MAX_PIECE - self.buffer.startswith(b"\r", MAX_PIECE - 1)  # CRLF stays whole
        if self.literal and (not end or end > self.literal):
            end = self.literal if len(self.buffer) >= self.literal else 0
        return self.take(end)

    def body(self, lone_dot: re.Pattern[bytes]) -> bytes | None:
        """All whole lines up to a lone dot or to the last line of a literal."""
        if self.literal:
            end = self.buffer.rfind(b"\n", 0, self.literal) + 1
        else:
            dot = lone_dot.search(self.buffer)
            end = dot.start() if dot else self.buffer.rfind(b"\n") + 1
        return self.take(end)

    def take(self, count: int) -> bytes | None:
        if not count:
            return None
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        self.literal = max(self.literal - count, 0)
        return taken


class Observer(ABC):
    """`state` is the server's state as far as the lines tell. Feed it in the order of the wire.

    While `explain` runs, `line_end` is that of its line, and `continued` tells that the piece goes
    on with a line of more than MAX_PIECE octets. `explained` counts the pieces that were explained,
    also those that are left out. `lone_dot` finds what may end a long message.
    """

    state: str
    lone_dot = re.compile(rb"^\.\r?\n", re.MULTILINE)
    line_end = ""
    continued = False

    def __init__(self) -> None:
        self.explained = 0
        self._seq = 0
        self._unit_lines = 0
        # What a handshake told, while since then nobody has said more than the greeting
        self._mute: dict[str, str] | None = None
        self._elided = [0, 0]
        self._elided_model: Entry | None = None
        self._streams = {Side.CLIENT: _Stream(), Side.SERVER: _Stream()}

    @abstractmethod
    def explain(self, side: Side, line: bytes, in_literal: bool) -> Entry:
        """Name one line (without its line end). A line past the limit comes in pieces."""

    def in_long_body(self, side: Side) -> bool:
        """Whether the lines of `side` up to a lone dot need no more than to be counted.

        Asked once so many of them were shown that the rest is left out.
        """
        return False

    def skimmed(self, lines: int, octets: bytes) -> None:  # noqa: B027  not every body is counted
        """So many lines of a long body passed unexplained."""

    def event_phase(self) -> str:
        """The phase band in which an event of the connection belongs."""
        return ""

    @property
    def unfinished(self) -> bool:
        """Whether something is under way that the end of the connection cuts off."""
        return False

    def secured(self) -> None:  # noqa: B027  not every protocol remembers something
        """TLS has begun: the server has forgotten what it was told (RFC 2595 4)."""

    def expect_literal(self, side: Side, octets: int) -> None:
        """The next `octets` of `side` are a literal: no line ends count in it (RFC 3501 4.3)."""
        self._streams[side].literal = octets

    def feed(self, side: Side, data: bytes) -> list[Entry]:
        stream = self._streams[side]
        stream.buffer += data
        entries: list[Entry] = []
        while stream.buffer:
            if self._elided_model:
                self._skim(side, stream)
            in_literal = stream.literal > 0
            if (piece := stream.piece()) is None:
                break
            entries += self._explained(side, piece, in_literal)
        return entries

    def event(self, id: str, params: dict[str, str]) -> list[Entry]:
        """An event of the connection; lines cut off by it come first."""
        cut = [
            entry
            for side, stream in self._streams.items()
            if stream.buffer
            for entry in self._explained(side, stream.take(len(stream.buffer)), stream.literal > 0)
        ]
        if id in ("wire.tls", "wire.tls.resumed"):
            self.secured()
        if id == "wire.closed":
            id, params = self._closed(params)
        self._mute = params if f"{id}.".startswith("wire.tls.") else None
        entry = Entry(Side.NEITHER, Kind.EVENT, "", id, params, line_end="")
        entry.before = entry.state = self.state
        entry.rfc = _TLS_RFC.get((self._mute or {}).get("version", ""), "")
        entry.phase = self.event_phase()
        return cut + self._number(entry)

    def _closed(self, params: dict[str, str]) -> tuple[str, dict[str, str]]:
        if self.unfinished:
            return "wire.closed.early", params
        if self._mute is None:
            return "wire.closed", params
        is_shown = "subject" in self._mute  # the certificate
        return "wire.closed.mute" if is_shown else "wire.closed.mute.resumed", self._mute

    def _explained(self, side: Side, piece: bytes, in_literal: bool) -> list[Entry]:
        self.explained += 1
        stream = self._streams[side]
        line = strip_line_end(piece) if piece.endswith(b"\n") else piece
        self.line_end = _LINE_ENDS[len(piece) - len(line)]
        self.continued = stream.continued
        stream.continued = not (in_literal or self.line_end)
        before = self.state
        try:
            entry = self.explain(side, line, in_literal)
        except Exception:
            log.exception("a line could not be explained")
            entry = self._unexplained(side, printable(line))
        if not entry.id.endswith(".greeting"):
            self._mute = None
        entry.before = entry.before or before
        entry.state = entry.state or self.state
        entry.line_end = self.line_end
        return self._number(entry)

    def _unexplained(self, side: Side, text: str) -> Entry:
        """A line that we failed to read must not take the others with it; it might be secret."""
        entry = Entry(side, Kind.DATA, text, "wire.unexplained", phase=self.event_phase())
        entry.secret = (0, len(text)) if side is Side.CLIENT and text else None
        return entry

    def _skim(self, side: Side, stream: _Stream) -> None:
        """Pass over lines that nobody will see: a message of megabytes must not hold up others."""
        if self._elided_model.side is not side or stream.continued:
            return
        if not (stream.literal or self.in_long_body(side)):
            return
        if octets := stream.body(self.lone_dot):
            lines = octets.count(b"\n")
            self._elided[0] += lines
            self._elided[1] += len(octets) - lines - octets.count(b"\r\n")
            self.skimmed(lines, octets)

    def _number(self, entry: Entry) -> list[Entry]:
        self._unit_lines = self._unit_lines + 1 if entry.kind is Kind.DATA else 0
        if self._unit_lines > MAX_UNIT_LINES:
            self._elided[0] += 1
            self._elided[1] += len(entry.text)
            self._elided_model = entry
            return []
        if self._elided_model and not self._unit_lines:
            return [self._stamp(self._elision(self._elided_model)), self._stamp(entry)]
        return [self._stamp(entry)]

    def _elision(self, model: Entry) -> Entry:
        """What stands for the lines that were left out; `model` is the last of them."""
        params = {"lines": str(self._elided[0]), "octets": str(self._elided[1])}
        self._elided_model, self._elided = None, [0, 0]
        rest = Entry(model.side, Kind.ELIDED, "", "wire.elided", params, line_end="")
        rest.before = rest.state = model.state
        rest.phase, rest.unit, rest.answers = model.phase, model.unit, model.answers
        return rest

    def _stamp(self, entry: Entry) -> Entry:
        self._seq += 1
        entry.seq = self._seq
        entry.unit = entry.unit or entry.seq
        return entry
