"""Delivery status notifications (RFC 3464, in a report of RFC 6522). Pure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from protocols.smtp.trace import header_of

_HEAD = """\
Return-Path: <>
From: Mail Delivery System <{report.postmaster}>
To: <{report.to}>
Subject: {subject}
Date: {date}
Message-ID: <{report.id}@{report.host}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="{boundary}"
Content-Transfer-Encoding: 8bit

--{boundary}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
--{boundary}
Content-Type: {status}
Content-Transfer-Encoding: 8bit

{fields}
--{boundary}
Content-Type: {original}
Content-Transfer-Encoding: 8bit

"""
_FAILED_SUBJECT = "Undeliverable mail / Unzustellbare Mail"
_DELIVERED_SUBJECT = "Mail delivered / Mail zugestellt"
_FAILED = """\
The server {host} had accepted your mail, but could not deliver it to:
Der Server {host} hatte deine Mail angenommen, konnte sie aber nicht zustellen an:

{addresses}
"""
_DELIVERED = """\
Your mail has arrived in the mailbox of:
Deine Mail liegt jetzt im Postfach von:

{addresses}
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mail for one recipient; `original` is ORCPT, `reply` why it failed."""

    address: str
    original: str
    status: str
    reply: str

    @property
    def failed(self) -> bool:
        return self.status.startswith("5")


@dataclass(frozen=True, slots=True)
class Report:
    """`to` is the sender of the message, `envelope_id` its ENVID; `utf8`: it came by SMTPUTF8."""

    host: str
    postmaster: str
    to: str
    now: datetime
    id: str
    envelope_id: str
    outcomes: Sequence[Outcome]
    utf8: bool


def write(report: Report, content: bytes, whole: bool) -> bytes:
    """The message with `content`, or its header, behind the report.

    RFC 3461 6.2: the whole goes back only where something failed.
    """
    failed = any(outcome.failed for outcome in report.outcomes)
    whole = whole and failed
    # Nobody can know it beforehand, so no content can end its own part
    boundary = f"=_{secrets.token_hex(12)}"
    kinds = _UTF8_TYPES if report.utf8 else _TYPES
    head = _HEAD.format(
        report=report,
        subject=_FAILED_SUBJECT if failed else _DELIVERED_SUBJECT,
        date=format_datetime(report.now),
        boundary=boundary,
        text=_text(report),
        status=kinds[0],
        fields=_fields(report),
        original=kinds[1 if whole else 2],
    )
    returned = content if whole else header_of(content)
    return head.replace("\n", "\r\n").encode() + returned + f"\r\n--{boundary}--\r\n".encode()


# Delivery status, whole message, header alone (RFC 3464 2.1, RFC 6533 3).
_TYPES = ("message/delivery-status", "message/rfc822", "text/rfc822-headers")
_UTF8_TYPES = (
    "message/global-delivery-status",
    "message/global",
    "message/global-headers",
)


def _text(report: Report) -> str:
    parts = []
    for failed, words in ((True, _FAILED), (False, _DELIVERED)):
        chosen = [o for o in report.outcomes if o.failed is failed]
        addresses = "\n".join(f"  <{o.address}>  {o.reply}".rstrip() for o in chosen)
        if chosen:
            parts.append(words.format(host=report.host, addresses=addresses))
    return "\n".join(parts)


def _fields(report: Report) -> str:
    """RFC 3464 2.2 for the message, then 2.3 for each recipient, blank lines between."""
    message = [f"Reporting-MTA: dns; {report.host}"]
    if report.envelope_id:
        message.insert(0, f"Original-Envelope-Id: {report.envelope_id}")
    groups = [message, *(_recipient_fields(outcome) for outcome in report.outcomes)]
    return "\n\n".join("\n".join(group) for group in groups) + "\n"


def _recipient_fields(outcome: Outcome) -> list[str]:
    kind = "rfc822" if outcome.address.isascii() else "utf-8"  # RFC 6533 3
    fields = [
        f"Final-Recipient: {kind}; {outcome.address}",
        f"Action: {'failed' if outcome.failed else 'delivered'}",
        f"Status: {outcome.status}",
    ]
    if outcome.original:
        fields.insert(0, f"Original-Recipient: {outcome.original}")
    if outcome.reply:
        fields.append(f"Diagnostic-Code: smtp; {outcome.reply}")
    return fields
