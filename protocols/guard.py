"""Slows down whoever guesses passwords, without locking out whoever mistypes one.

A password waits *before* it is looked at, the right one too: who waits afterwards hangs up instead,
and tries the next.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

# Wrong passwords in a row after which the next has to wait: a card's password is long.
FREE = 3
# Seconds that it waits; after each further wrong one, twice as long ...
FIRST_DELAY = 1.0
# ... up to this: who knows the password must get in beside somebody who guesses it.
LONGEST_DELAY = 10.0
# Logins of one pair that wait at once: a mail program's five connections. The last of them waits
# 50 s at most; after a minute a mail program takes the server for dead.
MAX_WAITING = 5
# Seconds without a failure after which everything is forgotten: a lesson's break.
MEMORY = 15 * 60
# Pairs that are remembered; the oldest go first.
MAX_KNOWN = 10_000
# Characters of a name that tell it from others: an address has 320 at most, AUTH takes thousands.
MAX_NAME = 320

Sleep = Callable[[float], Awaitable[None]]
# Lets in one at a time, in the order of their coming.
Lock = AbstractAsyncContextManager[object]
Key = tuple[str, str]
# Runs a wait; where it is cancelled instead, the password was never looked at.
Wait = Callable[[Coroutine[object, None, bool]], Awaitable[bool]]


class TooManyWaiting(Exception):
    """As many logins of this pair as may wait are waiting already."""


@dataclass(slots=True)
class _Failures:
    """`free_at` is when the next password may be looked at; `waiting` stand in `line` for that."""

    line: Lock
    count: int = 0
    last: float = 0.0
    free_at: float = 0.0
    waiting: int = 0


class Guard:
    """Counts the failed logins of each `(who, name)`.

    `who` is an address, or the realm of a learner: thirty pupils behind one address must not pay
    for each other. `clock` gives seconds, `sleep` waits for some, a `lock` is made for each pair.
    """

    def __init__(self, clock: Callable[[], float], sleep: Sleep, lock: Callable[[], Lock]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = lock
        self._known: dict[Key, _Failures] = {}

    async def judge(
        self,
        who: str,
        name: str,
        is_right: Callable[[], bool],
        tell: Callable[[float], None],
        wait: Wait,
    ) -> bool:
        """What `is_right` says of a password, asked once its turn has come.

        `tell` hears how many seconds that may take. Raises TooManyWaiting.
        """
        key = who, name[:MAX_NAME].lower()
        known = self._known.get(key)
        if known and (known.waiting or known.free_at > self._clock()):
            return await wait(self._in_line(key, known, is_right, tell))
        return self._noted(key, is_right())

    async def _in_line(
        self,
        key: Key,
        known: _Failures,
        is_right: Callable[[], bool],
        tell: Callable[[float], None],
    ) -> bool:
        if known.waiting >= MAX_WAITING:
            raise TooManyWaiting
        tell(self._left(key) + sum(_delay(known.count + n + 1) for n in range(known.waiting)))
        known.waiting += 1
        try:
            async with known.line:
                if left := self._left(key):
                    await self._sleep(left)
                return self._noted(key, is_right())
        finally:
            known.waiting -= 1

    def _left(self, key: Key) -> float:
        """Seconds until the next password may be looked at; 0 once a right one has come."""
        known = self._known.get(key)
        return max(known.free_at - self._clock(), 0.0) if known else 0.0

    def _noted(self, key: Key, right: bool) -> bool:
        known = self._known.pop(key, None)
        if not right:
            self._known[key] = self._failed(known or _Failures(self._lock()))
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return right

    def _failed(self, known: _Failures) -> _Failures:
        now = self._clock()
        known.count = known.count + 1 if now - known.last < MEMORY else 1
        known.last = now
        known.free_at = max(now, known.free_at) + _delay(known.count)
        return known


def _delay(count: int) -> float:
    """Seconds that the next password waits after so many wrong ones."""
    if count < FREE:
        return 0.0
    return min(FIRST_DELAY * 2.0 ** min(count - FREE, 10), LONGEST_DELAY)
