"""Whoever leaves a shared computer puts the mailbox away, and the next one finds nothing of it."""

import poplib

import pytest
from django.contrib.auth import get_user_model

from mailedu.lab import guests
from mailedu.mail.models import Account
from tests.lab.web import Browser


@pytest.fixture
def guest(db, client):
    from mailedu.lab.firststart import prepare

    prepare()
    client.post("/try/")
    return guests.guest_of(client.session)


def test_the_browser_forgets_the_mailbox_and_the_card_leads_back_to_it(client, guest):
    answer = client.post("/mailbox/leave/", follow=True)
    assert "The mailbox is put away." in answer.content.decode()
    assert guest.address not in answer.content.decode()
    assert guests.guest_of(client.session) is None
    client.post("/card/", {"address": guest.address, "password": guest.password})
    assert guests.guest_of(client.session) == guest


def test_no_more_cookies_than_the_page_on_privacy_names(client, guest):
    def cookies():
        return {name for name, morsel in client.cookies.items() if morsel.value}

    client.post("/mailbox/reset/")
    assert cookies() == {"sessionid", "messages"}  # the notice
    client.post("/mailbox/leave/")
    assert cookies() == {"messages"}
    client.get("/")
    assert cookies() == {"csrftoken"}


def test_the_old_cookie_opens_nothing_any_more(client, guest):
    old = client.cookies["sessionid"].value
    client.post("/mailbox/leave/")
    client.cookies["sessionid"] = old
    assert client.get("/connect/").context["guest"] is None


def test_who_is_signed_in_stays_so(client, guest):
    teacher = get_user_model().objects.create_superuser("teacher", password="x")
    client.force_login(teacher)
    client.post("/try/")
    client.post("/mailbox/leave/")
    answer = client.get("/connect/")
    assert (answer.wsgi_request.user, answer.context["guest"]) == (teacher, None)


def test_a_teacher_who_signs_out_leaves_the_mailbox_to_who_had_it(client, guest):
    before = client.cookies["sessionid"].value, guests.browser_of(client.session)
    client.force_login(get_user_model().objects.create_superuser("teacher", password="x"))
    signed_in = client.cookies["sessionid"].value
    assert client.post("/admin/logout/").status_code == 200
    answer = client.get("/connect/")
    assert answer.wsgi_request.user.is_anonymous
    assert answer.context["guest"] == guest
    assert (
        guests.browser_of(client.session) == before[1]
    )  # its open pages are still of this browser
    assert client.cookies["sessionid"].value not in (before[0], signed_in)
    client.cookies["sessionid"] = signed_in
    assert client.get("/admin/").status_code == 302


def test_who_signs_out_without_a_mailbox_leaves_nothing(client, db):
    client.force_login(get_user_model().objects.create_superuser("teacher", password="x"))
    client.post("/admin/logout/")
    assert dict(client.session) == {}


def test_who_has_no_mailbox_has_nothing_to_put_away(client, db):
    assert client.post("/mailbox/leave/").headers["location"] == "/"
    assert "This browser has none yet." in client.get("/mailbox/").content.decode()
    assert client.get("/mailbox/leave/").status_code == 405


def test_the_page_shows_the_card(client, guest):
    text = client.get("/mailbox/").content.decode()
    assert (guest.address in text, guest.password in text) == (True, True)


def test_the_way_back_shows_no_page_of_a_guest(client, guest):
    pages = "/", "/mailbox/", "/connect/", "/console/pop3/", "/watch/"
    kept = [client.get(path).headers.get("Cache-Control") for path in pages]
    assert kept == ["private, no-store"] * len(pages)
    client.post("/mailbox/leave/")
    assert "Cache-Control" not in client.get("/learn/").headers


def test_nor_a_page_of_the_staff_or_of_who_lost_a_mailbox(client, guest):
    Account.objects.all().delete()
    assert client.get("/watch/").headers["Cache-Control"] == "private, no-store"
    client.logout()
    assert "Cache-Control" not in client.get("/watch/").headers
    client.force_login(get_user_model().objects.create_superuser("teacher", password="x"))
    assert client.get("/watch/").headers["Cache-Control"] == "private, no-store"


# In the running lab


@pytest.fixture
def browser(lab):
    return Browser(lab.http).try_it()


def credentials(browser: Browser) -> dict[str, str]:
    """Of the browser's guest, as its card has them."""
    with browser.socket() as page:
        page.say("mailbox")
        address = page.a("mailbox")["mailbox"]["address"]
    text = browser.get("/mailbox/").text
    password = text.partition("<dt>Password</dt><dd>")[2].partition("<")[0]
    return {"address": address, "password": password}


def leave(browser: Browser) -> None:
    assert browser.post("/mailbox/leave/").status == 302


def is_told_to_go(page) -> bool:
    page.a("stranger")
    while (message := page.next())["type"] != "close":
        assert message["type"] == "conversation", message
    return True


def test_all_its_tabs_are_closed_and_its_consoles_too(lab, browser):
    card = credentials(browser)
    with browser.socket() as console, browser.socket() as watch:
        watch.say("watch")
        console.open("a", "pop3")
        for line in (f"USER {card['address']}", f"PASS {card['password']}"):
            console.say("send", pane="a", text=line)
            console.line(line)
        leave(browser)
        assert is_told_to_go(console)
        assert is_told_to_go(watch)
    maildrop = poplib.POP3(*lab.pop3)  # the lock is free at once
    maildrop.user(card["address"])
    assert maildrop.pass_(card["password"]).startswith(b"+OK")
    maildrop.quit()


def test_another_computer_with_the_same_card_keeps_its_page(lab, browser):
    other = Browser(lab.http)
    other.post("/card/", **credentials(browser))
    with other.socket() as page:
        leave(browser)
        page.open("a", "pop3")


def test_another_card_puts_the_first_mailbox_away(lab, browser):
    card = credentials(Browser(lab.http).try_it())
    with browser.socket() as page:
        browser.post("/card/", **card)
        assert is_told_to_go(page)
    assert credentials(browser) == card
