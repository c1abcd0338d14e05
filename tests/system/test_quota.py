"""A full mailbox on the real process, as each protocol says it."""

import imaplib
import smtplib

import pytest

from mailedu.mail.mailbox import MAX_OCTETS
from tests.system.clients import PATIENCE, SENDER
from tests.system.people import create

SMALL = b"Subject: one more\r\n\r\nx\r\n"
BIG = b"Subject: big\r\n\r\n" + (b"x" * 76 + b"\r\n") * (MAX_OCTETS // 78 // 8)


@pytest.fixture
def full(lab):
    """An account that has no room for a small message any more."""
    account = create(lab, "full@lab.example")
    with imaplib.IMAP4(*lab.imap, timeout=PATIENCE) as client:
        client.login(account.address, account.password)
        client.select()
        client.append("INBOX", None, None, BIG)
        while client.copy("1", "INBOX")[0] == "OK":
            pass
        rest = b"Subject: rest\r\n\r\n" + b"x" * 1000 + b"\r\n"
        while client.append("INBOX", None, None, rest * 100)[0] == "OK":
            pass
        while client.append("INBOX", None, None, rest)[0] == "OK":
            pass
        while client.append("INBOX", None, None, SMALL)[0] == "OK":
            pass
        yield account, client


def test_a_full_mailbox_takes_nothing(lab, full):
    account, client = full
    kind, [text] = client.append("INBOX", None, None, SMALL)
    assert (kind, text[:11]) == ("NO", b"[OVERQUOTA]")
    client.send(b"x1 APPEND INBOX {10}\r\n")
    assert client.readline()[:17] == b"x1 NO [OVERQUOTA]"  # and not: go on, send it
    kind, [text] = client.copy("1", "INBOX")
    assert (kind, text[:11]) == ("NO", b"[OVERQUOTA]")
    with smtplib.SMTP(*lab.smtp, timeout=PATIENCE) as smtp:
        smtp.ehlo()
        smtp.mail(SENDER)
        assert smtp.rcpt(account.address)[0] == 452
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        assert smtp.rcpt(account.address)[0] == 250
        assert smtp.data(BIG + BIG[:1_000_000])[0] == 552
        smtp.mail(SENDER)
        smtp.rcpt(account.address)
        assert smtp.data(SMALL)[0] == 250
