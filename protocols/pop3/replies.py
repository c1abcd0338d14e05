"""Everything the POP3 server can say: +OK or -ERR, RFC 2449 8 response codes, and a sentence."""

from dataclasses import dataclass

from protocols.framing import Octets, dot_stuff
from protocols.replies import Reply, ReplyCatalogue

REPLIES = ReplyCatalogue()


def define(id: str, template: str) -> Reply:
    return REPLIES.define(f"pop3.{id}", template)


@dataclass(slots=True)
class Response:
    """A reply line; `body`, if any, is its multi-line part: CRLF line ends, perhaps `stuffed`."""

    line: str
    body: bytes | None = None
    stuffed: bool = False

    def encode(self) -> Octets:
        head = self.line.encode() + b"\r\n"
        if self.body is None:
            return head
        # RFC 1939 3: a lone dot ends a multi-line reply
        return head, self.body if self.stuffed else dot_stuff(self.body), b".\r\n"


GREETING = define("greeting", "+OK mailedu POP3 server ready {stamp}")

USER_OK = define("USER.ok", "+OK Please enter password")
PASS_OK = define("PASS.ok", "+OK mailbox locked and ready")
PASS_NEEDS_USER = define("PASS.needs-user", "-ERR send USER before PASS")
PASS_DENIED = define("PASS.denied", "-ERR [AUTH] invalid user name or password")
PASS_IN_USE = define("PASS.in-use", "-ERR [IN-USE] mailbox is locked by another session")
CROWDED_ACCOUNT = define(
    "crowded-account", "-ERR [SYS/TEMP] too many connections are logged in to this mailbox"
)
TOO_MANY_WAITING = define(
    "too-many-waiting",
    "-ERR [SYS/TEMP] too many logins are waiting for this name, try again later",
)
APOP_OK = define("APOP.ok", "+OK mailbox locked and ready")
APOP_DENIED = define("APOP.denied", "-ERR [AUTH] invalid user name or digest")
APOP_IN_USE = define("APOP.in-use", "-ERR [IN-USE] mailbox is locked by another session")
AUTH_OK = define("AUTH.ok", "+OK mailbox locked and ready")
AUTH_LIST = define("AUTH.list", "+OK list of mechanisms follows")
AUTH_CONTINUE = define("AUTH.continue", "+ {challenge}")
AUTH_UNKNOWN = define("AUTH.unknown", "-ERR this mechanism is not offered, AUTH alone lists them")
AUTH_CANCELLED = define("AUTH.cancelled", "-ERR login cancelled")
AUTH_NOT_BASE64 = define("AUTH.not-base64", "-ERR this is not base64")
AUTH_MALFORMED = define("AUTH.malformed", "-ERR this does not fit the mechanism")
AUTH_UNBOUND = define("AUTH.unbound", "-ERR no channel binding is offered here, begin with n,,")
AUTH_DENIED = define("AUTH.denied", "-ERR [AUTH] invalid user name or password")
AUTH_IN_USE = define("AUTH.in-use", "-ERR [IN-USE] mailbox is locked by another session")
NEEDS_TLS = define("needs-tls", "-ERR [AUTH] passwords are taken inside TLS only")  # RFC 3206 4
UTF8_OK = define("UTF8.ok", "+OK UTF-8 is welcome now")

STAT_OK = define("STAT.ok", "+OK {count} {octets}")
LIST_OK = define("LIST.ok", "+OK mailbox has {count} messages ({octets} octets)")
LIST_ONE = define("LIST.one", "+OK {number} {octets}")
RETR_OK = define("RETR.ok", "+OK message follows")
DELE_OK = define("DELE.ok", "+OK message marked for delete")
NOOP_OK = define("NOOP.ok", "+OK nothing done")
RSET_OK = define("RSET.ok", "+OK mailbox has {count} messages ({octets} octets)")
TOP_OK = define("TOP.ok", "+OK top of message follows")
UIDL_OK = define("UIDL.ok", "+OK unique-id listing follows")
UIDL_ONE = define("UIDL.one", "+OK {number} {uid}")
CAPA_OK = define("CAPA.ok", "+OK capability list follows")
QUIT_OK = define("QUIT.ok", "+OK bye")
QUIT_EARLY = define("QUIT.early", "+OK bye, nobody was logged in")
QUIT_FAILED = define("QUIT.failed", "-ERR [SYS/TEMP] some marked messages were not deleted")

NO_SUCH_MESSAGE = define("no-such-message", "-ERR no such message, only {count} in mailbox")
MARKED = define("marked", "-ERR message {number} is marked for delete")
GONE = define("gone", "-ERR message {number} was removed by another session")

NEEDS_LOGIN = define("needs-login", "-ERR {command} needs a login, send {missing} first")
LOGGED_IN = define("logged-in", "-ERR {command} is for before the login, you are logged in")
UNKNOWN = define("unknown", "-ERR unknown command")
NOT_OFFERED = define("not-offered", "-ERR {command} is not offered here")
SYNTAX = define("syntax", "-ERR usage: {usage}")
NOT_TEXT = define("not-text", "-ERR only printable ASCII characters, please")
NOT_UTF8 = define("not-utf8", "-ERR only printable characters in UTF-8, please")
TOO_LONG = define("too-long", "-ERR line too long")
TOO_MANY = define("too-many", "-ERR too many wrong commands, bye")
UNAVAILABLE = define("unavailable", "-ERR [SYS/TEMP] mailbox is not available now, try again")
STLS_OK = define("STLS.ok", "+OK begin TLS negotiation")
STLS_SECURED = define("STLS.secured", "-ERR TLS is active already")
STLS_UNAVAILABLE = define("STLS.unavailable", "-ERR TLS is not available here")
STLS_PIPELINED = define("STLS.pipelined", "-ERR nothing may follow STLS before its answer")
CROWDED = define("crowded", "-ERR [SYS/TEMP] too many connections, try again later")
TOO_LONG_HERE = define("total", "-ERR [SYS/TEMP] this connection has lasted long enough, bye")
SHUTDOWN = define("shutdown", "-ERR [SYS/TEMP] server is shutting down, nothing was deleted")
BROWSER = define("browser", "-ERR this is HTTP, not POP3, bye")
FAILURE = define("failure", "-ERR [SYS/TEMP] server error, nothing was deleted, bye")
