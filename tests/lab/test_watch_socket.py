"""The websocket of the staff's watch page, on the test's own loop. Time passes as a test says."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from mailedu.lab.consumers import LOOK_AGAIN, LabSocket
from mailedu.lab.services import Services, build
from protocols.turns import TURN

pytestmark = pytest.mark.django_db(transaction=True)

Play = Callable[["Page", Services, "Clock"], Awaitable[None]]


@pytest.fixture
def teacher():
    return get_user_model().objects.create_superuser("teacher", password="x")


@pytest.fixture
def browser(teacher):
    client = Client()
    client.force_login(teacher)
    return client


class Clock:
    """A loop's. `later` is how far it is ahead, and each look puts it `tick` further (seconds)."""

    later = tick = 0.0

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._time, loop.time = loop.time, self

    def __call__(self) -> float:
        self.later += self.tick
        return self._time() + self.later


class Page:
    """A page that watches everything. `told` are its messages, `turns` the loop's for each."""

    def __init__(self, session: SessionBase) -> None:
        self.told: list[dict] = []
        self.turns: list[int] = []
        self._turn = 0
        self._news = asyncio.Condition()
        self._said: asyncio.Queue[dict] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "headers": [],
            "query_string": b"",
            "cookies": {},
            "session": session,
        }
        self._count()
        self._socket = asyncio.create_task(LabSocket()(scope, self._said.get, self._hear))

        self.say("connect")
        self.say("receive", '{"do": "watch"}')

    def say(self, type: str, text: str = "") -> None:
        self._said.put_nowait({"type": f"websocket.{type}", "text": text})

    async def until(self, wanted: Callable[[dict], bool]) -> dict:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: any(map(wanted, self.told)))
        return next(filter(wanted, self.told))

    async def end(self) -> None:
        self.say("disconnect")
        await self._socket
        self._counting.cancel()

    def _count(self) -> None:
        self._turn += 1
        self._counting = asyncio.get_running_loop().call_soon(self._count)

    async def _hear(self, message: dict) -> None:
        async with self._news:
            self.told.append(message)
            self.turns.append(self._turn)
            self._news.notify_all()


def names(peer: tuple) -> Callable[[dict], bool]:
    return lambda message: "{}:{}".format(*peer) in message.get("text", "")


def is_close(message: dict) -> bool:
    return message["type"] == "websocket.close"


@pytest.fixture
def watch(browser):
    """Run a play with a page that watches everything."""

    def run(play: Play) -> None:
        async def on_loop() -> None:
            made = build("127.0.0.1", None)
            await made.open()
            clock, page = Clock(), Page(browser.session)
            try:
                await play(page, made, clock)
            finally:
                await page.end()
                await made.close()

        asyncio.run(on_loop())

    return run


async def outside(made: Services) -> tuple[asyncio.StreamWriter, tuple]:
    """A session that nobody owns, and its address."""
    reader, writer = await asyncio.open_connection(*made.ports["pop3"])
    await reader.readline()
    return writer, writer.get_extra_info("sockname")


def log_out(browser: Client, teacher: User) -> None:
    browser.logout()


def dismiss(browser: Client, teacher: User) -> None:
    User.objects.update(is_staff=False)


def change_password(browser: Client, teacher: User) -> None:
    teacher.set_password("y")
    teacher.save()


@pytest.mark.parametrize("leave", [log_out, dismiss, change_password])
def test_who_is_not_of_the_staff_any_more_is_told_nothing_new(watch, browser, teacher, leave):
    async def play(page, made, clock):
        first, peer = await outside(made)
        await page.until(names(peer))
        await asyncio.to_thread(leave, browser, teacher)
        clock.later += LOOK_AGAIN
        second, peer = await outside(made)
        await page.until(is_close)
        assert not any(map(names(peer), page.told))
        first.close(), second.close()

    watch(play)


def test_who_still_is_goes_on(watch):
    async def play(page, made, clock):
        for _ in range(3):
            writer, peer = await outside(made)
            await page.until(names(peer))
            clock.later += LOOK_AGAIN
            writer.close()
        assert not any(map(is_close, page.told))

    watch(play)


def test_a_page_that_is_told_much_gives_way_to_the_others(watch, browser):
    async def play(page, made, clock):
        clients = [await outside(made) for _ in range(20)]
        for _, peer in clients:
            await page.until(names(peer))
        clock.tick = TURN / 5
        late = Page(browser.session)
        for _, peer in clients:
            await late.until(names(peer))
        clock.tick = 0
        assert len(late.told) > 20
        assert len(set(late.turns)) > 5
        await late.end()
        for writer, _ in clients:
            writer.close()

    watch(play)
