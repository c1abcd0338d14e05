"""The lines of a literal: of a message they are header, empty line and body."""

import re

from protocols.transcript import Token

_FIELD = re.compile(r"[!-9;-~]+:")


class LiteralLines:
    """`message`: the literal is a message or its header, not a name or a part."""

    def __init__(self, octets: int, message: bool) -> None:
        self.octets = octets
        self._in_header = message
        self._message = message

    def explain(self, text: str) -> tuple[str, tuple[Token, ...]]:
        """The id of one line and its tokens."""
        if not self._message:
            return "imap.literal.text", ()
        if not self._in_header:
            return "imap.literal.body", ()
        if not text:
            self._in_header = False
            return "imap.literal.empty", ()
        match = _FIELD.match(text)
        if match:
            return "imap.literal.header", (Token(0, match.end(), "imap.token.field"),)
        return "imap.literal.folded" if text[0] in " \t" else "imap.literal.header", ()
