"""How long one client may hold the event loop before the others get their turn."""

from collections.abc import Callable

# Seconds: nobody notices so short a wait, and giving way costs a hundredth of it.
TURN = 0.005


class Turn:
    """Of work that might go on for long without ever waiting. `clock` gives seconds.

    It begins when the first step is done: most work is a single one.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end: float | None = None

    def over(self) -> bool:
        """Whether to give way now; if so, the next turn begins.

        While others take long it is over at once: then each does one step a round.
        """
        now, end = self._clock(), self._end
        if end is not None and now < end:
            return False
        self._end = now + TURN
        return end is not None
