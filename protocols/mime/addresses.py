"""Address lists (RFC 5322 3.4 with the obsolete forms of 4.4) for the IMAP ENVELOPE."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from protocols.mime.headers import comment_end, unquote

# A list longer than any class has pupils; one address of 2 octets is 17 in an ENVELOPE.
MAX_ADDRESSES = 1000

_TOKEN = re.compile(
    rb"""(?P<space>[\0-\x20]+)
    |"(?P<quoted>(?:[^"\\]|\\.)*+)"?
    |(?P<literal>\[(?:[^]\\]|\\.)*+\]?)
    |(?P<special>[<>:;@,])
    |(?P<comment>\()
    |(?P<atom>[^\0-\x20"\[<>:;@,(]+)""",
    re.VERBOSE | re.DOTALL,
)
# What most lists are: one address, in angle brackets or not, with a name of plain words or none.
_ONE_PLAIN = re.compile(rb"(?:(?:([\w.-]++(?: [\w.-]++)*+) )?(<))?([\w.+-]++)@([\w.-]++)(?(2)>)")
_ROUTE, _WORD = b"route", b"word"


class Address(NamedTuple):
    """The four members of RFC 3501 7.4.2; a group begins with a name and no host."""

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


class _Token(NamedTuple):
    kind: str
    text: bytes

    @property
    def special(self) -> bytes:
        return self.text if self.kind == "special" else b""

    @property
    def is_blank(self) -> bool:
        return self.kind in ("space", "comment")


GROUP_END = Address(None, None, None, None)


def parse_addresses(value: bytes) -> list[Address]:
    """The addresses of an unfolded header value; what is broken is read as well as it goes."""
    plain = _ONE_PLAIN.fullmatch(value)
    return [Address(plain[1], None, plain[3], plain[4])] if plain else parse_list(value)


def parse_list(value: bytes) -> list[Address]:
    """`parse_addresses` without its short cut."""
    found: list[Address] = []
    pending: list[_Token] = []
    in_group, mark = False, b""
    for token in _with_end(_tokens(value)):
        special = token.special
        if special == b":" and not in_group and not mark:
            found.append(Address(None, None, _phrase(pending), None))
            in_group, pending = True, []
        elif special == b";" or (special == b"," and mark != _ROUTE):
            found += _address(pending)
            pending, mark = [], b""
            if special == b";" and in_group:
                found.append(GROUP_END)
                in_group = False
        else:
            pending.append(token)
            mark = _next_mark(mark, token)
        if len(found) >= MAX_ADDRESSES:
            break
    return [*found, GROUP_END] if in_group else found


def _next_mark(mark: bytes, token: _Token) -> bytes:
    """What the address so far ends with: nothing, a special, or a route, which holds commas."""
    if token.special == b"@" and mark == b"<":
        return _ROUTE
    if mark == _ROUTE and token.special not in (b":", b">"):
        return _ROUTE
    if mark == b"<" and not token.is_blank:
        return _WORD
    return token.special or mark


def _with_end(tokens: Iterator[_Token]) -> Iterator[_Token]:
    yield from tokens
    yield _Token("special", b";")


def _tokens(value: bytes) -> Iterator[_Token]:
    position = 0
    while match := _TOKEN.match(value, position):
        position = match.end()
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind == "comment":
            position = comment_end(value, match.start())
            text = unquote(value[match.end() : position].removesuffix(b")"))
        yield _Token(kind, unquote(text) if kind == "quoted" else text)


def _address(tokens: list[_Token]) -> list[Address]:
    specials = [t.special for t in tokens]
    name, inner = b"", tokens
    if b"<" in specials:
        opening = specials.index(b"<")
        closing = specials.index(b">", opening) if b">" in specials[opening:] else len(tokens)
        name, inner = _phrase(tokens[:opening]), tokens[opening + 1 : closing]
    route, inner = _route(inner)
    mailbox, host = _mailbox_and_host(inner)
    if not (name or mailbox or host):
        return []
    return [Address(name or _comment(tokens), route, mailbox, host)]


def _route(tokens: list[_Token]) -> tuple[bytes | None, list[_Token]]:
    """The obsolete @a,@b: before an address, and what follows it (RFC 5322 4.4)."""
    specials = [t.special for t in tokens]
    if b":" not in specials:
        return None, tokens
    colon = specials.index(b":")
    return _joined(tokens[:colon]) or None, tokens[colon + 1 :]


def _mailbox_and_host(tokens: list[_Token]) -> tuple[bytes, bytes]:
    """Without an @ the host is empty: NIL would mean a group."""
    specials = [t.special for t in tokens]
    if b"@" not in specials:
        return _phrase(tokens), b""
    at = specials.index(b"@")
    return _joined(tokens[:at]), _joined(tokens[at + 1 :])


def _joined(tokens: list[_Token]) -> bytes:
    return b"".join(t.text for t in tokens if not t.is_blank)


def _phrase(tokens: list[_Token]) -> bytes:
    """Words with one space wherever there was space or a comment."""
    runs = groupby(tokens, lambda token: token.is_blank)
    return b"".join(b" " if blank else b"".join(t.text for t in run) for blank, run in runs).strip()


def _comment(tokens: list[_Token]) -> bytes | None:
    """The old way to name a person: user@host (Name)."""
    return next((t.text.strip() for t in tokens if t.kind == "comment"), b"") or None
