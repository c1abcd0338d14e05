"""The websocket of a console against the real process: real ports, real store, real pages."""

import json
import poplib
import socket
import sqlite3
from contextlib import suppress

import pytest

from mailedu.lab.consumers import MAX_PANES
from mailedu.lab.mistakes import MAX_OCTETS
from mailedu.lab.openpages import MAX_PAGES
from mailedu.lab.pace import BURST, PATIENCE
from mailedu.lab.parking import MAX_CONSOLES
from tests.lab.web import Browser

SLIDES = ("USER wiki@example.com", "PASS passwort_im_klartext", "STAT", "LIST", "RETR 1", "QUIT")


@pytest.fixture
def browser(lab):
    return Browser(lab.http).try_it()


@pytest.fixture
def page(browser):
    with browser.socket() as page:
        yield page


def guest(lab, browser):
    """Address and password, as the page shows them."""
    with browser.socket() as page:
        page.say("mailbox")
        address = page.a("mailbox")["mailbox"]["address"]
    with sqlite3.connect(lab.data_dir / "mailedu.sqlite3") as database:
        [(password,)] = database.execute(
            "SELECT password FROM mail_account WHERE address = ?", [address]
        )
    return address, password


def outside(lab, protocol="pop3"):
    """A mail program of one's own: say(line) -> the answer's first line."""
    connection = socket.create_connection(getattr(lab, protocol), timeout=20)
    file = connection.makefile("rwb")
    file.readline()

    def say(line):
        file.write(line.encode() + b"\r\n")
        file.flush()
        return file.readline().decode().rstrip()

    say.close = lambda: (file.close(), connection.close())
    return say


def test_the_slides_session_runs_and_is_explained(page):
    conversation = page.open("a", "pop3")
    assert conversation["origin"] == "console"
    for line in SLIDES:
        page.say("send", pane="a", text=line)
    page.a("closed")
    entries = page.entries(conversation["id"])
    commands = [e["text"] for e in entries if e["kind"] == "command"]
    assert commands == list(SLIDES)
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    assert page.line("+OK 1 241")["id"] == "pop3.STAT.ok"
    assert page.line("Subject: Test-E-Mail")["kind"] == "data"


def test_an_owner_sees_the_password_and_the_page_hears_of_the_login(page):
    page.open("a", "pop3")
    for line in SLIDES[:2]:
        page.say("send", pane="a", text=line)
    line = page.line("PASS passwort_im_klartext")
    assert line["secret"] == [5, len(line["text"])]
    changed = page.until(
        lambda m: m["type"] == "conversation" and m["conversation"]["account"] != ""
    )
    assert changed["conversation"]["account"] == "wiki@example.com"


def test_a_console_outlives_its_page(lab, browser):
    with browser.socket() as page:
        id = page.open("a", "pop3")["id"]
        page.say("send", pane="a", text="USER wiki@example.com")
        last = page.line("+OK Please enter password")["seq"]
        with browser.socket() as other:
            other.say("resume", pane="a", conversation=id, seq=0)
            assert other.a("gone")["conversation"] == id
    back = resumed(browser, id, last)
    back.say("send", pane="a", text="PASS passwort_im_klartext")
    back.line("+OK mailbox locked and ready")
    assert back.entries(id)[0]["seq"] == last + 1
    back.say("mailbox")
    assert back.a("mailbox")["mailbox"]["address"] == "wiki@example.com"
    with Browser(lab.http).try_it().socket() as stranger:
        stranger.say("resume", pane="a", conversation=id, seq=0)
        assert stranger.a("gone")["conversation"] == id
    back.close()


def resumed(browser, id, seq):
    """A page that has the console again, as soon as the lab knows that the old one has gone."""
    while True:
        page = browser.socket()
        page.say("resume", pane="a", conversation=id, seq=seq)
        if page.until(lambda m: m["type"] in ("resumed", "gone"))["type"] == "resumed":
            return page
        page.close()


def test_two_consoles_and_a_mail_program_see_one_mailbox(lab, browser):
    address, password = guest(lab, browser)
    with browser.socket() as first, browser.socket() as second:
        for page in (first, second):
            page.say("watch")
        one, two = first.open("a", "pop3"), second.open("a", "pop3")
        say = outside(lab)
        say(f"USER {address}")
        say(f"PASS {password}")
        first.say("send", pane="a", text=f"USER {address}")
        first.say("send", pane="a", text=f"PASS {password}")
        for page in (first, second):
            assert page.line("-ERR [IN-USE]")["id"] == "pop3.PASS.in-use"
        say("QUIT")
        second.say("send", pane="a", text=f"USER {address}")
        second.say("send", pane="a", text=f"PASS {password}")
        second.say("send", pane="a", text="STAT")
        for page in (first, second):
            page.until(lambda m: any(e["id"] == "pop3.STAT.ok" for e in m.get("entries", ())))
        say.close()
        ids = [c["conversation"]["id"] for c in first.heard if c["type"] == "conversation"]
        [program] = set(ids) - {one["id"], two["id"]}
        for conversation in (one["id"], two["id"], program):
            lines = [[e["text"] for e in page.entries(conversation)] for page in (first, second)]
            assert lines[0] == lines[1]
        assert f"PASS {password}" in [e["text"] for e in first.entries(program)]


