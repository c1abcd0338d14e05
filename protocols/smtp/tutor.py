"""What the tutor says beside a client's mistaken line; the server's answer stays what it is."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from protocols.smtp.grammar import TRAILING, Fault, Malformed, Path, TooLong, is_host, read_path
from protocols.smtp.lines import PATHS, CommandLine
from protocols.smtp.message import HEADERS
from protocols.smtp.parameters import notify, returned
from protocols.smtp.table import PARAMETERS, TABLE
from protocols.transcript import Remark

_HELLOS = ("HELLO", "HALLO", "HI", "HEHLO", "EHELO", "HELLO!", "MOIN")
_OTHERS = {
    "POP3": ("USER", "PASS", "STAT", "LIST", "RETR", "DELE", "UIDL", "TOP", "APOP", "CAPA", "STLS"),
    "IMAP": (
        "LOGIN",
        "SELECT",
        "EXAMINE",
        "FETCH",
        "STORE",
        "SEARCH",
        "LSUB",
        "STATUS",
        "APPEND",
        "EXPUNGE",
        "LOGOUT",
        "CAPABILITY",
        "AUTHENTICATE",
        "IDLE",
        "UID",
        "CLOSE",
        "COPY",
        "CREATE",
    ),
    "HTTP": ("GET", "POST", "HEAD", "PUT"),
}
_PROTOCOL_OF = {verb: protocol for protocol, verbs in _OTHERS.items() for verb in verbs}
_FIELD = re.compile(r"([A-Za-z\-]+)[ \t]*:")
# Control characters, and octets that are no UTF-8 as `printable` shows them.
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]|\\x[89a-f][0-9a-f]")
_FAULTS = {
    Fault.KEYWORD: "smtp.tutor.keyword",
    Fault.COLON: "smtp.tutor.colon",
    Fault.BRACKETS: "smtp.tutor.brackets",
    Fault.ADDRESS: "smtp.tutor.address",
    Fault.PARAMETER: "smtp.tutor.parameter",
}

# Parameters whose values are few and fixed.
_VALUES = {"RET": (returned, "smtp.tutor.ret"), "NOTIFY": (notify, "smtp.tutor.notify")}


def remark(text: str, line: CommandLine, line_end: str) -> Remark | None:
    """`line` is what `text` was read as."""
    if line_end == "LF":
        return Remark("smtp.tutor.line-feed")
    if _UNREADABLE.search(text.rstrip(TRAILING)):
        return Remark("smtp.tutor.unreadable")
    if line.verb in PATHS:
        return _path(line)
    if line.verb in ("HELO", "EHLO"):
        return _hello(line)
    return line.remark if line.verb else _unknown(text.strip())


def password_span(text: str) -> tuple[int, int] | None:
    """Where the password is in a login of POP3 or IMAP that was typed here."""
    match = re.search(r"(?i)^\s*PASS\s+(.+)|\bLOGIN\s+\S+\s+(.+)", text)
    return match.span(match.lastindex) if match else None


def _hello(line: CommandLine) -> Remark | None:
    if not line.argument:
        return Remark("smtp.tutor.domain", {"command": line.verb})
    return None if is_host(line.argument) else Remark("smtp.tutor.host", {"command": line.verb})


def _path(line: CommandLine) -> Remark | None:
    keyword = PATHS[line.verb]
    params = {"command": line.verb, "keyword": keyword}
    try:
        path = read_path(line.argument, keyword)
    except TooLong:
        return None  # the answer says it all
    except Malformed as malformed:
        return Remark(_FAULTS[malformed.fault], params)
    if not path.domain and not _may_lack_domain(line.verb, path):
        return Remark("smtp.tutor.address", params)
    if wrong := _value(line.verb, path.parameters):
        return wrong
    return Remark("smtp.tutor.space", params) if path.spaced else None


def _may_lack_domain(verb: str, path: Path) -> bool:
    """RFC 5321 4.1.1.3: postmaster alone; 4.5.5: the null path."""
    return path.is_null if verb == "MAIL" else path.local.lower() == "postmaster"


def _value(verb: str, parameters: Mapping[str, str]) -> Remark | None:
    for name in (name for name in parameters if name in _VALUES and name in PARAMETERS[verb]):
        read, id = _VALUES[name]
        try:
            read(parameters)
        except ValueError:
            return Remark(id, {"value": parameters[name]})
    return None


def _unknown(text: str) -> Remark | None:
    if not text:
        return Remark("smtp.tutor.empty")
    if text == ".":
        return Remark("smtp.tutor.dot")
    words = text.upper().split()
    if words[0].rstrip(",.!") in _HELLOS:
        return Remark("smtp.tutor.hello", {"verb": words[0]})
    field = _FIELD.match(text)
    if field and field[1].lower() in HEADERS:
        return Remark("smtp.tutor.header", {"name": field[1]})
    return _foreign(words) or _near(words[0])


def _foreign(words: list[str]) -> Remark | None:
    for verb in words[:2]:  # IMAP has a tag in front
        if verb in _PROTOCOL_OF and (verb is words[0] or _PROTOCOL_OF[verb] == "IMAP"):
            return Remark("smtp.tutor.protocol", {"verb": verb, "protocol": _PROTOCOL_OF[verb]})
    return None


def _near(word: str) -> Remark | None:
    letters = re.match(r"[A-Z]*", word).group()
    near = get_close_matches(letters, [name for name in TABLE if name.isalpha()], n=1)
    return Remark("smtp.tutor.near", {"verb": word[:40], "near": near[0]}) if near else None
