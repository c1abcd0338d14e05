"""STORE and COPY (RFC 3501 6.4.6, 6.4.7)."""

from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.commands.mailbox import writable
from protocols.imap.commands.messages import chosen, completed, present
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.sets import write_set
from protocols.imap.responses import Tagged, done, fetch, flags_item
from protocols.imap.session import ImapSession
from protocols.imap.table import SELECTED, TABLE
from protocols.imap.view import MailboxView
from protocols.replies import Refused
from protocols.store import FlagChange, NoSuchMailbox

# RFC 3501 2.3.2 sets no limit; every keyword stands in each answer to SELECT.
MAX_KEYWORDS = 100
_SILENT = ".SILENT"

Pieces = AsyncIterator[bytes | Tagged]


@TABLE.command("STORE", stays(SELECTED), "sequence-set store-item flag-list", rfc="RFC 3501 6.4.6")
async def store(session: ImapSession, rest: Cursor, uid: str = "") -> Pieces:
    wanted = rest.argument("sequence-set").set()
    change, silent = _item(rest.argument("store-item"))
    rest.argument("flag-list")
    flags = rest.flags() if rest.at(b"(") else rest.bare_flags()
    rest.end()
    view = writable(session.view)
    numbered = chosen(view, wanted, bool(uid))
    flags = _spelled(view, flags) if change is not FlagChange.REMOVE else flags
    known = {message for _, message in numbered if not view.unheard(message)}
    await view.mailbox.set_flags([message for _, message in numbered], change, flags)
    left = present(view, numbered)
    # RFC 3501 6.4.6: .SILENT, the client knows the outcome; not so if others changed flags as well
    view.told(known if silent else [message for _, message in left])
    for number, message in () if silent else left:
        items = [b"UID %d" % message.uid] if uid else []
        yield fetch(number, [*items, flags_item(view, message)])
    if len(left) < len(numbered) and not uid:
        raise Refused(replies.EXPUNGED)  # RFC 2180 4.2.2
    yield completed(replies.STORE_OK, uid)


@TABLE.command("COPY", stays(SELECTED), "sequence-set mailbox", rfc="RFC 3501 6.4.7")
async def copy(session: ImapSession, rest: Cursor, uid: str = "") -> Pieces:
    wanted = rest.argument("sequence-set").set()
    name = rest.argument("mailbox").mailbox()
    rest.end()
    messages = [message for _, message in chosen(session.view, wanted, bool(uid))]
    if any(map(session.view.is_gone, messages)):
        raise Refused(replies.EXPUNGED)  # RFC 3501 6.4.7: all or none
    try:
        target = session.account.mailbox(name)
        copies = await session.view.mailbox.copy(messages, target) if messages else []
    except NoSuchMailbox:
        raise Refused(replies.COPY_TRYCREATE) from None
    if not copies:
        yield done(replies.UID_OK, command=uid)
        return
    yield done(  # RFC 4315 3
        replies.COPY_UID,
        uidvalidity=target.uid_validity,
        uids=write_set(message.uid for message in messages),
        copies=write_set(message.uid for message in copies),
    )


def _item(rest: Cursor) -> tuple[FlagChange, bool]:
    word = rest.atom()
    try:
        return FlagChange(word.removesuffix(_SILENT)), word.endswith(_SILENT)
    except ValueError:
        raise rest.fault() from None


def _spelled(view: MailboxView, flags: frozenset[str]) -> frozenset[str]:
    """Keywords as the mailbox spells them already: they have no case (RFC 3501 2.3.2)."""
    known = {keyword.lower(): keyword for keyword in view.keywords}
    spelled = frozenset(known.get(flag.lower(), flag) for flag in flags)
    new = {flag for flag in spelled if not flag.startswith("\\")} - view.keywords
    if new and len(view.keywords) + len(new) > MAX_KEYWORDS:
        raise Refused(replies.STORE_LIMIT, limit=MAX_KEYWORDS)
    return spelled
