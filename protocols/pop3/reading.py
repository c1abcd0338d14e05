"""Reads a reply of any POP3 server: which of our replies it is, or the nearest to it."""

import re
from dataclasses import dataclass, field

from protocols.commands import Command
from protocols.pop3.grammar import number
from protocols.pop3.replies import REPLIES
from protocols.pop3.table import AUTHORIZATION, TABLE, TRANSACTION
from protocols.transcript import Token

Span = tuple[int, int]

_CODE = re.compile(r"(?:\+OK|-ERR) \[([A-Z0-9/-]+)\]", re.IGNORECASE)
_STAMP = re.compile(r"(?P<stamp><[^<>\s@]++@[^<>\s]++>)")
# Where the values stand in the replies of other servers, by the id that they are read as.
_VALUES = {
    "pop3.greeting": _STAMP,
    "pop3.STAT.ok": re.compile(r"\+OK (?P<count>\d+) (?P<octets>\d+)", re.IGNORECASE),
    "pop3.LIST.one": re.compile(r"\+OK (?P<number>\d+) (?P<octets>\d+)", re.IGNORECASE),
    "pop3.LIST.ok": re.compile(r"(?<!\d)(?P<count>\d++) messages?(?:\D++(?P<octets>\d+) octets)?"),
    "pop3.UIDL.one": re.compile(r"\+OK (?P<number>\d+) (?P<uid>[!-~]+)", re.IGNORECASE),
}
_BY_CODE = {
    ("PASS", "IN-USE"): "pop3.PASS.in-use",
    ("PASS", "AUTH"): "pop3.PASS.denied",
    ("APOP", "IN-USE"): "pop3.APOP.in-use",
    ("APOP", "AUTH"): "pop3.APOP.denied",
    ("AUTH", "IN-USE"): "pop3.AUTH.in-use",
    ("AUTH", "AUTH"): "pop3.AUTH.denied",
}
# What these say holds for any command.
_BY_ANY_CODE = {
    "SYS/TEMP": "pop3.unavailable",  # RFC 3206 4
    "SYS/PERM": "pop3.broken",  # RFC 3206 4
    "LOGIN-DELAY": "pop3.too-soon",  # RFC 2449 8.1.1
    "UTF8": "pop3.needs-utf8",  # RFC 6856 2.1
}
_DECIMAL = ("number", "count", "octets")
# Values that are explained where they stand.
_SHOWN = (*_DECIMAL, "uid", "stamp")


@dataclass(slots=True)
class Asked:
    """What the command asked for, as far as a reply's meaning depends on it.

    `row` is None for what is no command of the table; `number` is that of its message.
    """

    verb: str = ""
    arguments: list[str] | None = field(default_factory=list)  # None: they do not fit
    state: str = AUTHORIZATION
    missing: str = ""
    row: Command | None = None
    number: int | None = None
    marked: bool = False  # its message is marked for delete
    known: bool = False  # its message was there
    hopes: bool = False  # its state is one that the answer to a login still has to bring


def status(text: str) -> str:
    """`+OK`, `-ERR`, or "" for a line that is no reply."""
    word = text.partition(" ")[0].upper()
    return word if word in ("+OK", "-ERR") else ""


def read_reply(text: str, mark: str, asked: Asked) -> tuple[str, dict[str, Span]]:
    """The id of the reply and the places of its values in `text`; `mark` is its status."""
    own = REPLIES.recognise(text, asked.verb)
    if own and _suits(own[0].id, own[1], asked.verb):
        return own[0].id, _spans(own[0].pattern.fullmatch(text)) if own[1] else {}
    id = _accepted(asked) if mark == "+OK" else _refused(text, asked)
    match = _VALUES[id].search(text) if id in _VALUES else None
    return id, _spans(match)


def read_greeting(text: str, mark: str) -> tuple[str, dict[str, Span]]:
    if mark == "+OK":
        return "pop3.greeting", _spans(_STAMP.search(text))
    own = REPLIES.recognise(text)
    return own[0].id if own else "pop3.greeting.refused", {}


def reply_tokens(text: str, mark: str, spans: dict[str, Span]) -> tuple[Token, ...]:
    """Status, response code and values; of a reply without values the sentence for people."""
    tokens = [Token(0, len(mark), "pop3.token.ok" if mark == "+OK" else "pop3.token.err")]
    if code := _CODE.match(text):
        tokens.append(Token(code.start(1) - 1, code.end(1) + 1, f"pop3.code.{code[1].upper()}"))
    values = [(*s, f"pop3.token.{name}") for name, s in spans.items() if name in _SHOWN]
    tokens += [Token(*value) for value in values]
    start = tokens[-1].end + 1
    if not values and text[start:].strip():
        tokens.append(Token(start, len(text), "pop3.token.text"))
    return tuple(tokens)


def _suits(id: str, values: dict[str, str], verb: str) -> bool:
    named = id.split(".")[1]
    if named != verb and named in TABLE:
        return False
    return all(number(values[name]) is not None for name in _DECIMAL if name in values)


def _accepted(asked: Asked) -> str:
    match asked.verb:
        case "LIST" | "UIDL" if asked.arguments:
            return f"pop3.{asked.verb}.one"
        case "QUIT" if asked.state == AUTHORIZATION:
            return "pop3.QUIT.early"
        case "AUTH" if not asked.arguments:
            return "pop3.AUTH.list"
    return f"pop3.{asked.verb}.ok" if asked.row else "pop3.ok"


def _refused(text: str, asked: Asked) -> str:
    if asked.verb == "QUIT" and asked.state == TRANSACTION and asked.arguments is not None:
        return "pop3.QUIT.failed"
    code = _CODE.match(text)
    if code and (id := _by_code(code[1].upper(), asked.verb)):
        return id
    if not asked.verb:
        return "pop3.unasked"
    if asked.row is None:
        return "pop3.unknown"
    if asked.missing:
        return "pop3.PASS.needs-user" if asked.verb == "PASS" else "pop3.needs-login"
    if not asked.row.allowed_in(asked.state):
        return "pop3.logged-in"
    if asked.arguments is None:
        return "pop3.syntax"
    return _refused_by_content(asked)


def _by_code(code: str, verb: str) -> str | None:
    return _BY_CODE.get((verb, code)) or _BY_ANY_CODE.get(code)


def _refused_by_content(asked: Asked) -> str:
    if asked.marked:
        return "pop3.marked"
    if asked.verb in ("PASS", "APOP"):
        return f"pop3.{asked.verb}.denied"
    numbered = asked.arguments and "msg" in asked.row.syntax
    return "pop3.no-such-message" if numbered and not asked.known else "pop3.refused"


def _spans(match: re.Match[str] | None) -> dict[str, Span]:
    if match is None:
        return {}
    return {name: match.span(name) for name in match.groupdict() if match[name] is not None}
