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


class Rounds:
    """Those who may have much to do all at once: each does a step, round by round.

    After TURN it is the others' turn, however many there are.
    """

    def __init__(self) -> None:
        self._steps: dict[Callable[[], bool], None] = {}

    def enter(
        self, step: Callable[[], bool], clock: Callable[[], float], later: Callable[..., object]
    ) -> None:
        """`step` is done until it is False; `later` calls something when others had their turn."""
        if not self._steps:
            later(self._go, clock, later)
        self._steps[step] = None

    def _go(self, clock: Callable[[], float], later: Callable[..., object]) -> None:
        turn = Turn(clock)
        try:
            while self._steps:
                step = next(iter(self._steps))
                del self._steps[step]
                if step():
                    self._steps[step] = None
                if turn.over():
                    return
        finally:
            if self._steps:
                later(self._go, clock, later)
