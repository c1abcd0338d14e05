"""Guard: who guesses waits longer and longer, who mistypes does not notice."""

import asyncio
from collections.abc import Awaitable

import pytest

from protocols.guard import (
    FREE,
    LONGEST_DELAY,
    MAX_KNOWN,
    MAX_NAME,
    MAX_WAITING,
    MEMORY,
    Guard,
    TooManyWaiting,
)

ANN = "10.0.0.1", "ann@lab.example"


class World:
    """A guard, and time that passes only while everybody sleeps.

    `judged` are the moments at which a password was looked at, `told` the waits announced.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.guard = Guard(lambda: self.now, self._sleep, asyncio.Lock)
        self.judged: list[float] = []
        self.told: list[float] = []
        self._sleepers: list[tuple[float, asyncio.Future]] = []

    async def _sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def try_one(self, right: bool, who: str = ANN[0], name: str = ANN[1]) -> bool | None:
        """What the guard says; None: too many wait."""

        def is_right() -> bool:
            self.judged.append(self.now)
            return right

        try:
            return await self.guard.judge(who, name, is_right, self.told.append, lambda work: work)
        except TooManyWaiting:
            return None

    def run(self, *tries: Awaitable) -> list:
        """All at once, in this order, until the last one knows."""
        return asyncio.run(self._run(tries))

    async def _run(self, tries: tuple[Awaitable, ...]) -> list:
        everybody = asyncio.gather(*tries)
        while not everybody.done():
            for _ in range(10):  # turns in which whoever can goes on
                await asyncio.sleep(0)
            if self._sleepers:
                self._sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, future = self._sleepers.pop(0)
                future.set_result(None)
        return everybody.result()

    def waits(self, times: int, right: bool = False, **of: str) -> list[float]:
        """How long each of so many tries waits, one after the other."""
        waits = []
        for _ in range(times):
            before = self.now
            assert self.run(self.try_one(right, **of)) == [right]
            waits.append(self.judged[-1] - before)
        return waits


@pytest.fixture
def world():
    return World()


def test_first_failures_are_free_then_each_next_waits_twice_as_long(world):
    assert world.waits(FREE + 7) == [0.0] * FREE + [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    assert world.told == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def test_who_comes_later_waits_only_for_the_rest(world):
    world.waits(FREE + 2)
    world.now += 3.5
    assert world.waits(1) == [0.5]
    assert world.told == [1.0, 2.0, 0.5]


def test_delay_stays_bounded_for_ever(world):
    assert world.waits(500)[-1] == LONGEST_DELAY


def test_right_password_after_three_mistakes_waits_a_second(world):
    world.waits(3)
    assert world.waits(1, right=True) == [1.0]


def test_right_password_forgives(world):
    world.waits(FREE + 3)
    world.waits(1, right=True, name="Ann@Lab.example")
    assert world.waits(FREE) == [0.0] * FREE


def test_a_break_forgives(world):
    world.waits(FREE + 3)
    world.now += MEMORY
    assert world.waits(FREE) == [0.0] * FREE


def test_neither_another_account_nor_another_learner_pays(world):
    world.waits(FREE + 3)
    assert world.waits(1, name="bob@lab.example") == [0.0]
    assert world.waits(1, who="guest-2") == [0.0]


def test_a_class_behind_one_address_does_not_slow_itself(world):
    names = [f"pupil{n}@lab.example" for n in range(40)]
    tries = [world.try_one(False, name=name) for name in names for _ in range(FREE)]
    assert world.run(*tries) == [False] * 40 * FREE
    assert world.run(*(world.try_one(True, name=name) for name in names)) == [True] * 40
    assert set(world.judged) == {0.0, 1.0}


def test_case_of_the_name_makes_no_difference(world):
    world.waits(FREE)
    assert world.waits(1, name="ANN@lab.example") == [1.0]


def test_guesses_at_once_are_looked_at_one_by_one(world):
    world.waits(FREE)
    assert world.run(*(world.try_one(False) for _ in range(4))) == [False] * 4
    assert world.judged[FREE:] == [1.0, 3.0, 7.0, 15.0]
    assert world.told == [1.0, 3.0, 7.0, 15.0]


def test_so_many_wait_and_no_more(world):
    world.waits(FREE)
    answers = world.run(*(world.try_one(False) for _ in range(30)))
    assert answers == [False] * MAX_WAITING + [None] * (30 - MAX_WAITING)
    assert len(world.judged) == FREE + MAX_WAITING
    assert world.waits(1) == [LONGEST_DELAY]  # the line is empty again


def test_the_last_in_line_waits_less_than_a_minute(world):
    world.waits(500)
    world.run(*(world.try_one(False) for _ in range(MAX_WAITING)))
    assert max(world.told) == MAX_WAITING * LONGEST_DELAY < 60


def test_one_right_password_lets_all_in_who_wait(world):
    """A mail program corrects its password and opens five connections."""
    world.waits(FREE + 1)
    before = world.now
    assert world.run(*(world.try_one(True) for _ in range(MAX_WAITING))) == [True] * MAX_WAITING
    assert world.judged[-MAX_WAITING:] == [before + 2.0] * MAX_WAITING


def test_who_waits_is_served_in_the_order_of_coming(world):
    world.waits(FREE)
    answers = world.run(*(world.try_one(right) for right in (False, True, False, False)))
    assert answers == [False, True, False, False]
    assert world.judged[FREE:] == [1.0, 3.0, 3.0, 3.0]


def test_memory_is_bounded_and_loses_the_oldest(world):
    world.waits(FREE)
    names = (f"{n}@lab.example" for n in range(MAX_KNOWN))
    world.run(*(world.try_one(False, who="10.0.0.2", name=name) for name in names))
    assert world.waits(FREE) == [0.0] * FREE
    assert len(world.guard._known) == MAX_KNOWN


def test_endless_names_are_not_kept_whole(world):
    world.waits(1, name="a" * MAX_NAME)
    assert world.waits(FREE, name="A" * 10_000) == [0.0] * (FREE - 1) + [1.0]
    assert max(len(name) for _, name in world.guard._known) == MAX_NAME
