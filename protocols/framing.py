"""Lines, counted octets and dot-stuffing: how mail protocols cut a stream of bytes."""

from collections.abc import Iterator

# Octets whose line ends are changed in one go, for which every other thread waits: some ms.
PIECE = 256 * 1024
# Octets whose lines are counted before they are looked at one by one.
_BLOCK = 16 * 1024
# What goes out at once: octets, or pieces of them, so that a stored message need not be copied.
Octets = bytes | tuple[bytes, ...]


def joined(octets: Octets) -> bytes:
    return octets if isinstance(octets, bytes) else b"".join(octets)


def length(octets: Octets) -> int:
    return len(octets) if isinstance(octets, bytes) else sum(map(len, octets))


class LineTooLong(Exception):
    """A line passed the limit; the reader drops it up to and including its line end.

    `start` is what had come of it.
    """

    def __init__(self, start: bytes) -> None:
        super().__init__()
        self.start = start


class Reader:
    """A buffer of received bytes that hands out whole lines or counted octets."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._dropping = False

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def unread(self, data: bytes) -> None:
        """Put back what was taken too much."""
        self._buffer[:0] = data
        self._searched = 0

    def clear(self) -> None:
        """Forget what has come: nobody waits for an answer to it."""
        self._buffer.clear()
        self._searched = 0

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def waiting(self) -> bool:
        """Whether the beginning of something has come, also of a line too long to keep."""
        return self._dropping or len(self._buffer) > 0

    def line(self, limit: int) -> bytes | None:
        """The next line with its line end, or None while it is incomplete.

        `limit` counts octets with the line end. Raises LineTooLong once for each longer line.
        """
        end = self._buffer.find(b"\n", self._searched) + 1
        if self._dropping:
            return self._drop(end, limit)
        if not end:
            self._searched = len(self._buffer)
        if (end or len(self._buffer)) > limit:
            self._dropping = not end
            raise LineTooLong(self._take(end or len(self._buffer)))
        return self._take(end) if end else None

    def octets(self, count: int) -> bytes | None:
        """Exactly `count` octets, or None while fewer have come."""
        return self._take(count) if len(self._buffer) >= count else None

    def some(self, limit: int) -> bytes:
        """Whatever has come, at most `limit` octets."""
        return self._take(min(limit, len(self._buffer)))

    def _drop(self, end: int, limit: int) -> bytes | None:
        self._take(end or len(self._buffer))
        self._dropping = not end
        return self.line(limit) if end else None

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._searched = 0
        return taken


def strip_line_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


def dot_stuff(content: bytes) -> bytes:
    """`content` (CRLF line ends) as it travels before the lone dot, with a final CRLF.

    RFC 1939 3 and RFC 5321 4.5.2: a line that begins with a dot gets one more.
    """
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return end_line(stuffed)


def lacks_line_end(content: bytes) -> bool:
    """Whether `content` has a last line without CRLF."""
    return bool(content) and not content.endswith(b"\r\n")


def end_line(content: bytes) -> bytes:
    return content + b"\r\n" if lacks_line_end(content) else content


def after_lines(content: bytes, start: int, count: int) -> int:
    """Where `count` lines that begin at `start` are over, or all of them if there are fewer."""
    while start < len(content) and (lines := content.count(b"\n", start, start + _BLOCK)) < count:
        start, count = start + _BLOCK, count - lines
    for _ in range(count if start < len(content) else 0):
        start = content.find(b"\n", start) + 1
    return min(start, len(content))


def to_crlf(content: bytes) -> bytes:
    """`content` with every CRLF, bare LF and bare CR as CRLF (RFC 5322 2.1, 2.3)."""
    return b"".join(crlf_pieces(content))


def crlf_pieces(content: bytes) -> Iterator[bytes]:
    """What `to_crlf` joins, for those who let others in between."""
    for piece in split(content):
        yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def split(content: bytes) -> Iterator[bytes]:
    """`content` in pieces of about PIECE octets that cut no CRLF."""
    start = 0
    while start < len(content):
        end = start + PIECE
        end += content.startswith(b"\r\n", end - 1)
        yield content[start:end]
        start = end
