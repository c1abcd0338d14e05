"""POP3's states, its command table and what CAPA promises beside commands."""

from protocols.commands import Command, CommandTable
from protocols.sasl_lines import offered

# RFC 1939 3
AUTHORIZATION, TRANSACTION, UPDATE = STATES = ("AUTHORIZATION", "TRANSACTION", "UPDATE")
TABLE = CommandTable(STATES)

# RFC 2449 6, RFC 3206 4: promises that are no commands.
BEHAVIOURS = (
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "EXPIRE NEVER",
    "LOGIN-DELAY 0",
    "IMPLEMENTATION mailedu",
)
# Commands of other RFCs and of POP3's past, known here by name only.
NOT_OFFERED = ("LAST", "RPOP", "XTND", "LANG")
# RFC 5034 6: in CAPA and in the answer to AUTH alone, the strongest first.
MECHANISMS = ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN")


def capabilities(tls: bool, plain_logins: bool = True) -> list[str]:
    """The lines of CAPA: the same before and after the login (RFC 2449 6), but for STLS.

    `tls`: STLS would begin it now (RFC 2595 4). Without `plain_logins` USER and PASS are refused.
    """
    keywords = dict.fromkeys(word for state in STATES for word in TABLE.capabilities(state))
    held_back = {"STLS": not tls, "USER": not plain_logins}
    # RFC 6856 2: names, passwords
    details = {"SASL": " ".join(("", *offered(MECHANISMS, plain_logins))), "UTF8": " USER"}
    found = [word + details.get(word, "") for word in keywords if not held_back.get(word)]
    return [*found, *BEHAVIOURS]


def after(command: Command, arguments: list[str], state: str) -> str:
    """The state after `command` succeeded in `state`; AUTH alone only lists its mechanisms."""
    only_lists = command.name == "AUTH" and not arguments
    return state if only_lists else command.when.get(state, state)


def missing(command: Command, state: str, user: str) -> str:
    """The command that must come before `command`; "" if none is missing or it is too late.

    `user` is the name that USER gave, "" if it gave none.
    """
    if state == AUTHORIZATION and not command.allowed_in(state):
        return "PASS" if user else "USER"
    return "USER" if command.name == "PASS" and state == AUTHORIZATION and not user else ""
