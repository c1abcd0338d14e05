"""Header fields: where they stand, what they say, and their structured values (RFC 5322, 2045)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

# Octets of all headers of a message that are read, and fields of one header: Postfix keeps 100 KiB,
# and mail has some dozens of fields. Each costs a look; a message has room for a million.
MAX_HEADERS = 128 * 1024
MAX_FIELDS = 2000

# Name, colon, the first line and its folded continuations, line end (RFC 5322 2.2, 2.2.3).
_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?", re.MULTILINE)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_COMMENT_PART = re.compile(rb"\\.|[()]", re.DOTALL)
_QUOTED_OR_COMMENT = re.compile(rb'"(?:[^"\\]|\\.)*+"?|\(', re.DOTALL)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_TOKEN = rb"[^][\0- ()<>@,;:\\\"/?=\x7f-\xff]+"  # RFC 2045 5.1
_MEDIA_TYPE = re.compile(rb"\s*(%b)\s*/\s*(%b)\s*(?:;|\Z)" % (_TOKEN, _TOKEN))
_FIRST_TOKEN = re.compile(rb"\s*(%b)\s*(?:;|\Z)" % _TOKEN)
_PARAMETER = re.compile(
    rb';\s*+([^\0- ;="]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))', re.DOTALL
)

Parameters = tuple[tuple[bytes, bytes], ...]


class MediaType(NamedTuple):
    """A Content-Type in the sender's spelling."""

    type: bytes
    subtype: bytes
    parameters: Parameters = ()

    @property
    def name(self) -> bytes:
        """`text/plain`, in lower case."""
        return b"%b/%b" % (self.type.lower(), self.subtype.lower())

    def parameter(self, name: bytes) -> bytes:
        """The first parameter with this lower-case name; empty when there is none."""
        return next((v for n, v in self.parameters if n.lower() == name), b"")


def header_end(content: bytes, start: int, end: int) -> int:
    """The offset after the empty line that ends a header; `end` when no such line is there."""
    for empty in (b"\r\n", b"\n"):
        if content.startswith(empty, start, end):
            return start + len(empty)
    match = _EMPTY_LINE.search(content, start, end)
    return match.end() if match else end


def raw_fields(header: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each field's name and its octets with the line end, in order; other lines are skipped."""
    return ((match[1], match[0]) for match in _matches(header))


def header_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Each field's name and raw value: all after the colon, still folded, without the line end."""
    return [(m[1], m[2].removesuffix(b"\r")) for m in _matches(header[:MAX_HEADERS])]


def _matches(header: bytes) -> Iterator[re.Match[bytes]]:
    return islice(_FIELD.finditer(header), MAX_FIELDS)


def unfold(value: bytes) -> bytes:
    return value.replace(b"\r\n", b"").replace(b"\n", b"").strip(b" \t")  # RFC 5322 2.2.3


def fields_by_name(header: bytes) -> dict[bytes, list[bytes]]:
    """Unfolded values by lower-case name, in the order of the header."""
    fields: dict[bytes, list[bytes]] = {}
    for name, value in header_fields(header):
        fields.setdefault(name.lower(), []).append(unfold(value))
    return fields


def comment_end(value: bytes, start: int) -> int:
    """The offset after the comment that opens at `start`; comments nest (RFC 5322 3.2.2)."""
    depth = 0
    for match in _COMMENT_PART.finditer(value, start):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return len(value)


def without_comments(value: bytes) -> bytes:
    if b"(" not in value:
        return value.strip()
    kept, position = [], 0
    while match := _QUOTED_OR_COMMENT.search(value, position):
        is_comment = match[0] == b"("
        kept.append(value[position : match.start() if is_comment else match.end()])
        position = comment_end(value, match.start()) if is_comment else match.end()
    return b"".join([*kept, value[position:]]).strip()


def unquote(text: bytes) -> bytes:
    """The text inside a quoted string or comment with its quoted pairs resolved."""
    return _QUOTED_PAIR.sub(rb"\1", text)


def media_type(value: bytes) -> MediaType | None:
    """A Content-Type value; None when it is broken (RFC 2045 5.1)."""
    value = without_comments(value)
    match = _MEDIA_TYPE.match(value)
    return MediaType(match[1], match[2], _parameters(value)) if match else None


def token_and_parameters(value: bytes) -> tuple[bytes, Parameters] | None:
    """A Content-Disposition value (RFC 2183 2); None when it is broken."""
    value = without_comments(value)
    match = _FIRST_TOKEN.match(value)
    return (match[1], _parameters(value)) if match else None


def _parameters(value: bytes) -> Parameters:
    return tuple(
        (m[1], m[3].strip() if m[2] is None else unquote(m[2]))
        for m in _PARAMETER.finditer(value, max(value.find(b";"), 0))
    )
