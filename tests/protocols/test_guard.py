"""Guard: who guesses waits longer and longer, who mistypes does not notice."""

import pytest

from protocols.guard import FREE, LONGEST_DELAY, MAX_KNOWN, MAX_NAME, MEMORY, Guard


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def guard(clock):
    return Guard(lambda: clock[0])


def fail(guard, times, who="10.0.0.1", name="ann@lab.example"):
    return [guard.failed(who, name) for _ in range(times)]


def test_first_failures_are_free_then_each_takes_twice_as_long(guard):
    assert fail(guard, FREE + 7) == [0.0] * FREE + [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_delay_stays_bounded_for_ever(guard):
    assert fail(guard, 5000)[-1] == LONGEST_DELAY


def test_right_password_forgives(guard):
    fail(guard, FREE + 3)
    guard.succeeded("10.0.0.1", "Ann@Lab.example")
    assert fail(guard, 1) == [0.0]


def test_a_break_forgives(guard, clock):
    fail(guard, FREE + 3)
    clock[0] += MEMORY
    assert fail(guard, 1) == [0.0]


def test_neither_another_account_nor_another_learner_pays(guard):
    fail(guard, FREE + 3)
    assert fail(guard, 1, name="bob@lab.example") == [0.0]
    assert fail(guard, 1, who="guest-2") == [0.0]


def test_case_of_the_name_makes_no_difference(guard):
    fail(guard, FREE)
    assert fail(guard, 1, name="ANN@lab.example") == [1.0]


def test_memory_is_bounded_and_loses_the_oldest(guard):
    fail(guard, FREE)
    for n in range(MAX_KNOWN):
        guard.failed("10.0.0.2", f"{n}@lab.example")
    assert fail(guard, 1) == [0.0]
    assert len(guard._known) == MAX_KNOWN


def test_endless_names_are_not_kept_whole(guard):
    fail(guard, 1, name="a" * MAX_NAME)
    assert fail(guard, FREE, name="A" * 10_000) == [0.0] * (FREE - 1) + [1.0]
