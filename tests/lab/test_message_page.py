"""A guest reads a message of the mailbox panel: a page of its own, or a fragment for the dialog."""

from io import BytesIO
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from mailedu.lab.letters import MAX_SOURCE
from mailedu.mail import actions
from mailedu.mail.models import Account, Mailbox, Message
from mailedu.mail.reading import MAX_SHOWN

pytestmark = pytest.mark.django_db

HTMX = {"hx-request": "true"}
SENTENCE = "nothing is marked as read"
HEAD = b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\r\nTo: anna@lab.example\r\n"


@pytest.fixture
def guest(client):
    """The guest's account, emptied."""
    client.post(reverse("try"))
    account = Account.objects.get(address=client.session["guest"]["address"])
    Message.objects.filter(mailbox__account=account).delete()
    return account


def put(account, octets, folder="INBOX"):
    """Store a message and return the path of its page."""
    actions.import_messages(account, BytesIO(octets), "mail.eml")
    message = Message.objects.filter(mailbox__account=account).latest("id")
    if folder != "INBOX":
        message.mailbox, _ = Mailbox.objects.get_or_create(
            account=account, name=folder, defaults={"uid_validity": 1}
        )
        message.save()
    return path(account, folder, message.uid)


def path(account, folder, uid):
    return f"/mailbox/{account.address}/{quote(folder, safe='')}/{uid}/"


def test_the_message_is_read_and_stays_unread(client, guest):
    date = b"Date: Mon, 2 Mar 2026 10:00:00 +0000\r\n"
    where = put(guest, HEAD + b"Subject: Hello\r\n" + date + b"\r\nHi.\r\n")
    answer = client.get(where)
    assert answer.status_code == 200
    assert answer.context["letter"].fields == [
        ("From", "Jürgen <j@example.com>"),
        ("To", "anna@lab.example"),
        ("Subject", "Hello"),
        ("Date", "Mon, 2 Mar 2026 10:00:00 +0000"),
    ]
    assert SENTENCE in answer.text
    assert Message.objects.get(mailbox__account=guest).flags == ""


def test_a_page_and_a_fragment_come_from_one_template(client, guest):
    where = put(guest, HEAD + b"Subject: Hello\r\n\r\nHi.\r\n")
    page, fragment = client.get(where), client.get(where, headers=HTMX)
    assert page.text.startswith("<!DOCTYPE html>")
    assert fragment.text.startswith('<article class="message">')
    assert fragment.text.strip().endswith("</article>")
    assert "hx-request" in page.headers["vary"].lower()
    assert ("/console/pop3/" in page.text, "/console/pop3/" in fragment.text) == (True, False)


@pytest.mark.parametrize("folder", ["Sent", "School/9b/Mail", "50 %", "a?b#c", "Entw&APw-rfe"])
def test_a_folder_may_have_any_name(client, guest, folder):
    assert client.get(put(guest, HEAD + b"\r\nHi.\r\n", folder)).status_code == 200


def test_the_copies_of_the_slides_accounts_are_the_guests_own(client):
    shared = actions.create_account("wiki@example.com", sample_set="slides")
    client.post(reverse("try"))
    assert "Test-E-Mail" in client.get(path(shared, "INBOX", 1)).text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_what_is_gone_or_foreign_is_404_with_a_sentence(client, client_of_another, guest, headers):
    where = put(guest, HEAD + b"Subject: Secret\r\n\r\nHi.\r\n")
    shared = put(actions.create_account("class@class.example"), HEAD + b"\r\nHi.\r\n")
    answers = [client_of_another.get(where, headers=headers), client.get(shared, headers=headers)]
    Message.objects.filter(mailbox__account=guest).delete()
    answers.append(client.get(where, headers=headers))
    for answer in answers:
        assert answer.status_code == 404
        assert "This message is not in your mailbox." in answer.text
        assert "Secret" not in answer.text


@pytest.fixture
def client_of_another():
    client = Client()
    client.post(reverse("try"))
    return client


def test_nobody_reads_without_a_mailbox_of_their_own(client):
    account = actions.create_account("class@class.example")
    assert client.get(put(account, HEAD + b"\r\nHi.\r\n")).status_code == 404


@pytest.mark.parametrize("uid", [0, 2**63, 10**40])
def test_no_number_breaks_the_page(client, guest, uid):
    assert client.get(path(guest, "INBOX", uid)).status_code == 404


def test_reading_is_no_post(client, guest):
    assert client.post(put(guest, HEAD + b"\r\nHi.\r\n")).status_code == 405


def test_hostile_content_stays_text(client, guest):
    script = b"<script>alert(1)</script>"
    parts = (
        b"--b\r\nContent-Type: text/plain\r\n\r\n" + script + b"\xff\r\n"
        b'--b\r\nContent-Disposition: attachment; filename="../<img src=x>.exe"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\nMZ\r\n--b--\r\n"
    )
    head = b"Subject: " + script + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    answer = client.get(put(guest, HEAD + head + parts), headers=HTMX)
    assert "<script" not in answer.text and "<img" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    [attachment] = answer.context["letter"].reading.attachments
    assert (attachment.name, attachment.size) == ("_img src_x_.exe", 2)
    assert attachment.name in answer.text


HTML = b"Content-Type: text/html\r\n\r\n<h1>Win</h1><a href='http://evil.example'>here</a>"
PLAIN = b"Content-Type: text/plain\r\n\r\nWin here"


@pytest.mark.parametrize(("only", "body"), [(True, HTML), (False, PLAIN)])
def test_html_is_read_as_words_and_says_so(client, guest, only, body):
    answer = client.get(put(guest, HEAD + body + b"\r\n"), headers=HTMX)
    assert ("You see its words only" in answer.text) is only
    shown = answer.text.partition('<div class="message-text" dir="auto">')[2].partition("</div>")[0]
    assert shown.split() == ["Win", "here"]


@pytest.mark.parametrize("content", [HEAD + b"\r\n", HEAD + b"\r\n \r\n\r\n", b"Subject:\r\n\r\n"])
def test_a_message_without_text_or_subject(client, guest, content):
    answer = client.get(put(guest, content))
    assert "This message has no text." in answer.text
    assert "(no subject)" in answer.text


def test_long_text_and_source_are_cut_with_a_note(client, guest):
    whole = client.get(put(guest, HEAD + b"\r\n" + b"a" * 99))
    long = client.get(put(guest, HEAD + b"\r\n" + b"a" * 79 + b"\r\n" * MAX_SHOWN))
    notes = ["Only the beginning is shown here.", "Only the first 64 KiB are shown here."]
    assert [note in whole.text for note in notes] == [False, False]
    assert [note in long.text for note in notes] == [True, True]
    assert len(long.context["letter"].source) == MAX_SOURCE
