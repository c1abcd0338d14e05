"""Strings as an IMAP server writes them (RFC 3501 4.3, 4.5)."""

import re
from collections.abc import Iterable

NIL = b"NIL"
_PLAIN = re.compile(rb'[^\0\r\n"\\\x80-\xff]*')
_QUOTED = re.compile(rb"[^\0\r\n\x80-\xff]*")
_ESCAPED = re.compile(rb'["\\]')


def string(value: bytes) -> bytes:
    """`value` quoted; as a literal where a quoted string can't hold it (CR, LF, 8 bit)."""
    if _PLAIN.fullmatch(value):
        return b'"%s"' % value
    value = value.replace(b"\0", b" ")  # RFC 3501 9: not even a literal may hold NUL
    if _QUOTED.fullmatch(value):
        return b'"%s"' % _ESCAPED.sub(rb"\\\g<0>", value)
    return b"{%d}\r\n%s" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    return NIL if value is None else string(value)


def parenthesised(items: Iterable[bytes], between: bytes = b" ") -> bytes:
    """A list of finished items; NIL when there are none."""
    items = tuple(items)
    return b"(%s)" % between.join(items) if items else NIL
