"""What a guest's mail programs do from outside, as the guest's page tells it."""

import shutil
import subprocess

import pytest

from protocols.texts import Explanation, catalogue
from tests.lab.web import Socket
from tests.system.clients import MAIL, PATIENCE, deliver, imap, pop, smtp
from tests.system.people import closed, conversations, new_guest


def smtplib_plain(lab, account):
    deliver(lab, account, MAIL)


def smtplib_login(lab, account):
    with smtp(lab) as client:
        client.login(account.address, account.password)
        client.sendmail("jörg@example.com", [account.address], MAIL, ["SMTPUTF8"])
        client.verify(account.address)
        client.docmd("HELP")


def poplib_user(lab, account):
    client = pop(lab, account)
    client.capa()
    client.stat()
    client.list()
    client.uidl()
    client.retr(1)
    client.top(1, 1)
    client.dele(1)
    client.quit()


def imaplib_login(lab, account):
    with imap(lab, account) as client:
        client.list()
        client.select()
        client.fetch("1:*", "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)")
        client.fetch("1", "(BODY[])")
        client.search(None, "UNSEEN")
        client.append("INBOX", "(\\Seen)", None, MAIL)
        client.store("1", "+FLAGS", "\\Deleted")
        client.uid("COPY", "1:*", "INBOX")
        client.expunge()
        client.close()


def curl(lab, account):
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    place = "{}:{}".format(*lab.imap)
    subprocess.run(
        ["curl", "-sS", f"imap://{place}/INBOX;MAILINDEX=1", "--user",
         f"{account.address}:{account.password}"],
        capture_output=True, timeout=PATIENCE, check=True,
    )  # fmt: skip


CLIENTS = (smtplib_plain, smtplib_login, poplib_user, imaplib_login, curl)


@pytest.fixture(scope="module")
def guest(lab):
    return new_guest(lab)


@pytest.fixture
def pages(guest):
    """The guest's watch page in English and in German."""
    pages = [guest.page(language) for language in ("en", "de")]
    for page in pages:
        page.say("watch")
        page.say("mailbox")
        page.a("mailbox")
    known = conversations(pages[0])
    yield pages, known
    for page in pages:
        page.close()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_each_line_is_explained_in_both_languages(lab, guest, pages, client):
    (english, german), known = pages
    client(lab, guest.account)
    entries, same = (told(page, known) for page in (english, german))
    assert [entry["text"] for entry in entries] == [entry["text"] for entry in same]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [e["id"] for e in (*entries, *same) if not e["short"].strip()] == []
    assert [e["id"] for e in entries if has_gap(e, "en")] == []
    assert [e["id"] for e in same if has_gap(e, "de")] == []
    alike = {e["id"] for e, f in zip(entries, same, strict=True) if e["short"] == f["short"]}
    assert alike == set()
    assert {e["phase"]["title"] for e in entries}.isdisjoint(e["phase"]["title"] for e in same)


def told(page: Socket, known: list[str]) -> list[dict]:
    """The lines of the one conversation that is not `known`."""
    page.until(lambda m: m["type"] == "closed" and m["conversation"] not in known)
    [new] = set(conversations(page)) - set(known)
    return closed(page, new)


def has_gap(entry: dict, language: str) -> bool:
    """Whether a value that an explanation names is missing: it then shows `…`."""
    template = catalogue(language).get(entry["id"], Explanation(""))
    names = ("title", "short", "why", "next", "more")
    return any(entry[n].count("…") > getattr(template, n).count("…") for n in names)
