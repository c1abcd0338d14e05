"""Reads both streams of any SMTP conversation and names each line."""

import re
from collections import deque

from protocols.observer import Observer
from protocols.smtp.lines import CommandLine, read_command
from protocols.smtp.message import MessageLines
from protocols.smtp.naming import host_of
from protocols.smtp.pending import Pending
from protocols.smtp.replies import ReplyLine, read_reply
from protocols.smtp.server_lines import NOT_KNOWN, first_line, further_line, is_farewell, unasked
from protocols.smtp.table import BDAT, CONNECTED, DATA, END_OF_DATA, RCPT, TABLE
from protocols.smtp.tutor import password_span, remark
from protocols.transcript import Entry, Kind, Side, printable

# Commands that may wait for their answers; a client that pipelines sends a few hundred at most.
MAX_OPEN = 1000

_PHASES = {
    "HELO": "greeting",
    "EHLO": "greeting",
    "AUTH": "greeting",
    "STARTTLS": "greeting",
    "": "",
    "DATA": "content",
    "BDAT": "content",
    END_OF_DATA: "content",
    "QUIT": "close",
}


class SmtpObserver(Observer):
    # RFC 5321 4.1.1.4: no other ends it. What stands before it is looked at last, which is fast
    lone_dot = re.compile(rb"\.\r\n(?:(?<=\r\n\.\r\n)|(?<=\A\.\r\n))")

    def __init__(self) -> None:
        super().__init__()
        self.state = CONNECTED
        self._open: deque[Pending] = deque([Pending("greeting")], maxlen=MAX_OPEN)
        self._coming: str | None = None  # the state after all of them, once it is known
        self._message: MessageLines | None = None
        self._chunks = MessageLines(counted=True)
        self._cut = False  # the last chunk ended inside a line
        self._data: Pending | None = None  # the DATA whose message comes before its 354
        self._counted: Entry | None = None  # the BDAT whose octets are coming
        self._auth: Pending | None = None
        self._offered: set[str] | None = None  # None: no EHLO was answered yet
        self._host = ""  # as the server has greeted
        self._greeting = ""  # HELO or EHLO, whichever was accepted last
        self._logged_in = False
        self._stray = 0  # lines of a login that may come although it will be refused
        self._phase_before = "smtp.phase.greeting"
        self._last: Entry | None = None  # of the client

    def in_long_body(self, side: Side) -> bool:
        # Lines sent before their 354 may turn out to be commands, but for those not kept
        asked = not self._data or len(self._data.early) >= MAX_OPEN
        return side is Side.CLIENT and self._message is not None and asked

    def skimmed(self, lines: int, octets: bytes) -> None:
        (self._message or self._chunks).skim(octets)

    @property
    def unfinished(self) -> bool:
        return self._last is not None and bool(self._open or self._message)

    def event_phase(self) -> str:
        return self._phase_before

    def event(self, id: str, params: dict[str, str]) -> list[Entry]:
        if id in ("wire.closed", "wire.idle"):
            self._phase_before = "smtp.phase.close"
        return super().event(id, params)

    def explain(self, side: Side, line: bytes, in_literal: bool) -> Entry:
        text = printable(line)
        if side is Side.SERVER:
            entry = self._reply(text)
        else:
            entry = self._last = self._client_line(text, in_literal)
        self._phase_before = entry.phase
        return entry

    # The client's lines

    def _client_line(self, text: str, in_literal: bool) -> Entry:
        if in_literal:
            return self._chunk_line(text)
        if self._message:
            return self._message_line(text)
        if self.continued and self._last:
            return self._continued_line(text, self._last)
        if self._auth and self._auth.wants_response:
            return self._auth.response(text)
        return self._command(text)

    def _continued_line(self, text: str, last: Entry) -> Entry:
        entry = self._data_entry(Side.CLIENT, text, "smtp.message.continued", last.phase)
        entry.unit = last.unit
        entry.secret = (0, len(text)) if last.secret else None
        return entry

    def _message_line(self, text: str) -> Entry:
        entry = self._message.explain(text, self.line_end, self.continued)
        if self._message.ended:
            self._message = None
            self._open.append(end := Pending(END_OF_DATA, entry))
            self._coming = None
            if self._data:
                self._data.end = end
        elif self._data and len(self._data.early) < MAX_OPEN:
            self._data.early.append(entry)
        return entry

    def _chunk_line(self, text: str) -> Entry:
        continued, self._cut = self._cut, not self.line_end
        return self._chunks.explain(text, self.line_end, continued)

    def _command(self, text: str) -> Entry:
        line = read_command(text)
        if line.verb == "MAIL":
            self._chunks, self._cut = MessageLines(counted=True), False
        entry = Entry(Side.CLIENT, Kind.COMMAND, text, line.id, line_end=self.line_end)
        self._describe(entry, line, self.line_end)
        if not line.verb and self._stray:
            self._stray -= 1
            entry.secret = (0, len(text))
        whole = self.line_end == "CRLF"  # our server takes no other end
        opened = Pending(line.verb, entry, sasl=line.sasl, chunk=line.chunk if whole else None)
        state = self._coming_state()
        self._open.append(opened)
        self._coming = opened.passed(state)
        if whole:
            self._expect(opened, state)
        return entry

    def _describe(self, entry: Entry, line: CommandLine, line_end: str) -> None:
        row = TABLE.get(line.verb)
        entry.id, entry.params, entry.tokens = line.id, line.params, line.tokens
        entry.params["state"] = self.state
        early = row and not row.allowed_in(self._coming_state())
        entry.phase = self._phase("" if early else line.verb)
        entry.rfc = row.rfc if row else ""
        entry.secret = line.secret or (None if line.verb else password_span(entry.text))
        entry.remark = remark(entry.text, line, line_end)

    def _expect(self, opened: Pending, state: str) -> None:
        """What the client may send on top of its line without waiting for its answer."""
        if opened.verb == DATA and state == RCPT and opened.promising:
            self._message, self._data = MessageLines(), opened
        elif opened.sasl and self._takes_login(state):
            self._auth = opened
        elif opened.sasl:
            self._stray = opened.ahead
        elif opened.chunk:
            self._expect_chunk(opened.entry, opened.chunk.octets)

    def _expect_chunk(self, entry: Entry, octets: int) -> None:
        if self._offered is not None and "CHUNKING" not in self._offered:  # RFC 3030 2
            return
        self.expect_literal(Side.CLIENT, octets)
        self._counted = entry
        if octets:
            entry.params |= {"expects": "chunk", "octets": str(octets)}

    def _takes_login(self, state: str) -> bool:
        greetings = [p.verb for p in self._open if p.verb in ("HELO", "EHLO") and p.promising]
        extended = [self._greeting, *greetings][-1] == "EHLO"
        return extended and state in TABLE["AUTH"].when and not self._logged_in

    def _coming_state(self) -> str:
        """The state after all open commands, if they succeed."""
        if self._coming is None:
            self._coming = self.state
            for opened in self._open:
                self._coming = opened.passed(self._coming)
        return self._coming

    # The server's lines

    def _reply(self, text: str) -> Entry:
        reply = None if self.continued else read_reply(text)
        if not reply:
            return self._data_entry(Side.SERVER, text, "smtp.reply.malformed", self._phase(""))
        if not self._open or is_farewell(reply):
            phase = "smtp.phase.close" if reply.code == "421" else self._phase("")
            return unasked(text, reply, self._host, phase)
        opened = self._open[0]
        entry = self._name(opened, text, reply)
        opened.first = opened.first or entry
        if reply.last:
            self._answered(opened, reply)
        return entry

    def _name(self, opened: Pending, text: str, reply: ReplyLine) -> Entry:
        if opened.first:
            entry = further_line(opened, text, reply)
            if keyword := entry.params.get("keyword"):
                self._offered = (self._offered or set()) | {keyword}
            return entry
        if opened.verb == "greeting":
            self._host = host_of(reply, "")
        asked = opened.answered
        phase = asked.phase if asked else self._phase(opened.verb)
        again = self._logged_in
        return first_line(opened, text, reply, self.state, self._host, phase, again)

    def _answered(self, opened: Pending, reply: ReplyLine) -> None:
        """The last line of an answer: what is over, and what begins."""
        opened.first = self._coming = None
        if reply.code == "334" and opened.sasl:
            self._challenged(opened)
            return
        self._open.popleft()
        if opened is self._auth:
            self._auth = None
        if opened.sasl:
            self._reopen(opened.early[opened.challenges :])
        if opened.verb == DATA:
            self._data_answered(opened, reply)
        if opened.chunk and reply.code in NOT_KNOWN and not self._counts_chunks:
            self.expect_literal(Side.CLIENT, 0)
        agreed = reply.code == "354" if opened.verb == DATA else reply.code[0] in "23"
        if agreed or opened.verb == END_OF_DATA:
            for verb in opened.advances:
                self._advance(verb)
        elif opened.chunk and self._counts_chunks and self.state in TABLE[BDAT].when:
            self._advance(END_OF_DATA)  # a refused chunk takes the mail with it

    @property
    def _counts_chunks(self) -> bool:
        """Whether the server has said that it knows of the octets behind a BDAT (RFC 3030 2)."""
        return self._greeting == "EHLO" and "CHUNKING" in self._offered

    def _challenged(self, opened: Pending) -> None:
        """The client's next line is a response, even if it came before and looked otherwise."""
        self._auth = opened
        opened.challenges += 1
        if opened.challenges <= len(opened.early) or self._open[-1] is opened:
            return
        taken = self._open[1]
        del self._open[1]
        opened.respond(taken.entry)
        if taken.entry is self._counted:
            self.expect_literal(Side.CLIENT, 0)
        if taken is self._data:
            self._message = self._data = None
        self._open.popleft()
        self._reopen(taken.early)
        self._open.appendleft(opened)

    def _data_answered(self, opened: Pending, reply: ReplyLine) -> None:
        if predicted := self._data is opened:
            self._data = None
        if reply.code != "354":
            self._reopen(opened.early)
            if opened.end:
                opened.end.verb = self._read_again(opened.end.entry).verb
            self._message = None if predicted else self._message
        elif not predicted:
            self._message = MessageLines()

    def _reopen(self, entries: list[Entry]) -> None:
        """Lines that were taken for data were commands to a server that refused to take data."""
        room = MAX_OPEN - len(self._open)
        again = [self._read_again(entry) for entry in entries[:room]]
        self._open.extendleft(reversed(again))
        if again and again[-1].chunk and again[-1].entry is self._last:
            self._expect_chunk(self._last, again[-1].chunk.octets)

    def _read_again(self, entry: Entry) -> Pending:
        line, secret = read_command(entry.text), entry.secret
        entry.kind, entry.unit = Kind.COMMAND, entry.seq
        self._describe(entry, line, entry.line_end)
        entry.secret = entry.secret if line.verb else secret  # it might still be a password
        return Pending(line.verb, entry, sasl=line.sasl, chunk=line.chunk)

    def _advance(self, verb: str) -> None:
        if verb == "STARTTLS":  # RFC 3207 4.2
            self.state, self._greeting = CONNECTED, ""
            self._offered, self._logged_in = None, False
        elif verb in TABLE:
            self._learn(verb)
            when = TABLE[verb].when
            self.state = when.get(self.state) or next(iter(when.values()))

    def _learn(self, verb: str) -> None:
        self._logged_in = self._logged_in or verb == "AUTH"
        if verb in ("HELO", "EHLO"):
            self._greeting = verb
        if verb == "EHLO":
            self._offered = self._offered or set()

    # Both

    def _phase(self, verb: str) -> str:
        name = _PHASES.get(verb) or ("greeting" if self.state == CONNECTED else "envelope")
        if verb == "" and self.state == DATA:
            name = "content"
        return f"smtp.phase.{name}"

    @staticmethod
    def _data_entry(side: Side, text: str, id: str, phase: str) -> Entry:
        return Entry(side, Kind.DATA, text, id, phase=phase)
