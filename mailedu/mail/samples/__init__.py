"""Sample mail: fictional people, reserved domains (RFC 2606), CRLF line ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from pathlib import Path

from mailedu.mail.samples.catalogue import SLIDES, STANDARD
from protocols.mime import header_fields, summarize

_FOLDER = Path(__file__).parent
_ROWS = {"standard": STANDARD, "slides": SLIDES}
SAMPLE_SETS: dict[str, tuple[str, ...]] = {name: tuple(rows) for name, rows in _ROWS.items()}

# The standard set spans four weeks, so the next round of it begins where the last one ended.
_ROUND = timedelta(weeks=5)
_DATE = re.compile(rb"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}")
_IDENTIFYING = frozenset({b"message-id", b"in-reply-to", b"references"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A message with the flags that it begins with; `teaches_*` tells what to see in it."""

    name: str
    content: bytes
    flags: frozenset[str]
    teaches_en: str
    teaches_de: str


@cache
def _load(set_name: str) -> tuple[Sample, ...]:
    return tuple(
        Sample(name, (_FOLDER / f"{name}.eml").read_bytes(), frozenset(row.flags), row.en, row.de)
        for name, row in _ROWS[set_name].items()
    )


def load(set_name: str) -> list[Sample]:
    """The samples of a set, oldest first. Raises KeyError for a name not in SAMPLE_SETS."""
    return list(_load(set_name))


def cycle(n: int) -> Iterator[bytes]:
    """`n` different messages: the standard set over and over, each round five weeks later.

    The last round has the dates of the set itself. Threads stay threads within their round.
    """
    samples = _load("standard")
    last = (n - 1) // len(samples)
    for number in range(n):
        round_number, place = divmod(number, len(samples))
        shift = (round_number - last) * _ROUND
        yield _variant(samples[place].content, round_number + 1, shift)


def _variant(content: bytes, number: int, shift: timedelta) -> bytes:
    size = summarize(content).header_size
    fields = header_fields(content[:size])
    lines = (b"%b:%b\r\n" % (name, _vary(name, value, number, shift)) for name, value in fields)
    return b"".join(lines) + b"\r\n" + content[size:]


def _vary(name: bytes, value: bytes, number: int, shift: timedelta) -> bytes:
    if name.lower() in _IDENTIFYING:
        return re.sub(rb"@", b".%d@" % number, value)
    if name.lower() == b"subject":
        return value if number == 1 else b"%b (%d)" % (value, number)
    return _DATE.sub(lambda match: _shifted(match[0], shift), value)


def _shifted(date: bytes, shift: timedelta) -> bytes:
    return format_datetime(parsedate_to_datetime(date.decode()) + shift).encode()
