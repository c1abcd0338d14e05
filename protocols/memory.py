"""MemoryStore, the reference. It never suspends, so a session can run without an event loop."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from protocols import store
from protocols.framing import lacks_line_end
from protocols.mime import summarize
from protocols.names import check_mailbox_name, inferiors, superiors
from protocols.store import FlagChange, Message, NewMessage

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


class MemoryMailbox(store.Mailbox):
    def __init__(self, name: str, uid_validity: int, clock: Clock) -> None:
        super().__init__(name, uid_validity)
        self._clock = clock

    async def append(self, new: Sequence[NewMessage]) -> list[Message]:
        return self._add([(n.content, n.flags, n.internal_date or self._clock()) for n in new])

    async def copy(self, messages: Sequence[Message], target: "MemoryMailbox") -> list[Message]:
        return target._add([(m.key, m.flags, m.internal_date) for m in messages])

    async def set_flags(
        self, messages: Sequence[Message], change: FlagChange, flags: Iterable[str]
    ) -> list[Message]:
        return self.apply_flags({m.uid: change.apply(m.flags, flags) for m in messages})

    async def expunge(self, messages: Sequence[Message]) -> list[Message]:
        return self.apply_expunged(m.uid for m in messages)

    async def content(self, message: Message) -> bytes:
        if message not in self.messages:
            raise store.MessageGone(self.name)
        return message.key

    def _add(self, rows: list[tuple[bytes, frozenset[str], datetime]]) -> list[Message]:
        added = [
            Message(
                uid, flags, date, len(content), summarize(content), content, lacks_line_end(content)
            )
            for uid, (content, flags, date) in enumerate(rows, self.uid_next)
        ]
        self.apply_added(added)
        return added


class MemoryAccount(store.Account):
    def __init__(self, address: str, password: str, realm: str, clock: Clock) -> None:
        super().__init__(address, password, realm)
        self._clock = clock
        self._uid_validity = 0
        self._new(store.INBOX)

    async def create(self, name: str) -> store.Mailbox:
        name = check_mailbox_name(name)
        if name in self.mailboxes:
            raise store.MailboxExists(name)
        for superior in superiors(name):
            if superior not in self.mailboxes:
                self._new(superior)
        made = self._new(name)
        self.changed()
        return made

    async def delete(self, name: str) -> None:
        name = self.mailbox(name).name
        if name == store.INBOX:
            raise store.InvalidMailboxName(name)
        if inferiors(name, self.mailboxes):
            raise store.HasChildren(name)
        mailbox = self.mailboxes.pop(name)
        mailbox.apply_expunged([m.uid for m in mailbox.messages])
        self.changed()

    async def rename(self, old: str, new: str) -> None:
        source, target = self.mailbox(old), await self.create(new)
        if source.name == store.INBOX:
            await source.copy(source.messages, target)
            await source.expunge(source.messages)
            return
        del self.mailboxes[target.name]
        old = source.name
        for name in [old, *inferiors(old, self.mailboxes)]:
            moved = self.mailboxes.pop(name)
            moved.name = target.name + name.removeprefix(old)
            self.mailboxes[moved.name] = moved
        self.changed()

    async def subscribe(self, name: str, wanted: bool = True) -> None:
        change = self.subscribed.add if wanted else self.subscribed.discard
        change(store.canonical(name))
        self.changed()

    def _new(self, name: str) -> MemoryMailbox:
        # RFC 3501 2.3.1.1: a mailbox made again under an old name gets a larger UIDVALIDITY
        self._uid_validity += 1
        self.mailboxes[name] = MemoryMailbox(name, self._uid_validity, self._clock)
        return self.mailboxes[name]


class MemoryStore(store.MailStore):
    def __init__(
        self, domains: tuple[str, ...] = ("lab.example", "example.com"), clock: Clock = now
    ):
        self.domains = domains
        self._clock = clock
        self._accounts: dict[tuple[str, str], MemoryAccount] = {}

    def add_account(
        self, address: str, password: str, messages: Sequence[bytes] = (), realm: str = ""
    ) -> MemoryAccount:
        account = MemoryAccount(address.lower(), password, realm, self._clock)
        account.original = self._accounts.get(("", account.address)) if realm else None
        account.inbox._add([(content, frozenset(), self._clock()) for content in messages])
        self._accounts[realm, account.address] = account
        return account

    async def account(self, address: str, realm: str = "") -> MemoryAccount | None:
        address = address.lower()
        return self._accounts.get((realm, address)) or self._accounts.get(("", address))

    async def deliver(self, accounts: Sequence[store.Account], contents: Sequence[bytes]) -> None:
        for account, content in zip(accounts, contents, strict=True):
            await account.inbox.append([NewMessage(content)])
