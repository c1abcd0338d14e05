"""SMTP's states, its command table and what EHLO offers beside commands."""

from functools import cache

from protocols.commands import CommandTable
from protocols.sasl_lines import offered

# RFC 5321 4.1.4 orders the commands but names no states; these names are the lab's.
# In BDAT some of a message's chunks have come (RFC 3030).
STATES = ("CONNECTED", "GREETED", "MAIL", "RCPT", "DATA", "BDAT")
CONNECTED, GREETED, MAIL, RCPT, DATA, BDAT = STATES
TABLE = CommandTable(STATES)

# 10 MiB: a photo or a lesson's handout fits, a class of thirty still fits on a school laptop.
MAX_MESSAGE = 10 * 1024 * 1024
# RFC 5321 4.5.3.1.8 asks for at least 100.
MAX_RECIPIENTS = 100
# RFC 5321 6.3 asks for at least 100: more trace lines than that, and the mail runs in a loop.
MAX_RECEIVED = 100
# The strongest first: some clients take the first that they know.
MECHANISMS = ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN")

# Parameters by command, each with the EHLO keyword that announces it.
PARAMETERS = {
    "MAIL": {
        "SIZE": "SIZE",
        "BODY": "8BITMIME",
        "SMTPUTF8": "SMTPUTF8",
        "AUTH": "AUTH",
        "RET": "DSN",
        "ENVID": "DSN",
    },
    "RCPT": {"NOTIFY": "DSN", "ORCPT": "DSN"},
}
# Keywords that promise a behaviour, not a command.
BEHAVIOURS = ("PIPELINING", "ENHANCEDSTATUSCODES")

# Commands of RFCs that this server knows by name only: they get 502, not 500.
# EXPN among them: there are no lists, and others keep their members to themselves (RFC 5321 7.3).
NOT_IMPLEMENTED = ("EXPN", "ETRN", "ATRN", "BURL", "TURN", "SEND", "SOML", "SAML")

END_OF_DATA = "."
_BEFORE = {CONNECTED: "HELO or EHLO", GREETED: "MAIL", MAIL: "RCPT"}


@cache
def keywords(tls: bool, plain_logins: bool = True) -> tuple[str, ...]:
    """The lines after the first of an EHLO reply; `tls`: STARTTLS would begin it now."""
    mechanisms = offered(MECHANISMS, plain_logins)
    values = {"SIZE": f"SIZE {MAX_MESSAGE}", "AUTH": " ".join(("AUTH", *mechanisms))}
    parameters = [k for row in PARAMETERS.values() for k in row.values()]
    commands = [row.capability for row in TABLE.values() if row.capability]
    names = dict.fromkeys((*BEHAVIOURS, *parameters, *commands))
    return tuple(values.get(name, name) for name in names if tls or name != "STARTTLS")


def missing(command: str, state: str) -> str:
    """What must come before `command` in `state`; "" where it is too late for it."""
    wanted = TABLE[command].when
    if any(STATES.index(state) < STATES.index(other) for other in wanted):
        return "EHLO" if command == "AUTH" else _BEFORE.get(state, "")
    return ""
