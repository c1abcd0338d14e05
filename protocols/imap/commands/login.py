"""Who is there: CAPABILITY, LOGIN, AUTHENTICATE, LOGOUT, NOOP (RFC 3501 6.1, 6.2)."""

import hmac
from base64 import b64decode
from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.responses import Continue, Tagged, done, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import (
    AUTHENTICATED,
    LOGOUT,
    NOT_AUTHENTICATED,
    SELECTED,
    TABLE,
    capabilities,
)
from protocols.login import LoginFailed, TooManyLogins, log_in
from protocols.replies import Refused, Reply

ANY = (NOT_AUTHENTICATED, AUTHENTICATED, SELECTED)
Pieces = AsyncIterator[bytes | Continue | Tagged]


@TABLE.command("CAPABILITY", stays(*ANY), rfc="RFC 3501 6.1.1")
async def capability(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    offered = " ".join(capabilities(session.state, session.tls_offered))
    yield untagged(replies.CAPABILITY_DATA, capabilities=offered)
    yield done(replies.CAPABILITY_OK)


@TABLE.command("STARTTLS", stays(NOT_AUTHENTICATED), rfc="RFC 3501 6.2.1", capability="STARTTLS")
async def starttls(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    if session.conversation.tls:
        raise Refused(replies.STARTTLS_SECURED)
    if not session.tls_offered:
        raise Refused(replies.STARTTLS_UNAVAILABLE)
    session.wants_tls = True
    yield done(replies.STARTTLS_OK)


@TABLE.command("LOGIN", {NOT_AUTHENTICATED: AUTHENTICATED}, "userid password", rfc="RFC 3501 6.2.3")
async def login(session: ImapSession, rest: Cursor) -> Pieces:
    userid = rest.argument("userid").text()
    password = rest.argument("password").text()
    rest.end()
    await _enter(session, userid, password, replies.LOGIN_DENIED)
    yield _welcome(replies.LOGIN_OK)


@TABLE.command(
    "AUTHENTICATE",
    {NOT_AUTHENTICATED: AUTHENTICATED},
    "mechanism [initial-response]",
    rfc="RFC 3501 6.2.2",
    capability="AUTH=PLAIN",
)
async def authenticate(session: ImapSession, rest: Cursor) -> Pieces:
    mechanism = rest.argument("mechanism").atom()
    response = None
    if rest.at(b" "):  # RFC 4959 3
        response = rest.argument("initial-response").text()
    rest.end()
    if mechanism != "PLAIN":
        raise Refused(replies.AUTHENTICATE_MECHANISM, mechanism=mechanism)
    if response is None:
        response = yield Continue(replies.CONTINUE_RESPONSE)
    if response == "*":
        raise Refused(replies.AUTHENTICATE_CANCELLED)  # RFC 3501 6.2.2
    userid, password = _plain(response)
    await _enter(session, userid, password, replies.AUTHENTICATE_DENIED)
    yield _welcome(replies.AUTHENTICATE_OK)


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


def _welcome(reply: Reply) -> Tagged:
    return done(reply, capabilities=" ".join(capabilities(AUTHENTICATED, tls=False)))


async def _enter(session: ImapSession, userid: str, password: str, denied: Reply) -> None:
    """An unknown name gets the answer of a wrong password, after the same comparison."""

    def knows(expected: str) -> bool:
        return hmac.compare_digest(password.encode(), expected.encode())

    try:
        account = await log_in(session, userid, knows)
    except LoginFailed:
        raise Refused(denied) from None
    except TooManyLogins:
        raise Refused(replies.LOGIN_CROWDED) from None
    session.account = account
    session.conversation.authenticated(account)


def _plain(response: str) -> tuple[str, str]:
    """RFC 4616 2: [authzid] NUL authcid NUL passwd"""
    try:
        parts = b64decode(response, validate=True).decode().split("\0")
    except ValueError:
        raise Refused(replies.AUTHENTICATE_NOT_BASE64) from None
    if len(parts) != 3 or parts[0] not in ("", parts[1]):
        raise Refused(replies.AUTHENTICATE_MALFORMED)
    return parts[1], parts[2]
