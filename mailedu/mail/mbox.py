"""Many messages in one file: the mbox format of RFC 4155 with the quoting called mboxrd.

A line that could be taken for the start of a message gets a `>` more; reading takes one away.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate

from protocols.framing import end_line, split, to_crlf

_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TO_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)
# RFC 4155: "From ", the sender, a space, a timestamp as asctime() writes it; others vary that.
_START = b"\n\nFrom "


def read_mbox(data: bytes) -> Iterator[tuple[bytes, datetime | None]]:
    """Each message with CRLF line ends, at its end too, and the moment that its From line names."""
    data = b"\n\n" + b"".join(piece.replace(b"\r\n", b"\n") for piece in split(data))
    start = data.find(_START) + len(b"\n\n")
    while start > 1 and (line_end := data.find(b"\n", start)) >= 0:
        end = data.find(_START, line_end)
        content = data[line_end + 1 : end + len(b"\n\n") if end >= 0 else len(data)]
        if content.endswith(b"\n\n") or content == b"\n":
            content = content[:-1]  # the empty line before the next From line
        yield end_line(to_crlf(_unquoted(content))), _moment(data[start : line_end + 1])
        start = end + len(b"\n\n")


def _unquoted(content: bytes) -> bytes:
    # Most has nothing quoted, and a pattern is tried at each octet
    return _QUOTED.sub(rb"\1", content) if b">From " in content else content


def write_mbox(messages: Iterable[tuple[bytes, datetime]]) -> Iterator[bytes]:
    """The file in pieces; a message that does not end a line gets a line end."""
    for content, moment in messages:
        content = b"".join(piece.replace(b"\r\n", b"\n") for piece in split(content))
        if b"From " in content:
            content = _TO_QUOTE.sub(rb">\1", content)
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
