"""Mailbox names on the wire: modified UTF-7 (RFC 3501 5.1.3)."""

import re
from base64 import b64decode, b64encode
from binascii import Error

_UNPRINTABLE = re.compile(r"[^ -~]+")
_SHIFTED = re.compile(r"&([^-]*+)(-?)")


def encode_name(name: str) -> str:
    """`name` in ASCII: what is not printable as shifted base64 of UTF-16, `&` as `&-`."""
    return _UNPRINTABLE.sub(lambda match: _shift(match[0]), name.replace("&", "&-"))


def decode_name(encoded: str) -> str:
    """Raises ValueError for what is not modified UTF-7, also for a second spelling of a name."""
    name = _SHIFTED.sub(_unshift, encoded)
    # RFC 3501 5.1.3: one name, one spelling; otherwise CREATE could make twins
    if encode_name(name) != encoded:
        raise ValueError(encoded)
    return name


def _shift(text: str) -> str:
    octets = text.encode("utf-16-be", "replace")
    return "&" + b64encode(octets, b"+,").decode().rstrip("=") + "-"


def _unshift(match: re.Match[str]) -> str:
    letters, end = match.groups()
    if not end:
        raise ValueError(match[0])
    if not letters:
        return "&"
    try:
        padded = letters + "=" * (-len(letters) % 4)
        return b64decode(padded, b"+,", validate=True).decode("utf-16-be")
    except (Error, UnicodeError):
        raise ValueError(match[0]) from None
