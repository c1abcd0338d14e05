"""The classic probes for an open relay against the real process: nothing foreign is ever taken."""

import smtplib

import pytest

from tests.system.clients import PATIENCE, fetched
from tests.system.sealed import trusting

FOREIGN = "victim@elsewhere.test"
LOCAL = "lab.example"
# What makes a careless server send on (RFC 5321 appendices C and F, RFC 1123 5.2.16).
RECIPIENTS = (
    FOREIGN,
    f'"{FOREIGN}"',
    f"victim%elsewhere.test@{LOCAL}",
    "victim%elsewhere.test@[127.0.0.1]",
    "victim%elsewhere.test",
    f'"{FOREIGN}"@{LOCAL}',
    f'"victim%elsewhere.test"@{LOCAL}',
    f"{FOREIGN}@{LOCAL}",
    f"@{LOCAL}:{FOREIGN}",
    f"@{LOCAL},@elsewhere.test:{FOREIGN}",
    f"elsewhere.test!victim@{LOCAL}",
    "elsewhere.test!victim",
    f"{LOCAL}!{FOREIGN}",
    f"victim@elsewhere.test%{LOCAL}",
    "victim@[127.0.0.1]",
    "victim@[IPv6:::1]",
    "victim@127.0.0.1",
    "victim@localhost",
    f"victim@{LOCAL}.elsewhere.test",
    f"victim@elsewhere{LOCAL}",
    f"victim@sub.{LOCAL}",
    "victim@xn--lab-example.test",
    f"victim@{LOCAL}.",
    "victim",
    "",
    f"victim@elsewhere.test\\@{LOCAL}",
    f"{FOREIGN},{FOREIGN}",
)
SENDERS = ("", "a@b.example", FOREIGN, f"ines@{LOCAL}", "ines@[127.0.0.1]", f"nobody@{LOCAL}")


@pytest.fixture(params=["smtp", "submission", "smtps"])
def client(request, lab):
    address = lab.ports[request.param]
    if request.param == "smtps":
        client = smtplib.SMTP_SSL("localhost", address[1], timeout=PATIENCE, context=trusting(lab))
    else:
        client = smtplib.SMTP(*address, timeout=PATIENCE)
    client.ehlo("probe.example")
    yield client
    client.close()


def refusals(client: smtplib.SMTP, sender: str) -> list[int]:
    """The codes that the probes get; a sender that is not taken makes each of them 503."""
    client.rset()
    client.docmd(f"MAIL FROM:<{sender}>")
    return [client.docmd(f"RCPT TO:<{recipient}>")[0] for recipient in RECIPIENTS]


@pytest.mark.parametrize("sender", SENDERS)
def test_nothing_foreign_is_taken(client, sender):
    assert {code // 100 for code in refusals(client, sender)} == {5}
    assert client.docmd("DATA")[0] // 100 == 5


def test_a_login_changes_nothing(client, account):
    client.login(account.address, account.password)
    assert 503 not in refusals(client, account.address)
    assert {code // 100 for code in refusals(client, account.address)} == {5}
    assert client.docmd("DATA")[0] // 100 == 5


def test_one_foreign_recipient_does_not_travel_with_a_local_one(lab, client, account):
    client.login(account.address, account.password)
    client.docmd(f"MAIL FROM:<{account.address}>")
    assert client.docmd(f"RCPT TO:<{account.address}>")[0] == 250
    assert client.docmd(f"RCPT TO:<{FOREIGN}>")[0] == 550
    assert client.data(b"To: victim@elsewhere.test\r\nBcc: b@elsewhere.test\r\n\r\nx\r\n")[0] == 250
    [content] = fetched(lab, account)
    assert content.endswith(b"x\r\n")
