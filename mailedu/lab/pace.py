"""How fast one page may send."""

from collections.abc import Callable

# Frames at once: a whole sample session played at full speed.
BURST = 200
# Frames that a new connection counts for: it leaves a transcript behind.
CONNECTION = 10
# Frames a second in the long run: nobody types faster, and a class of forty leaves room to spare.
RATE = 50
# Frames that may be refused more often than taken: a page that heeds no answer is none of ours.
PATIENCE = 100


class Pace:
    """A bucket of BURST frames that fills by RATE a second. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._last = clock()
        self._refused = 0

    @property
    def ignored(self) -> bool:
        """Whether the page goes on whatever it is told."""
        return self._refused >= PATIENCE

    def allows(self, frames: int = 1) -> bool:
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._last) * RATE)
        self._last = now
        if self._left < frames:
            self._refused += 1
            return False
        self._refused = max(self._refused - 1, 0)
        self._left -= frames
        return True
