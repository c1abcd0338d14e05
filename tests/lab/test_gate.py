"""Step mode: thinking and sending are separate."""

import asyncio

from mailedu.lab.rules import Viewer
from tests.lab.stage import Page, stage


def play(test):
    async def on_stage():
        async with stage() as made:
            made.store.add_account("anna@lab.example", "pw", realm="anna")
            pane, page = await made.pane("anna"), Page(made.hub, Viewer("anna"))
            page.follower.follow(pane.live)
            told = asyncio.Queue()
            pane.gate.waiting = told.put_nowait
            pane.gate.turn(True)
            await test(pane, page, told)

    asyncio.run(on_stage())


def test_an_answer_waits_until_it_is_let_through():
    async def step(pane, page, told):
        pane.send(b"NOOP\r\n")
        assert await told.get() is True
        id = await page.until("NOOP")
        assert page.texts[id][-1] == "NOOP"
        pane.gate.let_through()
        assert await told.get() is False
        await page.until("-ERR")

    play(step)


def test_each_answer_waits_for_its_own():
    async def step(pane, page, told):
        pane.send(b"USER anna@lab.example\r\nPASS pw\r\n")
        for answer in ("+OK Please", "+OK mailbox"):
            assert await told.get() is True
            pane.gate.let_through()
            assert await told.get() is False
            await page.until(answer)

    play(step)


def test_turning_it_off_lets_everything_through():
    async def step(pane, page, told):
        pane.send(b"USER anna@lab.example\r\nPASS pw\r\nQUIT\r\n")
        assert await told.get() is True
        pane.gate.turn(False)
        await page.until("+OK bye")

    play(step)


def test_letting_through_what_is_not_there_is_nothing():
    async def step(pane, page, told):
        pane.gate.let_through()
        assert told.empty()
        pane.send(b"NOOP\r\n")
        assert await told.get() is True

    play(step)


def test_a_page_that_closes_in_step_mode_gives_the_lock_back():
    async def step(pane, page, told):
        pane.send(b"USER anna@lab.example\r\nPASS pw\r\n")
        await told.get()
        pane.gate.let_through()
        await told.get()
        assert await told.get() is True
        account = pane.live.conversation.account
        assert account.maildrop is not None
        pane.close()
        while account.maildrop:
            await asyncio.sleep(0)

    play(step)
