"""Everything the IMAP server can say (RFC 3501 7; response codes also RFC 5530, RFC 4315).

Templates begin after the tag or the star. BAD: the command makes no sense; NO: it does, but no.
"""

from protocols.replies import Reply, ReplyCatalogue

REPLIES = ReplyCatalogue()


def define(id: str, template: str) -> Reply:
    return REPLIES.define(f"imap.{id}", template)


GREETING = define("greeting", "OK [CAPABILITY {capabilities}] {host} mailedu IMAP server ready")

CAPABILITY_OK = define("CAPABILITY.ok", "OK CAPABILITY completed")
NOOP_OK = define("NOOP.ok", "OK NOOP completed")
LOGOUT_OK = define("LOGOUT.ok", "OK LOGOUT completed")
ID_OK = define("ID.ok", "OK ID completed")
ENABLE_OK = define("ENABLE.ok", "OK ENABLE completed, nothing was enabled")

LOGIN_OK = define("LOGIN.ok", "OK [CAPABILITY {capabilities}] LOGIN completed")
LOGIN_DENIED = define("LOGIN.denied", "NO [AUTHENTICATIONFAILED] wrong user name or password")
NEEDS_TLS = define("needs-tls", "NO [PRIVACYREQUIRED] passwords are taken inside TLS only")
AUTHENTICATE_OK = define("AUTHENTICATE.ok", "OK [CAPABILITY {capabilities}] AUTHENTICATE completed")
AUTHENTICATE_DENIED = define(
    "AUTHENTICATE.denied", "NO [AUTHENTICATIONFAILED] wrong user name or password"
)
AUTHENTICATE_MECHANISM = define(
    "AUTHENTICATE.mechanism", "NO mechanism {mechanism} is not offered, see CAPABILITY"
)
AUTHENTICATE_CANCELLED = define("AUTHENTICATE.cancelled", "BAD AUTHENTICATE cancelled")
AUTHENTICATE_NOT_BASE64 = define("AUTHENTICATE.not-base64", "BAD the response is not base64")
AUTHENTICATE_MALFORMED = define(
    "AUTHENTICATE.malformed", "BAD the response does not fit the mechanism"
)
AUTHENTICATE_UNBOUND = define(
    "AUTHENTICATE.unbound", "NO no channel binding is offered here, begin with n,,"
)

SELECT_OK = define("SELECT.ok", "OK [READ-WRITE] SELECT completed")
EXAMINE_OK = define("EXAMINE.ok", "OK [READ-ONLY] EXAMINE completed")
SELECT_UNSEEN = define("SELECT.unseen", "OK [UNSEEN {number}] first unseen message")
SELECT_PERMANENTFLAGS = define(
    "SELECT.permanentflags", "OK [PERMANENTFLAGS ({flags})] flags that stay"
)
SELECT_UIDNEXT = define("SELECT.uidnext", "OK [UIDNEXT {uid}] predicted next UID")
SELECT_UIDVALIDITY = define("SELECT.uidvalidity", "OK [UIDVALIDITY {uidvalidity}] UIDs are valid")

CREATE_OK = define("CREATE.ok", "OK CREATE completed")
DELETE_OK = define("DELETE.ok", "OK DELETE completed")
DELETE_CHILDREN = define(
    "DELETE.has-children", "NO mailbox has inferior mailboxes, delete them first"
)
RENAME_OK = define("RENAME.ok", "OK RENAME completed")
SUBSCRIBE_OK = define("SUBSCRIBE.ok", "OK SUBSCRIBE completed")
UNSUBSCRIBE_OK = define("UNSUBSCRIBE.ok", "OK UNSUBSCRIBE completed")
LIST_OK = define("LIST.ok", "OK LIST completed")
LSUB_OK = define("LSUB.ok", "OK LSUB completed")
NAMESPACE_OK = define("NAMESPACE.ok", "OK NAMESPACE completed")
STATUS_OK = define("STATUS.ok", "OK STATUS completed")

APPEND_OK = define("APPEND.ok", "OK [APPENDUID {uidvalidity} {uid}] APPEND completed")
APPEND_TRYCREATE = define("APPEND.try-create", "NO [TRYCREATE] no such mailbox, CREATE it first")
APPEND_NUL = define("APPEND.nul", "NO message holds NUL octets")
APPEND_EMPTY = define("APPEND.empty", "NO message is empty")
APPEND_TOO_BIG = define("APPEND.too-big", "NO [TOOBIG] message exceeds the limit of {limit} octets")
APPEND_NO_STORAGE = define("APPEND.no-storage", "NO [LIMIT] too much unfinished mail, try later")

CHECK_OK = define("CHECK.ok", "OK CHECK completed")
CLOSE_OK = define("CLOSE.ok", "OK CLOSE completed")
UNSELECT_OK = define("UNSELECT.ok", "OK UNSELECT completed")
EXPUNGE_OK = define("EXPUNGE.ok", "OK EXPUNGE completed")
SEARCH_OK = define("SEARCH.ok", "OK SEARCH completed")
SEARCH_CHARSET = define(
    "SEARCH.bad-charset", "NO [BADCHARSET (US-ASCII UTF-8)] charset {charset} is not offered"
)
FETCH_OK = define("FETCH.ok", "OK FETCH completed")
STORE_OK = define("STORE.ok", "OK STORE completed")
STORE_LIMIT = define(
    "STORE.limit", "NO [LIMIT] mailbox has too many keywords already, at most {limit}"
)
COPY_UID = define("COPY.uid", "OK [COPYUID {uidvalidity} {uids} {copies}] COPY completed")
COPY_TRYCREATE = define("COPY.try-create", "NO [TRYCREATE] no such mailbox, CREATE it first")
UID_OK = define("UID.ok", "OK UID {command} completed")
UID_UNKNOWN = define("UID.unknown", "BAD UID goes with FETCH, STORE, SEARCH, COPY or EXPUNGE")
IDLE_OK = define("IDLE.ok", "OK IDLE terminated")
IDLE_NOT_DONE = define("IDLE.not-done", "BAD IDLE ends with DONE")

