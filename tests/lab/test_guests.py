"""Try it now, reset, and a mailbox that is gone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache

from mailedu.lab import guests
from mailedu.lab.guests import MAX_NEW, SLIDES_ACCOUNTS
from mailedu.mail.actions import expire_guests
from mailedu.mail.models import Account, Message
from tests.lab.web import Browser


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


@pytest.fixture
def shared(db):
    from mailedu.lab.firststart import prepare

    prepare()


@pytest.fixture
def guest(client, shared):
    client.post("/try/")
    return guests.guest_of(client.session)


def messages(account):
    return Message.objects.filter(mailbox__account=account)


def test_a_guest_gets_a_mailbox_with_mail_and_the_slides_accounts(guest):
    own = {account.address: account for account in Account.objects.filter(realm=guest.realm)}
    assert set(own) == {guest.address, *SLIDES_ACCOUNTS}
    assert own[guest.address].password == guest.password
    assert messages(own[guest.address]).count() > 3
    assert messages(own["wiki@example.com"]).count() == 1
    assert own["wiki@example.com"].password == "passwort_im_klartext"


def test_pressing_again_keeps_the_mailbox(client, guest):
    client.post("/try/")
    assert guests.guest_of(client.session) == guest


def test_another_browser_is_another_guest(client, guest, django_user_model):
    other = type(client)()
    other.post("/try/")
    found = guests.guest_of(other.session)
    assert {found.realm, found.address} & {guest.realm, guest.address} == set()


def test_reset_puts_everything_back_however_often(client, guest):
    accounts = list(Account.objects.filter(realm=guest.realm))
    before = {account.address: messages(account).count() for account in accounts}
    for account in accounts:
        messages(account).delete()
    for _ in range(2):
        assert client.post("/mailbox/reset/").status_code == 302
        assert {a.address: messages(a).count() for a in accounts} == before


def test_reset_by_hand_says_so(client, guest):
    answer = client.post("/mailbox/reset/", {"next": "/mailbox/"}, follow=True)
    assert "The mailbox is as it was at the beginning." in answer.content.decode()


def test_reset_by_script_answers_without_a_page(client, guest):
    answer = client.post("/mailbox/reset/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_reset_without_a_mailbox_is_nothing(client, db):
    assert client.post("/mailbox/reset/").headers["location"] == "/"


def test_a_guest_whose_mailbox_is_gone_is_told_and_gets_a_new_one(client, guest):
    expire_guests(timedelta(0))
    assert not Account.objects.filter(realm=guest.realm).exists()
    context = client.get("/console/pop3/").context
    assert (context["guest"], context["guest_lost"]) == (None, True)
    client.post("/try/")
    found = guests.guest_of(client.session)
    assert found.realm != guest.realm
    assert client.get("/console/pop3/").context["guest"] == found


def test_there_is_an_end_to_new_guests_from_one_address(client, shared, monkeypatch):
    monkeypatch.setattr(guests, "MAX_NEW", 2)
    answers = [type(client)().post("/try/").status_code for _ in range(3)]
    assert answers == [302, 302, 429]
    other = type(client)(REMOTE_ADDR="10.0.0.7")
    assert other.post("/try/").status_code == 302


def test_forty_press_at_once(lab):
    assert MAX_NEW > 40

    def press(_):
        with Browser(lab.http).try_it().socket() as page:
            page.say("mailbox")
            return page.a("mailbox")["mailbox"]["address"]

    with ThreadPoolExecutor(40) as pool:
        addresses = list(pool.map(press, range(40)))
    assert len(set(addresses)) == 40
