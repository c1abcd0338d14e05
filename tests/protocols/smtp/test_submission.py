"""What ports 587 and 465 demand and add (RFC 6409), and what port 25 leaves alone."""

import re
from base64 import b64encode

import pytest

from protocols.conversation import MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.mime.headers import MAX_HEADERS
from protocols.smtp import PROTOCOL
from protocols.smtp.session import SmtpSession
from tests.protocols.dialogs import NO_HANDSHAKE, Player, run

LOGIN = "AUTH PLAIN " + b64encode(b"\0anna@lab.example\0geheim").decode()
OWN_DATE = b"Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
OWN_ID = b"Message-ID: <1@pc>\r\n"


def player(service: str, store: MemoryStore | None = None) -> Player:
    store = store or MemoryStore()
    store.add_account("anna@lab.example", "geheim")
    host = MailHost(store, NoAudience(), lambda: 0.0, tls=NO_HANDSHAKE)
    made = Player(PROTOCOL, SmtpSession, host, service)
    for line in ("EHLO pc", LOGIN, "MAIL FROM:<anna@lab.example>", "RCPT TO:<anna@lab.example>"):
        assert made.command(line)[0] == "2"
    return made


def sent(made: Player, message: bytes) -> tuple[bytes, bytes]:
    """The trace lines and the rest of what was stored."""
    assert made.send(b"DATA\r\n" + message + b".\r\n").endswith(b"250 2.0.0 OK\r\n")
    account = run(made.host.store.account("anna@lab.example"))
    stored = account.inbox.messages[-1].key
    match = re.match(rb"Return-Path: .*\r\nReceived: .*\r\n(?:\t.*\r\n)+", stored)
    return match.group(), stored[match.end() :]


def test_submission_adds_what_is_missing():
    _, rest = sent(player("submission"), b"Subject: x\r\n\r\nDate: no header\r\n")
    assert re.fullmatch(
        rb"Message-ID: <0123456789abcdef\.\d+@lab\.example>\r\n"
        rb"Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\n"
        rb"Subject: x\r\n\r\nDate: no header\r\n",
        rest,
    )


def test_two_messages_of_a_session_have_names_of_their_own():
    made = player("submission")
    _, first = sent(made, b"\r\n")
    made.command("MAIL FROM:<anna@lab.example>")
    made.command("RCPT TO:<anna@lab.example>")
    _, second = sent(made, b"\r\n")
    assert first.split(b"\r\n")[0] != second.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("header", "added"),
    [
        (OWN_DATE + OWN_ID, []),
        (OWN_ID.lower() + OWN_DATE.upper(), []),
        (OWN_DATE, [b"Message-ID"]),
        (OWN_ID, [b"Date"]),
        (b"X: a folded line is no field\r\n " + OWN_DATE, [b"Message-ID", b"Date"]),
    ],
)
def test_submission_leaves_what_is_there(header, added):
    message = header + b"\r\nx\r\n"
    _, rest = sent(player("submission"), message)
    assert rest.endswith(message)
    lines = rest.removesuffix(message).splitlines()
    assert [line.partition(b":")[0] for line in lines] == added


def test_relay_adds_nothing():
    message = b"Subject: x\r\n\r\nx\r\n"
    assert sent(player("smtp"), message)[1] == message


@pytest.mark.parametrize(
    ("service", "name"), [("smtp", b"ESMTPA"), ("submission", b"ESMTPA"), ("smtps", b"ESMTPSA")]
)
def test_received_names_tls_and_login(service, name):
    trace, _ = sent(player(service), b"x\r\n")
    assert b" with " + name + b" id " in trace


def test_quoted_addresses_stay_quoted_in_the_trace():
    made = player("smtp")
    made.command("RSET")
    made.command(r'MAIL FROM:<"a b\"c"@b.example>')
    made.command("RCPT TO:<anna@lab.example>")
    trace, _ = sent(made, b"x\r\n")
    assert trace.startswith(b'Return-Path: <"a b\\"c"@b.example>\r\n')


def test_the_account_of_a_realm_may_send_as_itself():
    store = MemoryStore()
    store.add_account("anna@lab.example", "geheim", realm="guest")
    host = MailHost(store, NoAudience(), lambda: 0.0)
    made = Player(PROTOCOL, SmtpSession, host, "submission")
    made.conversation.realm = "guest"
    made.command("EHLO pc")
    made.command(LOGIN)
    assert made.command("MAIL FROM:<anna@lab.example>").startswith("250 2.1.0 OK, this sender")


@pytest.mark.parametrize(
    "long",
    [b"X: y\r\n" * (MAX_HEADERS // 6 + 1), b"X: " + b"y" * MAX_HEADERS + b"\r\n"],
    ids=["many lines", "one line"],
)
def test_of_a_header_without_end_only_the_beginning_is_read(long):
    message = long + b"Return-Path: <old@b.example>\r\n" + OWN_DATE + b"\r\nText\r\n"
    _, rest = sent(player("submission"), b"Return-Path: <older@b.example>\r\n" + message)
    assert re.match(rb"Message-ID: .*\r\nDate: .*\r\nX: y", rest)
    assert rest.endswith(message)
    assert b"older@b.example" not in rest


def received(count: int) -> bytes:
    return b"Received: from a by b; x\r\n" * count + b"Subject: x\r\n\r\nReceived: no\r\n"


@pytest.mark.parametrize("name", [b"RECEIVED :", b"received\t :"])
def test_blanks_before_the_colon_hide_no_hop(name):
    made = player("smtp")
    mail = received(101).replace(b"Received:", name)
    assert made.send(b"DATA\r\n" + mail + b".\r\n").startswith(b"354 ")
    assert made.output.endswith(b"554 5.4.6 too many hops: this mail runs in a loop\r\n")


def test_fields_of_a_similar_name_are_no_hops():
    made = player("smtp")
    mail = received(101).replace(b"Received:", b"Received-SPF:")
    assert sent(made, mail)[1] == mail


def test_a_mail_that_runs_in_a_loop_is_stopped():
    made = player("smtp")
    assert made.send(b"DATA\r\n" + received(101) + b".\r\n").endswith(
        b"554 5.4.6 too many hops: this mail runs in a loop\r\n"
    )
    made.command("MAIL FROM:<a@b.example>")
    made.command("RCPT TO:<anna@lab.example>")
    assert sent(made, received(100))[1] == received(100)


POSTMASTERS = [
    "RCPT TO:<postmaster>",
    "RCPT TO:<POSTMASTER@Example.com>",
    "RCPT TO:<postmaster@lab.example>",
]


@pytest.mark.parametrize("line", POSTMASTERS)
def test_one_postmaster_for_all_domains(line):
    store = MemoryStore()
    postmaster = store.add_account("postmaster@lab.example", "geheim")
    made = player("smtp", store)
    made.command("RSET")
    made.command("MAIL FROM:<a@b.example>")
    assert made.command(line) == "250 2.1.5 OK\r\n"
    made.send(b"DATA\r\n.\r\n")
    assert len(postmaster.inbox.messages) == 1


@pytest.mark.parametrize("line", POSTMASTERS)
def test_a_missing_postmaster_is_no_reason_to_give_up(line):
    assert player("smtp").command(line) == "450 4.3.5 postmaster has no mailbox yet\r\n"
