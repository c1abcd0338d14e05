"""Reads both streams of any SMTP conversation and names each line."""

from collections import deque
from dataclasses import dataclass, field

from protocols.observer import Observer
from protocols.smtp.lines import (
    CommandLine,
    auth_user,
    capability_line,
    read_command,
    reply_tokens,
    unbase64,
)
from protocols.smtp.message import MessageLines
from protocols.smtp.replies import REPLIES, ReplyLine, read_reply
from protocols.smtp.table import CONNECTED, DATA, END_OF_DATA, GREETED, RCPT, TABLE, missing
from protocols.smtp.tutor import password_span, remark
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token, printable

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
# Lines that a client sends after AUTH, with no initial response.
_RESPONSES = {"PLAIN": ("plain",), "LOGIN": ("username", "password")}
# Foreign servers' refusals that ours has too, by command ("" = any) and by code or enhanced code.
_FOREIGN = {
    ("RCPT", "5.1.1"): "RCPT.no-such-mailbox",
    ("RCPT", "5.7.1"): "RCPT.relay",
    ("RCPT", "4.5.3"): "RCPT.too-many",
    ("AUTH", "535"): "AUTH.failed",
    ("", "500"): "error.unknown",
    ("", "501"): "error.syntax",
    ("", "502"): "error.not-implemented",
    ("", "555"): "error.parameter",
    ("", "421"): "farewell",
}
_OWN_REFUSALS = ("MAIL", "RCPT", "DATA", "AUTH")


@dataclass(slots=True)
class _Open:
    """A command that waits for its answer. `early` are the lines that came for it, asked or not."""

    verb: str
    entry: Entry | None = None
    first: Entry | None = None  # the first line of its reply
    early: list[Entry] = field(default_factory=list)
    challenges: int = 0
    responses: tuple[str, ...] = ()  # what AUTH expects, in order
    cancelled: bool = False

    @property
    def wants_response(self) -> bool:
        return not self.cancelled and len(self.early) < max(len(self.responses), self.challenges)

    @property
    def answered(self) -> Entry | None:
        """The line of the client to which the next reply is the answer."""
        return (
            self.early[self.challenges - 1]
            if 0 < self.challenges <= len(self.early)
            else self.entry
        )


