"""Where a password stands in a client's line, also in a mistaken one."""

import re
from difflib import get_close_matches

Span = tuple[int, int]

# Logins of any protocol: what is behind the user name is a password.
_PASSWORD = re.compile(
    r"(?:\S+\s+)?"
    r'(?:LOGIN(?:[:;,.=]\s*|\s+)(?:"(?:[^"\\]|\\.)*+"?|\S+)|PASS|AUTH(?:ENTICATE)?\s+\S+)'
    r"\s+(\S.*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\S+")
# Characters of a word that may be a mistyped LOGIN.
_MAX_LOGIN = 12


def password_span(text: str) -> Span | None:
    """What is behind a login and its first argument; None if `text` holds no such thing."""
    match = _PASSWORD.match(text)
    return match.span(1) if match else None


def mistyped_span(text: str) -> Span | None:
    """As `password_span`, behind a word that was probably meant to be LOGIN."""
    words = list(_WORD.finditer(text))
    for login, password in zip(words[:2], words[2:], strict=False):
        if len(login[0]) <= _MAX_LOGIN and get_close_matches(login[0].upper(), ("LOGIN",)):
            return password.start(), len(text)
    return None
