"""What the observer concludes from a line: which explanation, which phase, which state."""

from protocols.imap.client_lines import CommandLine
from protocols.imap.grammar.command import literal_ahead
from protocols.imap.grammar.expected import EXPECTED
from protocols.imap.replies import REPLIES
from protocols.imap.server_lines import Data, Status
from protocols.imap.table import (
    AUTHENTICATED,
    LOGOUT,
    NOT_AUTHENTICATED,
    SELECTED,
    TABLE,
    missing,
)
from protocols.transcript import Entry, Remark, Token

DATA_RFC = {
    "CAPABILITY": "RFC 3501 7.2.1", "LIST": "RFC 3501 7.2.2", "LSUB": "RFC 3501 7.2.3",
    "STATUS": "RFC 3501 7.2.4", "SEARCH": "RFC 3501 7.2.5", "FLAGS": "RFC 3501 7.2.6",
    "EXISTS": "RFC 3501 7.3.1", "RECENT": "RFC 3501 7.3.2", "EXPUNGE": "RFC 3501 7.4.1",
    "FETCH": "RFC 3501 7.4.2", "NAMESPACE": "RFC 2342 5", "ID": "RFC 2971 3.2",
    "ENABLED": "RFC 5161 3.2",
}  # fmt: skip
# Data that a command asks for; the same data beside another command is news.
_ASKED = {
    "EXISTS": ("SELECT", "EXAMINE"), "RECENT": ("SELECT", "EXAMINE"),
    "FLAGS": ("SELECT", "EXAMINE"), "FETCH": ("FETCH", "STORE", "UID"),
    "EXPUNGE": ("EXPUNGE", "UID", "MOVE"),
}  # fmt: skip
_PHASES = {"LOGIN": "login", "AUTHENTICATE": "login", "LOGOUT": "close"}
_STATE_PHASES = {
    NOT_AUTHENTICATED: "connect", AUTHENTICATED: "selection", SELECTED: "work", LOGOUT: "close",
}  # fmt: skip
# Foreign servers' refusals that ours has too, by response code (RFC 5530).
_BY_CODE = {
    "NONEXISTENT": "no-such-mailbox", "ALREADYEXISTS": "mailbox-exists", "CANNOT": "mailbox-name",
    "READ-ONLY": "read-only", "EXPUNGEISSUED": "expunged", "OVERQUOTA": "over-quota",
    "UNAVAILABLE": "unavailable", "SERVERBUG": "failed", "PRIVACYREQUIRED": "needs-tls",
}  # fmt: skip
_BY_COMMAND = {
    ("LOGIN", "AUTHENTICATIONFAILED"): "LOGIN.denied",
    ("AUTHENTICATE", "AUTHENTICATIONFAILED"): "AUTHENTICATE.denied",
    ("APPEND", "TRYCREATE"): "APPEND.try-create",
    ("COPY", "TRYCREATE"): "COPY.try-create",
    ("UID", "TRYCREATE"): "COPY.try-create",
    ("SEARCH", "BADCHARSET"): "SEARCH.bad-charset",
    ("COPY", "COPYUID"): "COPY.uid",
    ("UID", "COPYUID"): "COPY.uid",
    ("SELECT", "READ-ONLY"): "EXAMINE.ok",
}
_UNTAGGED_CODES = {
    "UNSEEN": "SELECT.unseen", "PERMANENTFLAGS": "SELECT.permanentflags",
    "UIDNEXT": "SELECT.uidnext", "UIDVALIDITY": "SELECT.uidvalidity",
}  # fmt: skip
_KNOWN = {reply.id for reply in REPLIES}


def phase(command: str, state: str) -> str:
    return f"imap.phase.{_PHASES.get(command) or _STATE_PHASES[state]}"


def row_params(line: CommandLine, state: str) -> dict[str, str]:
    row = TABLE.get(line.name)
    first = missing(line.name, state) if row and not row.allowed_in(state) else ""
    return {"state": state, "usage": row.usage if row else "", "missing": first}


def state_after(command: str, state: str, status: str) -> str:
    if state == LOGOUT or command not in TABLE:
        return state
    if status == "NO" and command in ("SELECT", "EXAMINE") and state == SELECTED:
        return AUTHENTICATED  # RFC 3501 6.3.1
    if status != "OK":
        return state
    when = TABLE[command].when
    # What the server allowed was right, whatever was thought of its state
    return when.get(state) or next(iter(when.values()))


def reply_id(asked: str, text: str, status: Status) -> tuple[str, dict[str, str]]:
    """The explanation of a status response to `asked`, for any server, and its values."""
    command = asked.rpartition(".")[2]
    if found := REPLIES.recognise(text, command):
        return found[0].id, found[1]
    word, code = status.word, status.code
    if asked == "imap.greeting":
        return {"BYE": "imap.untagged.BYE", "PREAUTH": "imap.greeting.preauth"}.get(word, asked), {}
    if asked == "imap.untagged":
        known = _UNTAGGED_CODES.get(code)
        return (f"imap.{known}" if known else f"imap.untagged.{word}"), {}
    own = _BY_COMMAND.get((command, code)) or (_BY_CODE.get(code) if word == "NO" else "")
    if own:
        return f"imap.{own}", {}
    ok = f"{asked}.ok"
    if word == "OK" and ok in _KNOWN:
        return ok, {}
    return f"imap.reply.{word}", {}


def data_id(data: Data, asking: CommandLine | None) -> str:
    if not data.kind:
        return "imap.untagged"
    name = asking.name if asking else ""
    if name == "UID" and data.kind != "FETCH" and data.kind != asking.uid:
        name = ""
    if data.kind in _ASKED and name not in _ASKED[data.kind]:
        return f"imap.untagged.{data.kind}.news"
    return f"imap.untagged.{data.kind}"


def is_secret(line: CommandLine) -> bool:
    """The literal under way may hold a password: the second argument of a login."""
    return line.alone or (line.logs_in and (len(line.nodes) > 1 or not line.name))


def is_secret_rest(line: CommandLine, text: str) -> bool:
    """What stands behind a literal may hold a password, unless it only announces the next one."""
    announces = text.lstrip().startswith("{") and literal_octets(text) is not None
    return line.logs_in and bool(text.strip()) and not announces


def literal_octets(text: str) -> int | None:
    literal = literal_ahead(text.encode("utf-8", "surrogateescape"))
    return literal.octets if literal else None


def is_message(text: str) -> bool:
    """The literal at the end of this line is a message or a header, not a part of one."""
    name = text.rpartition(" {")[0].rpartition("BODY[")[2].upper()
    if "BODY[" in text.upper() and text.rpartition(" {")[0].endswith(("]", ">")):
        section = name.partition("]")[0]
        return section == "" or section.startswith("HEADER")
    return text.rpartition(" {")[0].upper().endswith(("RFC822", "RFC822.HEADER"))


def expected_token(text: str, what: str) -> tuple[Token, ...]:
    """The words of a syntax error that name what was expected."""
    if not what:
        return ()
    start = text.find(what)
    key = next((key for key, phrase in EXPECTED.items() if phrase == what), "")
    if not key or start < 0:
        return ()
    arguments = {word.strip("[]") for row in TABLE.values() for word in row.syntax.split()}
    id = f"imap.argument.{key}" if key in arguments else f"imap.expected.{key}"
    return (Token(start, start + len(what), id),)


def correction(entry: Entry) -> Remark | None:
    """What the tutor says beside a refusal that speaks of a number."""
    if entry.id == "imap.no-such-message":
        values = {"number": entry.params["number"], "count": entry.params["count"]}
        return Remark("imap.tutor.out-of-range", values)
    return None
