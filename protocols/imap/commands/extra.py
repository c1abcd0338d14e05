"""UID (RFC 3501 6.4.8), and ID and ENABLE (RFC 2971, RFC 5161)."""

from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.commands.fetch import fetch_
from protocols.imap.commands.flags import copy, store
from protocols.imap.commands.folders import HERE
from protocols.imap.commands.login import ANY
from protocols.imap.commands.mailbox import remove
from protocols.imap.commands.messages import completed
from protocols.imap.commands.search import search
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.responses import Tagged, done, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import SELECTED, TABLE
from protocols.replies import Refused

Pieces = AsyncIterator[bytes | Tagged]
# RFC 2971 3.3
MAX_ID_PAIRS = 30


@TABLE.command("UID", stays(SELECTED), "command arguments", rfc="RFC 3501 6.4.8")
async def uid(session: ImapSession, rest: Cursor) -> Pieces:
    name = rest.argument("command").atom()
    if name not in _WITH_UID:
        raise Refused(replies.UID_UNKNOWN)
    rest.key = f"UID {name}"
    async for piece in _WITH_UID[name](session, rest, name):
        yield piece


async def _expunge(session: ImapSession, rest: Cursor, uid: str) -> Pieces:
    """RFC 4315 2.1: only those of the set."""
    wanted = rest.argument("sequence-set").set()
    rest.end()
    await remove(session, [message for _, message in session.view.by_uid(wanted)])
    yield completed(replies.EXPUNGE_OK, uid)


_WITH_UID = {"FETCH": fetch_, "STORE": store, "SEARCH": search, "COPY": copy, "EXPUNGE": _expunge}


@TABLE.command("ID", stays(*ANY), "id-params", rfc="RFC 2971 3.1", capability="ID")
async def id_(session: ImapSession, rest: Cursor) -> Pieces:
    if not _is_nil(rest.argument("id-params")):
        _pairs(rest)
    rest.end()
    yield untagged(replies.ID_DATA)
    yield done(replies.ID_OK)


@TABLE.command("ENABLE", HERE, "capabilities", rfc="RFC 5161 3.1", capability="ENABLE")
async def enable(session: ImapSession, rest: Cursor) -> Pieces:
    rest.argument("capabilities").atom()
    while rest.at(b" "):
        rest.argument("capabilities").atom()
    rest.end()
    yield untagged(replies.ENABLED_DATA)
    yield done(replies.ENABLE_OK)


def _is_nil(rest: Cursor) -> bool:
    return rest.skip(b"NIL") or rest.skip(b"nil")


def _pairs(rest: Cursor) -> None:
    rest.take(b"(")
    count = 0
    while not rest.skip(b")"):
        if count:
            rest.take(b" ")
        rest.string()
        rest.take(b" ")
        if not _is_nil(rest):
            rest.string()
        count += 1
        if count > MAX_ID_PAIRS:
            raise rest.fault()
