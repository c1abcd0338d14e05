"""A mailbox is put away while its pages come, open consoles, or were there before a sign-in."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from django.contrib.auth import get_user_model

from mailedu.lab import guests
from mailedu.lab.firststart import prepare
from mailedu.lab.rules import Viewer
from mailedu.lab.services import Services, build
from tests.lab.test_watch_socket import Page, is_close

pytestmark = pytest.mark.django_db(transaction=True)

Play = Callable[[Services], Awaitable[None]]


@pytest.fixture
def guest(client):
    prepare()
    client.post("/try/")
    return guests.guest_of(client.session)


def run(play: Play) -> None:
    async def on_loop() -> None:
        made = build("127.0.0.1", None)
        await made.open()
        try:
            await play(made)
        finally:
            await made.close()

    asyncio.run(on_loop())


def is_told_to_go(message: dict) -> bool:
    return '"stranger"' in message.get("text", "")


def test_a_page_that_came_with_the_old_cookie_is_turned_away(client, guest):
    session = client.session
    assert guests.guest_of(session) == guest  # loaded before it is gone
    client.post("/mailbox/leave/")

    async def play(made: Services) -> None:
        page = Page(session)
        assert (await page.until(lambda message: True))["type"] == "websocket.close"
        await page.end()

    run(play)


def test_a_console_that_is_being_opened_is_closed(client, guest):
    browser = guests.browser_of(client.session)

    async def play(made: Services) -> None:
        page = Page(client.session)
        page.say("receive", '{"do": "open", "pane": "a", "service": "pop3"}')
        async with asyncio.timeout(20):
            while not made.parking._coming:
                await asyncio.sleep(0)
        made.put_away(guest.realm, browser)
        await page.until(is_close)
        await page.end()
        async with asyncio.timeout(5):
            while not all(live.closed for live in made.hub.visible(Viewer(staff=True))):
                await asyncio.sleep(0.01)
        assert not any('"opened"' in message.get("text", "") for message in page.told)

    run(play)


def test_a_page_from_before_a_sign_in_goes_as_well(client, guest):
    teacher = get_user_model().objects.create_superuser("teacher", password="x")

    async def play(made: Services) -> None:
        page = Page(client.session)
        await page.until(lambda message: message["type"] == "websocket.accept")
        await asyncio.to_thread(client.force_login, teacher)
        await asyncio.to_thread(client.post, "/mailbox/leave/")
        await page.until(is_told_to_go)
        await page.until(is_close)
        await page.end()

    run(play)
