"""Slows down whoever guesses passwords, without locking out whoever mistypes one."""

from collections.abc import Callable
from dataclasses import dataclass

# Mistyped passwords that cost nothing: a card's password is long.
FREE = 3
# Seconds that the next refusal takes; each one more takes twice as long ...
FIRST_DELAY = 1.0
# ... up to this: longer, and a mail program takes the server for dead.
LONGEST_DELAY = 30.0
# Seconds without a failure after which everything is forgotten: a lesson's break.
MEMORY = 15 * 60
# Pairs that are remembered; the oldest go first.
MAX_KNOWN = 10_000
# Characters of a name that tell it from others: an address has 320 at most, AUTH takes thousands.
MAX_NAME = 320


@dataclass(slots=True)
class _Failures:
    count: int
    last: float


class Guard:
    """Counts the failed logins of each `(who, name)`; `clock` gives seconds.

    `who` is an address, or the realm of a learner: thirty pupils behind one address must not pay
    for each other.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], _Failures] = {}

    def failed(self, who: str, name: str) -> float:
        """Note a failure; returns the seconds that its refusal has to wait."""
        key, now = _key(who, name), self._clock()
        known = self._known.pop(key, None)
        count = known.count + 1 if known and now - known.last < MEMORY else 1
        self._known[key] = _Failures(count, now)
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        if count <= FREE:
            return 0.0
        return min(FIRST_DELAY * 2.0 ** min(count - FREE - 1, 10), LONGEST_DELAY)

    def succeeded(self, who: str, name: str) -> None:
        self._known.pop(_key(who, name), None)


def _key(who: str, name: str) -> tuple[str, str]:
    return who, name[:MAX_NAME].lower()
