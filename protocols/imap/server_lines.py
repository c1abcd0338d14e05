"""What a server's line says: status responses with their codes, and untagged data (RFC 3501 7)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from protocols.imap.client_lines import capability_id, flag_id
from protocols.imap.fetch_items import is_item, item_tokens
from protocols.imap.grammar.names import decode_name
from protocols.imap.nodes import Node, read_nodes
from protocols.transcript import Token

_STATUS = re.compile(
    r"(OK|NO|BAD|BYE|PREAUTH)(?= |$) ?(?:\[([^\s\]]++) ?([^\]]*+)\] ?)?(.*)", re.I | re.S
)
_NUMBERED = re.compile(r"(\d{1,10}) (EXISTS|RECENT|EXPUNGE|FETCH)(?= |$)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.-]*")
_LITERAL = re.compile(r"\{\d+\+?\}")
ENVELOPE = (
    "date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id",
)  # fmt: skip
_VALUES = {"UID": "uid", "RFC822.SIZE": "size", "INTERNALDATE": "date-time"}
# Codes with one number or two.
_NUMBER_CODES = {
    "UNSEEN": ("number",), "UIDNEXT": ("uid",), "UIDVALIDITY": ("uidvalidity",),
    "APPENDUID": ("uidvalidity", "uid"), "COPYUID": ("uidvalidity", "uids", "copies"),
}  # fmt: skip


@dataclass(slots=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH (`word`) with its response code ("" if it has none)."""

    word: str
    code: str
    text: str
    tokens: list[Token]
    params: dict[str, str]


@dataclass(slots=True)
class Data:
    """Untagged data: `kind` is its word in upper case ("" if it is none)."""

    kind: str
    tokens: list[Token] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)


def read_status(text: str, start: int) -> Status | None:
    """The status response in text[start:]."""
    match = _STATUS.match(text, start)
    if not match:
        return None
    word, code = match[1].upper(), (match[2] or "").upper()
    tokens = [Token(*match.span(1), f"imap.token.{word}")]
    params = {"status": word, "code": code, "text": match[4]}
    if code:
        tokens.append(Token(*match.span(2), f"imap.code.{code}"))
        nodes = read_nodes(text[: match.end(3)], match.start(3))
        tokens += _code_tokens(code, nodes)
        params |= dict(zip(_NUMBER_CODES.get(code, ()), (n.text for n in nodes), strict=False))
    return Status(word, code, match[4], tokens, params)


def read_data(text: str) -> Data:
    """What stands behind `* `."""
    numbered = _NUMBERED.match(text, 2)
    if numbered:
        return _numbered(text, numbered)
    match = _WORD.match(text, 2)
    if not match:
        return Data("")
    kind = match[0].upper()
    data = Data(kind, [Token(*match.span(), f"imap.untagged.{kind}")])
    nodes = read_nodes(text, match.end())
    data.params |= dict.fromkeys(_PARAMS.get(kind, ()), "…")
    if kind in _READERS:
        _READERS[kind](data, nodes)
    return data


def fetch_tokens(nodes: list[Node]) -> Iterator[Token]:
    """Of the items in a FETCH response, or of the part behind a literal."""
    for name, value in zip_longest(nodes, nodes[1:]):
        if name.is_list or not is_item(name.text):
            continue
        yield from item_tokens(name)
        if value:
            yield from _value_tokens(name.text.upper(), value)


def literal_token(text: str) -> list[Token]:
    """The announcement of a literal at the end of a line."""
    match = re.search(r"\{\d+\+?\}\Z", text)
    return [Token(*match.span(), "imap.token.literal")] if match else []


def _numbered(text: str, match: re.Match[str]) -> Data:
    number, kind = match[1], match[2].upper()
    counts = kind in ("EXISTS", "RECENT")
    token = "imap.token.count" if counts else "imap.token.number"
    data = Data(
        kind, [Token(*match.span(1), token), Token(*match.span(2), f"imap.untagged.{kind}")]
    )
    data.params["count" if counts else "number"] = number
    if kind == "FETCH":
        lists = [node for node in read_nodes(text, match.end()) if node.is_list]
        items = lists[0].children if lists else []
        data.tokens += fetch_tokens(items)
        data.params |= _fetch_params(items)
    return data


