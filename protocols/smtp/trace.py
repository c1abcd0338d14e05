"""What a server writes in front of a message, and what it reads of its header."""

import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from protocols.mime.headers import MAX_HEADERS
from protocols.smtp.session import SmtpSession

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_RECEIVED = re.compile(rb"\nreceived[ \t]*:")
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb"^date[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:", re.IGNORECASE | re.MULTILINE)


def header_of(content: bytes) -> bytes:
    """The header, with the line end of its last line; none if the first line is no field.

    Of one that is too long it is what is read of it: whole lines, if there are any.
    """
    if not _FIELD.match(content):
        return b""
    end = content.find(b"\r\n\r\n", 0, MAX_HEADERS)
    if end < 0:
        end = content.rfind(b"\r\n", 0, MAX_HEADERS)
    return content[: end + 2 if end >= 0 else MAX_HEADERS]


def hops(header: bytes) -> int:
    """How many servers the message has passed (RFC 5321 6.3)."""
    return len(_RECEIVED.findall(b"\n" + header.lower()))


def traced(session: SmtpSession, content: bytes, header: bytes) -> bytes:
    """`content`, which has this header, with the lines that go in front of it."""
    if b"return-path" in header.lower():
        content = _RETURN_PATH.sub(b"", header) + content[len(header) :]  # RFC 5321 4.4: only ours
        header = header_of(content)
    date = _date(session.now().replace(microsecond=0))
    added = _missing(session, header, date) if session.submission else ""
    # Without a blank line the text would go on where our header ends
    blank = "" if header or content.startswith(b"\r\n") else "\r\n"
    return (_trace(session, date) + added + blank).encode() + content


@lru_cache(1)  # a class sends several mails in one second
def _date(second: datetime) -> str:
    return format_datetime(second)


def _trace(session: SmtpSession, date: str) -> str:
    """Return-Path and Received as the final delivery puts them in front (RFC 5321 4.4)."""
    envelope = session.envelope
    recipients = tuple(envelope.recipients)
    # RFC 5321 7.2: with several recipients, naming them would tell each of the others
    clause = f"\r\n\tfor <{recipients[0]}>" if len(recipients) == 1 else ""
    id = session.conversation.unique().replace(".", "-")  # RFC 5321 4.4: an atom
    return (
        f"Return-Path: <{envelope.sender.written}>\r\n"
        f"Received: from {session.helo} ({_peer(session.conversation.peer[0])})\r\n"
        f"\tby {session.host.name} with {_with(session)} id {id}{clause};\r\n"
        f"\t{date}\r\n"
    )


def _missing(session: SmtpSession, header: bytes, date: str) -> str:
    """What a message must have and its mail program forgot (RFC 6409 8.2, 8.3)."""
    id = f"<{session.conversation.unique()}@{session.host.name}>"
    return ("" if _MESSAGE_ID.search(header) else f"Message-ID: {id}\r\n") + (
        "" if _DATE.search(header) else f"Date: {date}\r\n"
    )


def _peer(host: str) -> str:
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"  # RFC 5321 4.1.3


def _with(session: SmtpSession) -> str:
    """The protocol by its registered name (RFC 3848, RFC 6531 4.3)."""
    if not session.extended:
        return "SMTP"
    name = "UTF8SMTP" if session.envelope.utf8 else "ESMTP"
    return name + ("S" if session.conversation.tls else "") + ("A" if session.account else "")
