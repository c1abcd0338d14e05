"""A mailbox of the database, its metadata in memory."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailedu.mail import rows
from protocols import store
from protocols.mime import Summary, summarize
from protocols.store import FlagChange, Message, NewMessage

if TYPE_CHECKING:
    from mailedu.mail.account import DjangoAccount
    from mailedu.mail.store import DjangoStore

# Octets that one account may hold: a school year of test mail, and no pupil fills the disk.
MAX_OCTETS = 50 * 1024 * 1024
# What a message costs beside its content, in memory and in the database.
OVERHEAD = 1024


class DjangoMailbox(store.Mailbox):
    """`octets` is what its messages count towards the account's quota."""

    def __init__(self, account: "DjangoAccount", row: rows.MailboxRow) -> None:
        super().__init__(row.name, row.uid_validity, row.uid_next)
        self.id = row.id
        self.account = account
        self.messages = row.messages
        self.octets = _octets(row.messages)

    async def append(self, new: Sequence[NewMessage]) -> list[Message]:
        [added] = await append(self.account.store, [Addition(self, new)])
        return added

    async def copy(self, messages: Sequence[Message], target: "DjangoMailbox") -> list[Message]:
        uids = [m.uid for m in messages]
        target.account.check_quota(_octets(messages))

        def work(cursor) -> list[Message]:
            found = rows.messages(cursor, self.id, uids)
            if len(found) < len(uids):
                raise store.MessageGone(self.name)
            first = target.insert(cursor, list(found.values()))
            pairs = zip(messages, found.values(), strict=True)
            return [
                replace(message, uid=uid, flags=row.flags)
                for uid, (message, row) in enumerate(pairs, first)
            ]

        return await self.account.store.writer.submit(work, target.apply_added)

    async def set_flags(
        self, messages: Sequence[Message], change: FlagChange, flags: Iterable[str]
    ) -> list[Message]:
        uids, flags = [m.uid for m in messages], frozenset(flags)

        def work(cursor) -> dict[int, rows.Flags]:
            found = rows.messages(cursor, self.id, uids)
            new = {uid: change.apply(row.flags, flags) for uid, row in found.items()}
            changed = {uid: value for uid, value in new.items() if value != found[uid].flags}
            rows.update_flags(cursor, self.id, changed)
            return changed

        return await self.account.store.writer.submit(work, self.apply_flags)

    async def expunge(self, messages: Sequence[Message]) -> list[Message]:
        uids = [m.uid for m in messages]

        def work(cursor) -> list[int]:
            return rows.delete_messages(cursor, self.id, uids)

        return await self.account.store.writer.submit(work, self.apply_expunged)

    async def content(self, message: Message) -> bytes:
        place = bisect_left(self.messages, message.uid, key=lambda m: m.uid)
        if self.messages[place : place + 1] != [message]:
            raise store.MessageGone(self.name)
        return await self.account.store.contents.get(message.key)

    def apply_added(self, messages: Sequence[Message]) -> Sequence[Message]:
        self.octets += _octets(messages)
        super().apply_added(messages)
        return messages

    def apply_expunged(self, uids: Iterable[int]) -> list[Message]:
        gone = super().apply_expunged(uids)
        self.octets -= _octets(gone)
        return gone

    def refresh(self, row: rows.MailboxRow) -> None:
        """Become what the database says, and tell the listeners."""
        self.name = row.name
        fresh = {message.uid: message for message in row.messages}
        known = {message.uid for message in self.messages}
        self.apply_expunged(known - fresh.keys())
        self.apply_flags({uid: message.flags for uid, message in fresh.items()})
        self.apply_added([message for uid, message in fresh.items() if uid not in known])
        self.uid_next = row.uid_next

    def insert(self, cursor, new: Sequence[rows.NewRow]) -> int:
        """The UID of the first. An INBOX is gone only with its account."""
        try:
            return rows.insert_messages(cursor, self.id, new)
        except store.NoSuchMailbox:
            if self.name == store.INBOX:
                raise store.StoreUnavailable(self.account.address) from None
            raise store.NoSuchMailbox(self.name) from None


@dataclass(frozen=True, slots=True)
class Addition:
    """Messages that are to be added to a mailbox."""

    mailbox: DjangoMailbox
    new: Sequence[NewMessage]


async def append(engine: "DjangoStore", additions: Sequence[Addition]) -> list[list[Message]]:
    """Store all or none. Raises OverQuota, NoSuchMailbox, StoreUnavailable."""
    for addition in additions:
        size = sum(len(new.content) + OVERHEAD for new in addition.new)
        addition.mailbox.account.check_quota(size)
    summaries = [[summarize(new.content) for new in addition.new] for addition in additions]
    moment = datetime.now(UTC)

    def work(cursor) -> list[list[Message]]:
        pairs = zip(additions, summaries, strict=True)
        return [_insert(cursor, addition, known, moment) for addition, known in pairs]

    def apply(added: list[list[Message]]) -> list[list[Message]]:
        for addition, messages in zip(additions, added, strict=True):
            for message, new in zip(messages, addition.new, strict=True):
                engine.contents.keep(message.key, new.content)
            addition.mailbox.apply_added(messages)
        return added

    return await engine.writer.submit(work, apply)


def _insert(
    cursor, addition: Addition, summaries: list[Summary], moment: datetime
) -> list[Message]:
    messages = [
        Message(
            0, new.flags, new.internal_date or moment, len(new.content), summary,
            rows.insert_content(cursor, new.content, summary),
        )
        for new, summary in zip(addition.new, summaries, strict=True)
    ]  # fmt: skip
    first = addition.mailbox.insert(
        cursor, [rows.NewRow(m.key, m.flags, m.internal_date) for m in messages]
    )
    for uid, message in enumerate(messages, first):
        message.uid = uid
    return messages


def _octets(messages: Iterable[Message]) -> int:
    return sum(message.size + OVERHEAD for message in messages)
