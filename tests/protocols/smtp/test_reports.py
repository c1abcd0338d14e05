"""Who hears what of a mail that was accepted (RFC 3461, RFC 3464)."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from protocols.conversation import MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.smtp import PROTOCOL
from protocols.smtp.session import SmtpSession
from protocols.store import OverQuota, StoreUnavailable
from tests.protocols.dialogs import Player, run

MESSAGE = b"From: anna@lab.example\r\nSubject: x\r\n\r\nsecret\r\n"


class Crowded(MemoryStore):
    """Delivers to everybody but those in `errors`, all or none; knows nobody who is `lost`."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[str, Exception] = {}
        self.lost = ""
        self.delivered: list[list[str]] = []

    async def account(self, address, realm=""):
        if address == self.lost:
            raise StoreUnavailable
        return await super().account(address, realm)

    async def deliver(self, accounts, contents):
        for account in accounts:
            if account.address in self.errors:
                raise self.errors[account.address]
        await super().deliver(accounts, contents)
        self.delivered.append([account.address for account in accounts])


@pytest.fixture
def store() -> Crowded:
    made = Crowded()
    for name in ("anna", "bob", "carl", "dora", "jörg"):
        made.add_account(f"{name}@lab.example", "geheim")
    return made


def send(store: Crowded, sender: str, *recipients: str, message: bytes = MESSAGE) -> Player:
    made = Player(PROTOCOL, SmtpSession, MailHost(store, NoAudience(), lambda: 0.0))
    made.command("EHLO c")
    assert made.command(f"MAIL FROM:{sender}") == "250 2.1.0 OK\r\n"
    for recipient in recipients:
        assert made.command(f"RCPT TO:{recipient}") == "250 2.1.5 OK\r\n"
    made.output = b""
    made.send(b"DATA\r\n" + message + b".\r\n")
    made.line()
    return made


def inbox(store: Crowded, name: str) -> list[bytes]:
    return [message.key for message in run(store.account(f"{name}@lab.example")).inbox.messages]


def events(made: Player) -> list[str]:
    return [entry.id for entry in made.entries if entry.kind == "event"][1:]


def the_report(store: Crowded, name: str = "anna") -> EmailMessage:
    (content,) = inbox(store, name)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    report = message_from_bytes(content, policy=policy.SMTP)
    assert report["Return-Path"] == "<>"
    assert report["Auto-Submitted"] == "auto-replied"
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert not report.defects
    return report


def groups(report: EmailMessage) -> list[dict[str, str]]:
    status = report.get_payload()[1]
    return [dict(group.items()) for group in status.get_payload()]


def test_one_full_mailbox_does_not_stop_the_others(store):
    store.errors["bob@lab.example"] = OverQuota("bob@lab.example")
    made = send(
        store,
        "<anna@lab.example> ENVID=Q+2B1",
        "<bob@lab.example> ORCPT=rfc822;b@x",
        "<carl@lab.example>",
    )
    assert made.line() == "250 2.0.0 OK"
    assert len(inbox(store, "carl")) == 1
    assert events(made) == ["smtp.report.sent"]
    report = the_report(store)
    assert report["To"] == "anna@lab.example"
    assert groups(report) == [
        {"Original-Envelope-Id": "Q+1", "Reporting-MTA": "dns; lab.example"},
        {
            "Original-Recipient": "rfc822;b@x",
            "Final-Recipient": "rfc822; bob@lab.example",
            "Action": "failed",
            "Status": "5.2.2",
            "Diagnostic-Code": "smtp; 552 5.2.2 mailbox full",
        },
    ]
    assert "bob@lab.example" in report.get_payload()[0].get_content()
    returned = report.get_payload()[2]
    assert returned.get_content_type() == "text/rfc822-headers"
    assert b"Subject: x" in returned.get_payload(decode=True)
    assert b"secret" not in returned.as_bytes()


def test_the_whole_message_comes_back_if_wanted(store):
    store.errors["bob@lab.example"] = OverQuota("bob@lab.example")
    send(store, "<anna@lab.example> RET=FULL", "<bob@lab.example>", "<carl@lab.example>")
    returned = the_report(store).get_payload()[2]
    assert returned.get_content_type() == "message/rfc822"
    assert returned.get_payload()[0].get_content() == "secret\r\n"


def test_a_mailbox_that_is_gone_is_reported(store):
    store.errors["bob@lab.example"] = StoreUnavailable("bob@lab.example")
    assert send(store, "<anna@lab.example>", "<bob@lab.example>", "<carl@lab.example>").line() == (
        "250 2.0.0 OK"
    )
    assert groups(the_report(store))[1]["Status"] == "5.2.1"


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OverQuota("bob@lab.example"), "552 5.2.2 mailbox full"),
        (StoreUnavailable("bob@lab.example"), "550 5.2.1 mailbox is gone"),
        (StoreUnavailable(), "451 4.3.0 mail storage is unavailable, try again later"),
    ],
)
def test_where_nobody_got_it_the_answer_tells_it_all(store, error, answer):
    store.errors["bob@lab.example"] = error
    made = send(store, "<anna@lab.example>", "<bob@lab.example>", "<bob+b@lab.example>")
    assert made.line() == answer
    assert inbox(store, "anna") == []


