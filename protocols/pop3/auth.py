"""The login by AUTH (RFC 5034): an exchange in base64 between a command and its answer."""

from collections.abc import Awaitable

from protocols.login import LoginFailed, worded
from protocols.pop3 import replies
from protocols.pop3.replies import Response
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import MECHANISMS
from protocols.replies import Refused
from protocols.sasl import (
    CRAM_MD5,
    PLAIN,
    Cancelled,
    Exchange,
    Malformed,
    NoChannelBinding,
    NotBase64,
)
from protocols.sasl_lines import offered
from protocols.scram import SCRAM_SHA_256
from protocols.store import Account

_BY_NAME = dict(zip(MECHANISMS, (SCRAM_SHA_256, CRAM_MD5, PLAIN), strict=True))
_REFUSALS = {
    Cancelled: replies.AUTH_CANCELLED,
    NotBase64: replies.AUTH_NOT_BASE64,
    Malformed: replies.AUTH_MALFORMED,
    NoChannelBinding: replies.AUTH_UNBOUND,
    LoginFailed: replies.AUTH_DENIED,
}


async def begin(session: Pop3Session, name: str, initial: str) -> Response:
    if name.upper() not in _BY_NAME:
        raise Refused(replies.AUTH_UNKNOWN)
    if name.upper() not in offered(MECHANISMS, session.plain_logins):
        raise Refused(replies.NEEDS_TLS)
    exchange = Exchange(session, _BY_NAME[name.upper()])
    return await _go_on(session, exchange, exchange.begin(initial))


async def _go_on(
    session: Pop3Session, exchange: Exchange, step: Awaitable[str | Account]
) -> Response:
    outcome = await worded(step, _REFUSALS)
    if isinstance(outcome, Account):
        await session.open(outcome, replies.AUTH_IN_USE)
        return Response(replies.AUTH_OK.text())
    session.exchange = lambda line: _go_on(session, exchange, exchange.respond(line))
    return Response(replies.AUTH_CONTINUE.text(challenge=outcome))