def test_a_stranger_sees_nothing_and_the_staff_no_password(lab, browser):
    stranger, staff = Browser(lab.http).try_it(), Browser(lab.http)
    staff.get("/admin/login/")
    answer = staff.post("/admin/login/", username="admin", password=lab.admin_password)
    assert answer.status == 302
    known_as, _ = guest(lab, browser)
    with browser.socket() as own, stranger.socket() as other, staff.socket() as teacher:
        other.say("watch")
        other.say("nonsense")
        other.a("error")
        teacher.say("watch")
        conversation = own.open("a", "pop3")
        for line in SLIDES:
            own.say("send", pane="a", text=line)
        own.a("closed")
        teacher.until(lambda m: m["type"] == "closed" and m["conversation"] == conversation["id"])
        told = [m["conversation"] for m in teacher.heard if m["type"] == "conversation"]
        told = [one["guest"] for one in told if one["id"] == conversation["id"]]
        assert told[-1] == known_as
        texts = [entry["text"] for entry in teacher.entries(conversation["id"])]
        assert "PASS " + "•" * len("passwort_im_klartext") in texts
        assert "passwort_im_klartext" not in json.dumps(teacher.heard)
        other.say("since", conversation=conversation["id"], seq=0)
        other.say("nonsense")
        other.until(lambda m: m["type"] == "closed")
        assert [m["type"] for m in other.heard] == ["error", "closed"]


def test_step_mode_holds_each_answer_back(page):
    conversation = page.open("a", "pop3")
    page.say("step", pane="a", on=True)
    page.say("send", pane="a", text="CAPA")
    held = page.a("waiting")
    assert (held["conversation"], held["on"]) == (conversation["id"], True)
    page.line("CAPA")
    assert page.entries(conversation["id"])[-1]["text"] == "CAPA"
    page.say("next", pane="a")
    page.line("+OK capability list")


def test_an_answer_held_back_waits_for_a_reload(lab, browser):
    with browser.socket() as page:
        id = page.open("a", "pop3")["id"]
        page.say("step", pane="a", on=True)
        page.say("send", pane="a", text="CAPA")
        assert page.a("waiting")["on"] is True
    back = resumed(browser, id, 0)
    held = back.a("waiting")
    assert (held["conversation"], held["on"]) == (id, True)
    back.line("CAPA")
    assert back.entries(id)[-1]["text"] == "CAPA"
    back.say("next", pane="a")
    back.line("+OK capability list")
    back.close()


def test_a_page_that_does_not_read_costs_the_others_nothing(lab, browser):
    address, password = guest(lab, browser)
    with browser.socket() as busy, browser.socket() as asleep:
        asleep.say("watch")
        conversation = busy.open("a", "pop3")
        busy.say("mailbox")
        messages = busy.a("mailbox")["mailbox"]["folders"][0]["messages"]
        largest = max(messages, key=lambda message: message["octets"])["number"]
        busy.say("send", pane="a", text=f"USER {address}")
        busy.say("send", pane="a", text=f"PASS {password}")
        for _ in range(150):  # some megabytes: more than the sockets hold
            busy.say("send", pane="a", text=f"RETR {largest}")
            busy.until(lambda m: any(e["id"] == "pop3.RETR.end" for e in m.get("entries", ())))
            busy.heard.clear()
        busy.say("send", pane="a", text="QUIT")
        last = busy.a("closed")
        asleep.until(lambda m: m == last)
        numbers = [entry["seq"] for entry in asleep.entries(conversation["id"])]
        assert numbers == sorted(set(numbers))
        assert asleep.entries(conversation["id"])[-1]["id"] == "wire.closed"


def test_what_a_page_missed_it_asks_for(browser):
    with browser.socket() as page:
        conversation = page.open("a", "pop3")
        page.say("send", pane="a", text="QUIT")
        page.a("closed")
        entries = page.entries(conversation["id"])
    with browser.socket() as again:
        again.say("since", conversation=conversation["id"], seq=2)
        again.a("closed")
        assert again.entries(conversation["id"]) == entries[2:]


