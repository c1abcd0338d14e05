"""POP3's states, its command table and what CAPA promises beside commands."""

from protocols.commands import Command, CommandTable

# RFC 1939 3
AUTHORIZATION, TRANSACTION, UPDATE = STATES = ("AUTHORIZATION", "TRANSACTION", "UPDATE")
TABLE = CommandTable(STATES)

# RFC 2449 6, RFC 3206 4: promises that are no commands.
BEHAVIOURS = (
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "EXPIRE NEVER",
    "IMPLEMENTATION mailedu",
)
# Commands of other RFCs and of POP3's past, known here by name only.
NOT_OFFERED = ("AUTH", "LAST", "RPOP", "XTND", "UTF8", "LANG")


def capabilities(tls: bool) -> list[str]:
    """The lines of CAPA: the same before and after the login (RFC 2449 6), but for STLS.

    `tls`: STLS would begin it now (RFC 2595 4).
    """
    keywords = dict.fromkeys(word for state in STATES for word in TABLE.capabilities(state))
    return [word for word in (*keywords, *BEHAVIOURS) if tls or word != "STLS"]


def missing(command: Command, state: str, user: str) -> str:
    """The command that must come before `command`; "" if none is missing or it is too late.

    `user` is the name that USER gave, "" if it gave none.
    """
    if state == AUTHORIZATION and not command.allowed_in(state):
        return "PASS" if user else "USER"
    return "USER" if command.name == "PASS" and state == AUTHORIZATION and not user else ""
