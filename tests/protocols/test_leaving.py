"""However a client leaves, nothing of it stays: no lock, no login, no connection."""

import asyncio
import struct
from base64 import b64encode
from socket import SHUT_WR, SO_LINGER, SO_SNDBUF, SOL_SOCKET

import pytest

from protocols.connection import LINGER, SLOW_LINGER
from protocols.conversation import MailHost, NoAudience
from protocols.faults import Fault, FaultPlan
from protocols.guard import FREE, Guard
from protocols.imap.commands.messages import SHORT
from protocols.memory import MemoryStore
from protocols.smtp import PROTOCOL
from protocols.smtp.session import SmtpSession
from tests.protocols.conftest import MailLab, Wire
from tests.protocols.test_limits import connect, pass_time

ANN = "ann@lab.example"
TOKEN = b64encode(f"\0{ANN}\0geheim".encode())
LOGINS = {
    "pop3": [f"USER {ANN}".encode(), b"PASS geheim"],
    "imap": [b"a AUTHENTICATE PLAIN " + TOKEN],
    "submission": [b"EHLO c", b"AUTH PLAIN " + TOKEN],
}
# What has a long answer.
ASKS = {"pop3": b"CAPA", "imap": b"a CAPABILITY", "smtp": b"EHLO c", "aiosmtpd": b"EHLO c"}
# So many answers fit no window; that all are said is no reason to wait.
MANY = 500
STUCK = 10_000
NEVER = 10**9


def account(lab: MailLab):
    return lab.run(lab.store.account(ANN))


def reset(wire: Wire) -> None:
    """Leave as a program that crashes."""
    wire.socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


@pytest.mark.parametrize("service", LOGINS)
def test_who_leaves_while_its_password_is_looked_at_is_not_counted(mail_lab, service):
    ann, known, asked = account(mail_lab), mail_lab.store.account, []

    async def slowly(address: str, realm: str = ""):
        asked.append(asyncio.get_running_loop().create_future())
        return await asked[-1]

    wire = connect(mail_lab, service)
    for line in LOGINS[service][:-1]:
        wire.ask(line)
    mail_lab.store.account = slowly
    wire.send(LOGINS[service][-1] + b"\r\n")
    mail_lab.until(lambda: len(asked) == 1)
    reset(wire)
    mail_lab.until(lambda: not mail_lab.host.conversations)
    mail_lab.call(lambda: asked[0].set_result(ann))
    mail_lab.call(lambda: None)
    mail_lab.store.account = known
    assert (mail_lab.host.logins, ann.maildrop) == ({}, None)


@pytest.mark.parametrize("command", [b"FETCH * BODY.PEEK[1]", b"SEARCH TEXT z"])
def test_nothing_is_taken_apart_for_who_has_left(mail_lab, command):
    content = b"Subject: long\r\n\r\n" + b"x" * SHORT
    mail_lab.run(mail_lab.store.deliver([account(mail_lab)], [content]))
    asked = []

    async def slowly(work) -> None:
        asked.append(asyncio.get_running_loop().create_future())
        await asked[-1]

    mail_lab.host.aside = slowly
    wire = connect(mail_lab, "imap")
    wire.ask(*LOGINS["imap"])
    wire.send(b"b EXAMINE INBOX\r\nc " + command + b"\r\n")
    mail_lab.until(lambda: len(asked) == 1)
    reset(wire)
    mail_lab.until(lambda: not mail_lab.host.conversations)
    mail_lab.until(asked[0].cancelled)


def unread(lab: MailLab, service: str) -> Wire:
    """A client whose answers do not fit its window, though all are said."""
    wire = connect(lab, service, receive_buffer=2048)
    [conversation] = lab.host.conversations
    transport = lab.call(lambda: getattr(conversation.end.__self__, "transport", None)) or (
        conversation.end.__self__._transport
    )
    lab.call(lambda: transport.set_write_buffer_limits(NEVER))
    transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 2048)
    if service == "pop3":
        for line in LOGINS[service]:
            wire.ask(line)
    wire.send((ASKS[service] + b"\r\n") * MANY)
    lab.until(lambda: transport.get_write_buffer_size() > STUCK)
    return wire


@pytest.mark.parametrize("service", ("pop3", "imap", "smtp"))
def test_who_says_no_more_and_reads_nothing_does_not_stay(mail_lab, service):
    wire = unread(mail_lab, service)
    wire.socket.shutdown(SHUT_WR)
    mail_lab.until(lambda: is_over(mail_lab))
    for seconds in (LINGER, SLOW_LINGER):  # the first counts where answers were under way
        pass_time(mail_lab, seconds + 1)
    mail_lab.until(lambda: not mail_lab.host.conversations)
    wire.close()


