"""How POP3 lines are cut into words (RFC 1939 3, RFC 2449 4)."""

from functools import cache

# RFC 2449 4: a command line has at most 255 octets, its CRLF included.
MAX_COMMAND_LINE = 255

# Alone they list, with an argument they do not.
_ALL_OR_ONE = ("LIST", "UIDL", "AUTH")


def takes_utf8(line: bytes) -> bool:
    """Whether a line may have UTF-8 also before the command UTF8 (RFC 6856 2.2)."""
    return line[:5].upper() in (b"USER ", b"PASS ", b"APOP ")


def is_text(line: bytes, utf8: bool) -> bool:
    """Whether a line consists of printable ASCII (RFC 1939 3), or of UTF-8 (RFC 6856 2.1)."""
    try:
        return line.decode("utf-8" if utf8 else "ascii").isprintable()
    except UnicodeDecodeError:
        return False


def split_command(line: str) -> tuple[str, str]:
    """Keyword in upper case, and the rest after one space."""
    keyword, _, rest = line.partition(" ")
    return keyword.upper(), rest


def arguments(syntax: str, rest: str) -> list[str] | None:
    """The arguments in `rest`, or None if they do not fit `syntax` (as in a Command)."""
    if syntax == "string":
        return [rest] if rest else None  # RFC 1939 7: spaces are part of the password
    required, numeric = _form(syntax)
    words = [word for word in rest.split(" ") if word]
    if not required <= len(words) <= len(numeric):
        return None
    for word, is_number in zip(words, numeric, strict=False):
        if is_number and number(word) is None:
            return None
    return words


def number(word: str) -> int | None:
    """A message number or line count in decimal digits (RFC 1939 3)."""
    return int(word) if word.isascii() and word.isdigit() else None


def is_multiline(command: str, given: int) -> bool:
    """Whether +OK to `command` with so many arguments opens a multi-line reply (RFC 1939 3)."""
    return command in ("RETR", "TOP", "CAPA") or (command in _ALL_OR_ONE and not given)


@cache
def _form(syntax: str) -> tuple[int, tuple[bool, ...]]:
    """How many arguments are required, and for each whether it is a number."""
    names = syntax.split()
    required = sum(not name.startswith("[") for name in names)
    return required, tuple(name.strip("[]") in ("msg", "n") for name in names)
