"""Explains an IMAP conversation with any server, line by line."""

from protocols.imap import reading
from protocols.imap.client_lines import read_line
from protocols.imap.grammar.command import literal_ahead
from protocols.imap.literals import LiteralLines
from protocols.imap.nodes import read_nodes
from protocols.imap.open_commands import Open, OpenCommands
from protocols.imap.passwords import Masked
from protocols.imap.replies import UID_OK
from protocols.imap.server_lines import Status, fetch_tokens, literal_token, read_data, read_status
from protocols.imap.table import AUTHENTICATED, LOGOUT, NOT_AUTHENTICATED, TABLE
from protocols.imap.tutor import Tutor
from protocols.observer import Observer
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token, printable

_OUTCOMES = {
    "OK": Outcome.SUCCESS,
    "PREAUTH": Outcome.SUCCESS,
    "NO": Outcome.FAILURE,
    "BAD": Outcome.FAILURE,
}


class ImapObserver(Observer):
    def __init__(self) -> None:
        super().__init__()
        self.state = NOT_AUTHENTICATED
        self._greeted = False
        self._open = OpenCommands()
        self._building: Open | None = None  # a command whose literal or rest is still to come
        self._exchange: Open | None = None  # AUTHENTICATE or IDLE: lines of the client belong to it
        self._unit: Entry | None = None  # untagged data whose literal or rest is still to come
        self._literals: dict[Side, LiteralLines] = {}
        self._last: dict[Side, Entry] = {}
        self._begun = False  # the last command was a login, which may go on in bare lines
        self._masked = Masked()
        self._tutor = Tutor()

    @property
    def unfinished(self) -> bool:
        # IDLE is answered all along, and a program may simply leave
        return self._unit is not None or any(o.line.name != "IDLE" for o in self._open)

    def event_phase(self) -> str:
        return reading.phase("", LOGOUT if self._seq else self.state)

    def explain(self, side: Side, line: bytes, in_literal: bool) -> Entry:
        text = printable(line)
        if in_literal:
            return self._literal_line(side, text)
        if self.continued and side in self._last:
            return self._rest(side, text)
        entry = self._client(text) if side is Side.CLIENT else self._server(text)
        (self._masked.remember if side is Side.CLIENT else self._masked.hide_echo)(entry)
        self._last[side] = entry
        return entry

    def _rest(self, side: Side, text: str) -> Entry:
        """A further piece of a line that no page could show at once."""
        first = self._last[side]
        entry = Entry(side, Kind.DATA, text, "imap.rest", unit=first.unit, answers=first.answers)
        entry.phase = first.phase
        entry.secret = (0, len(text)) if first.secret else None
        if side is Side.SERVER:
            self._expect(text, entry, first)
        elif self._open:
            opened = self._building or self._open[-1]
            opened.long = True
            self._announced(opened, text)
        return entry

    def _literal_line(self, side: Side, text: str) -> Entry:
        first = self._last[side]
        id, tokens = self._literals[side].explain(text)
        entry = Entry(side, Kind.DATA, text, id, tokens=tokens, unit=first.unit or first.seq)
        entry.params = {"octets": str(self._literals[side].octets)}
        entry.phase, entry.answers, entry.rfc = first.phase, first.answers, "RFC 3501 4.3"
        secret = side is Side.CLIENT and self._building and reading.is_secret(self._building.line)
        entry.secret = (0, len(text)) if secret and text else None
        return entry

    # The client

    def _client(self, text: str) -> Entry:
        if self._building:
            return self._more(text, self._building)
        if self._exchange and self._exchange.wants_response:
            return self._response(text, self._exchange)
        return self._command(text)

    def _command(self, text: str) -> Entry:
        line = read_line(text, self._begun and self.state == NOT_AUTHENTICATED)
        if line.name or line.logs_in:
            self._begun = line.logs_in
        state = self._open.coming_state or self.state
        row = TABLE.get(line.name)
        id = line.id if row else "imap.unknown-command"
        entry = Entry(Side.CLIENT, Kind.COMMAND, text, id, line.params, tuple(line.tokens))
        entry.params |= reading.row_params(line, state)
        entry.before = state
        entry.rfc = row.rfc if row else ""
        entry.phase = reading.phase(line.name, state)
        entry.secret = line.secret
        sure = state == self.state
        entry.remark = self._tutor.remark(text, line, state, self.line_end, sure)
        opened = Open(line, entry, row.when.get(state, state) if row else state)
        self._open.append(opened)
        if row and row.allowed_in(state) and not line.literal:
            self._begin_exchange(opened)
        self._announced(opened, text)
        return entry

    def _begin_exchange(self, opened: Open) -> None:
        if opened.line.name == "AUTHENTICATE" and opened.line.nodes:
            opened.begin_login()
        if opened.sasl or opened.line.name == "IDLE":
            self._exchange = opened

    def _announced(self, opened: Open, text: str) -> bool:
        """Whether this end of a line announces a literal, which the client may send at once."""
        literal = literal_ahead(text.encode("utf-8", "surrogateescape")) if self.line_end else None
        # A line that is no command gets its BAD before the client sends what would have to wait
        if literal is None or (literal.waits and not opened.line.name):
            if self.line_end:
                self._building, opened.whole = None, True
            return False
        self._building, opened.whole = opened, False
        opened.entry.params["octets"] = str(literal.octets)
        self._literals[Side.CLIENT] = LiteralLines(literal.octets, opened.line.name == "APPEND")
        self.expect_literal(Side.CLIENT, literal.octets)
        return True

    def _more(self, text: str, opened: Open) -> Entry:
        """The part of a command behind a literal."""
        part = read_line(f"{opened.line.tag} {opened.line.name}{text}")
        entry = Entry(Side.CLIENT, Kind.END, text, "imap.literal.rest", unit=opened.entry.seq)
        entry.params = {"command": opened.line.title, "tag": opened.line.tag}
        entry.tokens = tuple(literal_token(text))
        entry.phase, entry.rfc = opened.entry.phase, "RFC 3501 4.3"
        entry.secret = (0, len(text)) if reading.is_secret_rest(opened.line, text) else None
        opened.line.nodes += part.nodes
        if self._announced(opened, text):
            entry.kind = Kind.DATA
        elif opened.line.name == "APPEND" and text:
            entry.remark = Remark(
                "imap.tutor.literal-count", {"octets": opened.entry.params["octets"]}
            )
        return entry

    def _response(self, text: str, opened: Open) -> Entry:
        entry = opened.response(text) if opened.sasl else self._done(text, opened)
        entry.params = {**opened.entry.params, **entry.params}
        entry.phase, entry.rfc = opened.entry.phase, opened.entry.rfc
        return entry

    def _done(self, text: str, opened: Open) -> Entry:
        """What ends IDLE."""
        opened.done = True
        if text.upper() == "DONE":
            return Entry(Side.CLIENT, Kind.COMMAND, text, "imap.IDLE.done")
        remark = Remark("imap.tutor.idle-done")
        return Entry(Side.CLIENT, Kind.COMMAND, text, "imap.IDLE.other", remark=remark)

    # The server

    def _server(self, text: str) -> Entry:
        if self._unit:
            return self._rest_of_data(text, self._unit)
        if text.startswith("+"):
            return self._continuation(text)
        status = read_status(text, 2) if text.startswith("* ") else None
        if status and not self._greeted:
            return self._greeting(text, status)
        if status:
            return self._untagged_status(text, status)
        if text.startswith("* "):
            return self._data(text)
        return self._tagged(text)

    def _greeting(self, text: str, status: Status) -> Entry:
        self._greeted = True
        # RFC 3501 3: whom the server knows already, and whom it turns away
        self.state = {"PREAUTH": AUTHENTICATED, "BYE": LOGOUT}.get(status.word, self.state)
        return self._said(text, status, None, 2, "imap.greeting", "RFC 3501 7.1")

    def _untagged_status(self, text: str, status: Status) -> Entry:
        opened = self._open.tagless if status.word == "BAD" else None
        if opened:
            return self._reply(text, status, opened, 2)
        entry = self._said(text, status, self._open.running, 2, "imap.untagged", "RFC 3501 7.1")
        if entry.id == "imap.browser" and self._open:
            self._open.pop()  # there is no other answer to its line
        if status.word == "BYE":
            entry.before, self.state = self.state, LOGOUT
            entry.phase = reading.phase("LOGOUT", LOGOUT)
        entry.kind = Kind.UNTAGGED
        return entry

    def _tagged(self, text: str) -> Entry:
        tag, _, _ = text.partition(" ")
        status = read_status(text, len(tag) + 1)
        if not tag or not status:
            return Entry(
                Side.SERVER, Kind.DATA, text, "imap.unexpected", phase=reading.phase("", self.state)
            )
        opened = self._open.by_tag(tag)
        if opened:
            return self._reply(text, status, opened, len(tag) + 1)
        entry = self._said(text, status, None, len(tag) + 1, "imap.reply", "RFC 3501 2.2.1")
        entry.tokens += (Token(0, len(tag), "imap.token.tag"),)
        entry.params["tag"] = tag
        return entry

    def _reply(self, text: str, status: Status, opened: Open, start: int) -> Entry:
        """The answer that ends a command."""
        self._open.remove(opened)
        self._over(opened)
        if opened.line.name and not opened.line.logs_in:
            self._masked.forget()
        judged = {**opened.entry.params, **reading.row_params(opened.line, self.state)}
        before = self.state
        self.state = reading.state_after(opened.line.name, self.state, status.word)
        id = f"imap.{opened.line.name}" if opened.line.name else "imap"
        entry = self._said(text, status, opened, start, id, opened.entry.rfc)
        entry.params = {**judged, **entry.params}
        if entry.id == UID_OK.id and opened.line.uid:
            entry.id = f"imap.UID.{opened.line.uid}.ok"
        entry.before, entry.state = before, self.state
        if start > 2 or not text.startswith("*"):
            entry.tokens = (Token(0, start - 1, "imap.token.tag"), *entry.tokens)
            entry.secret = (0, start - 1) if opened.line.alone else None  # it was no tag
        entry.tokens += reading.expected_token(text, entry.params.get("what", ""))
        entry.remark = reading.correction(entry)
        return entry

    def _over(self, opened: Open) -> None:
        """Nothing that follows belongs to this command any more."""
        if self._building is opened:
            self._building = None
            self.expect_literal(Side.CLIENT, 0)
        if self._exchange is opened:
            self._exchange = None

    def _said(
        self, text: str, status: Status, opened: Open | None, start: int, id: str, rfc: str
    ) -> Entry:
        """A status response: `id` is that of what it answers."""
        entry = Entry(Side.SERVER, Kind.REPLY, text, id, tokens=tuple(status.tokens), rfc=rfc)
        entry.id, values = reading.reply_id(id, text[start:], status)
        entry.params = {**status.params, "state": self.state, **values}
        entry.outcome = _OUTCOMES.get(status.word, Outcome.NONE)
        self._tie(entry, opened)
        return entry

    def _continuation(self, text: str) -> Entry:
        waiting = self._building or self._exchange
        opened = waiting or self._open.running
        entry = Entry(Side.SERVER, Kind.CONTINUATION, text, "imap.continue", rfc="RFC 3501 7.5")
        entry.params = {**(opened.entry.params if opened else {}), "expects": "line"}
        if opened and opened is self._building:
            entry.id = "imap.continue.literal"
            entry.params["expects"] = "literal"
        elif opened and opened.sasl:
            line = opened.sasl.challenge(text[1:])
            entry.id = "imap.continue.response" if line.kind == "continue" else line.id
            entry.params["decoded"] = line.decoded
        elif opened and opened.line.name == "IDLE":
            entry.id = "imap.continue.idle"
        entry.tokens = (Token(0, 1, "imap.token.plus"),)
        self._tie(entry, opened)
        return entry

    def _data(self, text: str) -> Entry:
        data = read_data(text)
        opened = self._open.running
        id = reading.data_id(data, opened.line if opened else None)
        entry = Entry(Side.SERVER, Kind.UNTAGGED, text, id, data.params, tuple(data.tokens))
        entry.rfc = reading.DATA_RFC.get(data.kind, "RFC 3501 7")
        entry.params["command"] = opened.line.title if opened else ""
        entry.params["state"] = self.state
        self._tie(entry, opened)
        self._expect(text, entry, entry)
        return entry

    def _rest_of_data(self, text: str, first: Entry) -> Entry:
        """The part of untagged data behind a literal."""
        entry = Entry(Side.SERVER, Kind.END, text, "imap.literal.end", unit=first.seq)
        entry.params = {"command": first.params.get("command", "")}
        entry.tokens = tuple(fetch_tokens(read_nodes(text)))
        entry.phase, entry.answers, entry.rfc = first.phase, first.answers, first.rfc
        self._unit = None
        self._expect(text, entry, first)
        if self._unit:
            entry.kind, entry.id = Kind.DATA, "imap.literal.next"
        return entry

    def _expect(self, text: str, entry: Entry, first: Entry) -> None:
        """If a literal follows, more of the data that `first` began does (RFC 3501 4.3)."""
        literal = reading.literal_octets(text) if self.line_end else None
        if literal is None:
            return
        self._unit = first
        self._literals[Side.SERVER] = LiteralLines(literal, reading.is_message(text))
        entry.params["octets"] = str(literal)
        entry.tokens += tuple(literal_token(text))
        self.expect_literal(Side.SERVER, literal)

    # Both

    def _tie(self, entry: Entry, opened: Open | None) -> None:
        entry.answers = opened.entry.seq if opened else 0
        entry.phase = opened.entry.phase if opened else reading.phase("", self.state)
