"""A mailbox of the database, its metadata in memory."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mailedu.mail import rows
from mailedu.mail.additions import Addition, append, place, room
from protocols import store
from protocols.store import FlagChange, Message, NewMessage

if TYPE_CHECKING:
    from mailedu.mail.account import DjangoAccount

# Octets that one account may hold: a school year of test mail, and no pupil fills the disk.
MAX_OCTETS = 50 * 1024 * 1024
# Messages in one account: a mail program still lists them at once; each costs about a kilobyte of
# memory while its account is in use.
MAX_MESSAGES = 10_000
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

        def work(cursor) -> list[Message]:
            found = rows.messages(cursor, self.id, uids)
            if len(found) < len(uids):
                raise store.MessageGone(self.name)
            pairs = zip(messages, found.values(), strict=True)
            copies = [replace(message, flags=row.flags) for message, row in pairs]
            place(cursor, {target: copies})
            return copies

        with room({target.account: [m.size for m in messages]}):
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
        self._expect(message)
        return await self.account.store.contents.get(message.key)

    async def stuffed_content(self, message: Message) -> bytes:
        self._expect(message)
        return await self.account.store.contents.stuffed(message.key)

    def _expect(self, message: Message) -> None:
        place = bisect_left(self.messages, message.uid, key=lambda m: m.uid)
        if self.messages[place : place + 1] != [message]:
            raise store.MessageGone(self.name)

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

    def gone(self) -> store.StoreError:
        """An INBOX is gone only with its account."""
        if self.name == store.INBOX:
            return store.StoreUnavailable(self.account.address)
        return store.NoSuchMailbox(self.name)


def _octets(messages: Iterable[Message]) -> int:
    return sum(message.size + OVERHEAD for message in messages)
