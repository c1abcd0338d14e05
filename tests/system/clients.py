"""Python's mail modules as a person's mail programs, and one message that is hard to carry."""

import imaplib
import poplib
import re
import smtplib

from lab_process import Lab

from tests.system.people import Account

PATIENCE = 20
SENDER = "ben@example.com"
MAIL = (
    b"From: Ben <ben@example.com>\r\n"
    b"To: ines@lab.example\r\n"
    b"Subject: Dots and octets\r\n"
    b"X-Long: " + b"word " * 30 + b"\r\n\tfolded\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n'
    b"MIME-Version: 1.0\r\n"
    b"\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b".\r\n..\r\n.hidden\r\nGr\xc3\xbc\xc3\x9fe \xff\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--b--\r\n"
    b"\r\n"
)  # fmt: skip
TRACE = (
    r"Return-Path: <{sender}>\r\n"
    r"Received: from \S+ \(\[127\.0\.0\.1\]\)\r\n"
    r"\tby lab\.example with {protocol} id [0-9a-f]{{16}}-\d+\r\n"
    r"\tfor <{address}>;\r\n"
    r"\t\w{{3}}, \d\d \w{{3}} \d{{4}} \d\d:\d\d:\d\d \+0000\r\n"
)


def smtp(lab: Lab) -> smtplib.SMTP:
    return smtplib.SMTP(*lab.smtp, timeout=PATIENCE)


def pop(lab: Lab, account: Account) -> poplib.POP3:
    client = poplib.POP3(*lab.pop3, timeout=PATIENCE)
    client.user(account.address)
    client.pass_(account.password)
    return client


def imap(lab: Lab, account: Account) -> imaplib.IMAP4:
    client = imaplib.IMAP4(*lab.imap, timeout=PATIENCE)
    client.login(account.address, account.password)
    return client


def deliver(lab: Lab, account: Account, *contents: bytes) -> None:
    with smtp(lab) as client:
        for content in contents:
            assert client.sendmail(SENDER, [account.address], content) == {}


def retrieved(lab: Lab, account: Account) -> list[bytes]:
    """The octets of all messages, by POP3."""
    client = pop(lab, account)
    count, size = client.stat()
    contents = [b"".join(li + b"\r\n" for li in client.retr(n + 1)[1]) for n in range(count)]
    client.quit()
    assert sum(map(len, contents)) == size
    return contents


def fetched(lab: Lab, account: Account) -> list[bytes]:
    """The octets of all messages, by IMAP."""
    with imap(lab, account) as client:
        client.select(readonly=True)
        return [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if part != b")"]


def assert_traced(
    content: bytes, sent: bytes, protocol: str, account: Account, sender: str = SENDER
) -> None:
    """`content` is `sent` behind the trace lines of a final delivery (RFC 5321 4.4)."""
    assert content.endswith(sent)
    trace = content[: -len(sent)].decode()
    pattern = TRACE.format(
        sender=re.escape(sender), protocol=protocol, address=re.escape(account.address)
    )
    assert re.fullmatch(pattern, trace), trace
