"""Mailbox names and their hierarchy (RFC 3501 5.1)."""

from collections.abc import Iterable

from protocols.store import SEPARATOR, InvalidMailboxName, canonical

# Long enough for any class, short enough for one line of a transcript.
MAX_NAME = 200
MAX_DEPTH = 10


def check_mailbox_name(name: str) -> str:
    """The canonical form of `name` without a trailing separator (RFC 3501 6.3.3).

    Raises InvalidMailboxName for what LIST could not show or people could not tell apart.
    """
    name = canonical(name.removesuffix(SEPARATOR))
    levels = name.split(SEPARATOR)
    bad = len(name) > MAX_NAME or len(levels) > MAX_DEPTH or "" in levels
    if bad or any(c in "*%" or not c.isprintable() for c in name):
        raise InvalidMailboxName(name)
    return name


def superiors(name: str) -> list[str]:
    """`a/b/c` -> [`a`, `a/b`]"""
    levels = name.split(SEPARATOR)
    return [SEPARATOR.join(levels[:n]) for n in range(1, len(levels))]


def inferiors(name: str, names: Iterable[str]) -> list[str]:
    return [other for other in names if other.startswith(name + SEPARATOR)]
