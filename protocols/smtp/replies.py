"""Everything the SMTP server can say (RFC 5321 4.2; enhanced status codes RFC 2034, RFC 3463).

Templates are the plain replies; `encode` puts in the enhanced code for clients that said EHLO.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from protocols.replies import Reply, ReplyCatalogue

REPLIES = ReplyCatalogue()
STATUS: dict[str, str] = {}

_LINE = re.compile(r"(\d{3})([ -]?)(?:([245]\.\d{1,3}\.\d{1,3})(?:\s|$))?(.*)", re.DOTALL)


def define(id: str, template: str, status: str = "") -> Reply:
    """`status` is the enhanced code; greeting, HELO, EHLO and 3yz have none (RFC 2034 4)."""
    reply = REPLIES.define(f"smtp.{id}", template)
    if status:
        STATUS[reply.id] = status
    return reply


class Answer(NamedTuple):
    """A reply with its values, and the further lines of a multi-line reply."""

    reply: Reply
    values: Mapping[str, object] = MappingProxyType({})
    more: Sequence[str] = ()

    def encode(self, enhanced: bool) -> bytes:
        if self.values or self.more:
            return self.lines(enhanced)
        return _constant(self.reply, enhanced)

    def lines(self, enhanced: bool) -> bytes:
        code, _, first = self.reply.text(**self.values).partition(" ")
        status = STATUS.get(self.reply.id, "") if enhanced else ""
        lines = [f"{status} {line}".strip() for line in (first, *self.more)]
        marks = ["-"] * len(self.more) + [" "]  # RFC 5321 4.2.1
        return "".join(
            f"{code}{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True)
        ).encode()


@cache
def _constant(reply: Reply, enhanced: bool) -> bytes:
    """Most replies say the same each time."""
    return Answer(reply).lines(enhanced)


class ReplyLine(NamedTuple):
    """One line of a reply: `last` is false for the lines before the last of several."""

    code: str
    last: bool
    status: str
    text: str

    @property
    def plain(self) -> str:
        """Without enhanced code, as in the catalogue."""
        return f"{self.code} {self.text}"


def read_reply(line: str) -> ReplyLine | None:
    """The parts of a reply line of any server, or None if it is none."""
    match = _LINE.fullmatch(line)
    if not match:
        return None
    code, mark, status, text = match.groups()
    return ReplyLine(code, mark != "-", status or "", text)


GREETING = define("greeting", "220 {host} ESMTP mailedu service ready")
HELO_OK = define("HELO.ok", "250 {host} OK")
EHLO_OK = define("EHLO.ok", "250 {host} at your service")
MAIL_OK = define("MAIL.ok", "250 OK", "2.1.0")
MAIL_OWN = define("MAIL.own", "250 OK, this sender is yours", "2.1.0")
RCPT_OK = define("RCPT.ok", "250 OK", "2.1.5")
DATA_START = define("DATA.start", "354 start mail input; end with <CRLF>.<CRLF>")
DATA_OK = define("DATA.ok", "250 OK", "2.0.0")
BDAT_OK = define("BDAT.ok", "250 {octets} octets received", "2.0.0")
RSET_OK = define("RSET.ok", "250 OK", "2.0.0")
NOOP_OK = define("NOOP.ok", "250 OK", "2.0.0")
VRFY_OK = define("VRFY.ok", "252 cannot verify an address, but will take mail and try", "2.0.0")
HELP_OK = define("HELP.ok", "214 commands: {commands}", "2.0.0")
HELP_TOPIC = define("HELP.topic", "214 syntax: {usage}", "2.0.0")
HELP_UNKNOWN = define("HELP.unknown-topic", "504 no help on this topic", "5.5.4")
QUIT_OK = define("QUIT.ok", "221 {host} closing channel", "2.0.0")

AUTH_CHALLENGE = define("AUTH.challenge", "334 {challenge}")
AUTH_OK = define("AUTH.ok", "235 authentication successful", "2.7.0")
AUTH_FAILED = define("AUTH.failed", "535 authentication credentials invalid", "5.7.8")
AUTH_CROWDED = define(
    "AUTH.crowded", "454 too many connections of this account, try again later", "4.7.0"
)
AUTH_WAITING = define(
    "AUTH.waiting", "454 too many logins are waiting for this name, try again later", "4.7.0"
)
AUTH_CANCELLED = define("AUTH.cancelled", "501 authentication cancelled", "5.7.0")
AUTH_NOT_BASE64 = define("AUTH.not-base64", "501 this is not base64", "5.5.2")
AUTH_MALFORMED = define("AUTH.malformed", "501 this mechanism expects something else", "5.5.2")
AUTH_UNBOUND = define(
    "AUTH.unbound", "504 no channel binding is offered here; begin with n,,", "5.5.4"
)
AUTH_SERVER_FIRST = define(
    "AUTH.server-first", "501 this mechanism begins with the server's challenge", "5.7.0"
)
AUTH_TOO_LONG = define("AUTH.too-long", "500 authentication line too long", "5.5.6")
AUTH_MECHANISM = define("AUTH.mechanism", "504 mechanism not offered; see EHLO", "5.5.4")
AUTH_NEEDS_TLS = define(
    "AUTH.needs-tls", "538 encryption required for this mechanism", "5.7.11"
)  # RFC 4954 6
AUTH_AGAIN = define("AUTH.again", "503 already authenticated", "5.5.1")

LINE_TOO_LONG = define("error.line-too-long", "500 line too long", "5.5.2")
LINE_END = define("error.line-end", "500 line must end with CRLF", "5.5.2")
NOT_TEXT = define("error.not-text", "500 line holds control characters or is not UTF-8", "5.5.2")
UNKNOWN = define("error.unknown", "500 command not recognized", "5.5.1")
NOT_HERE = define("error.not-implemented", "502 command not implemented", "5.5.1")
MISSING = define("error.order", "503 bad sequence of commands: send {missing} first", "5.5.1")
TRANSACTION = define(
    "error.transaction",
    "503 bad sequence of commands: a mail transaction is open, RSET ends it",
    "5.5.1",
)
SYNTAX = define("error.syntax", "501 syntax: {usage}", "5.5.4")
PARAMETER_UNKNOWN = define(
    "error.parameter", "555 parameter not recognized or not implemented", "5.5.4"
)
PARAMETER_SYNTAX = define(
    "error.parameter-syntax", "501 parameters are KEYWORD or KEYWORD=value", "5.5.4"
)
PARAMETER_IMPOSSIBLE = define(
    "error.parameter-impossible", "501 {parameter} cannot have this value", "5.5.4"
)
PARAMETER_TWICE = define("error.parameter-twice", "501 {parameter} is given twice", "5.5.4")
PARAMETER_VALUE = define(
    "error.parameter-value", "504 this value of the parameter is not implemented", "5.5.4"
)
TOO_MANY_ERRORS = define("error.too-many", "421 {host} closing channel: too many errors", "4.7.0")
FAILED = define("error.failed", "451 local error in processing", "4.3.0")

BAD_SENDER = define("MAIL.address", "501 expected <local-part@domain> or <>", "5.1.7")
SENDER_TOO_LONG = define(
    "MAIL.too-long", "501 path too long: a {part} has at most {limit} octets", "5.1.7"
)
SENDER_UTF8 = define("MAIL.utf8", "553 this address needs the parameter SMTPUTF8", "5.6.7")
LOGIN_FIRST = define("MAIL.login-first", "530 authentication required", "5.7.0")
NOT_YOURS = define("MAIL.not-yours", "553 this sender is not yours", "5.7.1")
TOO_BIG_DECLARED = define(
    "MAIL.too-big", "552 message size exceeds the limit of {limit} octets", "5.3.4"
)

BAD_RECIPIENT = define("RCPT.address", "501 expected <local-part@domain>", "5.1.3")
RECIPIENT_TOO_LONG = define(
    "RCPT.too-long", "501 path too long: a {part} has at most {limit} octets", "5.1.3"
)
RECIPIENT_UTF8 = define("RCPT.utf8", "553 this address needs SMTPUTF8 in MAIL", "5.6.7")
NO_MAILBOX = define("RCPT.no-such-mailbox", "550 no such mailbox here", "5.1.1")
NO_RELAY = define("RCPT.relay", "550 relaying denied", "5.7.1")
STAYS_HERE = define("RCPT.stays-here", "550 no mail leaves this lab", "5.7.1")
NO_POSTMASTER = define("RCPT.no-postmaster", "450 postmaster has no mailbox yet", "4.3.5")
NO_ROOM = define("RCPT.no-room", "452 mailbox full", "4.2.2")
TOO_MANY_RECIPIENTS = define("RCPT.too-many", "452 too many recipients", "4.5.3")

TOO_BIG = define("DATA.too-big", "552 message exceeds the limit of {limit} octets", "5.3.4")
BARE = define("DATA.line-ends", "554 message holds a bare CR or LF; lines end with CRLF", "5.6.0")
NUL = define("DATA.nul", "554 message holds NUL octets", "5.6.0")
NO_STORAGE = define("DATA.no-storage", "452 insufficient system storage", "4.3.1")
MAILBOX_FULL = define("DATA.mailbox-full", "552 mailbox full", "5.2.2")
MAILBOX_GONE = define("DATA.mailbox-gone", "550 mailbox is gone", "5.2.1")
LOOP = define("DATA.loop", "554 too many hops: this mail runs in a loop", "5.4.6")
STORE_FAILED = define("DATA.failed", "451 mail storage is unavailable, try again later", "4.3.0")

STARTTLS_OK = define("STARTTLS.ok", "220 ready to start TLS", "2.0.0")
STARTTLS_SECURED = define("STARTTLS.secured", "503 TLS is active already", "5.5.1")
STARTTLS_UNAVAILABLE = define("STARTTLS.unavailable", "454 TLS is not available here", "4.7.0")
STARTTLS_PIPELINED = define(
    "STARTTLS.pipelined", "501 nothing may follow STARTTLS before its answer", "5.5.4"
)

CROWDED = define("farewell.crowded", "421 {host} too many connections, try again later", "4.7.0")
TOO_LONG = define("farewell.total", "421 {host} closing channel: open for a day", "4.4.2")
SHUTDOWN = define("farewell.shutdown", "421 {host} closing channel: the lab shuts down", "4.3.2")
BROWSER = define("farewell.browser", "421 {host} closing channel: this is HTTP, not SMTP", "4.7.0")
IDLE = define("farewell.idle", "421 {host} closing channel: no command for 5 minutes", "4.4.2")
FAILURE = define("farewell.failure", "421 {host} closing channel: local error", "4.3.0")
