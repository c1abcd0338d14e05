"""Many messages in one file: the mbox format of RFC 4155 with the quoting called mboxrd.

A line that could be taken for the start of a message gets a `>` more; reading takes one away.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate

from protocols.framing import end_line, to_crlf

_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TO_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)
# RFC 4155: "From ", the sender, a space, a timestamp as asctime() writes it; others vary that.
_START = re.compile(rb"(?:\A|(?<=\n\n))From [^\n]*\n")


def read_mbox(data: bytes) -> Iterator[tuple[bytes, datetime | None]]:
    """Each message with CRLF line ends, at its end too, and the moment that its From line names."""
    data = data.replace(b"\r\n", b"\n")
    # Not `list`, which would look for all of them before any other thread has its turn
    starts = [start for start in _START.finditer(data)]  # noqa: C416
    ends = [start.start() for start in starts[1:]] + [len(data)]
    for start, end in zip(starts, ends, strict=False):
        content = data[start.end() : end]
        if content.endswith(b"\n\n") or content == b"\n":
            content = content[:-1]  # the empty line before the next From line
        yield end_line(to_crlf(_QUOTED.sub(rb"\1", content))), _moment(start[0])


def write_mbox(messages: Iterable[tuple[bytes, datetime]]) -> Iterator[bytes]:
    """The file in pieces; a message that does not end a line gets a line end."""
    for content, moment in messages:
        content = _TO_QUOTE.sub(rb">\1", content.replace(b"\r\n", b"\n"))
        end = b"\n" if content.endswith(b"\n") or not content else b"\n\n"
        yield b"From MAILER-DAEMON %b\n" % _asctime(moment) + content + end


def _asctime(moment: datetime) -> bytes:
    # Not strftime: its names depend on the locale.
    utc = moment.astimezone(UTC)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[utc.weekday()]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * utc.month - 3 : 3 * utc.month]
    return f"{day} {month} {utc.day:2} {utc:%H:%M:%S} {utc.year:04}".encode()


def _moment(line: bytes) -> datetime | None:
    found = re.search(rb" ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) .*\d{4})\s*$", line)
    parsed = parsedate(found[1].decode("latin-1")) if found else None
    try:
        return datetime(*parsed[:6], tzinfo=UTC) if parsed else None
    except ValueError:
        return None
