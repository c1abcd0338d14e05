"""Who is there: CAPABILITY, LOGIN, AUTHENTICATE, LOGOUT, NOOP (RFC 3501 6.1, 6.2)."""

from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.guard import TooManyWaiting
from protocols.imap import replies
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.responses import Continue, Tagged, done, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import (
    AUTHENTICATED,
    LOGOUT,
    MECHANISMS,
    NOT_AUTHENTICATED,
    SELECTED,
    TABLE,
    capabilities,
)
from protocols.login import LoginFailed, TooManyLogins, log_in, worded
from protocols.replies import Refused, Reply
from protocols.sasl import (
    CRAM_MD5,
    PLAIN,
    Cancelled,
    Exchange,
    Malformed,
    NoChannelBinding,
    NotBase64,
    is_password,
)
from protocols.sasl_lines import offered
from protocols.scram import SCRAM_SHA_256
from protocols.store import Account

ANY = (NOT_AUTHENTICATED, AUTHENTICATED, SELECTED)
Pieces = AsyncIterator[bytes | Continue | Tagged]

_BY_NAME = dict(zip(MECHANISMS, (SCRAM_SHA_256, CRAM_MD5, PLAIN), strict=True))
_LOGIN_REFUSALS = {
    LoginFailed: replies.LOGIN_DENIED,
    TooManyLogins: replies.LOGIN_CROWDED,
    TooManyWaiting: replies.LOGIN_WAITING,
}
_REFUSALS = {
    Cancelled: replies.AUTHENTICATE_CANCELLED,  # RFC 3501 6.2.2
    NotBase64: replies.AUTHENTICATE_NOT_BASE64,
    Malformed: replies.AUTHENTICATE_MALFORMED,
    NoChannelBinding: replies.AUTHENTICATE_UNBOUND,
    LoginFailed: replies.AUTHENTICATE_DENIED,
    TooManyLogins: replies.LOGIN_CROWDED,
    TooManyWaiting: replies.LOGIN_WAITING,
}


@TABLE.command("CAPABILITY", stays(*ANY), rfc="RFC 3501 6.1.1")
async def capability(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    words = capabilities(session.state, session.tls_offered, session.plain_logins)
    yield untagged(replies.CAPABILITY_DATA, capabilities=" ".join(words))
    yield done(replies.CAPABILITY_OK)


@TABLE.command("STARTTLS", stays(NOT_AUTHENTICATED), rfc="RFC 3501 6.2.1", capability="STARTTLS")
async def starttls(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    session.begin_tls(replies.STARTTLS_SECURED, replies.STARTTLS_UNAVAILABLE)
    yield done(replies.STARTTLS_OK)


@TABLE.command("LOGIN", {NOT_AUTHENTICATED: AUTHENTICATED}, "userid password", rfc="RFC 3501 6.2.3")
async def login(session: ImapSession, rest: Cursor) -> Pieces:
    userid = rest.argument("userid").text()
    password = rest.argument("password").text()
    rest.end()
    step = log_in(session, userid, is_password(password))
    account = await worded(step, _LOGIN_REFUSALS)
    yield _welcome(session, account, replies.LOGIN_OK)


@TABLE.command(
    "AUTHENTICATE",
    {NOT_AUTHENTICATED: AUTHENTICATED},
    "mechanism [initial-response]",
    rfc="RFC 3501 6.2.2",
)
async def authenticate(session: ImapSession, rest: Cursor) -> Pieces:
    mechanism = rest.argument("mechanism").atom()
    # RFC 4959 3
    initial = rest.argument("initial-response").text() if rest.at(b" ") else ""
    rest.end()
    if mechanism not in _BY_NAME:
        raise Refused(replies.AUTHENTICATE_MECHANISM, mechanism=mechanism)
    if mechanism not in offered(MECHANISMS, session.plain_logins):
        raise Refused(replies.NEEDS_TLS)
    exchange = Exchange(session, _BY_NAME[mechanism])
    step = await worded(exchange.begin(initial), _REFUSALS)
    while not isinstance(step, Account):
        response = yield Continue(replies.CONTINUE_RESPONSE.text(challenge=step))
        step = await worded(exchange.respond(response), _REFUSALS)
    yield _welcome(session, step, replies.AUTHENTICATE_OK)


@TABLE.command("LOGOUT", dict.fromkeys(ANY, LOGOUT), rfc="RFC 3501 6.1.3")
async def logout(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    session.unselect()
    session.closing = True
    yield untagged(replies.LOGOUT_BYE, host=session.host.name)
    yield done(replies.LOGOUT_OK)


@TABLE.command("NOOP", stays(*ANY), rfc="RFC 3501 6.1.2")
async def noop(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    yield done(replies.NOOP_OK)


def _welcome(session: ImapSession, account: Account, reply: Reply) -> Tagged:
    session.account = account
    session.logged_in(account)
    return done(reply, capabilities=" ".join(capabilities(AUTHENTICATED, tls=False)))