def is_over(lab: MailLab) -> bool:
    """Nothing more is said, and the account is free."""
    [conversation] = lab.host.conversations
    return not conversation.end.__self__._open and not any(
        account.maildrop for account in lab.store._accounts.values()
    )


@pytest.mark.parametrize("says_no_more", [True, False])
def test_aiosmtpd_keeps_nobody_who_does_not_read(mail_lab, says_no_more):
    wire = unread(mail_lab, "aiosmtpd")
    [conversation] = mail_lab.host.conversations
    other = conversation.end.__self__
    mail_lab.until(lambda: not other._reader._buffer)  # else it has commands to answer first
    if says_no_more:
        wire.socket.shutdown(SHUT_WR)
        mail_lab.until(lambda: other.transport.is_closing())
    for _ in range(2):
        pass_time(mail_lab, SmtpSession.idle_limit + 1)
    mail_lab.until(lambda: not mail_lab.host.conversations)
    wire.close()


def test_a_login_before_tls_leaves_no_realm():
    store = MemoryStore()
    own = store.add_account(ANN, "geheim", realm="r1")

    class Realms(NoAudience):
        def authenticated(self, conversation):
            conversation.realm = conversation.account.realm

    host = MailHost(store, Realms(), lambda: 0.0)
    conversation = host.open(PROTOCOL, PROTOCOL.services[0], ("192.0.2.1", 1))
    conversation.authenticated(own)
    assert (conversation.realm, host.logins[own]) == ("r1", 1)
    conversation.forget_login()
    assert (conversation.realm, conversation.account, host.logins) == ("", None, {})


@pytest.fixture
def naps(mail_lab):
    """The waits under way, which nobody ends."""
    under_way: list[asyncio.Future] = []

    async def sleep(seconds: float) -> None:
        under_way.append(mail_lab.loop.create_future())
        await under_way[-1]

    mail_lab.host.sleep = sleep
    mail_lab.host.guard = Guard(lambda: 0.0, sleep, asyncio.Lock)
    return under_way


def guess(lab: MailLab, password: bytes) -> Wire:
    """A client that has to wait since others guessed."""
    wire = connect(lab, "pop3")
    for _ in range(FREE):
        wire.ask(LOGINS["pop3"][0])
        assert wire.ask(b"PASS wrong").startswith(b"-ERR")
    wire.ask(LOGINS["pop3"][0])
    wire.send(b"PASS " + password + b"\r\n")
    return wire


def wrong_password(lab: MailLab) -> Wire:
    return guess(lab, b"wrong")


def right_password(lab: MailLab) -> Wire:
    return guess(lab, b"geheim")


def planned_delay(lab: MailLab) -> Wire:
    account(lab).faults = FaultPlan((Fault("pop3", "STAT", delay=300),))
    wire = connect(lab, "pop3")
    for line in LOGINS["pop3"]:
        wire.ask(line)
    wire.send(b"STAT\r\n")
    return wire


@pytest.mark.parametrize("begin", [wrong_password, right_password, planned_delay])
def test_who_leaves_while_it_has_to_wait_leaves_nothing(mail_lab, naps, begin):
    wire = begin(mail_lab)
    mail_lab.until(lambda: len(naps) == 1)
    [conversation] = mail_lab.host.conversations
    connection = conversation.end.__self__
    wire.send(b"NOOP\r\n" * 1000)
    mail_lab.until(lambda: len(connection.session.reader) == 6000)
    reset(wire)
    mail_lab.until(lambda: conversation.closed and not connection._busy)
    assert naps[0].cancelled()
    assert len(connection.session.reader) == 0
    assert (account(mail_lab).maildrop, mail_lab.host.logins) == (None, {})


def test_a_password_whose_client_did_not_wait_is_not_looked_at(mail_lab, naps):
    """Else the next one would tell by its own wait whether it was right."""
    for n in range(2):
        wire = connect(mail_lab, "pop3") if n else right_password(mail_lab)
        if n:
            wire.ask(LOGINS["pop3"][0])
            wire.send(b"PASS geheim\r\n")
        mail_lab.until(lambda: len(naps) == n + 1)  # noqa: B023  asked at once
        reset(wire)
        mail_lab.until(lambda: not mail_lab.host.conversations)
    [failures] = mail_lab.host.guard._known.values()
    assert (failures.count, failures.waiting) == (FREE, 0)


def test_who_has_left_is_not_made_to_wait(mail_lab, naps):
    wire = connect(mail_lab, "pop3")
    [conversation] = mail_lab.host.conversations
    reset(wire)
    mail_lab.until(lambda: conversation.closed)

    async def late():
        await conversation.sleep(300)
        with pytest.raises(asyncio.CancelledError):
            await conversation.wait(mail_lab.host.sleep(300))

    mail_lab.run(late())
    assert naps == []