def test_a_failing_store_makes_the_client_come_again(store):
    store.errors["carl@lab.example"] = StoreUnavailable()
    made = send(store, "<anna@lab.example>", "<bob@lab.example>", "<carl@lab.example>")
    assert made.line() == "451 4.3.0 mail storage is unavailable, try again later"
    assert inbox(store, "anna") == []


@pytest.mark.parametrize("sender", ["<>", "<a@elsewhere.example>", "<nobody@lab.example>"])
def test_no_report_leaves_the_lab_or_answers_a_report(store, sender):
    store.errors["bob@lab.example"] = OverQuota("bob@lab.example")
    made = send(store, sender, "<bob@lab.example>", "<carl@lab.example>")
    assert made.line() == "250 2.0.0 OK"
    assert events(made) == ["smtp.report.nobody"]
    assert [len(inbox(store, name)) for name in ("anna", "bob", "carl")] == [0, 0, 1]


@pytest.mark.parametrize("error", [OverQuota, StoreUnavailable])
def test_those_who_have_room_get_it_together(store, error):
    store.errors = {f"{name}@lab.example": error(f"{name}@lab.example") for name in ("bob", "anna")}
    made = send(store, "<>", *(f"<{name}@lab.example>" for name in ("dora", "anna", "carl", "bob")))
    assert made.line() == "250 2.0.0 OK"
    assert store.delivered == [["dora@lab.example", "carl@lab.example"]]


def test_a_report_that_finds_no_room_is_dropped(store):
    for name in ("anna", "bob"):
        store.errors[f"{name}@lab.example"] = OverQuota(f"{name}@lab.example")
    made = send(store, "<anna@lab.example>", "<bob@lab.example>", "<carl@lab.example>")
    assert made.line() == "250 2.0.0 OK"
    assert events(made) == ["smtp.report.lost"]


@pytest.mark.parametrize(
    ("notify", "bounces", "confirms"),
    [
        ("", True, False),
        (" NOTIFY=NEVER", False, False),
        (" NOTIFY=SUCCESS", False, True),
        (" NOTIFY=FAILURE,SUCCESS", True, True),
        (" NOTIFY=DELAY", False, False),
    ],
)
def test_notify_decides(store, notify, bounces, confirms):
    send(store, "<anna@lab.example>", f"<bob@lab.example>{notify}")
    assert len(inbox(store, "anna")) == confirms
    store.errors["bob@lab.example"] = OverQuota("bob@lab.example")
    send(store, "<anna@lab.example>", f"<bob@lab.example>{notify}", "<carl@lab.example>")
    assert len(inbox(store, "anna")) == confirms + bounces


def test_success_is_reported_with_headers_only(store):
    send(store, "<anna+x@lab.example> RET=FULL", "<bob@lab.example> NOTIFY=SUCCESS")
    report = the_report(store)
    assert report["Subject"].startswith("Mail delivered")
    assert groups(report)[1] == {
        "Final-Recipient": "rfc822; bob@lab.example",
        "Action": "delivered",
        "Status": "2.1.5",
    }
    assert b"secret" not in report.as_bytes()


def test_addresses_in_utf_8(store):
    send(store, "<anna@lab.example> SMTPUTF8", "<jörg@lab.example> NOTIFY=SUCCESS")
    (content,) = inbox(store, "anna")
    assert b"Content-Type: message/global-delivery-status\r\n" in content
    assert "\r\nFinal-Recipient: utf-8; jörg@lab.example\r\n".encode() in content
    assert b"Content-Type: message/global-headers\r\n" in content


def test_without_smtputf8_the_status_is_ascii(store):
    original = r"utf-8;j\x{F6}rg@lab.example"
    send(store, "<anna@lab.example>", f"<bob@lab.example> NOTIFY=SUCCESS ORCPT={original}")
    report = the_report(store)
    assert report.get_payload()[1].get_content_type() == "message/delivery-status"
    assert report.get_payload()[1].as_bytes().isascii()
    assert groups(report)[1]["Original-Recipient"] == original


class Small(MemoryStore):
    """Each account has room for one message of 1000 octets."""

    def add_account(self, *arguments, **more):
        account = super().add_account(*arguments, **more)

        def check_quota(sizes):
            if sum(sizes) > 1000:
                raise OverQuota(account.address)

        account.check_quota = check_quota
        return account


def test_room_is_asked_for_at_rcpt():
    store = Small()
    store.add_account("bob@lab.example", "geheim")
    made = Player(PROTOCOL, SmtpSession, MailHost(store, NoAudience(), lambda: 0.0))
    made.command("EHLO c")
    made.command("MAIL FROM:<> SIZE=1001")
    assert made.command("RCPT TO:<bob@lab.example>") == "452 4.2.2 mailbox full\r\n"
    made.command("RSET")
    made.command("MAIL FROM:<> SIZE=1000")
    assert made.command("RCPT TO:<bob@lab.example>") == "250 2.1.5 OK\r\n"


def test_a_sender_that_cannot_be_looked_up_takes_no_delivery_back(store):
    store.lost = "anna@lab.example"
    made = send(store, "<anna@lab.example>", "<bob@lab.example> NOTIFY=SUCCESS")
    assert made.line() == "250 2.0.0 OK"
    assert len(inbox(store, "bob")) == 1
    assert events(made) == ["smtp.report.lost"]
