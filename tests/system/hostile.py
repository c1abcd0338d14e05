"""The states of each protocol as a client walks into them, and what a proper answer looks like."""

import re

from tests.protocols.conftest import Wire
from tests.system.people import Account

POP3_LOGIN = ("USER {address}", "PASS {password}")
SMTP_RCPT = ("EHLO c.example", "MAIL FROM:<a@b.example>", "RCPT TO:<{address}>")
IMAP_LOGIN = ("a1 LOGIN {address} {password}",)

# protocol -> state -> the lines that lead there
WAYS = {
    "pop3": {
        "AUTHORIZATION": (),
        "after USER": POP3_LOGIN[:1],
        "TRANSACTION": POP3_LOGIN,
    },
    "smtp": {
        "CONNECTED": (),
        "GREETED": SMTP_RCPT[:1],
        "MAIL": SMTP_RCPT[:2],
        "RCPT": SMTP_RCPT,
        "DATA": (*SMTP_RCPT, "DATA"),
        "AUTH": ("EHLO c.example", "AUTH PLAIN"),
    },
    "imap": {
        "NOT_AUTHENTICATED": (),
        "AUTHENTICATE": ("a1 AUTHENTICATE PLAIN",),
        "AUTHENTICATED": IMAP_LOGIN,
        "SELECTED": (*IMAP_LOGIN, "a2 SELECT INBOX"),
        "IDLE": (*IMAP_LOGIN, "a2 SELECT INBOX", "a3 IDLE"),
        "literal": (*IMAP_LOGIN, "a2 APPEND INBOX {{2000000}}"),
    },
}
STATES = [(protocol, state) for protocol, ways in WAYS.items() for state in ways]

# The last line of an answer; what comes before it in a multi-line one is not looked at here.
_LAST = {
    "pop3": re.compile(rb"\+OK|-ERR"),
    "smtp": re.compile(rb"\d{3} "),
    "imap": re.compile(rb"\w+ (OK|NO|BAD) |\+ |\* BYE "),
}
# Each line that a server may say to a client that asks for no data.
_LINE = {
    "pop3": re.compile(rb"(\+OK|-ERR)( [ -~]+)?\r\n"),
    "smtp": re.compile(rb"[245]\d\d[ -][ -~]+\r\n|334 [ -~]*\r\n|354 [ -~]+\r\n"),
    "imap": re.compile(rb"(\*|[!-~]+) (OK|NO|BAD|BYE) [ -~]+\r\n|\+ [ -~]*\r\n|\* [ -~]+\r\n"),
}


def walk(wire: Wire, protocol: str, state: str, account: Account) -> None:
    """Read the greeting, then each step's answer."""
    assert wire.line() != b""
    for step in WAYS[protocol][state]:
        wire.send(step.format(**vars(account)).encode() + b"\r\n")
        while not _LAST[protocol].match(line := wire.line()):
            assert line != b""


def assert_proper(protocol: str, answer: bytes) -> None:
    """Every line of `answer` is one of the protocol, and the last one is whole."""
    strange = [li for li in answer.splitlines(True) if not _LINE[protocol].fullmatch(li)]
    assert strange == []


ATTACKS = {
    "junk": bytes(range(128, 256)) * 20 + b"\r\n" + bytes(range(256)),
    "NUL": b"\0\r\nNOOP\0\r\n\0\0\0\0\r\n",
    "megabyte": b"x" * 1_000_000 + b"\r\n",
    "wrong commands": b"WRONG COMMAND\r\n" * 200,
    "bare line ends": b"NOOP\rNOOP\nNOOP\r\r\n\n\n",
    "half a line": b"NOO",
    "another protocol": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01\x02",
    "literals": b"x LOGIN {99999999999999999999}\r\ny APPEND {-1}\r\n{5+}\r\nabc",
    "braces": b"%s%n {missing} {0} {{ `x`\r\n" * 5,
}
