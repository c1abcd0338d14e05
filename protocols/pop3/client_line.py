"""The parts of a client's line: what each word is, and where a password stands."""

import re

from protocols.pop3.reading import Asked
from protocols.pop3.table import NOT_OFFERED, TABLE
from protocols.pop3.tutor import PROTOCOL_OF, suggestion
from protocols.sasl_lines import is_mechanism
from protocols.transcript import Token

UNKNOWN = "pop3.unknown-command"

_PASSWORD = re.compile(
    r"(?:\S+ +)?LOGIN +\S+ +(.+)"
    r"|AUTH +\S+ +(.+)"
    r"|USER +\S+ +(.+)"
    r"|USER +[^\s:]+:(.+)"  # as curl takes them
    r"|APOP +\S+ +(?![0-9a-f]{32} *$)(.+)",  # RFC 1939 7: the digest gives nothing away
    re.IGNORECASE,
)
_MECHANISM = re.compile(r"AUTH +(\S+)", re.IGNORECASE)
_WORD = re.compile(r"\S+")


def command_id(verb: str) -> str:
    """The explanation of a command; some are known by name only."""
    if verb in TABLE:
        return f"pop3.{verb}"
    return "pop3.other-command" if verb in NOT_OFFERED else UNKNOWN


def command_tokens(text: str, asked: Asked) -> tuple[Token, ...]:
    words = list(_WORD.finditer(text))
    if not words:
        return ()
    row, id = asked.row, command_id(asked.verb)
    keyword = Token(*words[0].span(), "pop3.token.unknown" if id == UNKNOWN else id)
    if not row or len(words) < 2:
        return (keyword,)
    if row.syntax == "string":
        return keyword, Token(len(asked.verb) + 1, len(text), "pop3.argument.string")
    names = (name.strip("[]") for name in row.syntax.split())
    arguments = zip(names, words[1:], strict=False)
    return keyword, *(Token(*word.span(), f"pop3.argument.{name}") for name, word in arguments)


def secret(text: str, asked: Asked, awaited: bool) -> tuple[int, int] | None:
    """The span of a password, also in a wrong place; `awaited`: a line of its own may be one."""
    start = len(text)
    bare = text.lstrip()
    if asked.verb == "PASS":
        start = len("PASS ")
    elif bare.upper().startswith("PASS"):
        start -= len(bare) - len("PASS")
    elif (match := _MECHANISM.match(text)) and not is_mechanism(match[1]):
        start = match.start(1)
    elif match := _PASSWORD.match(text):
        start = match.start(match.lastindex)
    elif not asked.row and suggestion(asked.verb) == "PASS" and " " in text:
        start = text.index(" ") + 1
    elif awaited and not _is_command(bare, asked.verb):
        start = 0
    return (start, len(text)) if start < len(text) else None


def _is_command(bare: str, verb: str) -> bool:
    """Whether somebody meant a command: of another protocol only if more than its name is there."""
    return not bare or verb in TABLE or verb in NOT_OFFERED or (verb in PROTOCOL_OF and " " in bare)
