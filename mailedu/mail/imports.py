"""Reads uploaded `.eml` and `.mbox` files, in bounds."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from django.utils.translation import gettext as _

from mailedu.mail.errors import ImportFailed
from mailedu.mail.mbox import read_mbox
from protocols.framing import end_line, to_crlf
from protocols.mime import header_value
from protocols.store import NewMessage

# Octets of one file: half of what an account may hold.
MAX_FILE = 25 * 1024 * 1024
# Messages of one file: summarising more would keep the page waiting for seconds.
MAX_MESSAGES = 5000

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")  # RFC 5322 2.2


def read_mail(file: BinaryIO, name: str) -> list[NewMessage]:
    """The messages of a file, mbox or a single one. Raises ImportFailed."""
    data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ImportFailed(
            _("{name} is larger than {size} MB.").format(name=name, size=MAX_FILE >> 20)
        )
    if data.startswith(b"From "):
        return _many(data, name)
    if name.lower().endswith(".mbox"):
        raise ImportFailed(
            _("{name} is no mbox file: it does not begin with a “From ” line.").format(name=name)
        )
    if not _FIELD.match(data):
        raise ImportFailed(
            _("{name} is no e-mail: it does not begin with a header field.").format(name=name)
        )
    return [dated(end_line(to_crlf(data)))]


def dated(content: bytes, moment: datetime | None = None) -> NewMessage:
    """A message that seems to have come at `moment`, else when it was sent, else now."""
    return NewMessage(content, internal_date=moment or _sent(content) or datetime.now(UTC))


def _many(data: bytes, name: str) -> list[NewMessage]:
    found = list(_bounded(read_mbox(data), name))
    for number, (content, _moment) in enumerate(found, 1):
        if not _FIELD.match(content):
            raise ImportFailed(
                _("Message {number} in {name} does not begin with a header field.").format(
                    number=number, name=name
                )
            )
    return [dated(content, moment) for content, moment in found]


def _bounded(messages: Iterable[tuple[bytes, datetime | None]], name: str):
    for number, message in enumerate(messages):
        if number == MAX_MESSAGES:
            raise ImportFailed(
                _("{name} holds more than {count} messages.").format(name=name, count=MAX_MESSAGES)
            )
        yield message


def _sent(content: bytes) -> datetime | None:
    try:
        sent = parsedate_to_datetime((header_value(content, "Date") or "")[:100])
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        return sent.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
