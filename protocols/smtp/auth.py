"""AUTH: the login, by whatever mechanism (RFC 4954)."""

from collections.abc import Awaitable

from protocols.guard import TooManyWaiting
from protocols.login import LoginFailed, TooManyLogins, worded
from protocols.replies import Refused
from protocols.sasl import (
    CRAM_MD5,
    LOGIN,
    PLAIN,
    Cancelled,
    Exchange,
    Malformed,
    NoChannelBinding,
    NotBase64,
)
from protocols.sasl_lines import offered
from protocols.scram import SCRAM_SHA_256
from protocols.smtp import replies
from protocols.smtp.replies import Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MECHANISMS, TABLE
from protocols.store import Account

_BY_NAME = dict(zip(MECHANISMS, (SCRAM_SHA_256, CRAM_MD5, PLAIN, LOGIN), strict=True))
_REFUSALS = {
    Cancelled: replies.AUTH_CANCELLED,
    NotBase64: replies.AUTH_NOT_BASE64,
    Malformed: replies.AUTH_MALFORMED,
    NoChannelBinding: replies.AUTH_UNBOUND,
    LoginFailed: replies.AUTH_FAILED,
    TooManyLogins: replies.AUTH_CROWDED,
    TooManyWaiting: replies.AUTH_WAITING,
}


async def authenticate(session: SmtpSession, argument: str) -> Answer:
    name, _, initial = argument.partition(" ")
    if not session.extended:
        raise Refused(replies.MISSING, missing="EHLO")
    if session.account:
        raise Refused(replies.AUTH_AGAIN)
    if not name or " " in initial:
        raise Refused(replies.SYNTAX, usage=TABLE["AUTH"].usage)
    mechanism = _BY_NAME.get(name.upper())
    if not mechanism:
        raise Refused(replies.AUTH_MECHANISM)
    if name.upper() not in offered(MECHANISMS, session.plain_logins):
        raise Refused(replies.AUTH_NEEDS_TLS)
    if initial and not mechanism.initial:
        raise Refused(replies.AUTH_SERVER_FIRST)  # RFC 4954 4
    exchange = Exchange(session, mechanism)
    return await _go_on(session, exchange, exchange.begin(initial))


async def _go_on(
    session: SmtpSession, exchange: Exchange, step: Awaitable[str | Account]
) -> Answer:
    outcome = await worded(step, _REFUSALS)
    if isinstance(outcome, Account):
        session.account = outcome
        session.logged_in(outcome)
        return Answer(replies.AUTH_OK)
    session.exchange = lambda line: _go_on(session, exchange, exchange.respond(line))
    return Answer(replies.AUTH_CHALLENGE, {"challenge": outcome})
