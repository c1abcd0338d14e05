"""How POP3 lines are cut into words (RFC 1939 3, RFC 2449 4)."""

import re

# RFC 2449 4: a command line has at most 255 octets, its CRLF included.
MAX_COMMAND_LINE = 255

_PRINTABLE = re.compile(rb"[ -~]*")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")
# Alone they list, with an argument they do not.
_ALL_OR_ONE = ("LIST", "UIDL", "AUTH")
_NUMBER = re.compile(r"[0-9]+")


def is_text(line: bytes, utf8: bool = False) -> bool:
    """Whether a line consists of printable ASCII (RFC 1939 3), or of UTF-8 (RFC 6856 2.1)."""
    return _PRINTABLE.fullmatch(line) is not None or (utf8 and _is_utf8(line))


def split_command(line: str) -> tuple[str, str]:
    """Keyword in upper case, and the rest after one space."""
    keyword, _, rest = line.partition(" ")
    return keyword.upper(), rest


def arguments(syntax: str, rest: str) -> list[str] | None:
    """The arguments in `rest`, or None if they do not fit `syntax` (as in a Command)."""
    if syntax == "string":
        return [rest] if rest else None  # RFC 1939 7: spaces are part of the password
    names, words = syntax.split(), rest.split(" ") if rest.strip() else []
    words = [word for word in words if word]
    required = [name for name in names if not name.startswith("[")]
    if not len(required) <= len(words) <= len(names):
        return None
    return words if all(map(_fits, names, words)) else None


def number(word: str) -> int | None:
    """A message number or line count in decimal digits (RFC 1939 3)."""
    return int(word) if _NUMBER.fullmatch(word) else None


def is_multiline(command: str, given: int) -> bool:
    """Whether +OK to `command` with so many arguments opens a multi-line reply (RFC 1939 3)."""
    return command in ("RETR", "TOP", "CAPA") or (command in _ALL_OR_ONE and not given)


def _is_utf8(line: bytes) -> bool:
    try:
        return not _CONTROLS.search(line.decode())
    except UnicodeDecodeError:
        return False


def _fits(name: str, word: str) -> bool:
    return name.strip("[]") not in ("msg", "n") or number(word) is not None