def test_a_page_that_goes_takes_its_connections_along(browser):
    with browser.socket() as page, browser.socket() as other:
        other.say("watch")
        page.open("a", "pop3")
        other.until(lambda m: any(e["kind"] == "reply" for e in m.get("entries", ())))
        page.close()
        other.a("closed")


def test_a_console_may_be_closed_and_opened_again(page):
    first = page.open("a", "pop3")
    page.say("close", pane="a")
    page.until(lambda m: m["type"] == "closed" and m["conversation"] == first["id"])
    page.heard.clear()
    second = page.open("a", "pop3")
    assert second["id"] != first["id"]


def test_a_message_is_sent_as_it_stands(page):
    page.open("a", "smtp")
    for line in ("HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<receiver@example.com>", "DATA"):
        page.say("send", pane="a", text=line)
    page.until(lambda m: any(e["expects"] == "message" for e in m.get("entries", ())))
    page.say("octets", pane="a", text="Subject: Grüße\n\n..dot\n.\n")
    stuffed = page.line("..dot")
    assert (stuffed["side"], stuffed["line_end"]) == ("C", "CRLF")
    page.until(lambda m: any(e["id"] == "smtp.DATA.ok" for e in m.get("entries", ())))


def test_the_panel_shows_what_happens(page):
    page.say("mailbox")
    own = page.a("mailbox")["mailbox"]
    assert own["folders"][0]["name"] == "INBOX"
    assert own["folders"][0]["total"] == len(own["folders"][0]["messages"]) > 0
    page.open("a", "pop3")
    for line in (*SLIDES[:2], "DELE 1"):
        page.say("send", pane="a", text=line)
    marked = page.until(
        lambda m: (
            m["type"] == "mailbox"
            and any(x["marked"] for x in m["mailbox"]["folders"][0]["messages"])
        )
    )["mailbox"]
    assert (marked["address"], marked["locked"]) == ("wiki@example.com", True)
    assert marked["folders"][0]["messages"][0]["subject"] == "Test-E-Mail"


def shown_by_the_panel(page, address):
    return page.until(lambda m: m["type"] == "mailbox" and m["mailbox"]["address"] == address)


def test_the_panel_follows_the_login_else_the_delivery(page):
    page.say("mailbox")
    page.a("mailbox")
    page.open("a", "pop3")
    for line in SLIDES[:2]:
        page.say("send", pane="a", text=line)
    shown_by_the_panel(page, "wiki@example.com")
    page.open("b", "smtp")
    deliver = ("HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<receiver@example.com>", "DATA")
    for line in (*deliver, "."):
        page.say("send", pane="b", text=line)
    page.until(lambda m: any(e["id"] == "smtp.DATA.ok" for e in m.get("entries", ())))
    page.say("send", pane="a", text="QUIT")
    page.a("closed")
    page.heard.clear()
    for line in (*deliver[1:], "."):
        page.say("send", pane="b", text=line)
    inbox = shown_by_the_panel(page, "receiver@example.com")["mailbox"]["folders"][0]
    assert inbox["total"] == 2


def test_writing_to_another_guest_does_not_open_their_mailbox(lab, browser, page):
    other, _ = guest(lab, Browser(lab.http).try_it())
    page.say("mailbox")
    own = page.a("mailbox")["mailbox"]["address"]
    page.open("a", "smtp")
    for line in ("HELO x", "MAIL FROM:<a@b.example>", f"RCPT TO:<{other}>", "DATA", "Hi", "."):
        page.say("send", pane="a", text=line)
    page.until(lambda m: any(e["id"] == "smtp.DATA.ok" for e in m.get("entries", ())))
    page.heard.clear()
    page.say("mailbox")
    assert page.a("mailbox")["mailbox"]["address"] == own


def test_mail_sent_in_one_pane_arrives_in_the_other(lab, browser, page):
    address, password = guest(lab, browser)
    page.open("in", "imap")
    page.say("send", pane="in", text=f"a1 LOGIN {address} {password}")
    page.say("send", pane="in", text="a2 SELECT INBOX")
    page.say("send", pane="in", text="a3 IDLE")
    page.until(lambda m: any(e["expects"] for e in m.get("entries", ())))
    page.heard.clear()
    page.open("out", "smtp")
    for line in ("HELO x", "MAIL FROM:<a@b.example>", f"RCPT TO:<{address}>", "DATA", "Hi", "."):
        page.say("send", pane="out", text=line)
    assert page.line(" EXISTS")["side"] == "S"


def test_guests_do_not_lock_each_other_out(lab):
    pages = [Browser(lab.http).try_it().socket() for _ in range(3)]
    for page in pages:
        page.open("a", "pop3")
        for line in SLIDES[:2]:
            page.say("send", pane="a", text=line)
    for page in pages:
        page.line("+OK mailbox locked")
        page.close()


