"""SIGTERM in the middle of everything, and the morning after on the same data folder."""

import re

import pytest
from lab_process import running_lab

from tests.protocols.conftest import Wire
from tests.system.clients import MAIL, deliver, fetched, imap, retrieved
from tests.system.hostile import walk
from tests.system.people import new_guest

SLIDES = ("USER wiki@example.com", "PASS passwort_im_klartext", "DELE 1")
FAREWELLS = {
    "smtp": b"421 4.3.2 lab.example closing channel: the lab shuts down\r\n",
    "pop3": b"-ERR [SYS/TEMP] server is shutting down, nothing was deleted\r\n",
    "imap": b"* BYE server is shutting down\r\n",
}
MOMENTS = {
    "smtp": ("GREETED", "RCPT", "DATA", "AUTH"),
    "pop3": ("AUTHORIZATION", "TRANSACTION"),
    "imap": ("NOT_AUTHENTICATED", "AUTHENTICATE", "SELECTED", "IDLE", "literal"),
}


def in_mid_session(lab, account) -> list[tuple[str, str, Wire]]:
    """One open connection for each moment of a session."""
    wires = [(name, state, Wire(lab.ports[name])) for name in MOMENTS for state in MOMENTS[name]]
    for name, state, wire in wires:
        walk(wire, name, state, account)
    return wires


def test_everybody_hears_a_farewell(start_lab):
    lab = start_lab()
    guest = new_guest(lab)
    pages = [guest.page(), guest.page("de")]
    pages[0].say("watch")
    for name in MOMENTS:
        pages[1].open(name, name)
    wires = in_mid_session(lab, guest.account)
    exit_code = lab.stop()
    said = {(name, state): wire.rest() for name, state, wire in wires}
    assert said == {(name, state): FAREWELLS[name] for name, state, _ in wires}
    assert [page.until(closes)["code"] for page in pages] == [1001, 1001]
    assert exit_code == 0
    assert (lab.data_dir / "stderr.txt").read_text() == ""


def closes(message: dict) -> bool:
    return message["type"] == "close"


def test_nobody_who_hangs_holds_up_the_end(start_lab):
    lab = start_lab()
    guest = new_guest(lab)
    deliver(lab, guest.account, b"Subject: big\r\n\r\n" + (b"y" * 76 + b"\r\n") * 100_000)
    stepping = guest.page()
    stepping.open("a", "pop3")
    stepping.say("step", pane="a", on=True)
    stepping.say("send", pane="a", text="CAPA")
    stepping.a("waiting")
    hanging = Wire(lab.imap, receive_buffer=4096)
    walk(hanging, "imap", "SELECTED", guest.account)
    hanging.send(b"a FETCH 1:* BODY.PEEK[]\r\n" * 5)
    assert lab.stop() == 0
    assert stepping.until(closes)["code"] == 1001
    assert (lab.data_dir / "stderr.txt").read_text() == ""


def test_acknowledged_mail_is_there_and_nothing_else(start_lab):
    lab = start_lab()
    guest = new_guest(lab)
    before = fetched(lab, guest.account)
    deliver(lab, guest.account, MAIL)
    with imap(lab, guest.account) as client:
        assert client.append("INBOX", "(\\Flagged)", None, b"Subject: kept\r\n\r\n")[0] == "OK"
    wires = [Wire(lab.smtp), Wire(lab.imap), Wire(lab.pop3)]
    for wire, (name, state) in zip(
        wires, (("smtp", "DATA"), ("imap", "literal"), ("pop3", "TRANSACTION")), strict=True
    ):
        walk(wire, name, state, guest.account)
    wires[0].send(b"Subject: never ended\r\n\r\nText\r\n")
    wires[1].send(b"Subject: never ended\r\n\r\nText\r\n")
    assert wires[2].ask(b"DELE 1") == b"+OK message marked for delete\r\n"
    assert lab.stop() == 0

    second = start_lab()
    now = fetched(second, guest.account)
    assert now[: len(before)] == before
    delivered, appended = now[len(before) :]
    assert (delivered.endswith(MAIL), appended) == (True, b"Subject: kept\r\n\r\n")
    assert retrieved(second, guest.account) == now
    with imap(second, guest.account) as client:
        client.select()
        assert client.search(None, "FLAGGED")[1][0].split()[-1] == b"%d" % len(now)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """(the lab after a restart, the guest, the conversation, its lines as the page had them)"""
    folder = tmp_path_factory.mktemp("story")
    with running_lab(folder) as lab:
        guest = new_guest(lab)
        with guest.page() as page:
            conversation = page.open("a", "pop3")
            for line in SLIDES:
                page.say("send", pane="a", text=line)
            page.line("+OK message marked for delete")
            told = page.entries(conversation["id"])
            assert lab.stop() == 0
    with running_lab(folder) as second:
        guest.browser.address = second.http
        yield second, guest, conversation, told


def test_the_transcript_can_still_be_opened(story):
    _, guest, conversation, told = story
    shown = guest.browser.get(conversation["url"])
    assert shown.status == 200
    entries = shown.data("entries")
    assert entries[: len(told)] == told
    assert FAREWELLS["pop3"].decode().rstrip() in [e["text"] for e in entries[len(told) :]]
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    text = guest.browser.get(conversation["url"].rstrip("/") + ".txt").text
    covered = "PASS " + "•" * len("passwort_im_klartext")
    assert re.findall(r"^C: (.*)$", text, re.MULTILINE) == [SLIDES[0], covered, SLIDES[2]]


def test_the_cookie_still_opens_the_mailbox(story):
    _, guest, _, _ = story
    assert guest.account.address in guest.browser.get("/connect/").text
    with guest.page() as page:
        page.say("mailbox")
        assert page.a("mailbox")["mailbox"]["address"] == guest.account.address
        page.open("a", "pop3")
        for line in (*SLIDES[:2], "STAT"):
            page.say("send", pane="a", text=line)
        assert page.line("+OK 1 241")["id"] == "pop3.STAT.ok"


def test_a_stranger_still_sees_no_transcript(story):
    lab, _, conversation, _ = story
    assert new_guest(lab).browser.get(conversation["url"]).status == 404
