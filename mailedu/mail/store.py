"""DjangoStore: the mail store in the database, with its metadata in memory."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar
from weakref import WeakValueDictionary

from mailedu.mail import rows
from mailedu.mail.account import DjangoAccount
from mailedu.mail.additions import Addition, append
from mailedu.mail.addresses import MAX_ADDRESS
from mailedu.mail.contents import Contents
from mailedu.mail.writer import Job, Writer
from protocols.store import Account, MailStore, NewMessage

# Accounts that stay in memory without a session: a school's classes of one day.
MAX_IDLE = 500
# Names known to belong to nobody, so that guessers cost the writer no time; the oldest go first.
MAX_ABSENT = 1000
# Long messages that are read at once: one that takes its time does not keep mail from arriving.
MAX_ASIDE = 2
# Seconds between two notes of the last use: it tells days, not moments.
NOTE_USE = 60

Value = TypeVar("Value")

# The stores of this process; actions wake them after a commit.
RUNNING: set["DjangoStore"] = set()


class DjangoStore(MailStore):
    """Use between `start` and `stop`, on one event loop.

    `_loaded` belongs to the loop, `_known` to the writer's thread; both lose what nobody uses.
    """

    def __init__(self, domains: Sequence[str]) -> None:
        self.domains = tuple(domains)
        self._loaded: WeakValueDictionary[tuple[str, str], DjangoAccount] = WeakValueDictionary()
        self._known: WeakValueDictionary[int, DjangoAccount] = WeakValueDictionary()
        self._recent: deque[DjangoAccount] = deque(maxlen=MAX_IDLE)
        self._absent: dict[tuple[str, str], None] = {}

    async def start(self) -> None:
        self.contents = Contents()
        self.writer = Writer(self._notice)
        self._threads = ThreadPoolExecutor(MAX_ASIDE, "long-mail")
        RUNNING.add(self)

    async def stop(self) -> None:
        """Everything acknowledged or under way is in the database afterwards."""
        RUNNING.discard(self)
        await self.writer.stop()
        await asyncio.to_thread(self.contents.close)
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def aside(self, work: Callable[[], Value]) -> Value:
        """What `work` gives, done where it holds up nobody: it reads a long message."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def account(self, address: str, realm: str = "") -> DjangoAccount | None:
        """Raises StoreUnavailable. Does not wait for what memory knows."""
        address = address.lower()
        account = self.loaded(address, realm)
        if not account and not self._is_absent(address, realm):
            account = await self.writer.submit(
                lambda cursor: self._load(cursor, address, realm),
                lambda account: self._register(account, address, realm),
            )
        if account:
            self._note_use(account)
        return account

    def loaded(self, address: str, realm: str = "") -> DjangoAccount | None:
        """The realm's own account, if it is in memory; for realm "" the one that all know."""
        return self._loaded.get((realm, address.lower()))

    async def deliver(self, accounts: Sequence[Account], contents: Sequence[bytes]) -> None:
        additions: dict[Account, list[NewMessage]] = {}
        for account, content in zip(accounts, contents, strict=True):
            additions.setdefault(account, []).append(NewMessage(content))
        await append(self, [Addition(account.inbox, new) for account, new in additions.items()])

    def refresh(self) -> None:
        """Look now for what other connections changed. May be called in any thread."""
        self._absent = {}
        self.writer.post()

    def forget(self, account: DjangoAccount) -> None:
        """It is gone from the database."""
        for key in _keys(account):
            if self._loaded.get(key) is account:
                del self._loaded[key]

    def _is_absent(self, address: str, realm: str) -> bool:
        return len(address) > MAX_ADDRESS or "\0" in address or (realm, address) in self._absent

    def _register(
        self, account: DjangoAccount | None, address: str, realm: str
    ) -> DjangoAccount | None:
        absent = self._absent
        if not account:
            absent[realm, address] = None
        if len(absent) > MAX_ABSENT:
            del absent[next(iter(absent))]
        if account and account.revision is not None:
            self._loaded.update(dict.fromkeys(_keys(account), account))
            self._recent.append(account)
        return account

    def _forget_absent(self, _: None) -> None:
        self._absent = {}

    def _note_use(self, account: DjangoAccount) -> None:
        now = time.time()
        if now - account.used > NOTE_USE:
            account.used, moment = now, datetime.fromtimestamp(now, UTC)
            self.writer.post(lambda cursor: rows.used(cursor, account.id, moment))

    def _load(self, cursor, address: str, realm: str) -> DjangoAccount | None:
        id = rows.find_account(cursor, address, realm)
        if id is None:
            return None
        if not (account := self._known.get(id)):
            snapshot = rows.load(cursor, id)
            original = self._load(cursor, address, "") if snapshot.private else None
            account = self._known[id] = DjangoAccount(self, snapshot, original)
        return account

    def _notice(self, cursor) -> Iterator[Job]:
        """Somebody else has written: perhaps an account that was not there before."""
        yield Job(_done, self._forget_absent, None)
        known = dict(self._known.items())
        found = rows.revisions(cursor, known)
        for id, account in known.items():
            if found.get(id) != account.revision:
                yield Job(_done, account.refresh, None, value=rows.load(cursor, id))


def _keys(account: DjangoAccount) -> set[tuple[str, str]]:
    own = account.realm, account.address
    return {own} if account.private else {own, ("", account.address)}


def _done(cursor) -> None:
    """The work of a job that only has something to apply."""
