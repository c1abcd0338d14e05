"""FETCH (RFC 3501 6.4.5): data of messages, one response for each."""

from collections.abc import AsyncIterator, Iterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.commands.messages import chosen, completed
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.dates import write_date_time
from protocols.imap.grammar.fetch import SECTION, FetchItem, read_items
from protocols.imap.responses import Tagged, fetch, flags_item
from protocols.imap.session import ImapSession
from protocols.imap.table import SELECTED, TABLE
from protocols.imap.view import MailboxView, Numbered
from protocols.mime import section
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
        data = await _response(view, number, message, items)
        missed = missed or not data
        yield data
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
    view: MailboxView, number: int, message: Message, items: tuple[FetchItem, ...]
) -> bytes:
    """Nothing for a message that another session has removed."""
    if view.is_gone(message):
        return b""
    content = b""
    if any(item.kind == SECTION for item in items):
        try:
            content = await view.mailbox.content(message)
        except MessageGone:
            return b""
    if FLAGS not in items and any(item.sets_seen for item in items) and view.unheard(message):
        items = (*items, FLAGS)  # RFC 3501 6.4.5: a change of flags belongs into the response
    if FLAGS in items:
        view.told([message])
    return fetch(number, _items(view, message, items, content))


def _items(
    view: MailboxView, message: Message, items: tuple[FetchItem, ...], content: bytes
) -> Iterator[bytes]:
    for item in items:
        match item.kind:
            case "FLAGS":
                yield flags_item(view, message)
            case "UID":
                yield b"UID %d" % message.uid
            case "INTERNALDATE":
                yield b'INTERNALDATE "%s"' % write_date_time(message.internal_date).encode()
            case "RFC822.SIZE":
                yield b"RFC822.SIZE %d" % message.size
            case "ENVELOPE":
                yield b"ENVELOPE " + message.summary.envelope
            case "BODYSTRUCTURE":
                yield b"BODYSTRUCTURE " + message.summary.bodystructure
            case "BODY":
                yield b"BODY " + message.summary.body
            case _:
                yield item.name + b" " + _octets(content, item)


def _octets(content: bytes, item: FetchItem) -> bytes:
    data = section(content, item.path, item.what, item.fields)
    if data is None:
        return b"NIL"
    if item.partial:
        first, most = item.partial
        data = data[first : first + most]
    # RFC 3501 9: a literal can't hold NUL
    return b"{%d}\r\n%s" % (len(data), data.replace(b"\0", b" ")) if data else b'""'