def _fetch_params(items: list[Node]) -> dict[str, str]:
    names = [n.text.upper() for n in items[::2] if not n.is_list]
    found = dict(zip(names, items[1::2], strict=False))
    params = {"items": ", ".join(names)}
    if "UID" in found:
        params["uid"] = found["UID"].text
    if "FLAGS" in found:
        params["flags"] = found["FLAGS"].text.strip("()")
    return params


def _value_tokens(name: str, value: Node) -> Iterator[Token]:
    if name == "FLAGS":
        yield from (Token(w.start, w.end, flag_id(w.text)) for w in value.words())
    elif name in _VALUES:
        yield Token(value.start, value.end, f"imap.token.{_VALUES[name]}")
    elif name == "ENVELOPE" and value.is_list:
        for field_name, part in zip(ENVELOPE, value.children, strict=False):
            yield Token(part.start, part.end, f"imap.envelope.{field_name}")


def _code_tokens(code: str, nodes: list[Node]) -> Iterator[Token]:
    for word in (word for node in nodes for word in node.words()):
        if code == "PERMANENTFLAGS":
            yield Token(word.start, word.end, flag_id(word.text))
        elif code == "CAPABILITY":
            yield Token(word.start, word.end, capability_id(word.text.upper()))
    for name, node in zip(_NUMBER_CODES.get(code, ()), nodes, strict=False):
        yield Token(node.start, node.end, f"imap.token.{name}")


def _flags(data: Data, nodes: list[Node]) -> None:
    words = [word for node in nodes for word in node.words()]
    data.tokens += [Token(w.start, w.end, flag_id(w.text)) for w in words]
    data.params["flags"] = " ".join(w.text for w in words)


def _capability(data: Data, nodes: list[Node]) -> None:
    data.tokens += [Token(n.start, n.end, capability_id(n.text.upper())) for n in nodes]
    data.params["capabilities"] = " ".join(n.text for n in nodes)


def _list(data: Data, nodes: list[Node]) -> None:
    if len(nodes) < 3 or not nodes[0].is_list:
        return
    attributes, separator, name = nodes[:3]
    for word in attributes.words():
        id = f"imap.attribute.{word.text.lstrip(chr(92))}"
        data.tokens.append(Token(word.start, word.end, id))
    data.tokens.append(Token(separator.start, separator.end, "imap.token.separator"))
    _mailbox(data, name)


def _status(data: Data, nodes: list[Node]) -> None:
    if len(nodes) < 2 or not nodes[1].is_list:
        return
    _mailbox(data, nodes[0])
    pairs = nodes[1].children
    data.params["items"] = nodes[1].text.strip("()")
    for name in pairs[::2]:
        data.tokens.append(Token(name.start, name.end, f"imap.status.{name.text.upper()}"))


def _search(data: Data, nodes: list[Node]) -> None:
    data.params["numbers"] = " ".join(n.text for n in nodes)
    data.params["count"] = str(len(nodes))
    data.tokens += [Token(n.start, n.end, "imap.token.found") for n in nodes]


def _mailbox(data: Data, node: Node) -> None:
    if _LITERAL.fullmatch(node.text):
        return
    try:
        data.params["mailbox"] = decode_name(node.value)
    except ValueError:
        data.params["mailbox"] = node.value
    data.tokens.append(Token(node.start, node.end, "imap.argument.mailbox"))


_READERS = {
    "FLAGS": _flags, "CAPABILITY": _capability, "ENABLED": _capability, "LIST": _list,
    "LSUB": _list, "XLIST": _list, "STATUS": _status, "SEARCH": _search,
}  # fmt: skip
_PARAMS = {"LIST": ["mailbox"], "LSUB": ["mailbox"], "STATUS": ["mailbox", "items"]}
