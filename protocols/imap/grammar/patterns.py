"""The wildcards of LIST: `*` for anything, `%` for anything within a level (RFC 3501 6.3.8)."""

import re

from protocols.store import SEPARATOR

_RUN = re.compile(r"[*%]{2,}")


def matches(pattern: str, name: str) -> bool:
    """In time that grows with both lengths only, whatever the pattern."""
    pattern = _RUN.sub(lambda run: "*" if "*" in run[0] else "%", pattern)
    if len(pattern) > 2 * len(name) + 1:
        return False
    places = {0}  # where in the name the pattern so far may end
    for wanted in pattern:
        places = _after(wanted, name, places)
    return len(name) in places


def _after(wanted: str, name: str, places: set[int]) -> set[int]:
    if wanted not in "*%":
        return {place + 1 for place in places if name[place : place + 1] == wanted}
    reached: set[int] = set()
    for place in sorted(places):
        while place not in reached:
            reached.add(place)
            if place < len(name) and (wanted == "*" or name[place] != SEPARATOR):
                place += 1
    return reached
