"""Explains a POP3 conversation with any server, line by line."""

import re
from collections import deque

from protocols.commands import Command
from protocols.observer import MAX_PIECE, Observer
from protocols.pop3 import reading
from protocols.pop3.client_line import command_id, command_tokens, secret
from protocols.pop3.grammar import (
    arguments,
    is_multiline,
    is_text,
    number,
    split_command,
    takes_utf8,
)
from protocols.pop3.known import Maildrop, Open
from protocols.pop3.message import LINE_END, MessageLines
from protocols.pop3.reading import Asked
from protocols.pop3.table import AUTHORIZATION, STATES, TABLE, TRANSACTION, after, missing
from protocols.pop3.tutor import Tutor
from protocols.sasl_lines import SaslLine, SaslReading
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token, mask, printable

# Commands whose answers are awaited; real clients pipeline some hundreds. Older ones are forgotten.
MAX_OPEN = 1000
# Commands of a login: whoever has just said one might go on with a password alone.
LOGINS = ("USER", "PASS", "APOP", "AUTH")

_DENIED = {
    "pop3.PASS.denied": "pop3.tutor.credentials",
    "pop3.APOP.denied": "pop3.tutor.proof",
    "pop3.AUTH.denied": "pop3.tutor.proof",
}

_PHASES = {state: f"pop3.phase.{state.lower()}" for state in STATES}
# Abilities whose value turns their meaning round (RFC 2449 6.5, 6.7).
_PROMISES = {
    "EXPIRE NEVER": "pop3.capability.EXPIRE.NEVER",
    "LOGIN-DELAY 0": "pop3.capability.LOGIN-DELAY.0",
}
# How a login ends, for the explanations that all protocols share.
_ANSWERS = {"accepted": "+OK", "denied": "-ERR", "cancelled": "-ERR"}

_SCAN = re.compile(r"(\d+) +(\d+)(?: .*)?")  # RFC 1939 5: more may follow the size
_UNIQUE = re.compile(r"(\d+) +([!-~]+)")


