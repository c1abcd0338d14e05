"""Mailboxes by name: CREATE to STATUS, NAMESPACE (RFC 3501 6.3, RFC 2342)."""

from collections.abc import AsyncIterator

from protocols.commands import stays
from protocols.imap import replies
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.patterns import matches
from protocols.imap.responses import Tagged, done, mailbox_name, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import AUTHENTICATED, SELECTED, STATUS_ITEMS, TABLE
from protocols.names import inferiors, superiors
from protocols.replies import Reply
from protocols.store import SEEN, SEPARATOR, Mailbox, canonical

Pieces = AsyncIterator[bytes | Tagged]
HERE = stays(AUTHENTICATED, SELECTED)
QUOTED_SEPARATOR = f'"{SEPARATOR}"'


@TABLE.command("LIST", HERE, "reference pattern", rfc="RFC 3501 6.3.8")
async def list_(session: ImapSession, rest: Cursor) -> Pieces:
    pattern = _pattern(rest)
    mailboxes = session.account.mailboxes
    if not pattern:  # RFC 3501 6.3.8: asks for the separator only
        yield _listed(replies.LIST_DATA, "\\Noselect", "")
    for name in sorted(mailboxes) if pattern else ():
        if matches(pattern, name):
            children = inferiors(name, mailboxes)
            attribute = "\\HasChildren" if children else "\\HasNoChildren"  # RFC 3348 4
            yield _listed(replies.LIST_DATA, attribute, name)
    yield done(replies.LIST_OK)


@TABLE.command("LSUB", HERE, "reference pattern", rfc="RFC 3501 6.3.9")
async def lsub(session: ImapSession, rest: Cursor) -> Pieces:
    pattern = _pattern(rest)
    subscribed = session.account.subscribed
    # RFC 3501 6.3.9: with % also the superiors of what is subscribed, marked \Noselect
    above = {name for inner in subscribed for name in superiors(inner)} if "%" in pattern else set()
    for name in sorted(subscribed | above):
        if matches(pattern, name):
            attribute = "" if name in subscribed else "\\Noselect"
            yield _listed(replies.LSUB_DATA, attribute, name)
    yield done(replies.LSUB_OK)


@TABLE.command("STATUS", HERE, "mailbox status-items", rfc="RFC 3501 6.3.10")
async def status(session: ImapSession, rest: Cursor) -> Pieces:
    name = rest.argument("mailbox").mailbox()
    rest.argument("status-items").take(b"(")
    items = [_status_item(rest)]
    while rest.skip(b" "):
        items.append(_status_item(rest))
    rest.take(b")")
    rest.end()
    mailbox = session.account.mailbox(name)
    values = " ".join(f"{item} {_count(mailbox, item)}" for item in dict.fromkeys(items))
    yield untagged(replies.STATUS_DATA, mailbox=mailbox_name(mailbox.name), items=values)
    yield done(replies.STATUS_OK)


@TABLE.command("CREATE", HERE, "mailbox", rfc="RFC 3501 6.3.3")
async def create(session: ImapSession, rest: Cursor) -> Pieces:
    await session.account.create(_only_name(rest))
    yield done(replies.CREATE_OK)


@TABLE.command("DELETE", HERE, "mailbox", rfc="RFC 3501 6.3.4")
async def delete(session: ImapSession, rest: Cursor) -> Pieces:
    await session.account.delete(_only_name(rest))
    yield done(replies.DELETE_OK)


@TABLE.command("RENAME", HERE, "mailbox new-mailbox", rfc="RFC 3501 6.3.5")
async def rename(session: ImapSession, rest: Cursor) -> Pieces:
    old = rest.argument("mailbox").mailbox()
    new = rest.argument("new-mailbox").mailbox()
    rest.end()
    await session.account.rename(old, new)
    yield done(replies.RENAME_OK)


@TABLE.command("SUBSCRIBE", HERE, "mailbox", rfc="RFC 3501 6.3.6")
async def subscribe(session: ImapSession, rest: Cursor) -> Pieces:
    mailbox = session.account.mailbox(_only_name(rest))
    await session.account.subscribe(mailbox.name)
    yield done(replies.SUBSCRIBE_OK)


@TABLE.command("UNSUBSCRIBE", HERE, "mailbox", rfc="RFC 3501 6.3.7")
async def unsubscribe(session: ImapSession, rest: Cursor) -> Pieces:
    await session.account.subscribe(_only_name(rest), wanted=False)
    yield done(replies.UNSUBSCRIBE_OK)


@TABLE.command("NAMESPACE", HERE, rfc="RFC 2342 5", capability="NAMESPACE")
async def namespace(session: ImapSession, rest: Cursor) -> Pieces:
    rest.end()
    yield untagged(replies.NAMESPACE_DATA)
    yield done(replies.NAMESPACE_OK)


def _only_name(rest: Cursor) -> str:
    name = rest.argument("mailbox").mailbox()
    rest.end()
    return name


def _pattern(rest: Cursor) -> str:
    reference = rest.argument("reference").mailbox()
    pattern = rest.argument("pattern").pattern()
    rest.end()
    return canonical(reference + pattern) if pattern else ""


def _listed(reply: Reply, attribute: str, name: str) -> bytes:
    shown = mailbox_name(name)
    return untagged(reply, attributes=attribute, separator=QUOTED_SEPARATOR, mailbox=shown)


def _status_item(rest: Cursor) -> str:
    item = rest.atom()
    if item not in STATUS_ITEMS:
        raise rest.fault()
    return item


def _count(mailbox: Mailbox, item: str) -> int:
    match item:
        case "UIDNEXT":
            return mailbox.uid_next
        case "UIDVALIDITY":
            return mailbox.uid_validity
        case "RECENT":
            return sum(m.uid >= mailbox.first_recent for m in mailbox.messages)
        case "UNSEEN":
            return sum(SEEN not in m.flags for m in mailbox.messages)
    return len(mailbox.messages)
