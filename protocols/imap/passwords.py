"""Where a password stands: in a client's line, also in a mistaken one, and in its echo."""

import re
from collections import deque
from difflib import get_close_matches
from itertools import islice

from protocols.imap.table import TABLE
from protocols.sasl_lines import is_mechanism
from protocols.transcript import Entry, Outcome

Span = tuple[int, int]

# Logins of any protocol: what is behind their first argument is a password, or they have none.
_NAMING = ("LOGIN", "USER", "AUTHENTICATE", "AUTH")
_LOGINS = (*_NAMING, "PASS")
_MECHANISMS = ("AUTHENTICATE", "AUTH")
_WORD = re.compile(r"\S+")
_ARGUMENT = re.compile(r'\s*("(?:[^"\\]|\\.)*+"|\S+)')
_LITERAL = re.compile(r"\s*\{\d+\+?\}")
# Characters of a word that may be a mistyped login.
_MAX_LOGIN = 14
# Words of passwords that answers might repeat: those of the lines under way.
_MAX_WORDS = 20
# A shorter one cannot be told from the server's own words.
_MIN_WORD = 4


def find_login(text: str, name: str) -> re.Match[str] | None:
    """The word that logs in, with or without a tag; also mistyped, unless `name` is a command."""
    words = [*islice(_WORD.finditer(text), 2)]
    exact = (word for word in words if word[0].upper() in _LOGINS)
    near = (word for word in words if not name and _is_near(word[0]))
    return next(exact, None) or next(near, None)


def password_span(text: str, login: re.Match[str]) -> Span | None:
    """What stands behind the user name, or behind the mechanism; a literal comes later."""
    verb, end = login[0].upper(), login.end()
    argument = _ARGUMENT.match(text, end)
    if argument and (colon := _glued(argument, text)):
        return colon + 1, len(text)
    if argument and _goes_before(verb, argument[1], text[argument.end() :]):
        end = argument.end()
    password = _WORD.search(text, end)
    if not password or _LITERAL.fullmatch(text, end):
        return None
    return password.start(), len(text)


def _glued(argument: re.Match[str], text: str) -> int:
    """Where the colon is, if name and password stand in one word, as curl takes them."""
    alone = argument.end() == len(text.rstrip())
    return argument.start() + argument[0].find(":", 2) if alone and ":" in argument[0][2:-1] else 0


def is_no_command(text: str) -> bool:
    words = text.upper().split(maxsplit=2)[:2]
    return bool(words) and not any(word in TABLE for word in words)


def _is_near(word: str) -> bool:
    if len(word) > _MAX_LOGIN:
        return False
    meant = get_close_matches(word.upper(), (*_LOGINS, *TABLE), n=1)
    return meant != [] and meant[0] in _LOGINS


def _goes_before(verb: str, argument: str, rest: str) -> bool:
    """Whether `argument` is a user name or a mechanism, and no password itself."""
    if verb in _MECHANISMS:
        return is_mechanism(argument.strip('"'))
    return verb in _NAMING or (verb != "PASS" and rest.strip() != "")


class Masked:
    """What was masked, until no answer can repeat it: as a tag, a command, a mechanism."""

    def __init__(self) -> None:
        self._words: deque[str] = deque(maxlen=_MAX_WORDS)

    def forget(self) -> None:
        self._words.clear()

    def remember(self, entry: Entry) -> None:
        """What stands in the place of a password is repeated by nobody."""
        if entry.secret and entry.id != "imap.LOGIN":
            words = entry.text[slice(*entry.secret)].split()
            self._words += [re.escape(word) for word in words if len(word) >= _MIN_WORD]

    def hide_echo(self, entry: Entry) -> None:
        """Mask it in an answer, which is a refusal or none at all, and in what explains that."""
        refuses = entry.outcome is Outcome.FAILURE or entry.id == "imap.unexpected"
        if not self._words or not refuses:
            return
        echo = re.compile("|".join(self._words), re.IGNORECASE)
        if found := [match.span() for match in echo.finditer(entry.text)]:
            spans = [*found, entry.secret or found[0]]
            entry.secret = min(begin for begin, _ in spans), max(end for _, end in spans)
            for name, value in entry.params.items():
                entry.params[name] = "…" if echo.search(value) else value