class Pop3Observer(Observer):
    def __init__(self) -> None:
        super().__init__()
        self.state = AUTHORIZATION
        self._greeted = False
        self._name = ""  # as USER or APOP gave it last
        self._typed = self._named = False  # USER was sent; USER was accepted: PASS may follow
        self._begun = False  # the last command was one of a login, which may go on in bare lines
        self._open: deque[Open] = deque(maxlen=MAX_OPEN)
        self._unit: tuple[Entry, Open] | None = None  # the multi-line reply under way
        self._message = MessageLines()
        self._rows = 0
        self._maildrop = Maildrop()
        self._last: dict[Side, Entry] = {}
        self._utf8 = False  # the client may send it
        self._tutor = Tutor()

    def explain(self, side: Side, line: bytes, in_literal: bool) -> Entry:
        text = printable(line)
        if self.continued and not (side is Side.SERVER and self._unit):
            return self._rest(side, text)
        entry = self._command(line, text) if side is Side.CLIENT else self._server(line, text)
        self._last[side] = entry
        return entry

    def secured(self) -> None:
        self._name = ""
        self._typed = self._named = self._begun = self._utf8 = False

    def in_long_body(self, side: Side) -> bool:
        return side is Side.SERVER and self._unit is not None and _is_message(self._unit[1])

    def skimmed(self, lines: int, octets: bytes) -> None:
        self._rows += lines
        self._message.skim(lines, octets)

    @property
    def unfinished(self) -> bool:
        return bool(self._open or self._unit)

    def event_phase(self) -> str:
        return _PHASES[self.state]

    def event(self, id: str, params: dict[str, str]) -> list[Entry]:
        entries = super().event(id, params)
        said_quit = any(open_.asked.verb == "QUIT" for open_ in self._open)
        lost = self.state == TRANSACTION and self._maildrop.marked and not said_quit
        if id == "wire.closed" and lost:
            marked = {"marked": str(len(self._maildrop.marked))}
            entries[-1].remark = Remark("pop3.tutor.marks-lost", marked)
        return entries

    def _rest(self, side: Side, text: str) -> Entry:
        """A further piece of a line that no server accepts and no page could show at once."""
        first = self._last[side]
        entry = Entry(side, Kind.DATA, text, "pop3.rest", unit=first.unit, answers=first.answers)
        entry.phase = first.phase
        entry.secret = (0, len(text)) if first.secret else None
        return entry

    # The client

    def _command(self, line: bytes, text: str) -> Entry:
        entry = Entry(Side.CLIENT, Kind.COMMAND, text, "")
        if self._open and self._open[-1].wants_response:
            return self._respond(entry, self._open[-1])
        open_ = self._asked(entry, self._open[-1].after if self._open else self.state)
        said = self._initial_response(entry, open_) if open_.sasl and open_.sasl.initial else None
        cut = not self.line_end and len(line) < MAX_PIECE  # by the end of the connection
        known = is_text(line, self._utf8 or takes_utf8(line))
        line_end = "cut" if cut else self.line_end
        entry.remark = self._tutor.remark(known, entry, open_.asked, line_end) or said
        if not cut:
            self._open.append(open_)
            self._follow(open_.asked, mask(entry))
        return entry

    def _asked(self, entry: Entry, state: str) -> Open:
        """What `entry` asks for in `state`, the one to which what is open leads if it succeeds."""
        verb, rest = split_command(entry.text)
        row = TABLE.get(verb)
        words = arguments(row.syntax, rest) if row else []
        wanted = self._missing(row, state, self._typed) if row else ""
        asked = Asked(verb, words, state, wanted, row, hopes=state != self.state)
        if row and words and "msg" in row.syntax:
            asked.number = number(words[0])
        hopeless = row is None or words is None or wanted
        open_ = Open(entry, asked, state if hopeless else after(row, words, state))
        if verb == "AUTH" and words:
            open_.sasl = SaslReading(words[0].upper(), len(words) > 1)
        self._describe(entry, open_)
        return open_

    def _describe(self, entry: Entry, open_: Open) -> None:
        asked = open_.asked
        entry.id, entry.rfc = command_id(asked.verb), asked.row.rfc if asked.row else ""
        entry.secret = secret(entry.text, asked, self._begun and self.state == AUTHORIZATION)
        entry.params = self._params(asked, open_)
        entry.tokens = command_tokens(entry.text, asked)
        entry.before = asked.state
        leaves = asked.verb == "QUIT" and asked.arguments is not None
        entry.phase = _PHASES[open_.after if leaves else asked.state]

    def _follow(self, asked: Asked, shown: str) -> None:
        if asked.verb in ("USER", "APOP") and asked.arguments:
            self._name = [word for word in shown.split(" ") if word][1]
        if asked.verb in ("USER", "PASS"):
            self._typed = asked.verb == "USER"
        if asked.row:
            self._begun = asked.verb in LOGINS

    def _initial_response(self, entry: Entry, open_: Open) -> Remark | None:
        line = open_.sasl.response(open_.asked.arguments[1])
        self._name = line.name or self._name
        entry.params |= _decoded(line)
        entry.params["user"] = self._name or "?"
        if not line.secret:
            entry.secret = None
        return line.remark

    def _respond(self, entry: Entry, open_: Open) -> Entry:
        """`entry` is the client's next line of a login."""
        if not open_.sasl.challenges:
            open_.early = entry
        line = open_.sasl.response(entry.text)
        self._name = line.name or self._name
        entry.kind, entry.id, entry.tokens = Kind.CONTINUATION, line.id, ()
        entry.params = self._params(open_.asked, open_) | _decoded(line) | _ANSWERS
        entry.phase, entry.rfc = open_.entry.phase, open_.entry.rfc
        entry.secret = (0, len(entry.text)) if line.secret else None
        entry.remark = line.remark
        return entry

    def _take_back(self, open_: Open) -> None:
        """The line after a login was its response, though it came before and looked otherwise."""
        taken = self._open[1]
        del self._open[1]
        if taken.early:
            self._open.insert(1, self._read_again(taken.early))
        self._respond(taken.entry, open_)

    def _read_again(self, entry: Entry) -> Open:
        """What was taken for a response was a command to a server that began no login."""
        hidden = entry.secret  # it might be a password all the same
        entry.kind, entry.remark = Kind.COMMAND, None
        open_ = self._asked(entry, self.state)
        entry.secret = hidden or entry.secret
        return open_

    # The server

    def _server(self, line: bytes, text: str) -> Entry:
        if self._unit:
            return self._multiline(line, text, *self._unit)
        mark = reading.status(text)
        if not self._greeted:
            return self._greeting(text, mark)
        if mark:
            return self._reply(text, mark)
        if self._open and self._open[0].sasl and text[:1] == "+":
            return self._challenge(text, self._open[0])
        return self._line(text, "pop3.unexpected")

    def _greeting(self, text: str, mark: str) -> Entry:
        self._greeted = True
        id, spans = reading.read_greeting(text, mark)
        entry = Entry(Side.SERVER, Kind.REPLY, text, id, rfc="RFC 1939 4")
        entry.params = self._params(Asked(state=self.state))
        entry.params |= {"stamp": ""} | _values(text, spans)
        return self._replied(entry, mark, spans)

    def _reply(self, text: str, mark: str) -> Entry:
        open_ = self._open.popleft() if self._open else None
        asked = self._judged(open_.asked) if open_ else Asked(state=self.state)
        id, spans = reading.read_reply(text, mark, asked)
        entry = Entry(Side.SERVER, Kind.REPLY, text, id, self._params(asked, open_))
        entry.before = self.state
        if open_:
            asking = open_.entry
            entry.answers, entry.phase, entry.rfc = asking.seq, asking.phase, asking.rfc
        entry.params |= _values(text, spans)
        self._replied(entry, mark, spans)
        if entry.outcome is Outcome.SUCCESS and open_:
            self._succeeded(entry, open_)
        elif entry.id == "pop3.QUIT.failed":
            self.state = after(TABLE["QUIT"], [], self.state)  # RFC 1939 6: it is over all the same
        elif open_ and open_.early and not open_.sasl.challenges:
            self._open.appendleft(self._read_again(open_.early))
        if asked.verb in ("USER", "PASS"):
            self._named = asked.verb == "USER" and entry.outcome is Outcome.SUCCESS
        entry.remark = _correction(entry)
        return entry

    def _replied(self, entry: Entry, mark: str, spans: dict[str, reading.Span]) -> Entry:
        entry.outcome = Outcome.SUCCESS if mark == "+OK" else Outcome.FAILURE
        entry.tokens = reading.reply_tokens(entry.text, mark, spans) if mark else ()
        entry.phase = entry.phase or _PHASES[self.state]
        return entry

    def _judged(self, asked: Asked) -> Asked:
        """The question as it stood when the server judged it: a pipelined login may have failed."""
        if asked.row:
            asked.state = self.state
            asked.missing = self._missing(asked.row, self.state, self._named)
            asked.marked = asked.number in self._maildrop.marked
            asked.known = self._maildrop.holds(asked.number)
        return asked

    def _succeeded(self, entry: Entry, open_: Open) -> None:
        asked, words = open_.asked, open_.asked.arguments or []
        if not asked.row:
            return
        self.state = after(asked.row, words, self.state)
        self._utf8 = self._utf8 or asked.verb == "UTF8"
        self._maildrop.learn(asked.verb, asked.number, entry.params)
        if is_multiline(asked.verb, len(words)):
            self._unit = entry, open_
            self._message, self._rows = MessageLines(), 0

    def _multiline(self, line: bytes, text: str, reply: Entry, open_: Open) -> Entry:
        self._rows += not self.continued
        verb = open_.asked.verb
        if text == "." and self.line_end and not self.continued:
            self._unit, self._rows = None, self._rows - 1
            entry = self._line(text, f"pop3.{verb}.end", Kind.END)
            entry.tokens = (Token(0, 1, "pop3.token.dot"),)
            entry.params = self._params(open_.asked, open_) | self._counted(open_)
        elif _is_message(open_):
            octets = len(line) + LINE_END[self.line_end]
            id, tokens = self._message.explain(text, octets, self.continued)
            entry = self._line(text, id)
            entry.tokens = tokens
        else:
            entry = self._row(text, verb)
        entry.unit, entry.answers = reply.seq, open_.entry.seq
        entry.phase, entry.rfc = reply.phase, "RFC 1939 3" if entry.kind is Kind.END else reply.rfc
        return entry

    def _counted(self, open_: Open) -> dict[str, str]:
        return self._message.params() if _is_message(open_) else {"lines": str(self._rows)}

    def _row(self, text: str, verb: str) -> Entry:
        if verb == "CAPA":
            return self._capability(text)
        if verb == "AUTH":
            return self._mechanism(text)
        match = (_SCAN if verb == "LIST" else _UNIQUE).fullmatch(text)
        if not match:
            return self._line(text, "pop3.unexpected")
        entry = self._line(text, f"pop3.{verb}.line")
        value = "octets" if verb == "LIST" else "uid"
        entry.params = {"number": match[1], value: match[2]}
        second = Token(*match.span(2), f"pop3.token.{value}")
        entry.tokens = (Token(*match.span(1), "pop3.token.number"), second)
        if verb == "LIST":
            self._maildrop.learn_size(int(match[1][:9]), match[2])
        return entry

    def _capability(self, text: str) -> Entry:
        keyword, _, value = text.partition(" ")
        id = _PROMISES.get(text.upper(), f"pop3.capability.{keyword.upper()}")
        entry = self._line(text, id)
        entry.params = {"keyword": keyword, "value": value}
        entry.tokens = (Token(0, len(keyword), id),)
        return entry

    def _mechanism(self, text: str) -> Entry:
        entry = self._line(text, "pop3.AUTH.mechanism")
        entry.params = {"mechanism": text}
        return entry

    def _challenge(self, text: str, open_: Open) -> Entry:
        line = open_.sasl.challenge(text[1:])
        if open_.wants_response and len(self._open) > 1:
            self._take_back(open_)
        id = "pop3.AUTH.continue" if line.kind == "continue" else line.id
        entry = self._line(text, id, Kind.CONTINUATION)
        entry.params = self._params(open_.asked, open_) | _decoded(line) | {"expects": "line"}
        asking = open_.entry
        entry.phase, entry.answers, entry.rfc = asking.phase, asking.seq, asking.rfc
        return entry

    def _line(self, text: str, id: str, kind: Kind = Kind.DATA) -> Entry:
        return Entry(Side.SERVER, kind, text, id, phase=_PHASES[self.state])

    # What the texts may use

    def _missing(self, row: Command, state: str, named: bool) -> str:
        return missing(row, state, self._name if named else "")

    def _params(self, asked: Asked, open_: Open | None = None) -> dict[str, str]:
        """The values that the explanation of any command, reply and end may use."""
        maildrop = self._maildrop
        return {
            "command": open_.command if open_ else "",
            "mechanism": open_.sasl.title if open_ and open_.sasl else "",
            "usage": asked.row.usage if asked.row else "",
            "state": asked.state,
            "missing": asked.missing,
            "user": self._name or "?",
            "number": "?" if asked.number is None else str(asked.number)[:40],
            "size": maildrop.sizes.get(asked.number, "?"),
            "uid": "?",
            "count": maildrop.count,
            "octets": maildrop.octets,
            "marked": str(len(maildrop.marked)),
        }


def _is_message(open_: Open) -> bool:
    return open_.asked.verb in ("RETR", "TOP")


def _decoded(line: SaslLine) -> dict[str, str]:
    return {"decoded": line.decoded}


def _values(text: str, spans: dict[str, reading.Span]) -> dict[str, str]:
    return {name: text[start:end] for name, (start, end) in spans.items()}


def _correction(entry: Entry) -> Remark | None:
    """What the tutor says beside a refusal."""
    if entry.id == "pop3.no-such-message":
        wanted = {name: entry.params[name] for name in ("number", "count")}
        return Remark("pop3.tutor.number", wanted)
    user = entry.params["user"]
    if entry.id in _DENIED and user != "?":
        return Remark(_DENIED[entry.id] if "@" in user else "pop3.tutor.short-name", {"user": user})
    return None
