"""The staff gives a mailbox another password: whoever came with the old card has it no more."""

import asyncio

import pytest

from mailedu.lab import guests
from mailedu.lab.firststart import prepare
from mailedu.lab.rules import Viewer
from mailedu.lab.services import Services
from mailedu.mail import actions
from mailedu.mail.models import Account
from tests.lab.test_put_away_races import is_told_to_go, run
from tests.lab.test_watch_socket import Page, is_close

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS, OLD, NEW = "pupil01@class.example", "tulpe-1234", "zebra-9876"
TOLD = "This mailbox has another password now."


@pytest.fixture(autouse=True)
def account(db) -> Account:
    prepare()
    return actions.create_account(ADDRESS, OLD, sample_set="standard")


@pytest.fixture
def pupil(client):
    assert come(client, OLD).status_code == 302
    return client


def come(client, password: str, address: str = ADDRESS):
    return client.post("/card/", {"address": address, "password": password})


def give(password: str, address: str = ADDRESS) -> None:
    """As the admin's form does it."""
    account = Account.objects.get(address=address)
    account.password = password
    actions.change(account)


def is_welcome(message: dict) -> bool:
    return message["type"] == "websocket.accept"


@pytest.mark.parametrize("path", ["/", "/mailbox/", "/console/pop3/", "/connect/", "/watch/"])
def test_a_browser_with_the_old_card_is_told_and_sees_nothing(pupil, path):
    give(NEW)
    answer = pupil.get(path)
    assert answer.context["guest"] is None
    assert not answer.context["guest_lost"]
    text = answer.content.decode()
    assert (TOLD in text, OLD in text, NEW in text) == (True, False, False)
    assert f'value="{ADDRESS}"' in text


def test_the_old_card_opens_no_letter_and_resets_nothing(pupil):
    realm = guests.guest_of(pupil.session).realm
    letter = f"/mailbox/{ADDRESS}/INBOX/1/"
    assert pupil.get(letter).status_code == 200
    give(NEW)
    assert pupil.get(letter).status_code == 404
    actions.empty(Account.objects.get(address=ADDRESS))
    pupil.post("/mailbox/reset/")
    assert (
        Account.objects.get(address=ADDRESS, realm=realm).mailbox_set.get().message_set.count() == 0
    )


def test_the_new_card_leads_back(pupil):
    before = guests.guest_of(pupil.session)
    give(NEW)
    assert come(pupil, OLD).status_code == 403
    assert come(pupil, NEW).status_code == 302
    after = guests.guest_of(pupil.session)
    assert (after.realm, after.password) == (before.realm, NEW)
    assert TOLD not in pupil.get("/").content.decode()


def test_a_click_leads_to_a_mailbox_of_ones_own(pupil):
    give(NEW)
    pupil.post("/try/")
    assert guests.guest_of(pupil.session).address != ADDRESS
    assert TOLD not in pupil.get("/").content.decode()


def test_other_changes_take_nothing(pupil, account):
    account.refresh_from_db()
    account.sample_set = "slides"
    actions.change(account)
    actions.reset(account)
    assert guests.guest_of(pupil.session).address == ADDRESS


def test_who_made_the_mailbox_with_a_click_keeps_it_and_reads_the_new_password(client):
    client.post("/try/")
    guest = guests.guest_of(client.session)
    give(NEW, guest.address)
    assert guests.guest_of(client.session) == guest
    assert client.get("/mailbox/").context["guest"].password == NEW
    client.post("/try/")
    assert guests.guest_of(client.session) == guest


def test_who_came_to_it_with_the_two_lines_does_not(client):
    client.post("/try/")
    guest, other = guests.guest_of(client.session), type(client)()
    come(other, guest.password, guest.address)
    give(NEW, guest.address)
    assert guests.guest_of(other.session) is None
    assert guests.guest_of(client.session) == guest


def test_a_session_from_before_that_was_known_is_bound_as_well(pupil):
    session = pupil.session
    del session[guests.SESSION_KEY]["by_card"]
    session.save()
    assert guests.guest_of(pupil.session).address == ADDRESS
    give(NEW)
    assert guests.guest_of(pupil.session) is None


def test_open_pages_are_told_and_their_consoles_closed(pupil):
    async def play(made: Services) -> None:
        page = Page(pupil.session)
        page.say("receive", '{"do": "open", "pane": "a", "service": "pop3"}')
        await page.until(lambda message: '"opened"' in message.get("text", ""))
        await asyncio.to_thread(give, NEW)
        await page.until(is_told_to_go)
        await page.until(is_close)
        await page.end()
        async with asyncio.timeout(20):
            while not all(live.closed for live in made.hub.visible(Viewer(staff=True))):
                await asyncio.sleep(0.01)

    run(play)


def test_a_page_that_comes_with_the_old_card_belongs_to_nobody(pupil):
    give(NEW)

    async def play(made: Services) -> None:
        page = Page(pupil.session)
        await page.until(is_welcome)
        page.say("receive", '{"do": "mailbox"}')
        told = await page.until(lambda message: '"error"' in message.get("text", ""))
        assert "You have no mailbox yet." in told["text"]
        await page.end()

    run(play)


def test_pages_of_who_made_the_mailbox_stay(client):
    client.post("/try/")
    guest = guests.guest_of(client.session)

    async def play(made: Services) -> None:
        page = Page(client.session)
        page.say("receive", '{"do": "mailbox"}')
        await page.until(lambda message: '"mailbox"' in message.get("text", ""))
        known = made.store.loaded(guest.address)
        await asyncio.to_thread(give, NEW, guest.address)
        async with asyncio.timeout(20):
            while known.password != NEW:
                await asyncio.sleep(0.01)
        page.say("receive", '{"do": "since", "conversation": "none"}')
        await page.until(lambda message: '"closed"' in message.get("text", ""))
        assert not any(map(is_told_to_go, page.told))
        await page.end()

    run(play)
