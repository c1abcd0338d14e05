"""The outermost form of a command: tag, name, arguments; and where a literal begins."""

import re
from dataclasses import dataclass

from protocols.imap.grammar.cursor import Cursor

# RFC 3501 9: tag = 1*<any ASTRING-CHAR except "+">
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9]*")
_LITERAL_AHEAD = re.compile(rb"\{(\d{1,20})(\+?)\}\Z")


@dataclass(frozen=True, slots=True)
class Literal:
    """`waits`: the client waits for a continuation request (RFC 3501 7.5; not so in RFC 7888)."""

    octets: int
    waits: bool


def literal_ahead(line: bytes) -> Literal | None:
    """The literal that a line (without its line end) announces."""
    match = _LITERAL_AHEAD.search(line) if line.endswith(b"}") else None
    return Literal(int(match[1]), not match[2]) if match else None


def split_tag(octets: bytes) -> tuple[str, bytes]:
    """The tag and what follows; ("", octets) if no tag stands there."""
    tag, _, rest = octets.partition(b" ")
    return (tag.decode(), rest) if _TAG.fullmatch(tag) else ("", octets)


def split_name(octets: bytes) -> tuple[str, Cursor]:
    """The command's name in upper case ("" if there is none) and a cursor behind it."""
    match = _NAME.match(octets)
    name = match[0].decode().upper() if match else ""
    cursor = Cursor(octets, name or "command")
    cursor.place = len(name)
    return name, cursor
