"""IMAP's states, its command table and what CAPABILITY promises beside commands."""

from protocols.commands import CommandTable
from protocols.sasl_lines import offered

# RFC 3501 3
NOT_AUTHENTICATED, AUTHENTICATED, SELECTED, LOGOUT = STATES = (
    "NOT_AUTHENTICATED", "AUTHENTICATED", "SELECTED", "LOGOUT",
)  # fmt: skip
TABLE = CommandTable(STATES)

# What EXPUNGE responses would confuse: the client counts in numbers (RFC 3501 7.4.1).
COUNTING = ("FETCH", "STORE", "SEARCH")
# What UID may stand before (RFC 3501 6.4.8, RFC 4315 2.1).
UID_COMMANDS = ("FETCH", "STORE", "SEARCH", "COPY", "EXPUNGE")
STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")  # RFC 3501 6.3.10

# RFC 3501 6.2.2: in CAPABILITY, the strongest first.
MECHANISMS = ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN")
# Promises that are no commands: RFC 3501, RFC 7888; then RFC 4315, RFC 3348.
_ALWAYS = ("IMAP4rev1", "LITERAL+")
_AFTER_LOGIN = ("UIDPLUS", "CHILDREN")
# Commands of other RFCs, known here by name only.
NOT_OFFERED = (
    "MOVE", "SORT", "THREAD", "GETQUOTA", "GETQUOTAROOT", "SETQUOTA", "GETACL",
    "SETACL", "DELETEACL", "MYRIGHTS", "LISTRIGHTS", "GETMETADATA", "SETMETADATA", "COMPRESS",
    "NOTIFY", "XLIST",
)  # fmt: skip


def capabilities(state: str, tls: bool, plain_logins: bool = True) -> list[str]:
    """The words of CAPABILITY in `state` (RFC 3501 6.1.1: they may differ after the login).

    `tls`: STARTTLS would begin it now (RFC 3501 6.2.1).
    """
    if state == NOT_AUTHENTICATED:
        logins = [f"AUTH={mechanism}" for mechanism in offered(MECHANISMS, plain_logins)]
        disabled = [] if plain_logins else ["LOGINDISABLED"]  # RFC 3501 6.2.3
        commands = [word for word in TABLE.capabilities(state) if tls or word != "STARTTLS"]
        return [*_ALWAYS, "SASL-IR", *logins, *disabled, *commands]  # RFC 4959
    commands = dict.fromkeys((*TABLE.capabilities(AUTHENTICATED), *TABLE.capabilities(SELECTED)))
    return [*_ALWAYS, *_AFTER_LOGIN, *commands]


def missing(command: str, state: str) -> str:
    """The command that must come before `command` in `state`; "" where it is too late for it."""
    wanted = TABLE[command].when
    if state == NOT_AUTHENTICATED and state not in wanted:
        return "LOGIN"
    return "SELECT" if state == AUTHENTICATED and SELECTED in wanted and state not in wanted else ""
