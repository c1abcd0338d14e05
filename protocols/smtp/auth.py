"""AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616)."""

from base64 import b64decode
from binascii import Error
from collections.abc import Awaitable, Callable
from hmac import compare_digest

from protocols.login import LoginFailed, TooManyLogins, log_in
from protocols.replies import Refused
from protocols.smtp import replies
from protocols.smtp.replies import Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import TABLE

_CANCEL = "*"
_EMPTY = "="  # RFC 4954 4: an initial response of no octets


async def authenticate(session: SmtpSession, argument: str) -> Answer:
    mechanism, _, initial = argument.partition(" ")
    if not session.extended:
        raise Refused(replies.MISSING, missing="EHLO")
    if session.account:
        raise Refused(replies.AUTH_AGAIN)
    if not mechanism or " " in initial:
        raise Refused(replies.SYNTAX, usage=TABLE["AUTH"].usage)
    start = _STARTS.get(mechanism.upper())
    if not start:
        raise Refused(replies.AUTH_MECHANISM)
    return await start(session, "" if initial == _EMPTY else initial, not initial)


async def _start_plain(session: SmtpSession, initial: str, ask: bool) -> Answer:
    return _ask(session, _plain, replies.AUTH_CHALLENGE) if ask else await _plain(session, initial)


async def _start_login(session: SmtpSession, initial: str, ask: bool) -> Answer:
    return (
        _ask(session, _username, replies.AUTH_USERNAME)
        if ask
        else await _username(session, initial)
    )


_STARTS = {"PLAIN": _start_plain, "LOGIN": _start_login}


def _ask(
    session: SmtpSession,
    step: Callable[[SmtpSession, str], Awaitable[Answer]],
    challenge: replies.Reply,
) -> Answer:
    session.exchange = step
    return Answer(challenge)


async def _plain(session: SmtpSession, response: str) -> Answer:
    parts = _decoded(response).split("\0")
    if len(parts) != 3:  # RFC 4616 2: authzid NUL authcid NUL passwd
        raise Refused(replies.AUTH_MALFORMED)
    identity, user, password = parts
    return await _login(session, user, password if identity in ("", user) else None)


async def _username(session: SmtpSession, response: str) -> Answer:
    user = _decoded(response)

    async def password(session: SmtpSession, response: str) -> Answer:
        return await _login(session, user, _decoded(response))

    return _ask(session, password, replies.AUTH_PASSWORD)


async def _login(session: SmtpSession, user: str, password: str | None) -> Answer:
    def knows(known: str) -> bool:
        return compare_digest(known.encode(), (password or "").encode()) and password is not None

    try:
        account = await log_in(session, user, knows)
    except LoginFailed:
        raise Refused(replies.AUTH_FAILED) from None
    except TooManyLogins:
        raise Refused(replies.AUTH_CROWDED) from None
    session.account = account
    session.conversation.authenticated(account)
    return Answer(replies.AUTH_OK)


def _decoded(response: str) -> str:
    if response == _CANCEL:
        raise Refused(replies.AUTH_CANCELLED)
    try:
        return b64decode(response, validate=True).decode()
    except (Error, ValueError):
        raise Refused(replies.AUTH_NOT_BASE64) from None
