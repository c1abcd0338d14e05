"""Consoles whose page has gone for a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from mailedu.lab import parking
from mailedu.lab.panes import Pane
from mailedu.lab.parking import MAX_CONSOLES, Parking, TooManyConsoles
from tests.lab.stage import Stage, stage

Test = Callable[[Stage, Parking, Pane, list[str]], Awaitable[None]]


@pytest.fixture
def park():
    """Run a test with a console of anna's that page "one" has; what releases it is noted."""

    def run(test: Test) -> None:
        async def on_stage():
            async with stage() as made:
                pane, places, released = await made.pane("anna"), Parking(), []
                places.enter(pane, "one", lambda: released.append("one"))
                await test(made, places, pane, released)

        asyncio.run(on_stage())

    return run


def id_of(pane: Pane) -> str:
    return pane.live.conversation.id


async def closed(pane: Pane) -> None:
    async with asyncio.timeout(10):
        while not pane.live.closed:
            await asyncio.sleep(0.001)


def test_a_console_without_its_page_is_free_for_its_owner(park):
    async def test(made, places, pane, released):
        assert places.take(id_of(pane), "anna", "two") is None
        places.leave(pane)
        assert places.take(id_of(pane), "ben", "two") is None
        assert places.take("nothing", "anna", "two") is None
        assert places.take(id_of(pane), "anna", "two") is pane
        assert released == ["one"]

    park(test)


def test_a_page_that_comes_back_is_faster_than_the_end_of_its_old_websocket(park):
    async def test(made, places, pane, released):
        assert places.take(id_of(pane), "anna", "one") is pane
        assert released == ["one"]
        places.enter(pane, "", released.clear)
        assert places.take(id_of(pane), "anna", "") is None

    park(test)


def test_without_a_page_it_ends_after_a_while(park, monkeypatch):
    monkeypatch.setattr(parking, "GRACE", 0.01)

    async def test(made, places, pane, released):
        places.leave(pane)
        await closed(pane)
        assert places.take(id_of(pane), "anna", "one") is None

    park(test)


def test_one_that_is_taken_in_time_stays(park, monkeypatch):
    monkeypatch.setattr(parking, "GRACE", 0.01)

    async def test(made, places, pane, released):
        other = await made.pane("anna")
        places.enter(other, "one", released.clear)
        places.leave(pane)
        places.leave(other)
        assert places.take(id_of(pane), "anna", "two") is pane
        places.enter(pane, "two", released.clear)
        await closed(other)
        assert not pane.live.closed

    park(test)


def test_who_begins_anew_has_left_the_old_ones(park):
    async def test(made, places, pane, released):
        kept = [await made.pane("anna"), await made.pane("ben")]
        for other in kept:
            places.enter(other, "two", released.clear)
        places.leave(pane)
        places.leave(kept[1])
        places.clear("anna")
        await closed(pane)
        assert [other.live.closed for other in kept] == [None, None]

    park(test)


def test_an_answer_held_back_waits_for_the_page_to_come_back(park):
    async def test(made, places, pane, released):
        held = await holding(pane)
        places.leave(pane)
        assert places.take(id_of(pane), "anna", "two") is pane
        assert pane.gate.is_holding
        pane.gate.let_through()
        assert await held.get() is False
        await closed(pane)

    park(test)


def test_an_answer_held_back_is_let_through_when_no_page_comes(park, monkeypatch):
    monkeypatch.setattr(parking, "GRACE", 0.01)

    async def test(made, places, pane, released):
        held = await holding(pane)
        places.leave(pane)
        assert await held.get() is False
        await closed(pane)
        assert places.take(id_of(pane), "anna", "one") is None

    park(test)


async def holding(pane: Pane) -> asyncio.Queue[bool]:
    """The answer to QUIT is held back; the queue hears when it is not any more."""
    held = asyncio.Queue()
    pane.gate.waiting = held.put_nowait
    pane.gate.turn(True)
    pane.send(b"QUIT\r\n")
    assert await held.get() is True
    return held


def test_who_opens_many_at_once_gets_no_more(park):
    async def test(made, places, pane, released):
        with ExitStack() as opening:
            for _ in range(MAX_CONSOLES - 1):
                opening.enter_context(places.room("anna"))
            with pytest.raises(TooManyConsoles), places.room("anna"):
                pass
            with places.room("ben"):
                pass
        with places.room("anna"):
            pass

    park(test)