CONTINUE_LITERAL = define("continue.literal", "+ ready for {octets} octets")
CONTINUE_RESPONSE = define("continue.response", "+ {challenge}")
CONTINUE_IDLE = define("continue.idle", "+ idling, DONE ends it")

NO_TAG = define("no-tag", "BAD expected a tag and a command")
NO_COMMAND = define("no-command", "BAD expected a command after the tag")
UNKNOWN = define("unknown", "BAD unknown command")
NOT_OFFERED = define("not-offered", "BAD {command} is not offered, see CAPABILITY")
NEEDS_LOGIN = define("needs-login", "BAD {command} needs a login, send {missing} first")
NEEDS_MAILBOX = define("needs-mailbox", "BAD {command} needs a mailbox, send {missing} first")
LOGGED_IN = define("logged-in", "BAD {command} is for before the login, you are logged in")
SYNTAX = define("syntax", "BAD expected {what} after {before}")
LINE_TOO_LONG = define("line-too-long", "BAD line exceeds the limit of {limit} octets")
LITERAL_TOO_BIG = define("literal-too-big", "BAD literal exceeds the limit of {limit} octets")
NO_MESSAGE = define("no-such-message", "BAD no message {number}, the mailbox has {count}")
NO_MESSAGES = define("no-messages", "BAD the mailbox has no messages")

NO_MAILBOX = define("no-such-mailbox", "NO [NONEXISTENT] no such mailbox")
EXISTS = define("mailbox-exists", "NO [ALREADYEXISTS] mailbox exists already")
BAD_NAME = define("mailbox-name", "NO [CANNOT] this is not possible with this mailbox name")
READ_ONLY = define("read-only", "NO [READ-ONLY] mailbox was opened with EXAMINE")
EXPUNGED = define(
    "expunged", "NO [EXPUNGEISSUED] some of these messages were removed by another session"
)
OVER_QUOTA = define("over-quota", "NO [OVERQUOTA] mailbox is full")
UNAVAILABLE = define("unavailable", "NO [UNAVAILABLE] mail storage is not available now, try again")
FAILED = define("failed", "NO [SERVERBUG] server error, nothing was done")

# Untagged data; the observer reads these by their own grammar.
EXISTS_DATA = define("untagged.EXISTS", "{count} EXISTS")
RECENT_DATA = define("untagged.RECENT", "{count} RECENT")
EXPUNGE_DATA = define("untagged.EXPUNGE", "{number} EXPUNGE")
FETCH_DATA = define("untagged.FETCH", "{number} FETCH ({items})")
FLAGS_DATA = define("untagged.FLAGS", "FLAGS ({flags})")
SEARCH_DATA = define("untagged.SEARCH", "SEARCH{numbers}")
LIST_DATA = define("untagged.LIST", "LIST ({attributes}) {separator} {mailbox}")
LSUB_DATA = define("untagged.LSUB", "LSUB ({attributes}) {separator} {mailbox}")
STATUS_DATA = define("untagged.STATUS", "STATUS {mailbox} ({items})")
CAPABILITY_DATA = define("untagged.CAPABILITY", "CAPABILITY {capabilities}")
NAMESPACE_DATA = define("untagged.NAMESPACE", 'NAMESPACE (("" "/")) NIL NIL')
ID_DATA = define("untagged.ID", 'ID ("name" "mailedu")')
ENABLED_DATA = define("untagged.ENABLED", "ENABLED")

LOGOUT_BYE = define("LOGOUT.bye", "BYE {host} closing connection")
TOO_MANY = define("too-many", "BYE too many wrong commands")
STARTTLS_OK = define("STARTTLS.ok", "OK begin TLS negotiation now")
STARTTLS_SECURED = define("STARTTLS.secured", "BAD TLS is active already")
STARTTLS_UNAVAILABLE = define("STARTTLS.unavailable", "NO TLS is not available here")
STARTTLS_PIPELINED = define(
    "STARTTLS.pipelined", "BAD nothing may follow STARTTLS before its answer"
)
LOGIN_CROWDED = define("LOGIN.crowded", "NO [LIMIT] too many connections of this account")
LOGIN_WAITING = define(
    "LOGIN.waiting",
    "NO [UNAVAILABLE] too many logins are waiting for this name, try again later",
)
CROWDED = define("crowded", "BYE too many connections, try again later")
TOO_LONG = define("total", "BYE this connection has lasted a day")
IDLE_BYE = define("idle", "BYE idle for too long")
BROWSER = define("browser", "BYE this is HTTP, not IMAP")
SHUTDOWN = define("shutdown", "BYE server is shutting down")
FAILURE = define("failure", "BYE server error")