class SmtpObserver(Observer):
    def __init__(self) -> None:
        super().__init__()
        self.state = CONNECTED
        self._open: deque[_Open] = deque([_Open("greeting")], maxlen=MAX_OPEN)
        self._message: MessageLines | None = None
        self._data: _Open | None = None  # the DATA whose message comes before its 354
        self._auth: _Open | None = None
        self._offered: set[str] = set()
        self._last: Entry | None = None  # of the client

    def event_phase(self) -> str:
        return "smtp.phase.close" if self._seq else "smtp.phase.greeting"

    def explain(self, side: Side, line: bytes, in_literal: bool) -> Entry:
        text = printable(line)
        if side is Side.SERVER:
            return self._reply(text)
        entry = self._last = self._client_line(text, in_literal)
        return entry

    # The client's lines

    def _client_line(self, text: str, in_literal: bool) -> Entry:
        if in_literal:
            return self._data_entry(Side.CLIENT, text, "smtp.message.octets", "smtp.phase.content")
        if self._message:
            return self._message_line(text)
        if self.continued:
            entry = self._data_entry(Side.CLIENT, text, "smtp.message.continued", self._phase(""))
            entry.unit = self._last.unit if self._last else 0
            entry.secret = (0, len(text)) if self._last and self._last.secret else None
            return entry
        return (
            self._response(text)
            if self._auth and self._auth.wants_response
            else self._command(text)
        )

    def _message_line(self, text: str) -> Entry:
        entry = self._message.explain(text, self.line_end, self.continued)
        if self._message.ended:
            self._message = None
            self._open.append(_Open(END_OF_DATA, entry))
        elif self._data and len(self._data.early) < MAX_OPEN:
            self._data.early.append(entry)
        return entry

    def _command(self, text: str) -> Entry:
        line = read_command(text)
        row = TABLE.get(line.verb)
        entry = Entry(Side.CLIENT, Kind.COMMAND, text, line.id, line.params, line.tokens)
        entry.params["state"] = self.state
        entry.phase = self._phase(line.verb)
        entry.rfc = row.rfc if row else ""
        entry.secret = line.secret or (None if line.verb else password_span(text))
        entry.remark = remark(text, line, self.line_end)
        self._expect(_Open(line.verb, entry), line)
        return entry

    def _expect(self, opened: _Open, line: CommandLine) -> None:
        """What the client may send on top of `line` without waiting for its answer."""
        reaches_data = opened.verb == DATA and self._coming_state() == RCPT
        self._open.append(opened)
        if reaches_data:
            self._message, self._data = MessageLines(), opened
        elif opened.verb == "AUTH":
            mechanism, _, initial = line.argument.partition(" ")
            opened.responses = _RESPONSES.get(mechanism.upper(), ())[1 if initial.strip() else 0 :]
            self._auth = opened
        elif opened.verb == "BDAT" and "CHUNKING" in self._offered:  # RFC 3030 2
            size = line.argument.split(" ")[0]
            self.expect_literal(Side.CLIENT, int(size) if size.isascii() and size.isdigit() else 0)

    def _coming_state(self) -> str:
        """The state after all open commands, if they succeed."""
        state = self.state
        for opened in self._open:
            state = TABLE[opened.verb].when.get(state, state) if opened.verb in TABLE else state
        return state

    def _response(self, text: str) -> Entry:
        auth = self._auth
        number, mechanism = len(auth.early), auth.entry.params["mechanism"]
        kind = auth.responses[number] if number < len(auth.responses) else "response"
        entry = self._data_entry(
            Side.CLIENT, text, f"smtp.AUTH.client-{kind}", "smtp.phase.greeting"
        )
        if text == "*":
            entry.id, auth.cancelled = "smtp.AUTH.cancel", True
        else:
            self._read_response(entry, kind, mechanism)
        entry.rfc = "RFC 4954 4"
        auth.early.append(entry)
        return entry

    def _read_response(self, entry: Entry, kind: str, mechanism: str) -> None:
        if kind != "password" and (user := auth_user(mechanism, entry.text)):
            self._auth.entry.params["user"] = user
        entry.params = {"mechanism": mechanism, "user": self._auth.entry.params["user"]}
        entry.tokens = (Token(0, len(entry.text), "smtp.token.base64"),) if entry.text else ()
        entry.secret = (0, len(entry.text)) if kind != "username" and entry.text else None

    # The server's lines

    def _reply(self, text: str) -> Entry:
        reply = None if self.continued else read_reply(text)
        if not reply:
            return self._data_entry(Side.SERVER, text, "smtp.reply.malformed", self._phase(""))
        found = REPLIES.recognise(
            reply.plain, self._open[0].verb.replace(END_OF_DATA, DATA) if self._open else ""
        )
        if reply.code == "421" and found:  # unasked, whatever else is open
            return self._unasked(text, reply, found[0].id, found[1])
        if not self._open:
            return self._unasked(
                text, reply, "smtp.farewell" if reply.code == "421" else "smtp.reply", {}
            )
        opened = self._open[0]
        entry = (
            self._first_line(opened, text, reply, found)
            if not opened.first
            else (self._further_line(opened, text, reply))
        )
        opened.first = opened.first or entry
        if reply.last:
            self._answered(opened, reply)
        return entry

    def _unasked(self, text: str, reply: ReplyLine, id: str, values: dict[str, str]) -> Entry:
        entry = Entry(Side.SERVER, Kind.REPLY, text, id, tokens=reply_tokens(reply))
        entry.params = {"code": reply.code, "text": reply.text, **_host(reply), **values}
        entry.phase = "smtp.phase.close" if reply.code == "421" else self._phase("")
        entry.outcome = _outcome(reply.code)
        return entry

    def _first_line(self, opened: _Open, text: str, reply: ReplyLine, found: tuple | None) -> Entry:
        id, values = (found[0].id, found[1]) if found else (self._foreign_id(opened, reply), {})
        asked = opened.answered
        entry = Entry(Side.SERVER, _kind(reply.code), text, id, tokens=reply_tokens(reply))
        entry.params = {
            **_host(reply),
            **self._row_params(opened.verb),
            **(opened.entry.params if opened.entry else {}),
            "code": reply.code,
            "status": reply.status,
            "text": reply.text,
            "state": self.state,
            **values,
        }
        entry.phase = asked.phase if asked else self._phase(opened.verb)
        entry.outcome = _outcome(reply.code)
        entry.answers = asked.seq if asked else 0
        entry.rfc = "RFC 3463" if reply.status and reply.code[0] in "45" else "RFC 5321 4.2"
        if reply.code == "503":
            entry.remark = self._order_remark(opened.verb)
        if entry.kind is Kind.CONTINUATION:
            self._describe_continuation(entry, reply)
        return entry

    def _further_line(self, opened: _Open, text: str, reply: ReplyLine) -> Entry:
        entry = self._data_entry(Side.SERVER, text, "smtp.reply.more", opened.first.phase)
        entry.tokens = reply_tokens(reply)
        entry.unit, entry.answers = opened.first.seq, opened.first.answers
        entry.params = {"code": reply.code, "text": reply.text}
        if opened.verb == "EHLO" and reply.code == "250":
            self._describe_capability(entry, reply)
        return entry

    def _describe_capability(self, entry: Entry, reply: ReplyLine) -> None:
        keyword, value = capability_line(reply.text)
        self._offered.add(keyword)
        entry.id = f"smtp.capability.{keyword}"
        entry.params |= {"keyword": keyword, "value": value}
        entry.tokens += (Token(4, 4 + len(keyword), f"smtp.capability.{keyword}"),)
        if value:
            entry.tokens += (
                Token(5 + len(keyword), len(entry.text), "smtp.token.capability-value"),
            )

    def _describe_continuation(self, entry: Entry, reply: ReplyLine) -> None:
        entry.params["expects"] = "message" if reply.code == "354" else "line"
        if reply.code == "334" and reply.text:
            entry.params["decoded"] = unbase64(reply.text)
            entry.tokens += (Token(4, len(entry.text), "smtp.token.base64"),)

    def _answered(self, opened: _Open, reply: ReplyLine) -> None:
        """The last line of an answer: what is over, and what begins."""
        opened.first = None
        if reply.code == "334" and opened is self._auth:
            opened.challenges += 1
            return
        self._open.popleft()
        if opened is self._auth:
            self._auth = None
            self._reopen(opened.early[opened.challenges :])
        if opened.verb == DATA:
            self._data_answered(opened, reply)
        if reply.code[0] in "23" or opened.verb == END_OF_DATA:
            self._advance(opened.verb)

    def _data_answered(self, opened: _Open, reply: ReplyLine) -> None:
        predicted, self._data = self._data is opened, None
        if reply.code != "354":
            self._reopen(opened.early)
            self._message = None if predicted else self._message
        elif not predicted:
            self._message = MessageLines()

    def _reopen(self, entries: list[Entry]) -> None:
        """Lines that were taken for data were commands to a server that refused to take data."""
        room = MAX_OPEN - len(self._open)
        self._open.extendleft(_Open("", entry) for entry in reversed(entries[:room]))

    def _advance(self, verb: str) -> None:
        if verb == "STARTTLS":
            self.state, self._offered = CONNECTED, set()  # RFC 3207 4.2
        elif verb == "BDAT":
            self.state = GREETED
        elif verb in TABLE:
            when = TABLE[verb].when
            self.state = when.get(self.state) or next(iter(when.values()))

    def _foreign_id(self, opened: _Open, reply: ReplyLine) -> str:
        verb, code = opened.verb.replace(END_OF_DATA, DATA), reply.code
        if opened.verb == "greeting":
            return "smtp.greeting" if code[0] == "2" else "smtp.greeting.refused"
        if code[0] == "3":
            return "smtp.DATA.start" if code == "354" else "smtp.AUTH.challenge"
        if code[0] == "2":
            return f"smtp.{verb}.ok" if verb else "smtp.reply"
        if code == "503" and verb in TABLE:
            return "smtp.error.order" if self._missing(verb) else "smtp.error.transaction"
        keys = ((verb, reply.status), (verb, code), ("", code))
        known = next((_FOREIGN[key] for key in keys if key in _FOREIGN), "")
        return f"smtp.{known or _refusal(verb, code)}"

    def _row_params(self, verb: str) -> dict[str, str]:
        row = TABLE.get(verb)
        return {"usage": row.usage, "missing": self._missing(verb)} if row else {}

    def _missing(self, verb: str) -> str:
        return missing(verb, self.state) if self.state not in TABLE[verb].when else ""

    def _order_remark(self, verb: str) -> Remark | None:
        first = self._missing(verb) if verb in TABLE else ""
        return Remark("smtp.tutor.order", {"command": verb, "missing": first}) if first else None

    # Both

    def _phase(self, verb: str) -> str:
        name = _PHASES.get(verb) or ("greeting" if self.state == CONNECTED else "envelope")
        if verb == "" and self.state == DATA:
            name = "content"
        return f"smtp.phase.{name}"

    @staticmethod
    def _data_entry(side: Side, text: str, id: str, phase: str) -> Entry:
        return Entry(side, Kind.DATA, text, id, phase=phase)


def _kind(code: str) -> Kind:
    return Kind.CONTINUATION if code[0] == "3" else Kind.REPLY


def _outcome(code: str) -> Outcome:
    return {"2": Outcome.SUCCESS, "4": Outcome.FAILURE, "5": Outcome.FAILURE}.get(
        code[0], Outcome.NONE
    )


def _host(reply: ReplyLine) -> dict[str, str]:
    return {"host": reply.text.split(" ")[0]}


def _refusal(verb: str, code: str) -> str:
    return f"{verb}.refused" if verb in _OWN_REFUSALS else f"refused.{code[0]}"
