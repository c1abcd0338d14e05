"""Adds messages to mailboxes: those of many deliveries in a few statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mailedu.mail import rows
from protocols.framing import lacks_line_end
from protocols.mime import Summary, summarize
from protocols.store import Message, NewMessage

if TYPE_CHECKING:
    from mailedu.mail.account import DjangoAccount
    from mailedu.mail.mailbox import DjangoMailbox
    from mailedu.mail.store import DjangoStore

# Octets that are summarised at once, in some ms at the worst: most mail has fewer. More may take
# parts of a second, if it is made for that, and is read in a thread.
SHORT = 8 * 1024


class Addition(NamedTuple):
    """Messages that are to be added to a mailbox."""

    mailbox: "DjangoMailbox"
    new: Sequence[NewMessage]


@dataclass(slots=True)
class Append:
    """A job for the writer."""

    additions: Sequence[Addition]
    summaries: dict[bytes, Summary]
    moment: datetime

    def __call__(self, cursor) -> list[list[Message]]:
        return append_all(cursor, [self])[0]


async def append(engine: "DjangoStore", additions: Sequence[Addition]) -> list[list[Message]]:
    """Store all or none. Raises OverQuota, NoSuchMailbox, StoreUnavailable."""
    # A hundred recipients may share one, which is summarised once
    contents = dict.fromkeys(new.content for a in additions for new in a.new)
    sizes = {a.mailbox.account: [len(new.content) for new in a.new] for a in additions}

    def apply(added: list[list[Message]]) -> list[list[Message]]:
        for addition, messages in zip(additions, added, strict=True):
            for message, new in zip(messages, addition.new, strict=True):
                engine.contents.keep(message.key, new.content)
            addition.mailbox.apply_added(messages)
        return added

    with room(sizes):
        summaries = await _summarized(engine, contents)
        work = Append(additions, summaries, datetime.now(UTC))
        return await engine.writer.submit(work, apply, append_all)


async def _summarized(engine: "DjangoStore", contents: Iterable[bytes]) -> dict[bytes, Summary]:
    summaries = {}
    for content in contents:
        work = partial(summarize, content)
        summaries[content] = work() if len(content) <= SHORT else await engine.aside(work)
    return summaries


def append_all(cursor, appends: Sequence[Append]) -> list[list[list[Message]]]:
    """What each of `appends` adds; the same content is stored once.

    Raises NoSuchMailbox, StoreUnavailable.
    """
    contents = {c: summary for append in appends for c, summary in append.summaries.items()}
    keys = dict(zip(contents, rows.insert_contents(cursor, [*contents.items()]), strict=True))
    added = [_messages(append, keys) for append in appends]
    boxes: dict[DjangoMailbox, list[Message]] = {}
    for append, lists in zip(appends, added, strict=True):
        for addition, messages in zip(append.additions, lists, strict=True):
            boxes.setdefault(addition.mailbox, []).extend(messages)
    place(cursor, boxes)
    return added


def _messages(append: Append, keys: dict[bytes, int]) -> list[list[Message]]:
    """Still without their UIDs."""
    return [
        [
            _message(new, append.summaries[new.content], append.moment, keys[new.content])
            for new in addition.new
        ]
        for addition in append.additions
    ]


def _message(new: NewMessage, summary: Summary, moment: datetime, key: int) -> Message:
    date, size = new.internal_date or moment, len(new.content)
    return Message(0, new.flags, date, size, summary, key, lacks_line_end(new.content))


def place(cursor, boxes: Mapping["DjangoMailbox", Sequence[Message]]) -> None:
    """Insert the messages and give them their UIDs."""
    new = {box.id: [rows.NewRow.of(m) for m in messages] for box, messages in boxes.items()}
    try:
        uids = rows.insert_messages(cursor, new)
    except rows.MailboxesGone as gone:
        raise next(box for box in boxes if box.id in gone.ids).gone() from None
    for box, messages in boxes.items():
        for uid, message in enumerate(messages, uids[box.id]):
            message.uid = uid


@contextmanager
def room(sizes: Mapping["DjangoAccount", Sequence[int]]) -> Iterator[None]:
    """Room for messages of these sizes while they are being stored. Raises OverQuota."""
    for account, more in sizes.items():
        account.check_quota(more)
    for account, more in sizes.items():
        account.coming(len(more), sum(more))
    try:
        yield
    finally:
        for account, more in sizes.items():
            account.coming(-len(more), -sum(more))
