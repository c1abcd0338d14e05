"""What a mail server needs of a mail store, in the words of RFC 3501 and RFC 1939.

Metadata (mailboxes, UIDs, flags) is in memory and changes on the event loop after the store has
made the change durable; an async method returns after that. MemoryStore keeps everything in
memory, DjangoStore in a database.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from protocols.faults import Fault, FaultPlan
from protocols.framing import dot_stuff
from protocols.mime import Summary

DELETED, SEEN, ANSWERED, FLAGGED, DRAFT = (
    "\\Deleted",
    "\\Seen",
    "\\Answered",
    "\\Flagged",
    "\\Draft",
)  # RFC 3501 2.3.2
SYSTEM_FLAGS = (ANSWERED, FLAGGED, DELETED, SEEN, DRAFT)
INBOX = "INBOX"
SEPARATOR = "/"


class StoreError(Exception):
    """The store refuses; `name` is the mailbox or address in question."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


class NoSuchMailbox(StoreError): ...


class MailboxExists(StoreError): ...


class InvalidMailboxName(StoreError): ...


class HasChildren(StoreError): ...


class MaildropLocked(StoreError): ...


class MessageGone(StoreError): ...


class OverQuota(StoreError): ...


class StoreUnavailable(StoreError): ...


class FlagChange(StrEnum):
    """RFC 3501 6.4.6: FLAGS, +FLAGS, -FLAGS."""

    REPLACE = "FLAGS"
    ADD = "+FLAGS"
    REMOVE = "-FLAGS"

    def apply(self, old: frozenset[str], flags: Iterable[str]) -> frozenset[str]:
        match self:
            case FlagChange.ADD:
                return old.union(flags)
            case FlagChange.REMOVE:
                return old.difference(flags)
        return frozenset(flags)


@dataclass(eq=False, slots=True)
class Message:
    """A stored message. Its content never changes; its flags do.

    `size` is in octets with CRLF line ends. `key` is the store's own handle for the content.
    `unended`: its last line has no line end, as a client of IMAP may append it.
    """

    uid: int
    flags: frozenset[str]
    internal_date: datetime
    size: int
    summary: Summary
    key: object = None
    unended: bool = False

    @property
    def sent_size(self) -> int:
        """Octets of what goes before a lone dot, without stuffing (RFC 1939 11)."""
        return self.size + len("\r\n") if self.unended else self.size


class NewMessage(NamedTuple):
    """A message to be appended. `content` has CRLF line ends."""

    content: bytes
    flags: frozenset[str] = frozenset()
    internal_date: datetime | None = None  # None: the moment of storing


class MailboxListener(Protocol):
    """Hears of changes on the event loop, after they are durable, in the order of their commits."""

    def added(self, messages: Sequence[Message]) -> None: ...
    def flagged(self, messages: Sequence[Message]) -> None: ...
    def expunged(self, messages: Sequence[Message]) -> None: ...


