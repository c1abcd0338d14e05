"""Whoever has a mailbox on a card tells the site its address and password."""

import poplib
from datetime import timedelta

import pytest
from lab_process import Lab

from mailedu.lab import guests
from mailedu.lab.guests import SLIDES_ACCOUNTS
from mailedu.mail import actions
from mailedu.mail.models import Account
from tests.lab.web import Browser

CARD, PASSWORD = "pupil01@class.example", "tulpe-1234"


@pytest.fixture
def shared(db):
    from mailedu.lab.firststart import prepare

    prepare()


@pytest.fixture
def account(shared) -> Account:
    return actions.create_account(CARD, PASSWORD, sample_set="standard")


def come(client, address=CARD, password=PASSWORD, **more):
    return client.post("/card/", {"address": address, "password": password, **more})


def test_who_has_a_card_is_a_guest_with_that_mailbox(client, account):
    assert come(client, f" {CARD.upper()} ").headers["location"] == "/watch/"
    guest = guests.guest_of(client.session)
    account.refresh_from_db()
    assert (guest.address, guest.password, guest.realm) == (CARD, PASSWORD, account.realm)
    assert account.realm != ""
    own = Account.objects.filter(realm=guest.realm).values_list("address", flat=True)
    assert set(own) == {CARD, *SLIDES_ACCOUNTS}
    assert client.get("/connect/").context["guest"] == guest


def test_it_leads_back_to_the_page_with_the_form(client, account):
    assert come(client, next="/connect/").headers["location"] == "/connect/"


def test_a_wrong_password_does_not_lose_the_way(client, account):
    answer = come(client, password="tulpe-1243", next="/connect/")
    assert answer.status_code == 403
    assert '<input type="hidden" name="next" value="/connect/">' in answer.content.decode()


def test_how_long_a_mailbox_waits_depends_on_who_made_it(client, account):
    come(client)
    assert "It stays until your teacher deletes it." in client.get("/mailbox/").content.decode()
    client.post("/mailbox/leave/")
    client.post("/try/")
    text = client.get("/mailbox/").content.decode()
    assert f"It waits for you for {guests.KEEP_DAYS} days" in text
    assert "your teacher" not in text


def test_the_same_card_is_the_same_guest_in_another_browser(client, account):
    other = type(client)()
    come(client), come(other)
    assert guests.guest_of(client.session) == guests.guest_of(other.session)


def test_a_guest_comes_back_with_address_and_password(client, shared):
    client.post("/try/")
    guest, other = guests.guest_of(client.session), type(client)()
    come(other, guest.address, guest.password)
    assert guests.guest_of(other.session) == guest


@pytest.mark.parametrize(
    ("address", "password"),
    [(CARD, "tulpe"), (CARD, ""), ("nobody@class.example", PASSWORD), ("", ""), ("\0", "\ud7ff")],
)
def test_a_wrong_card_opens_nothing(client, account, address, password):
    answer = come(client, address, password)
    assert (answer.status_code, guests.guest_of(client.session)) == (403, None)
    assert "Address or password is wrong." in answer.content.decode()
    account.refresh_from_db()
    assert account.realm == ""


@pytest.mark.parametrize("address", SLIDES_ACCOUNTS)
def test_the_slides_accounts_are_nobodys_card(client, shared, address):
    answer = come(client, address, "passwort_im_klartext")
    assert (answer.status_code, guests.guest_of(client.session)) == (403, None)
    assert "is everybody’s" in answer.content.decode()


def test_a_mailbox_on_a_card_does_not_expire(client, account):
    come(client)
    assert actions.expire_guests(timedelta(0)) == len(SLIDES_ACCOUNTS)
    assert Account.objects.filter(address=CARD).exists()


def test_in_the_list_it_stays_what_the_staff_made(admin_client, client, account):
    come(client)
    page = admin_client.get("/admin/mail/account/").content.decode()
    assert page.count(f">{CARD}</a>") == 1


@pytest.mark.parametrize(
    ("language", "text"), [("en", "I have a card"), ("de", "Ich habe eine Karte")]
)
@pytest.mark.parametrize("page", ["/", "/watch/", "/connect/"])
def test_the_form_is_where_one_looks_for_it(client, db, page, language, text):
    answer = client.get(page, headers={"accept-language": language})
    assert text in answer.content.decode()


@pytest.fixture(scope="module")
def card(lab: Lab) -> tuple[str, str]:
    address = "card@class.example"
    assert lab.manage("create_account", address, "--password", PASSWORD).returncode == 0
    return address, PASSWORD


def login(lab: Lab, address: str, password: str) -> poplib.POP3:
    client = poplib.POP3(*lab.pop3)
    client.user(address)
    client.pass_(password)
    return client


def test_a_mail_program_is_seen_by_who_has_the_card(lab, card):
    address, password = card
    login(lab, address, password).quit()  # in memory before anybody has come
    browser = Browser(lab.http)
    assert browser.post("/card/", address=address, password=password).status == 302
    with browser.socket() as page, Browser(lab.http).try_it().socket() as stranger:
        for watching in (page, stranger):
            watching.say("watch")
        client = login(lab, address, password)
        client.stat()
        page.line("+OK 0 0")
        client.quit()
        page.a("closed")
        stranger.say("nonsense")
        stranger.a("error")
        assert [m["type"] for m in stranger.heard] == ["error"]


def test_a_console_shows_the_mailbox_of_the_card(lab, card):
    address, password = card
    browser = Browser(lab.http)
    browser.post("/card/", address=address, password=password)
    with browser.socket() as page:
        page.say("mailbox")
        mailbox = page.a("mailbox")["mailbox"]
    assert (mailbox["address"], mailbox["own"]) == (address, True)


def test_who_guesses_has_to_wait_as_at_a_login(lab, card):
    address, password = card
    browser = Browser(lab.http)
    told: list[int] = []
    while 429 not in told and len(told) < 10:  # each wrong one waits longer than the last
        answer = browser.post("/card/", address=address, password="x")
        told.append(answer.status)
    assert (told[:3], told[-1]) == ([403] * 3, 429)
    assert "Too many wrong passwords" in answer.text
    assert browser.post("/card/", address="other@class.example", password="x").status == 403
