"""Names the lines of a message on its way, for the observer."""

import re

from protocols.transcript import Entry, Kind, Remark, Side, Token

# Header fields with an explanation of their own (RFC 5322 3.6, RFC 2045).
HEADERS = {
    name.lower(): name
    for name in (
        "From",
        "To",
        "Cc",
        "Bcc",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "In-Reply-To",
        "References",
        "Sender",
        "Received",
        "Return-Path",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "User-Agent",
    )
}
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:")
# Lines that do not end a header.
_FIELDS = re.compile(rb"(?:(?:[ \t]|(?!\.)[!-9;-~]++[ \t]*+:)[^\n]*+\n)*+")
# What is typed on by whoever believes that the message is over; few mails have such a line.
_COMMANDS = ("QUIT", "RSET", "NOOP")


class MessageLines:
    """The lines from 354 to the lone dot; `first` opens their unit, `ended` is set by the dot.

    `counted`: they come in chunks instead, where no dot means anything (RFC 3030 2).
    """

    def __init__(self, counted: bool = False) -> None:
        self.first: Entry | None = None
        self.ended = False
        self._counted = counted
        self._in_header = True
        self._after_crlf = True
        self._warned = False  # of a bare LF: once, not line by line

    def explain(self, text: str, line_end: str, continued: bool) -> Entry:
        id = f"smtp.message.{'octets' if self._counted else 'body'}"
        entry = Entry(Side.CLIENT, Kind.DATA, text, id, phase="smtp.phase.content")
        if self._counted:
            if line_end and not continued:  # a chunk may end anywhere
                self._describe(entry)
        elif continued:
            entry.id = "smtp.message.continued"
        elif text == "." and line_end == "CRLF" and self._after_crlf:  # RFC 5321 4.1.1.4
            self._end(entry)
        elif text.startswith("."):
            self._dotted(entry)
        else:
            self._describe(entry)
        entry.remark = self._mistake(entry, line_end, continued) or entry.remark
        self._after_crlf = line_end == "CRLF"
        entry.unit = self.first.seq if self.first else 0
        self.first = self.first or entry
        return entry

    def skim(self, octets: bytes) -> None:
        """Pass over whole lines."""
        self._in_header = self._in_header and bool(_FIELDS.fullmatch(octets))
        self._after_crlf = octets.endswith(b"\r\n")

    def _mistake(self, entry: Entry, line_end: str, continued: bool) -> Remark | None:
        """What makes the message go on, or the server refuse it, against the client's will."""
        text = entry.text.strip()
        if not (self._counted or self.ended or continued):
            if text == ".":
                return Remark("smtp.tutor.no-end")
            if text.upper() in _COMMANDS:
                return Remark("smtp.tutor.in-message", {"command": text})
        if line_end != "LF" or continued or self._warned:  # its CR may be in the chunk before
            return None
        self._warned = True
        return Remark("smtp.tutor.line-feed")

    def _end(self, entry: Entry) -> None:
        self.ended = True
        entry.kind, entry.id, entry.rfc = Kind.END, "smtp..", "RFC 5321 4.1.1.4"
        entry.tokens = (Token(0, 1, "smtp.token.end"),)

    def _dotted(self, entry: Entry) -> None:
        entry.id, entry.rfc = "smtp.message.stuffed", "RFC 5321 4.5.2"
        entry.tokens = (Token(0, 1, "smtp.token.stuffed-dot"),)
        self._in_header = False
        if not entry.text.startswith(".."):
            entry.remark = Remark("smtp.tutor.stuffing")

    def _describe(self, entry: Entry) -> None:
        text = entry.text
        field = _FIELD.match(text)
        if not self._in_header:
            return
        if not text:
            entry.id, self._in_header = "smtp.message.blank", False
        elif text[0] in " \t" and self.first:
            entry.id = "smtp.message.folded"
        elif field:
            self._describe_field(entry, field)
        else:
            self._in_header = False
            entry.remark = Remark(f"smtp.tutor.{'no-blank-line' if self.first else 'no-header'}")

    @staticmethod
    def _describe_field(entry: Entry, field: re.Match[str]) -> None:
        name = HEADERS.get(field[1].lower())
        entry.id = f"smtp.header.{name}" if name else "smtp.header"
        entry.params = {"name": field[1], "value": entry.text[field.end() :].strip()}
        entry.tokens = (Token(0, field.end(), "smtp.token.header-name"),)
