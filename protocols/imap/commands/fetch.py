"""FETCH (RFC 3501 6.4.5): data of messages, one response for each."""

from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.commands.messages import SHORT, chosen, completed
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.dates import write_date_time
from protocols.imap.grammar.fetch import SECTION, FetchItem, read_items
from protocols.imap.responses import Tagged, fetch, flags_item
from protocols.imap.session import ImapSession
from protocols.imap.table import SELECTED, TABLE
from protocols.imap.view import MailboxView, Numbered
from protocols.mime import Sections
from protocols.replies import Refused
from protocols.store import SEEN, FlagChange, Message, MessageGone

Pieces = AsyncIterator[bytes | Tagged]
UID = FetchItem(b"UID", "UID")
FLAGS = FetchItem(b"FLAGS", "FLAGS")


@TABLE.command("FETCH", stays(SELECTED), "sequence-set fetch-items", rfc="RFC 3501 6.4.5")
async def fetch_(session: ImapSession, rest: Cursor, uid: str = "") -> Pieces:
    wanted = rest.argument("sequence-set").set()
    items = read_items(rest.argument("fetch-items"))
    rest.end()
    view = session.view
    if uid and UID not in items:  # RFC 3501 6.4.8
        items = (UID, *items)
    numbered = chosen(view, wanted, bool(uid))
    await _see(view, numbered, items)
    missed = False
    for number, message in numbered:
        said = False
        async for piece in _response(session, number, message, items):
            said = True
            yield piece
        missed = missed or not said
    if missed and not uid:
        raise Refused(replies.EXPUNGED)  # RFC 2180 4.1.2
    yield completed(replies.FETCH_OK, uid)


async def _see(view: MailboxView, numbered: Numbered, items: tuple[FetchItem, ...]) -> None:
    """RFC 3501 6.4.5: BODY[...] sets \\Seen, unless the mailbox was opened with EXAMINE."""
    if view.read_only or not any(item.sets_seen for item in items):
        return
    if unseen := [message for _, message in numbered if SEEN not in message.flags]:
        await view.mailbox.set_flags(unseen, FlagChange.ADD, [SEEN])


async def _response(
    session: ImapSession, number: int, message: Message, items: tuple[FetchItem, ...]
) -> AsyncIterator[bytes]:
    """Nothing for a message that another session has removed."""
    view = session.view
    try:
        content = await _content(view, message, items)
    except MessageGone:
        return
    if FLAGS not in items and any(item.sets_seen for item in items) and view.unheard(message):
        items = (*items, FLAGS)  # RFC 3501 6.4.5: a change of flags belongs into the response
    if FLAGS in items:
        view.told([message])
    if content is None:
        yield fetch(number, [_datum(view, message, item) for item in items])
        return
    sections = Sections(content, message.summary.header_size)
    if len(content) > SHORT and any(item.path for item in items):
        await session.aside(sections.take_apart)
    between = b"* %d FETCH (" % number
    session.amid = True
    for item in items:
        yield between
        for piece in _pieces(view, message, item, sections):
            yield piece
        between = b" "
    session.amid = False
    yield b")\r\n"


async def _content(
    view: MailboxView, message: Message, items: tuple[FetchItem, ...]
) -> bytes | None:
    """None if none of `items` needs it. Raises MessageGone."""
    if view.is_gone(message):
        raise MessageGone
    if any(item.kind == SECTION for item in items):
        return await view.mailbox.content(message)
    return None


def _pieces(
    view: MailboxView, message: Message, item: FetchItem, sections: Sections
) -> tuple[bytes, ...]:
    """A long text is a piece of its own, so that it need not be copied."""
    if item.kind != SECTION:
        return (_datum(view, message, item),)
    data = sections.section(item.path, item.what, item.fields)
    if data is None:
        return (item.name + b" NIL",)
    if item.partial:
        first, most = item.partial
        data = data[first : first + most]
    if not data:
        return (item.name + b' ""',)
    # RFC 3501 9: a literal can't hold NUL
    return item.name + b" {%d}\r\n" % len(data), data.replace(b"\0", b" ")


def _datum(view: MailboxView, message: Message, item: FetchItem) -> bytes:
    match item.kind:
        case "FLAGS":
            return flags_item(view, message)
        case "UID":
            return b"UID %d" % message.uid
        case "INTERNALDATE":
            return b'INTERNALDATE "%s"' % write_date_time(message.internal_date).encode()
        case "RFC822.SIZE":
            return b"RFC822.SIZE %d" % message.size
        case "ENVELOPE":
            return b"ENVELOPE " + message.summary.envelope
        case "BODYSTRUCTURE":
            return b"BODYSTRUCTURE " + message.summary.bodystructure
    return b"BODY " + message.summary.body
