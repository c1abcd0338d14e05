"""What each POP3 command does (RFC 1939 5 to 7, RFC 2449 5), in teaching order."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable

from protocols.commands import stays
from protocols.framing import after_lines
from protocols.pop3 import auth, replies
from protocols.pop3.replies import Response
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import (
    AUTHORIZATION,
    MECHANISMS,
    TABLE,
    TRANSACTION,
    UPDATE,
    capabilities,
)
from protocols.replies import Refused, Reply
from protocols.sasl import is_password
from protocols.sasl_lines import offered
from protocols.store import Maildrop, Message, MessageGone, StoreError

LOGIN = {AUTHORIZATION: TRANSACTION}
ENDS = {AUTHORIZATION: AUTHORIZATION, TRANSACTION: UPDATE}  # RFC 1939 6: UPDATE after a login only


@TABLE.command("USER", stays(AUTHORIZATION), "name", rfc="RFC 1939 7", capability="USER")
async def user(session: Pop3Session, name: str) -> Response:
    if not session.plain_logins:
        raise Refused(replies.NEEDS_TLS)
    # RFC 1939 7: +OK also for an unknown name, so that nobody learns which mailboxes exist
    await session.strikes.named_only(name)
    session.user = name
    return Response(replies.USER_OK.text())


@TABLE.command("PASS", LOGIN, "string", rfc="RFC 1939 7", capability="USER")
async def password(session: Pop3Session, string: str) -> Response:
    name, session.user = session.user, ""
    await session.enter(name, is_password(string), replies.PASS_DENIED, replies.PASS_IN_USE)
    return Response(replies.PASS_OK.text())


@TABLE.command("STAT", stays(TRANSACTION), rfc="RFC 1939 5")
async def stat(session: Pop3Session) -> Response:
    return Response(_totals(replies.STAT_OK, session.maildrop))


@TABLE.command("LIST", stays(TRANSACTION), "[msg]", rfc="RFC 1939 5")
async def list_(session: Pop3Session, msg: str = "") -> Response:
    if msg:
        message = _message(session.maildrop, msg)
        return Response(replies.LIST_ONE.text(number=int(msg), octets=message.sent_size))
    return Response(
        _totals(replies.LIST_OK, session.maildrop),
        _listing(session.maildrop, lambda m: m.sent_size),
    )


@TABLE.command("RETR", stays(TRANSACTION), "msg", rfc="RFC 1939 5")
async def retr(session: Pop3Session, msg: str) -> Response:
    message, inbox = _message(session.maildrop, msg), session.maildrop.inbox
    content = await _there(inbox.stuffed_content(message), msg)
    return Response(replies.RETR_OK.text(), content, stuffed=True)


@TABLE.command("DELE", stays(TRANSACTION), "msg", rfc="RFC 1939 5")
async def dele(session: Pop3Session, msg: str) -> Response:
    session.maildrop.marked.add(_message(session.maildrop, msg))
    session.account.changed()
    return Response(replies.DELE_OK.text())


@TABLE.command("QUIT", ENDS, rfc="RFC 1939 6")
async def quit_(session: Pop3Session) -> Response:
    try:
        return Response((await _update(session.maildrop)).text())
    finally:
        session.lost()


@TABLE.command("NOOP", stays(TRANSACTION), rfc="RFC 1939 5")
async def noop(session: Pop3Session) -> Response:
    return Response(replies.NOOP_OK.text())


@TABLE.command("RSET", stays(TRANSACTION), rfc="RFC 1939 5")
async def rset(session: Pop3Session) -> Response:
    session.maildrop.marked.clear()
    session.account.changed()
    return Response(_totals(replies.RSET_OK, session.maildrop))


@TABLE.command("TOP", stays(TRANSACTION), "msg n", rfc="RFC 1939 7", capability="TOP")
async def top(session: Pop3Session, msg: str, n: str) -> Response:
    message = _message(session.maildrop, msg)
    content = await _there(session.maildrop.inbox.content(message), msg)
    end = after_lines(content, message.summary.header_size, int(n))
    return Response(replies.TOP_OK.text(), content[:end])


@TABLE.command("UIDL", stays(TRANSACTION), "[msg]", rfc="RFC 1939 7", capability="UIDL")
async def uidl(session: Pop3Session, msg: str = "") -> Response:
    maildrop = session.maildrop

    def unique_id(message: Message) -> str:
        return f"{maildrop.inbox.uid_validity}.{message.uid}"

    if msg:
        uid = unique_id(_message(maildrop, msg))
        return Response(replies.UIDL_ONE.text(number=int(msg), uid=uid))
    return Response(replies.UIDL_OK.text(), _listing(maildrop, unique_id))


@TABLE.command("APOP", LOGIN, "name digest", rfc="RFC 1939 7")
async def apop(session: Pop3Session, name: str, digest: str) -> Response:
    def knows(password: str) -> bool:
        right = hashlib.md5((session.stamp + password).encode(), usedforsecurity=False).hexdigest()
        return hmac.compare_digest(right.encode(), digest.encode())

    await session.enter(name, knows, replies.APOP_DENIED, replies.APOP_IN_USE)
    return Response(replies.APOP_OK.text())


@TABLE.command("AUTH", LOGIN, "[mechanism] [initial-response]", rfc="RFC 5034 4", capability="SASL")
async def auth_(session: Pop3Session, mechanism: str = "", initial: str = "") -> Response:
    if mechanism:
        return await auth.begin(session, mechanism, initial)
    # Older than RFC 5034, but mail programs ask in this way where there is no CAPA
    return Response(replies.AUTH_LIST.text(), _lines(offered(MECHANISMS, session.plain_logins)))


@TABLE.command("UTF8", stays(AUTHORIZATION), rfc="RFC 6856 2.1", capability="UTF8")
async def utf8(session: Pop3Session) -> Response:
    session.utf8 = True
    return Response(replies.UTF8_OK.text())


@TABLE.command("STLS", stays(AUTHORIZATION), rfc="RFC 2595 4", capability="STLS")
async def stls(session: Pop3Session) -> Response:
    session.begin_tls(replies.STLS_SECURED, replies.STLS_UNAVAILABLE)
    return Response(replies.STLS_OK.text())


@TABLE.command("CAPA", stays(AUTHORIZATION, TRANSACTION), rfc="RFC 2449 5")
async def capa(session: Pop3Session) -> Response:
    tls = session.tls_offered and TABLE["STLS"].allowed_in(session.state)  # RFC 2595 4
    return Response(replies.CAPA_OK.text(), _lines(capabilities(tls, session.plain_logins)))


def _message(maildrop: Maildrop, word: str) -> Message:
    """The message with that number. Raises Refused if there is none, or a marked one."""
    number = int(word)
    if not 1 <= number <= len(maildrop.messages):
        raise Refused(replies.NO_SUCH_MESSAGE, count=len(maildrop.messages))
    message = maildrop.messages[number - 1]
    if message in maildrop.marked:
        raise Refused(replies.MARKED, number=number)  # RFC 1939 5: any reference is an error
    return message


async def _there(content: Awaitable[bytes], word: str) -> bytes:
    try:
        return await content
    except MessageGone:
        raise Refused(replies.GONE, number=int(word)) from None


async def _update(maildrop: Maildrop | None) -> Reply:
    """RFC 1939 6: only now, and only what is marked, is deleted."""
    if maildrop is None:
        return replies.QUIT_EARLY
    try:
        if maildrop.marked:
            await maildrop.inbox.expunge([m for m in maildrop.messages if m in maildrop.marked])
    except StoreError:
        return replies.QUIT_FAILED
    return replies.QUIT_OK


def _unmarked(maildrop: Maildrop) -> list[tuple[int, Message]]:
    """The messages not marked, with their numbers, which stay as they were at the login."""
    return [(n, m) for n, m in enumerate(maildrop.messages, 1) if m not in maildrop.marked]


def _totals(reply: Reply, maildrop: Maildrop) -> str:
    sizes = [message.sent_size for _, message in _unmarked(maildrop)]
    return reply.text(count=len(sizes), octets=sum(sizes))


def _listing(maildrop: Maildrop, column: Callable[[Message], object]) -> bytes:
    return _lines(f"{number} {column(message)}" for number, message in _unmarked(maildrop))


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()
