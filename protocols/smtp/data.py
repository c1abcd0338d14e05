"""The message on its way: after 354 up to <CRLF>.<CRLF>, or in counted chunks. Pure."""

from enum import Enum, auto

END = b"\r\n.\r\n"


class Problem(Enum):
    TOO_BIG = auto()
    BARE_LINE_END = auto()
    NUL = auto()
    NO_STORAGE = auto()


class Content:
    """The octets so far. A message with a `problem` is read to its real end all the same.

    Stopping early would make the rest of it commands. One with a bare CR or LF is refused, so that
    no other server can read a different end in it ("SMTP smuggling").
    """

    def __init__(self, limit: int) -> None:
        self.problem: Problem | None = None
        self._limit = limit
        self._octets = bytearray()

    def _check(self, piece: bytes) -> None:
        """`piece` does not cut a CRLF."""
        pairs = piece.count(b"\r\n")
        if piece.count(b"\n") != pairs or piece.count(b"\r") != pairs:  # RFC 5321 2.3.8
            self.refuse(Problem.BARE_LINE_END)
        if b"\0" in piece:  # RFC 5322 4.1; IMAP could not hand it out (RFC 3501 4.3)
            self.refuse(Problem.NUL)

    @property
    def size(self) -> int:
        return len(self._octets)

    def refuse(self, problem: Problem) -> None:
        self.problem = self.problem or problem
        self._octets.clear()


class DotReader(Content):
    """Takes a message in any pieces; `content` is the message without dot-stuffing."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        # The CRLF of the DATA line counts for a dot at the very beginning (RFC 5321 4.1.1.4).
        self._held = b"\r\n"

    @property
    def content(self) -> bytes:
        return bytes(memoryview(self._octets)[2:])

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
        self._check(piece)
        if self.problem:
            return
        self._octets += piece.replace(b"\r\n.", b"\r\n")  # RFC 5321 4.5.2
        if len(self._octets) - 2 > self._limit:
            self.refuse(Problem.TOO_BIG)


class Chunks(Content):
    """Takes the chunks of BDAT in any pieces (RFC 3030); a dot means nothing in them."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self._held = b""

    @property
    def content(self) -> bytes:
        return bytes(self._octets)

    def expect(self, size: int) -> None:
        """A chunk of `size` octets is announced."""
        if len(self._octets) + len(self._held) + size > self._limit:
            self.refuse(Problem.TOO_BIG)

    def feed(self, data: bytes) -> None:
        block = self._held + data
        self._held = b"\r" if block.endswith(b"\r") else b""
        piece = block.removesuffix(self._held)
        self._check(piece)
        if not self.problem:
            self._octets += piece

    def end(self) -> None:
        """The last chunk has come whole."""
        self._check(self._held)
        # A last line without CRLF gets one, as signatures expect (RFC 6376 3.4.3).
        if self._octets and not self._octets.endswith(b"\r\n"):
            self._octets += b"\r\n"


def _overlap(block: bytes) -> int:
    """The length of the longest end of `block` with which END may begin."""
    return next(n for n in range(len(END) - 1, -1, -1) if block.endswith(END[:n]))
