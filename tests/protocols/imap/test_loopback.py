"""Python's own IMAP client against our server over a real connection."""

import imaplib
from datetime import UTC, datetime

import pytest

from tests.protocols.mails import HELLO, SLIDES


@pytest.fixture
def client(mail_lab):
    with imaplib.IMAP4(*mail_lab.ports["imap"], timeout=20) as client:
        client.login("ann@lab.example", "geheim")
        yield client


def test_reading(client):
    assert client.select() == ("OK", [b"2"])
    assert client.search(None, "SUBJECT", '"hello"') == ("OK", [b"2"])
    status, [(head, body), tail] = client.fetch("2", "(UID BODY.PEEK[])")
    assert (status, head, body, tail) == ("OK", b"2 (UID 2 BODY[] {%d}" % len(HELLO), HELLO, b")")
    assert client.uid("FETCH", "1", "(FLAGS)") == ("OK", [b"1 (UID 1 FLAGS (\\Recent))"])


def test_filing_and_removing(client):
    date = datetime(1994, 2, 7, 21, 52, 25, tzinfo=UTC)
    assert client.create("Archiv")[0] == "OK"
    status, [said] = client.append("Archiv", "(\\Seen)", date, SLIDES)
    assert (status, said) == ("OK", b"[APPENDUID 2 1] APPEND completed")
    client.select()
    assert client.copy("1:2", "Archiv")[0] == "OK"
    assert client.status("Archiv", "(MESSAGES UNSEEN)") == (
        "OK", [b'"Archiv" (MESSAGES 3 UNSEEN 2)'],
    )  # fmt: skip
    assert client.store("1", "+FLAGS", "\\Deleted") == ("OK", [b"1 (FLAGS (\\Deleted \\Recent))"])
    assert client.expunge() == ("OK", [b"1"])
    assert client.list() == (
        "OK", [b'(\\HasNoChildren) "/" "Archiv"', b'(\\HasNoChildren) "/" "INBOX"'],
    )  # fmt: skip
    assert client.close()[0] == "OK"
    assert client.logout()[0] == "BYE"


def test_plain_login(mail_lab):
    with imaplib.IMAP4(*mail_lab.ports["imap"], timeout=20) as client:
        assert client.authenticate("PLAIN", lambda _: b"\0ann@lab.example\0geheim")[0] == "OK"


def test_a_wrong_password(mail_lab):
    client = imaplib.IMAP4(*mail_lab.ports["imap"], timeout=20)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login("ann@lab.example", "falsch")
    client.logout()


def test_an_idling_client_hears_of_new_mail(mail_lab, client):
    idler = mail_lab.connect("imap")
    idler.line()
    for line in (b"a LOGIN ann@lab.example geheim", b"b SELECT INBOX", b"c IDLE"):
        idler.send(line + b"\r\n")
    while not idler.line().startswith(b"+"):
        pass
    client.append("INBOX", None, None, HELLO)
    assert [idler.line(), idler.line()] == [b"* 3 EXISTS\r\n", b"* 3 RECENT\r\n"]
    assert idler.ask(b"DONE") == b"c OK IDLE terminated\r\n"
    idler.close()


def test_a_big_message_comes_whole_to_a_slow_reader(mail_lab, client):
    big = b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 200_000
    client.append("INBOX", None, None, big)
    slow = mail_lab.connect("imap", receive_buffer=4096)
    slow.send(
        b"a LOGIN ann@lab.example geheim\r\nb SELECT INBOX\r\nc FETCH 3 BODY.PEEK[]\r\nd LOGOUT\r\n"
    )
    answer = slow.rest()
    assert b"\r\n* 3 FETCH (BODY[] {%d}\r\n%b)\r\nc OK" % (len(big), big) in answer
    assert answer.endswith(b"d OK LOGOUT completed\r\n")
    slow.close()


def test_a_cut_in_a_literal_disturbs_nobody(mail_lab, client):
    wire = mail_lab.connect("imap")
    wire.send(b"a LOGIN ann@lab.example geheim\r\nb APPEND INBOX {1000}\r\nSubject: x\r\n")
    while not wire.line().startswith(b"+"):
        pass
    wire.close()
    mail_lab.until(lambda: len(mail_lab.host.conversations) == 1)
    assert client.select() == ("OK", [b"2"])


def test_shutdown_says_bye(mail_lab):
    wire = mail_lab.connect("imap")
    wire.line()
    mail_lab.run(mail_lab.listeners.close())
    assert wire.rest() == b"* BYE server is shutting down\r\n"
    wire.close()
