"""APPEND (RFC 3501 6.3.11)."""

from collections.abc import AsyncIterator

from protocols.framing import crlf_pieces
from protocols.imap import replies
from protocols.imap.commands.folders import HERE
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.responses import Tagged, done
from protocols.imap.session import ImapSession
from protocols.imap.table import TABLE
from protocols.replies import Refused
from protocols.store import NewMessage, NoSuchMailbox
from protocols.turns import Turn


@TABLE.command("APPEND", HERE, "mailbox [flag-list] [date-time] literal", rfc="RFC 3501 6.3.11")
async def append(session: ImapSession, rest: Cursor) -> AsyncIterator[bytes | Tagged]:
    name = rest.argument("mailbox").mailbox()
    rest.argument("literal")
    flags, date = frozenset(), None
    if rest.at(b"("):
        rest.key = "flag-list"
        flags = rest.flags()
        rest.argument("literal")
    if rest.at(b'"'):
        rest.key = "date-time"
        date = rest.date_time()
        rest.argument("literal")
    content, turn = [], Turn(session.host.clock)
    for piece in crlf_pieces(_message(rest)):
        content.append(piece)
        if turn.over():
            yield b""
    try:
        mailbox = session.account.mailbox(name)
        [message] = await mailbox.append([NewMessage(b"".join(content), flags, date)])
    except NoSuchMailbox:
        raise Refused(replies.APPEND_TRYCREATE) from None
    yield done(replies.APPEND_OK, uidvalidity=mailbox.uid_validity, uid=message.uid)


def _message(rest: Cursor) -> bytes:
    if not rest.at(b"{"):
        raise rest.fault()
    content = rest.string()
    rest.end()
    if not content:
        raise Refused(replies.APPEND_EMPTY)
    if b"\0" in content:
        raise Refused(replies.APPEND_NUL)  # RFC 3501 9, CHAR8
    return content
