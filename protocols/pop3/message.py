"""Names the lines of a message as they pass between RETR's +OK and the lone dot."""

import re
from dataclasses import dataclass

from protocols.transcript import Token

_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:")
_BLANK = re.compile(rb"^\r?\n", re.MULTILINE)
LINE_END = {"CRLF": 2, "LF": 1, "": 0}  # octets


@dataclass(slots=True)
class MessageLines:
    """Counts octets as the maildrop does: line ends count, stuffed dots do not (RFC 1939 11)."""

    lines: int = 0
    header_octets: int = 0
    body_octets: int = 0
    stuffed: int = 0
    in_body: bool = False

    def explain(self, text: str, octets: int, continued: bool) -> tuple[str, tuple[Token, ...]]:
        """The id of a line of `octets` (with its line end), and its tokens."""
        stuffed = text.startswith("..") and not continued
        self.stuffed += stuffed
        self.lines += not continued
        in_body = self.in_body
        self._count(octets - stuffed)
        if in_body:
            return _body_line(stuffed)
        if not text and not continued:
            self.in_body = True
            return "pop3.message.blank", ()
        if continued or text[:1] in " \t":
            return "pop3.message.folded", ()
        return _header_line(text)

    def skim(self, lines: int, octets: bytes) -> None:
        """Count `octets`, which are so many whole lines."""
        self.lines += lines
        blank = None if self.in_body else _BLANK.search(octets)
        if blank:
            self._skim(octets[: blank.end()])
            self.in_body, octets = True, octets[blank.end() :]
        self._skim(octets)

    def _skim(self, octets: bytes) -> None:
        stuffed = octets.count(b"\n..") + octets.startswith(b"..")
        self.stuffed += stuffed
        self._count(len(octets) - stuffed)

    def params(self) -> dict[str, str]:
        return {
            "lines": str(self.lines),
            "line_end_octets": str(2 * self.lines),
            "header_octets": str(self.header_octets),
            "body_octets": str(self.body_octets),
            "octets": str(self.header_octets + self.body_octets),
            "stuffed": str(self.stuffed),
        }

    def _count(self, octets: int) -> None:
        if self.in_body:
            self.body_octets += octets
        else:
            self.header_octets += octets


def _body_line(stuffed: bool) -> tuple[str, tuple[Token, ...]]:
    if stuffed:
        return "pop3.message.stuffed", (Token(0, 1, "pop3.token.stuffed"),)
    return "pop3.message.body", ()


def _header_line(text: str) -> tuple[str, tuple[Token, ...]]:
    match = _FIELD.match(text)
    if not match:
        return "pop3.message.odd", ()
    tokens = [Token(*match.span(1), f"header.{match[1].lower()}")]
    value = text[match.end() :]
    if value.strip():
        start = match.end() + len(value) - len(value.lstrip())
        tokens.append(Token(start, len(text), "pop3.token.header-value"))
    return "pop3.message.header", tuple(tokens)
