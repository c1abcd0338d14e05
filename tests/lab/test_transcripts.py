"""Permalinks: who may open them, what they show, and what is left after a crash."""

import signal
import sqlite3
import time

import pytest

from tests.lab.test_consumer import guest, outside
from tests.lab.web import Browser

LINES = ("USER wiki@example.com", "PASS passwort_im_klartext", "STAT", "QUIT")


@pytest.fixture
def browser(lab):
    return Browser(lab.http).try_it()


def talk(browser, lines=LINES, protocol="pop3"):
    """Play `lines`; returns the conversation and its entries as the console showed them."""
    with browser.socket() as page:
        conversation = page.open("a", protocol)
        for line in lines:
            page.say("send", pane="a", text=line)
        page.a("closed")
        return conversation, page.entries(conversation["id"])


def staff(lab):
    browser = Browser(lab.http)
    browser.get("/admin/login/")
    browser.post("/admin/login/", username="admin", password=lab.admin_password)
    return browser


def test_the_permalink_shows_what_the_console_showed(browser):
    conversation, entries = talk(browser)
    shown = browser.get(conversation["url"]).data("entries")
    assert shown == entries


def test_while_it_is_open_it_can_be_opened_too(browser):
    with browser.socket() as page:
        conversation = page.open("a", "pop3")
        page.say("send", pane="a", text=LINES[0])
        page.line("+OK Please")
        texts = [e["text"] for e in browser.get(conversation["url"]).data("entries")]
        assert LINES[0] in texts


def test_the_download_is_the_conversation_in_c_and_s_lines_without_the_password(browser):
    conversation, entries = talk(browser)
    answer = browser.get(f"/transcripts/{conversation['id']}.txt")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    said = [f"{e['side']}: {e['text']}" for e in entries if e["kind"] != "event"]
    covered = "•" * len("passwort_im_klartext")
    assert lines == [line.replace("passwort_im_klartext", covered) for line in said]
    assert f"C: PASS {covered}" in lines


def test_what_crossed_the_wire_sealed_is_kept(browser):
    conversation, entries = talk(browser, ("USER wiki@example.com", "QUIT"), "pop3s")
    assert (conversation["service"], conversation["title"]) == ("pop3s", "POP3S")
    page = browser.get(conversation["url"])
    assert page.data("entries") == entries
    assert page.data("conversation")["tls"] == "TLSv1.3"
    lines = [e for e in entries if e["kind"] != "event"]
    assert [e["sealed"]["head"][:8] for e in lines] == ["17 03 03"] * len(lines)
    handshake = next(e["handshake"] for e in entries if e["id"] == "wire.tls.first")
    assert handshake["version"] == "TLSv1.3"
    assert {"lab.example", "localhost", "127.0.0.1"} <= set(handshake["names"].split(", "))


@pytest.mark.parametrize("form", ["/transcripts/{}/", "/transcripts/{}.txt"])
def test_only_the_owner_and_the_staff_may_open_it(lab, browser, form):
    conversation, _ = talk(browser, ("USER wiki@example.com", "PASS my-secret", "QUIT"))
    path = form.format(conversation["id"])
    others = {
        "owner": browser,
        "staff": staff(lab),
        "guest": Browser(lab.http).try_it(),
        "nobody": Browser(lab.http),
    }
    assert {name: one.get(path).status for name, one in others.items()} == {
        "owner": 200, "staff": 200, "guest": 404, "nobody": 404,
    }  # fmt: skip
    assert ("PASS my-secret" in browser.get(path).text) == (form == "/transcripts/{}/")
    assert "my-secret" not in others["staff"].get(path).text


@pytest.mark.parametrize("how", ["live", "after a restart"])
def test_a_failed_login_from_outside_may_be_somebody_elses(start_lab, how):
    lab = start_lab()
    browser = Browser(lab.http).try_it()
    with browser.socket() as page:
        page.say("watch")
        address, password = guest(lab, browser)
        say = outside(lab)
        for line in ("USER cora@example.org", "PASS nearly-right", f"USER {address}"):
            say(line)
        say(f"PASS {password}")
        page.line("PASS ••••")
        [id] = {m["conversation"] for m in page.heard if m["type"] == "entries"}
        if how == "after a restart":
            lab.stop()
            browser.address = start_lab(lab.data_dir).http
        shown = browser.get(f"/transcripts/{id}/")
    said = [e["text"] for e in shown.data("entries") if e["text"].startswith("PASS")]
    assert said == [f"PASS {'•' * len('nearly-right')}", f"PASS {password}"]
    assert "nearly-right" not in shown.text
    say.close()


def test_it_is_shown_in_the_viewers_language(browser):
    conversation, _ = talk(browser, ("NOOP", "QUIT"), "smtp")
    shown = {}
    for browser.language in ("en", "de"):
        shown[browser.language] = browser.get(conversation["url"]).data("entries")
    pairs = list(zip(shown["en"], shown["de"], strict=True))
    assert [en["text"] for en, _ in pairs] == [de["text"] for _, de in pairs]
    assert [en["short"] for en, _ in pairs] != [de["short"] for _, de in pairs]


def test_after_a_stop_the_whole_conversation_is_there(start_lab):
    lab = start_lab()
    browser = Browser(lab.http).try_it()
    page = browser.socket()
    conversation = page.open("a", "pop3")
    page.say("send", pane="a", text="USER wiki@example.com")
    page.line("+OK Please")
    assert lab.stop() == 0
    entries = [e for m in page.heard for e in m.get("entries", ())]
    again = start_lab(lab.data_dir)
    browser.address = again.http
    shown = browser.get(conversation["url"]).data("entries")
    assert [e["text"] for e in shown[: len(entries)]] == [e["text"] for e in entries]
    assert shown[-1]["id"] == "wire.closed"


def test_after_a_crash_what_was_written_is_there_and_no_more_is_claimed(start_lab):
    lab = start_lab()
    browser = Browser(lab.http).try_it()
    finished, entries = talk(browser)
    page = browser.socket()
    cut = page.open("a", "pop3")
    page.say("send", pane="a", text="CAPA")
    page.line("+OK capability list")
    wait_until_written(lab, finished["id"], cut["id"])
    lab.stop(signal.SIGKILL)
    again = start_lab(lab.data_dir)
    browser.address = again.http
    assert browser.get(finished["url"]).data("entries") == entries
    heard = [e["text"] for e in page.entries(cut["id"])]
    shown = [e["text"] for e in browser.get(cut["url"]).data("entries")]
    assert shown[: len(heard)] == heard[: len(shown)]
    assert "CAPA" in shown


def wait_until_written(lab, *ids):
    """Transcripts are written some seconds after the fact."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with sqlite3.connect(lab.data_dir / "mailedu.sqlite3") as database:
            rows = database.execute("SELECT transcript_id, entries FROM lab_part").fetchall()
        written = {id: entries for id, entries in rows if "CAPA" in entries or "QUIT" in entries}
        if set(ids) <= set(written):
            return
        time.sleep(0.05)
    pytest.fail("the transcripts were not written")
