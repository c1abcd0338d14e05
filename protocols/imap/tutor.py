"""What the tutor says beside a client's mistaken line; the server's answer stays what it is."""

import re
from collections import deque
from difflib import get_close_matches

from protocols.imap.client_lines import CommandLine
from protocols.imap.grammar.names import encode_name
from protocols.imap.table import NOT_AUTHENTICATED, TABLE, missing
from protocols.transcript import Remark

# Tags that are remembered to notice one used twice.
MAX_TAGS = 200

_OTHERS = {
    "POP3": "USER PASS STAT RETR DELE RSET TOP UIDL APOP CAPA STLS QUIT",
    "SMTP": "HELO EHLO MAIL RCPT DATA VRFY EXPN HELP BDAT AUTH",
    "HTTP": "GET POST HEAD PUT",
}
_PROTOCOL_OF = {verb: protocol for protocol, verbs in _OTHERS.items() for verb in verbs.split()}
_HELLOS = ("HELLO", "HALLO", "HI", "MOIN", "HEY")
# Names that people forget the backslash of.
_SYSTEM = ("ANSWERED", "FLAGGED", "DELETED", "SEEN", "DRAFT", "RECENT")
_ONE_NAME = ("SELECT", "EXAMINE", "CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')


class Tutor:
    def __init__(self) -> None:
        self._tags: deque[str] = deque(maxlen=MAX_TAGS)

    def remark(
        self, text: str, line: CommandLine, state: str, line_end: str, sure: bool
    ) -> Remark | None:
        """Beside a command that comes in `state`; the worst mistake first.

        Not `sure`: commands before it have to be answered yet, and may fail.
        """
        used, self._tags = line.tag in self._tags, self._tags
        self._tags.append(line.tag)
        if line.alone:
            return Remark("imap.tutor.password-alone")
        if not line.name:
            return _nameless(text[: line.secret[0]] if line.secret else text, line)
        if wrong := _order(line, state, sure):
            return wrong
        if mistake := _form(text, line):
            return mistake
        if used:
            return Remark("imap.tutor.duplicate-tag", {"tag": line.tag})
        return Remark("imap.tutor.line-feed") if line_end == "LF" else None


def _nameless(text: str, line: CommandLine) -> Remark | None:
    """A line that names no command of IMAP's."""
    words = text.upper().split()
    if not words:
        return Remark("imap.tutor.empty")
    first = words[0].rstrip("!,.")
    if words[0] in TABLE:
        return Remark("imap.tutor.missing-tag", {"command": words[0]})
    for word in words[:2]:
        if word in _PROTOCOL_OF:
            return Remark("imap.tutor.protocol", {"verb": word, "protocol": _PROTOCOL_OF[word]})
    if first in _HELLOS or (len(words) > 1 and words[1] in _HELLOS):
        return Remark("imap.tutor.hello", {"verb": first})
    if "DONE" in words[:2]:
        return Remark("imap.tutor.done")
    if not line.tag:
        return Remark("imap.tutor.tag-characters")
    if len(words) == 1:
        return _near_untagged(first) or Remark("imap.tutor.missing-command", {"tag": line.tag})
    near = get_close_matches(words[1][:40], list(TABLE), n=1)
    return Remark("imap.tutor.near", {"verb": words[1][:40], "near": near[0]}) if near else None


def _near_untagged(word: str) -> Remark | None:
    near = get_close_matches(word[:40], list(TABLE), n=1)
    return Remark("imap.tutor.missing-tag", {"command": near[0]}) if near else None


def _order(line: CommandLine, state: str, sure: bool) -> Remark | None:
    if TABLE[line.name].allowed_in(state):
        return None
    first = missing(line.name, state)
    if not first:
        return Remark("imap.tutor.logged-in", {"command": line.name}) if sure else None
    place = "login" if state == NOT_AUTHENTICATED else "select"
    return Remark(f"imap.tutor.needs-{place}", {"command": line.title, "missing": first})


def _form(text: str, line: CommandLine) -> Remark | None:
    bare = _QUOTED.sub("x", text) if '"' in text else text
    if '"' in bare:
        return Remark("imap.tutor.open-quote")
    if bare.count("(") != bare.count(")") and not line.literal:
        return Remark("imap.tutor.parenthesis")
    if bare.count("[") > bare.count("]") and not line.literal:
        return Remark("imap.tutor.bracket")
    if "  " in bare:
        return Remark("imap.tutor.spaces")
    return _names(line) or _flags(line)


def _names(line: CommandLine) -> Remark | None:
    mailbox = line.params.get("mailbox", "")
    if line.name in _ONE_NAME and len(line.nodes) > 1:
        return Remark("imap.tutor.quote-name", {"command": line.name})
    if not mailbox.isascii() and any(not node.text.isascii() for node in line.nodes):
        return Remark("imap.tutor.utf7", {"mailbox": mailbox, "encoded": encode_name(mailbox)})
    return None


def _flags(line: CommandLine) -> Remark | None:
    for flag in line.params.get("flag_list", "").strip("()").split():
        if flag.upper() in _SYSTEM:
            return Remark("imap.tutor.backslash", {"flag": flag, "right": f"\\{flag.title()}"})
    return None
