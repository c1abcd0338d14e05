"""The wildcards of LIST: `*` for anything, `%` for anything within a level (RFC 3501 6.3.8)."""

import re
from collections import defaultdict

from protocols.store import SEPARATOR

_RUN = re.compile(r"[*%]{2,}")


def matches(pattern: str, name: str) -> bool:
    """In time that grows with the pattern's length only, for names of usual length.

    A set of places is a number: bit n is set if the pattern so far can end before name[n].
    """
    pattern = _RUN.sub(lambda run: "*" if "*" in run[0] else "%", pattern)
    if len(pattern) > 2 * len(name) + 1:
        return False
    where: defaultdict[str, int] = defaultdict(int)
    for place, character in enumerate(name):
        where[character] |= 1 << place
    end = 1 << len(name)
    within = (end - 1) & ~where[SEPARATOR]
    places = 1
    for wanted in pattern:
        if wanted == "*":
            places = -(places & -places) & (2 * end - 1)
        elif wanted == "%":
            places |= _flooded(places & within, within)
        else:
            places = (places & where[wanted]) << 1
    return bool(places & end)


def _flooded(start: int, within: int) -> int:
    """`start` spread upwards through each run of `within` and one beyond, as a carry does."""
    return ((within + start) ^ within) | start
