"""What the tutor says beside a client's line that looks like a mistake."""

from dataclasses import dataclass
from difflib import get_close_matches

from protocols.commands import Command
from protocols.pop3.grammar import split_command
from protocols.pop3.reading import Asked
from protocols.pop3.table import NOT_OFFERED, TABLE
from protocols.transcript import MASK, Entry, Remark, mask

# The commonest commands of the neighbours; the packages do not know each other.
OTHERS = {
    "SMTP": ("HELO", "EHLO", "HELLO", "MAIL", "RCPT", "DATA", "VRFY", "EXPN", "STARTTLS"),
    "IMAP": (
        "LOGIN", "LOGOUT", "SELECT", "EXAMINE", "FETCH", "STORE", "SEARCH", "CAPABILITY", "IDLE",
        "COPY", "EXPUNGE", "STATUS", "APPEND", "LSUB", "CREATE", "CLOSE", "UID",
    ),
}  # fmt: skip
PROTOCOL_OF = {word: protocol for protocol, words in OTHERS.items() for word in words}
# Words from elsewhere for what POP3 can do; by its letters UNDELE would be DELE.
_MEANT = {
    "UNDELE": "RSET", "UNDELETE": "RSET", "UNDO": "RSET", "LS": "LIST", "DIR": "LIST",
    "HELP": "CAPA", "EXIT": "QUIT", "BYE": "QUIT", "READ": "RETR", "GET": "RETR",
}  # fmt: skip


@dataclass(slots=True)
class Tutor:
    """Speaks of a habit (lower case, bare LF) once in a conversation, of a mistake each time."""

    knows_case: bool = False
    knows_line_end: bool = False

    def remark(self, is_text: bool, entry: Entry, asked: Asked, line_end: str) -> Remark | None:
        """`line_end` is "cut" for a line that the end of the connection cut off."""
        if line_end == "cut":
            return Remark("pop3.tutor.unfinished")
        remark = _unreadable(is_text, entry.text) or (
            _order(asked, asked.row) if asked.row else _unknown(entry)
        )
        return remark or self._habit(entry.text, asked, line_end)

    def _habit(self, text: str, asked: Asked, line_end: str) -> Remark | None:
        if line_end == "LF" and not self.knows_line_end:
            self.knows_line_end = True
            return Remark("pop3.tutor.bare-lf")
        if asked.row and not text.startswith(asked.verb) and not self.knows_case:
            self.knows_case = True
            return Remark("pop3.tutor.lower-case", {"typed": text[: len(asked.verb)]})
        return None


def suggestion(keyword: str) -> str:
    """The command that an unknown keyword in upper case was probably meant to be, or ""."""
    word = keyword.strip(":;,.<>").rstrip("0123456789")
    word = _MEANT.get(word, word)
    close = [word] if word in TABLE else get_close_matches(word, TABLE, n=1, cutoff=0.6)
    return close[0] if close else ""


def _unreadable(is_text: bool, text: str) -> Remark | None:
    if not is_text:
        return Remark("pop3.tutor.not-ascii")
    if not text.strip():
        return Remark("pop3.tutor.empty")
    if text.startswith(" "):
        return Remark("pop3.tutor.leading-space")
    return Remark("pop3.tutor.lone-dot") if text == "." else None


def _unknown(entry: Entry) -> Remark | None:
    text, shown = entry.text, mask(entry)  # what is said beside it must not give more away
    if not shown.strip(MASK):
        return Remark("pop3.tutor.password-alone")
    keyword, rest = split_command(text)
    if keyword in NOT_OFFERED:
        return None
    second = split_command(rest)[0]
    if keyword not in PROTOCOL_OF and second in OTHERS["IMAP"]:
        return Remark("pop3.tutor.imap-tag", {"typed": shown.split(" ")[0]})
    if keyword in PROTOCOL_OF:
        return Remark(
            "pop3.tutor.other-protocol", {"typed": keyword, "protocol": PROTOCOL_OF[keyword]}
        )
    meant = suggestion(keyword)
    if not meant:
        return None
    typed = shown.split(" ")[0][:40]
    glued = keyword.startswith(meant) and not keyword.removeprefix(meant).isalpha()
    return Remark(
        "pop3.tutor.glued" if glued else "pop3.tutor.similar", {"typed": typed, "suggestion": meant}
    )


def _order(asked: Asked, row: Command) -> Remark | None:
    if asked.missing and asked.verb == "PASS":
        return Remark("pop3.tutor.user-forgotten")
    if asked.missing == "PASS":
        return Remark("pop3.tutor.pass-forgotten", {"command": asked.verb})
    if asked.missing:
        return Remark("pop3.tutor.login-forgotten", {"command": asked.verb})
    if not row.allowed_in(asked.state):
        return None if asked.hopes else Remark("pop3.tutor.logged-in", {"command": asked.verb})
    if asked.arguments is None:
        return Remark("pop3.tutor.argument", {"usage": row.usage})
    return None