@pytest.mark.parametrize(
    "message",
    [
        {"do": "open", "pane": "a", "service": "gopher"},
        {"do": "open", "pane": ["a"], "service": "pop3"},
        {"do": "send", "pane": "a", "text": "NOOP"},
        {"do": "send", "pane": "a"},
        {"do": "step", "pane": 3},
        {"do": "since", "seq": 1},
        {"do": {}},
        {},
    ],
)
def test_a_mistake_gets_a_clear_sentence(page, message):
    page.send_text(json.dumps(message))
    assert page.next()["type"] == "error"


def test_a_line_is_one_line_and_not_endless(page):
    page.open("a", "pop3")
    page.heard.clear()
    for text in ("USER a\r\nPASS b", "x" * (MAX_OCTETS - 1) + "ü"):
        page.say("send", pane="a", text=text)
        assert page.a("error")["text"]
        page.heard.clear()


def test_panes_and_frames_have_their_limits(page):
    for n in range(MAX_PANES):
        page.open(f"p{n}", "pop3")
    page.say("open", pane="one more", service="pop3")
    assert "Too many consoles" in page.a("error")["text"]
    page.heard.clear()
    for _ in range(BURST + 10):
        page.say("next", pane="p0")
    assert "Too many lines" in page.a("error")["text"]


def test_a_watch_page_hears_that_what_it_knows_is_over(lab):
    browser = Browser(lab.http).try_it()
    with browser.socket() as console, browser.socket() as watch:
        id = console.open("a", "pop3")["id"]
        watch.say("watch", known=["gone", id, 7])
        assert watch.a("closed")["conversation"] == "gone"
        assert watch.a("conversation")["conversation"]["id"] == id
        console.say("send", pane="a", text="QUIT")
        watch.until(lambda m: (m["type"], m.get("conversation")) == ("closed", id))


def test_who_floods_the_websocket_is_shown_the_door(page):
    for _ in range(BURST + 10 * PATIENCE):
        page.say("next", pane="p0")
    while (message := page.next())["type"] != "close":
        assert message["type"] == "error"
    assert message["code"] == 1013


def test_consoles_of_a_guest_have_their_limit_on_all_pages(lab):
    browser = Browser(lab.http, "de").try_it()
    with browser.socket() as first, browser.socket() as second:
        for page in (first, second):
            for n in range(MAX_CONSOLES // 2):
                page.open(f"p{n}", "pop3")
        with browser.socket() as third:
            third.say("open", pane="a", service="pop3")
            error = third.a("error")
            assert error["text"].startswith("Auf allen deinen Seiten zusammen")
            assert error["refused"] == "a"
            first.say("close", pane="p0")
            first.open("again", "pop3")
            second.say("send", pane="p0", text="QUIT")
            second.a("closed")  # without a connection it counts no more
            third.open("a", "pop3")
    with Browser(lab.http).try_it().socket() as other:
        other.open("a", "pop3")


def test_pages_of_a_guest_have_their_limit(lab):
    browser = Browser(lab.http).try_it()
    pages = [browser.socket() for _ in range(MAX_PAGES)]
    with pytest.raises(ConnectionRefusedError):
        browser.socket()
    Browser(lab.http).try_it().socket().close()
    pages.pop().close()
    while len(pages) < MAX_PAGES:  # once the server has noticed
        with suppress(ConnectionRefusedError):
            pages.append(browser.socket())
    for page in pages:
        page.close()


@pytest.mark.parametrize(
    ("language", "start"), [("en", "You have no mailbox yet"), ("de", "Du hast noch kein Postfach")]
)
def test_errors_come_in_the_language_of_the_page(lab, language, start):
    with Browser(lab.http, language).socket() as page:
        page.say("open", pane="a", service="pop3")
        assert page.a("error")["text"].startswith(start)


def test_explanations_come_in_the_language_of_the_page(lab):
    shorts = {}
    for language in ("en", "de"):
        browser = Browser(lab.http, language).try_it()
        with browser.socket() as page:
            page.open("a", "smtp")
            page.say("send", pane="a", text="NOOP")
            shorts[language] = page.line("NOOP")["short"]
    assert shorts["en"] != shorts["de"]


def test_poplib_beside_the_consoles(lab, browser, page):
    address, password = guest(lab, browser)
    page.say("watch")
    server = poplib.POP3(*lab.pop3)
    server.user(address)
    server.pass_(password)
    count, _ = server.stat()
    server.quit()
    assert count > 0
    entry = page.line("STAT")
    assert (entry["side"], entry["id"]) == ("C", "pop3.STAT")
