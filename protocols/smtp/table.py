"""SMTP's states, its command table and what EHLO offers beside commands."""

from protocols.commands import CommandTable

# RFC 5321 4.1.4 orders the commands but names no states; these names are the lab's.
CONNECTED, GREETED, MAIL, RCPT, DATA = STATES = ("CONNECTED", "GREETED", "MAIL", "RCPT", "DATA")
TABLE = CommandTable(STATES)

# 10 MiB: a photo or a lesson's handout fits, a class of thirty still fits on a school laptop.
MAX_MESSAGE = 10 * 1024 * 1024
# RFC 5321 4.5.3.1.8 asks for at least 100.
MAX_RECIPIENTS = 100
MECHANISMS = ("PLAIN", "LOGIN")

# Parameters by command, each with the EHLO keyword that announces it.
PARAMETERS = {
    "MAIL": {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "AUTH": "AUTH"},
    "RCPT": {},
}
# Keywords that promise a behaviour, not a command.
BEHAVIOURS = ("PIPELINING", "ENHANCEDSTATUSCODES")
# What follows a keyword on its line.
_VALUES = {"SIZE": f"SIZE {MAX_MESSAGE}", "AUTH": " ".join(("AUTH", *MECHANISMS))}

# Commands of RFCs that this server knows by name only: they get 502, not 500.
NOT_IMPLEMENTED = ("BDAT", "ETRN", "ATRN", "BURL", "TURN", "SEND", "SOML", "SAML")

END_OF_DATA = "."
_BEFORE = {CONNECTED: "HELO or EHLO", GREETED: "MAIL", MAIL: "RCPT"}


def keywords(tls: bool) -> list[str]:
    """The lines after the first of an EHLO reply; `tls`: STARTTLS would begin it now."""
    parameters = [k for row in PARAMETERS.values() for k in row.values()]
    names = dict.fromkeys((*BEHAVIOURS, *parameters, *TABLE.capabilities(GREETED)))
    return [_VALUES.get(name, name) for name in names if tls or name != "STARTTLS"]


def missing(command: str, state: str) -> str:
    """What must come before `command` in `state`; "" where it is too late for it."""
    wanted = TABLE[command].when
    if any(STATES.index(state) < STATES.index(other) for other in wanted):
        return "EHLO" if command == "AUTH" else _BEFORE[state]
    return ""
