"""Messages that never come whole fill no memory: neither one client's nor all together."""

import pytest

from protocols.conversation import MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.smtp import PROTOCOL
from protocols.storage import SHARES, Share
from protocols.store import OverQuota
from tests.protocols.conftest import MailLab, Wire
from tests.protocols.test_limits import connect, ready

# Octets for a lab, and those of one address.
ROOM = 200_000
SHARE = ROOM // SHARES
BIG = b"x" * 78 + b"\r\n"
NO_STORAGE = b"452 4.3.1 insufficient system storage\r\n"
LIMIT = b"a NO [LIMIT] too much unfinished mail, try later\r\n"


@pytest.fixture
def lab(mail_lab):
    mail_lab.host.storage.room = ROOM
    yield mail_lab
    mail_lab.until(lambda: mail_lab.host.storage._held == 0)
    assert mail_lab.host.storage._by == {}


def held(lab: MailLab, octets: int) -> None:
    lab.until(lambda: lab.host.storage._held == octets)


def sending(lab: MailLab, mail: bytes = b"MAIL FROM:<a@b.example>") -> Wire:
    """A client that has said DATA, or what is not answered by a 354."""
    wire = ready(lab)
    for line in (mail, b"RCPT TO:<ann@lab.example>"):
        assert wire.ask(line).startswith(b"250")
    return wire


def test_what_does_not_fit_is_refused_once_it_has_come(lab):
    first, second = sending(lab), sending(lab)
    for wire in (first, second):
        assert wire.ask(b"DATA").startswith(b"354")
    first.send(BIG * 1000)
    held(lab, 80_000)
    second.send(BIG * 500)
    assert second.ask(b".") == NO_STORAGE
    assert second.ask(b"NOOP").startswith(b"250")
    assert first.ask(b".").startswith(b"250")
    for line in (b"MAIL FROM:<a@b.example>", b"RCPT TO:<ann@lab.example>", b"DATA"):
        second.ask(line)
    second.send(BIG * 500)
    assert second.ask(b".").startswith(b"250")
    first.close(), second.close()


def test_data_is_refused_before_it_is_sent_where_that_is_known(lab):
    first = sending(lab)
    first.ask(b"DATA")
    first.send(BIG * 1000)
    held(lab, 80_000)
    second = sending(lab, b"MAIL FROM:<a@b.example> SIZE=40000")
    assert second.ask(b"DATA") == NO_STORAGE
    first.close()
    held(lab, 0)
    assert second.ask(b"DATA").startswith(b"354")
    second.close()


def test_a_chunk_that_does_not_fit_is_read_away(lab):
    first, second = sending(lab), sending(lab)
    first.send(b"BDAT 80000\r\n" + BIG * 1000)
    assert first.line().startswith(b"250")
    second.send(b"BDAT 40000 LAST\r\n" + BIG * 500)
    assert second.line() == NO_STORAGE
    assert second.ask(b"NOOP").startswith(b"250")
    assert first.ask(b"RSET").startswith(b"250")
    held(lab, 0)
    first.close(), second.close()


def logged_in(lab: MailLab) -> Wire:
    wire = connect(lab, "imap")
    assert wire.ask(b"l LOGIN ann@lab.example geheim").startswith(b"l OK")
    return wire


def test_a_literal_is_refused_before_it_is_sent_or_once_it_has_come(lab):
    first, second = logged_in(lab), logged_in(lab)
    for wire in (first, second):
        assert wire.ask(b"a APPEND INBOX {80000}").startswith(b"+ ")
    start = len(b"a APPEND INBOX {80000}\r\n")
    first.send(BIG * 900)
    held(lab, start + 72_000 + start)
    second.send(BIG * 500)
    held(lab, start + 72_000)
    second.send(BIG * 500)
    assert second.ask(b"") == LIMIT
    assert second.ask(b"a APPEND INBOX {40000}") == LIMIT
    second.send(b"a APPEND INBOX {40000+}\r\n" + BIG * 500)
    assert second.ask(b"") == LIMIT
    first.send(BIG * 100)
    assert first.ask(b"").startswith(b"a OK")
    assert second.ask(b"a APPEND INBOX {40000}").startswith(b"+ ")
    first.close(), second.close()


def test_a_full_mailbox_is_told_before_the_literal_is_sent(lab):
    def check_quota(sizes):
        raise OverQuota("ann@lab.example")

    account = lab.run(lab.store.account("ann@lab.example"))
    account.check_quota = check_quota
    wire = logged_in(lab)
    assert wire.ask(b"a APPEND INBOX {10}") == b"a NO [OVERQUOTA] mailbox is full\r\n"
    assert wire.ask(b"b NOOP").startswith(b"b OK")
    wire.close()


def test_aiosmtpd_gathers_no_more_either(lab):
    first, other = sending(lab), connect(lab, "aiosmtpd")
    first.ask(b"DATA")
    first.send(BIG * 1000)
    held(lab, 80_000)
    for line in (b"HELO c", b"MAIL FROM:<a@b.example>", b"RCPT TO:<ann@lab.example>", b"DATA"):
        assert other.ask(line)[:1] in b"23"
    other.send(BIG * 500)
    assert other.rest() == b"452 insufficient system storage\r\n"
    first.close(), other.close()


def test_aiosmtpd_gives_back_what_it_held(lab):
    wire = connect(lab, "aiosmtpd")
    for _ in range(3):
        for line in (b"HELO c", b"MAIL FROM:<a@b.example>", b"RCPT TO:<ann@lab.example>", b"DATA"):
            wire.ask(line)
        wire.send(BIG * 300)
        held(lab, 24_000)
        assert wire.ask(b".").startswith(b"250")
        held(lab, 0)
    wire.close()


def test_nobody_takes_the_share_of_others_nor_all_together_more_than_there_is():
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0)
    host.storage.room = ROOM

    def share(address: str, realm: str = "") -> Share:
        conversation = host.open(PROTOCOL, PROTOCOL.services[0], (address, 1))
        conversation.realm = realm
        return Share(host.storage, conversation)

    first, second, anna, ben = share("1"), share("1"), share("2", "anna"), share("2", "ben")
    assert first.hold(SHARE) and not second.fits(1) and not second.hold(1)
    assert anna.hold(SHARE - 1) and ben.fits(1) and not ben.fits(2)
    assert not anna.hold(SHARE + 1)  # then it holds nothing any more
    assert ben.hold(SHARE)
    assert first.hold(10) and second.hold(SHARE - 10)
