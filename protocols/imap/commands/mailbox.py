"""Which mailbox: SELECT, EXAMINE, CHECK, CLOSE, UNSELECT, EXPUNGE, IDLE (RFC 3501 6.3, 6.4)."""

from collections.abc import AsyncIterator, Sequence

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.responses import Continue, Tagged, done, flags_data, permanent_flags, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import AUTHENTICATED, SELECTED, TABLE
from protocols.imap.view import MailboxView
from protocols.replies import Refused
from protocols.store import DELETED, SEEN, Message

Pieces = AsyncIterator[bytes | Continue | Tagged]
OPENS = {AUTHENTICATED: SELECTED, SELECTED: SELECTED}
CLOSES = {SELECTED: AUTHENTICATED}


@TABLE.command("SELECT", OPENS, "mailbox", rfc="RFC 3501 6.3.1")
async def select(session: ImapSession, rest: Cursor) -> Pieces:
    yield _opened(session, rest, read_only=False)
    yield done(replies.SELECT_OK)


@TABLE.command("EXAMINE", OPENS, "mailbox", rfc="RFC 3501 6.3.2")
async def examine(session: ImapSession, rest: Cursor) -> Pieces:
    yield _opened(session, rest, read_only=True)
    yield done(replies.EXAMINE_OK)


@TABLE.command("CHECK", stays(SELECTED), rfc="RFC 3501 6.4.1")
async def check(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    yield done(replies.CHECK_OK)  # every change is durable already


@TABLE.command("EXPUNGE", stays(SELECTED), rfc="RFC 3501 6.4.3")
async def expunge(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    await remove(session, session.view.mailbox.messages)
    yield done(replies.EXPUNGE_OK)


@TABLE.command("CLOSE", CLOSES, rfc="RFC 3501 6.4.2")
async def close(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    if not session.view.read_only:
        await remove(session, session.view.mailbox.messages)
    session.unselect()
    yield done(replies.CLOSE_OK)


@TABLE.command("UNSELECT", CLOSES, rfc="RFC 3691 2", capability="UNSELECT")
async def unselect(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    session.unselect()
    yield done(replies.UNSELECT_OK)


@TABLE.command("IDLE", stays(AUTHENTICATED, SELECTED), rfc="RFC 2177 3", capability="IDLE")
async def idle(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    line = yield Continue(replies.CONTINUE_IDLE.text())
    if line.upper() != "DONE":
        raise Refused(replies.IDLE_NOT_DONE)
    yield done(replies.IDLE_OK)


def writable(view: MailboxView) -> MailboxView:
    if view.read_only:
        raise Refused(replies.READ_ONLY)
    return view


async def remove(session: ImapSession, candidates: Sequence[Message]) -> None:
    """Remove for good those of the candidates that have the \\Deleted flag."""
    mailbox = writable(session.view).mailbox
    if doomed := [message for message in candidates if DELETED in message.flags]:
        await mailbox.expunge(doomed)


def _opened(session: ImapSession, rest: Cursor, read_only: bool) -> bytes:
    name = rest.argument("mailbox").mailbox()
    rest.end()
    # RFC 3501 6.3.1: the old mailbox is left even if the new one can't be had
    session.unselect()
    session.state = AUTHENTICATED
    mailbox = session.account.mailbox(name)
    view = session.view = MailboxView(mailbox, read_only, session.heard)
    lines = [
        flags_data(view),
        untagged(replies.EXISTS_DATA, count=len(view.messages)),
        untagged(replies.RECENT_DATA, count=len(view.recent)),
    ]
    unseen = (n for n, message in enumerate(view.messages, 1) if SEEN not in message.flags)
    if first := next(unseen, 0):
        lines.append(untagged(replies.SELECT_UNSEEN, number=first))
    lines += [
        permanent_flags(view),
        untagged(replies.SELECT_UIDNEXT, uid=mailbox.uid_next),
        untagged(replies.SELECT_UIDVALIDITY, uidvalidity=mailbox.uid_validity),
    ]
    return b"".join(lines)
