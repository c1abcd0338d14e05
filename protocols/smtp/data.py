"""The message after 354: reads up to <CRLF>.<CRLF> and nothing else. Pure."""

from enum import Enum, auto

END = b"\r\n.\r\n"


class Problem(Enum):
    TOO_BIG = auto()
    BARE_LINE_END = auto()
    NUL = auto()


class DotReader:
    """Takes the octets of a message in any pieces; `content` is the message without dot-stuffing.

    A message with a `problem` is read to its real end all the same: stopping early would make the
    rest of it commands. Only <CRLF>.<CRLF> ends it, and one with a bare CR or LF is refused, so
    that no other server can read a different end in it ("SMTP smuggling").
    """

    def __init__(self, limit: int) -> None:
        self.problem: Problem | None = None
        self._limit = limit
        # The CRLF of the DATA line counts for a dot at the very beginning (RFC 5321 4.1.1.4).
        self._held = b"\r\n"
        self._content = bytearray()

    @property
    def content(self) -> bytes:
        return bytes(memoryview(self._content)[2:])

    def feed(self, data: bytes) -> bytes | None:
        """None while the end has not come; else the octets after it."""
        block = self._held + data
        end = block.find(END)
        if end < 0:
            whole = len(block) - _overlap(block)
            self._held = block[whole:]
            self._take(block[:whole])
            return None
        self._take(block[: end + 2])
        return block[end + len(END) :]

    def _take(self, piece: bytes) -> None:
        """`piece` cuts neither a CRLF nor a stuffed dot from its CRLF."""
        pairs = piece.count(b"\r\n")
        if piece.count(b"\n") != pairs or piece.count(b"\r") != pairs:  # RFC 5321 2.3.8
            self._refuse(Problem.BARE_LINE_END)
        if b"\0" in piece:  # RFC 5322 4.1; IMAP could not hand it out (RFC 3501 4.3)
            self._refuse(Problem.NUL)
        if self.problem:
            return
        self._content += piece.replace(b"\r\n.", b"\r\n")  # RFC 5321 4.5.2
        if len(self._content) - 2 > self._limit:
            self._refuse(Problem.TOO_BIG)

    def _refuse(self, problem: Problem) -> None:
        self.problem = self.problem or problem
        self._content.clear()


def _overlap(block: bytes) -> int:
    """The length of the longest end of `block` with which END may begin."""
    return next(n for n in range(len(END) - 1, -1, -1) if block.endswith(END[:n]))