class Mailbox(ABC):
    """An IMAP mailbox. `messages` are in ascending order of UID (RFC 3501 2.3.1.1).

    Messages from the UID `first_recent` on were announced to no session yet; that is not kept over
    a restart, after which all count as recent (RFC 3501 2.3.2).
    """

    def __init__(self, name: str, uid_validity: int, uid_next: int = 1) -> None:
        self.name = name
        self.uid_validity = uid_validity
        self.uid_next = uid_next
        self.first_recent = 1
        self.messages: list[Message] = []
        self.listeners: set[MailboxListener] = set()

    @abstractmethod
    async def append(self, new: Sequence[NewMessage]) -> list[Message]:
        """Store messages, all or none. Raises OverQuota, StoreUnavailable."""

    @abstractmethod
    async def copy(self, messages: Sequence[Message], target: "Mailbox") -> list[Message]:
        """Copy to `target` with flags and internal date, all or none (RFC 3501 6.4.7)."""

    @abstractmethod
    async def set_flags(
        self, messages: Sequence[Message], change: FlagChange, flags: Iterable[str]
    ) -> list[Message]:
        """Change flags; returns the messages whose flags are now different."""

    @abstractmethod
    async def expunge(self, messages: Sequence[Message]) -> list[Message]:
        """Remove for good; returns what was removed (others may have been faster)."""

    @abstractmethod
    async def content(self, message: Message) -> bytes:
        """The octets of a message. Raises MessageGone."""

    async def stuffed_content(self, message: Message) -> bytes:
        """The octets of a message as they travel before a lone dot. Raises MessageGone."""
        return dot_stuff(await self.content(message))

    # What a store calls on the event loop once a change is durable.

    def apply_added(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        self.messages.extend(messages)
        self.uid_next = max(self.uid_next, messages[-1].uid + 1)
        for listener in tuple(self.listeners):
            listener.added(messages)

    def apply_flags(self, flags: dict[int, frozenset[str]]) -> list[Message]:
        """Set flags by UID; returns the messages that changed."""
        changed = [m for m in self.messages if m.uid in flags and m.flags != flags[m.uid]]
        for message in changed:
            message.flags = flags[message.uid]
        for listener in tuple(self.listeners) if changed else ():
            listener.flagged(changed)
        return changed

    def apply_expunged(self, uids: Iterable[int]) -> list[Message]:
        uids = set(uids)
        gone = [m for m in self.messages if m.uid in uids]
        self.messages = [m for m in self.messages if m.uid not in uids]
        for listener in tuple(self.listeners) if gone else ():
            listener.expunged(gone)
        return gone


class AccountListener(Protocol):
    """Hears, on the event loop, that folders, subscriptions, the lock or its marks differ."""

    def changed(self) -> None: ...


@dataclass(eq=False)
class Maildrop:
    """The INBOX as one POP3 session sees it: a fixed list, and marks until UPDATE (RFC 1939 6)."""

    inbox: Mailbox
    messages: list[Message]
    marked: set[Message] = field(default_factory=set)


class Account(ABC):
    """A login with its address. `password` is readable: APOP and CRAM-MD5 need it.

    `faults` is what is planned to go wrong for it. `original` is the account of which it is a
    realm's own copy: what is planned for that goes wrong here too.
    """

    def __init__(self, address: str, password: str, realm: str = "") -> None:
        self.address = address
        self.password = password
        self.realm = realm
        self.faults = FaultPlan()
        self.original: Account | None = None
        self.mailboxes: dict[str, Mailbox] = {}
        self.subscribed: set[str] = set()
        self.maildrop: Maildrop | None = None  # set while a POP3 session holds the lock
        self.listeners: set[AccountListener] = set()

    @property
    def has_plan(self) -> bool:
        return bool(self.faults or (self.original and self.original.faults))

    def strike(self, protocol: str, command: str, argument: str, by: str) -> list[Fault]:
        """What of the plan happens now, as of FaultPlan; an original's plan counts each copy."""
        struck = self.faults.strike(protocol, command, argument, by)
        if self.original and not any(fault.ends for fault in struck):
            struck += self.original.faults.strike(protocol, command, argument, by, self.realm)
        return struck

    @property
    def inbox(self) -> Mailbox:
        return self.mailboxes[INBOX]

    def mailbox(self, name: str) -> Mailbox:
        """Raises NoSuchMailbox. INBOX is case-insensitive (RFC 3501 5.1)."""
        try:
            return self.mailboxes[canonical(name)]
        except KeyError:
            raise NoSuchMailbox(name) from None

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener.changed()

    def check_quota(self, more: Sequence[int]) -> None:  # noqa: B027  memory has no limit
        """Is there room for messages of these sizes in octets? Raises OverQuota."""

    @abstractmethod
    async def create(self, name: str) -> Mailbox:
        """With its missing superiors (RFC 3501 6.3.3). Raises MailboxExists, InvalidMailboxName."""

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Raises NoSuchMailbox, HasChildren, InvalidMailboxName (INBOX)."""

    @abstractmethod
    async def rename(self, old: str, new: str) -> None:
        """With its inferiors; INBOX moves its messages (RFC 3501 6.3.5)."""

    @abstractmethod
    async def subscribe(self, name: str, wanted: bool = True) -> None:
        """A name need not exist to stay subscribed (RFC 3501 6.3.6)."""

    async def lock_maildrop(self) -> Maildrop:
        """The exclusive lock of RFC 1939 4. Raises MaildropLocked."""
        if self.maildrop:
            raise MaildropLocked(self.address)
        self.maildrop = Maildrop(self.inbox, list(self.inbox.messages))
        self.changed()
        return self.maildrop

    def unlock_maildrop(self) -> None:
        """Give the lock back; never fails, also when nothing is locked."""
        self.maildrop = None
        self.changed()


class MailStore(ABC):
    """Accounts by address. A `realm` is a learner's own world: it goes before what all share."""

    domains: tuple[str, ...]

    @abstractmethod
    async def account(self, address: str, realm: str = "") -> Account | None:
        """The account with this address (case-insensitive), the realm's own copy first."""

    @abstractmethod
    async def deliver(self, accounts: Sequence[Account], contents: Sequence[bytes]) -> None:
        """Append contents[i] to the INBOX of accounts[i], durably, all or none.

        Raises OverQuota (its name is the first full account's address), StoreUnavailable (with a
        name: one of the accounts is gone).
        """

    def is_local(self, address: str) -> bool:
        return address.rpartition("@")[2].lower() in self.domains


def canonical(name: str) -> str:
    """RFC 3501 5.1: INBOX in any case, also as the first level of a hierarchy."""
    first, separator, rest = name.partition(SEPARATOR)
    return INBOX + separator + rest if first.upper() == INBOX else name
