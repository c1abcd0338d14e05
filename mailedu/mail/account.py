"""An account of the database, its folders in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mailedu.mail import rows
from mailedu.mail.mailbox import MAX_MESSAGES, MAX_OCTETS, OVERHEAD, DjangoMailbox
from protocols import store
from protocols.faults import FaultPlan, read_faults
from protocols.names import check_mailbox_name, inferiors, superiors

if TYPE_CHECKING:
    from mailedu.mail.store import DjangoStore

# Folders, and subscriptions, of one account: no class needs more, LIST stays readable.
MAX_MAILBOXES = 500


class DjangoAccount(store.Account):
    """`revision` is the one of the database that memory shows; None once the account is gone."""

    def __init__(
        self,
        engine: "DjangoStore",
        snapshot: rows.Snapshot,
        original: "DjangoAccount | None" = None,
    ) -> None:
        super().__init__(snapshot.address, snapshot.password, snapshot.realm)
        self.id = snapshot.id
        self.private = bool(snapshot.private)
        self.original = original
        self.revision: int | None = snapshot.revision
        self.store = engine
        self.subscribed = snapshot.subscribed
        self.mailboxes = {row.name: DjangoMailbox(self, row) for row in snapshot.mailboxes}
        self.used = 0.0
        self._planned = ""
        self._coming = self._coming_octets = 0
        self._plan(snapshot.faults)

    def check_quota(self, more: Sequence[int]) -> None:
        """Is there room for messages of these sizes? Raises OverQuota."""
        count, octets = self._coming + len(more), self._coming_octets + sum(more)
        for box in self.mailboxes.values():
            count, octets = count + len(box.messages), octets + box.octets
        if octets + OVERHEAD * (self._coming + len(more)) > MAX_OCTETS or count > MAX_MESSAGES:
            raise store.OverQuota(self.address)

    def coming(self, count: int, octets: int) -> None:
        """So many messages more (or less) are being stored, and count towards the quota."""
        self._coming += count
        self._coming_octets += octets

    async def create(self, name: str) -> DjangoMailbox:
        name = check_mailbox_name(name)

        def work(cursor) -> list[rows.MailboxRow]:
            known = rows.mailbox_ids(cursor, self.id)
            return self._make(cursor, known, name, [name])

        def apply(made: list[rows.MailboxRow]) -> DjangoMailbox:
            self._add(made)
            return self.mailboxes[name]

        return await self.store.writer.submit(work, apply)

    async def delete(self, name: str) -> None:
        name = store.canonical(name)
        if name == store.INBOX:
            raise store.InvalidMailboxName(name)

        def work(cursor) -> None:
            known = rows.mailbox_ids(cursor, self.id)
            if name not in known:
                raise store.NoSuchMailbox(name)
            if inferiors(name, known):
                raise store.HasChildren(name)
            rows.delete_mailboxes(cursor, [known[name]])

        await self.store.writer.submit(work, lambda _: self._remove(name))

    async def rename(self, old: str, new: str) -> None:
        old, new = store.canonical(old), check_mailbox_name(new)
        await (self._rename_inbox(new) if old == store.INBOX else self._rename(old, new))

    async def subscribe(self, name: str, wanted: bool = True) -> None:
        name = store.canonical(name)
        if wanted and name not in self.subscribed and len(self.subscribed) >= MAX_MAILBOXES:
            raise store.OverQuota(self.address)

        def apply(_: None) -> None:
            (self.subscribed.add if wanted else self.subscribed.discard)(name)
            self.changed()

        await self.store.writer.submit(
            lambda cursor: rows.subscribe(cursor, self.id, name, wanted), apply
        )

    async def lock_maildrop(self) -> store.Maildrop:
        if self.revision is None:
            raise store.StoreUnavailable(self.address)
        return await super().lock_maildrop()

    def refresh(self, snapshot: rows.Snapshot | None) -> None:
        """Become what the database says (None: deleted), and tell the listeners."""
        known = {mailbox.id: mailbox for mailbox in self.mailboxes.values()}
        fresh = {row.id: row for row in snapshot.mailboxes} if snapshot else {}
        self.revision = snapshot.revision if snapshot else None
        if snapshot:
            self.password, self.subscribed = snapshot.password, snapshot.subscribed
            self.realm = snapshot.realm
            self._plan(snapshot.faults)
            new = {id: DjangoMailbox(self, row) for id, row in fresh.items() if id not in known}
            kept = known | new
            self.mailboxes = {row.name: kept[id] for id, row in fresh.items()}
        else:
            self._plan("")
            self.mailboxes = {store.INBOX: self.inbox}  # open sessions still count on it
            self.store.forget(self)
        for id, mailbox in known.items():
            if id in fresh:
                mailbox.refresh(fresh[id])
            else:
                mailbox.apply_expunged([m.uid for m in mailbox.messages])
        self.changed()

    def _plan(self, text: str) -> None:
        """The counts go on until somebody plans anew, be it the same."""
        if text != self._planned:
            self._planned, self.faults = text, FaultPlan(read_faults(text))

    async def _rename(self, old: str, new: str) -> None:
        def work(cursor) -> tuple[list[rows.MailboxRow], dict[str, str]]:
            known = rows.mailbox_ids(cursor, self.id)
            if old not in known:
                raise store.NoSuchMailbox(old)
            moved = {
                name: check_mailbox_name(new + name.removeprefix(old))
                for name in [old, *inferiors(old, known)]
            }
            if taken := known.keys() & moved.values():
                raise store.MailboxExists(min(taken))
            made = self._make(cursor, known, new, [])
            rows.rename_mailboxes(cursor, {known[name]: moved[name] for name in moved})
            return made, moved

        def apply(result: tuple[list[rows.MailboxRow], dict[str, str]]) -> None:
            made, moved = result
            for name, target in moved.items():
                mailbox = self.mailboxes.pop(name)
                mailbox.name = target
                self.mailboxes[target] = mailbox
            self._add(made)

        await self.store.writer.submit(work, apply)

    async def _rename_inbox(self, new: str) -> None:
        """RFC 3501 6.3.5: its messages move to a new mailbox; INBOX stays, empty."""

        def work(cursor) -> tuple[list[rows.MailboxRow], list[int]]:
            known = rows.mailbox_ids(cursor, self.id)
            made = self._make(cursor, known, new, [new])
            moved = rows.load_messages(cursor, known[store.INBOX])
            kept = [rows.NewRow.of(message) for message in moved]
            first = rows.insert_messages(cursor, {made[-1].id: kept})[made[-1].id]
            uids = rows.delete_messages(cursor, known[store.INBOX], [m.uid for m in moved])
            made[-1].messages = [replace(m, uid=uid) for uid, m in enumerate(moved, first)]
            made[-1].uid_next = first + len(moved)
            return made, uids

        def apply(result: tuple[list[rows.MailboxRow], list[int]]) -> None:
            made, uids = result
            self.inbox.apply_expunged(uids)
            self._add(made)

        await self.store.writer.submit(work, apply)

    def _make(
        self, cursor, known: dict[str, int], name: str, wanted: list[str]
    ) -> list[rows.MailboxRow]:
        """Insert the missing superiors of `name`, and `wanted`."""
        if name in known:
            raise store.MailboxExists(name)
        missing = [superior for superior in superiors(name) if superior not in known] + wanted
        if len(known) + len(missing) > MAX_MAILBOXES:
            raise store.OverQuota(self.address)
        return rows.insert_mailboxes(cursor, self.id, missing)

    def _add(self, made: list[rows.MailboxRow]) -> None:
        self.mailboxes |= {row.name: DjangoMailbox(self, row) for row in made}
        self.changed()

    def _remove(self, name: str) -> None:
        mailbox = self.mailboxes.pop(name)
        mailbox.apply_expunged([m.uid for m in mailbox.messages])
        self.changed()
