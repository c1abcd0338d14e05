"""One client's conversation with one server, as everybody beside the engine sees it."""

import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from enum import StrEnum
from typing import Protocol

from protocols.guard import Guard, Lock, Wait
from protocols.limits import TOLD_WITHIN, Limits
from protocols.protocol import MailProtocol, Service
from protocols.storage import Storage
from protocols.store import Account, MailStore
from protocols.tls import Handshake, ServerTls
from protocols.transcript import Backlog, Recorder
from protocols.turns import Rounds


class Ending(StrEnum):
    """Why the server ends a conversation of its own accord."""

    IDLE = "idle"
    CROWDED = "crowded"  # too many connections, of this address or in all
    TOO_LONG = "too-long"  # even a busy client has to come again some day
    SHUTDOWN = "shutdown"
    BROWSER = "browser"  # it speaks HTTP
    FAILURE = "failure"


class Conversation:
    """`realm` is the learner's world whose private accounts the engine sees first ("" = shared).

    `gate`, if set, is awaited before each answer crosses the wire (step mode). `account` is set by
    a login, `tls` by a handshake. `end` ends the conversation with the protocol's own farewell.
    Where the client may have to wait, `sleep` takes some seconds, or until it has gone; `wait` runs
    what is cancelled then, together with the answer that it was for.
    `upgrading`, if set, hears that TLS begins after so many octets from the server.
    """

    def __init__(
        self,
        host: "MailHost",
        protocol: MailProtocol,
        service: Service,
        peer: tuple[str, int],
        recorder: Recorder,
    ):
        self.id = secrets.token_hex(8)
        self.protocol = protocol
        self.service = service
        self.peer = peer
        self.recorder = recorder
        self.realm = ""
        self.account: Account | None = None
        self.tls: Handshake | None = None
        self.closed = False
        self.gate: Callable[[], Awaitable[None]] | None = None
        self.end: Callable[[Ending], None] = lambda ending: None
        self.sleep: Callable[[float], Awaitable[None]] = lambda seconds: host.sleep(seconds)
        self.wait: Wait = lambda work: work
        self.upgrading: Callable[[int], None] = lambda octets: None
        self._host = host
        self._audience = host.audience
        self._ids = 0
        self._realm_before = ""  # the login

    def unique(self) -> str:
        """What nobody was told before, to name a mail."""
        self._ids += 1
        return f"{self.id}.{self._ids}"

    def nonce(self) -> str:
        """What nobody can guess beforehand, for challenges (RFC 5802 5.1)."""
        return secrets.token_urlsafe(18)

    def authenticated(self, account: Account) -> None:
        if self.closed:  # it left while its password was looked at
            return
        self._host.logins[account] += 1
        self.account, self._realm_before = account, self.realm
        self._audience.authenticated(self)

    def forget_login(self) -> None:
        """Whoever logged in before TLS no longer is (RFC 3207 4.2)."""
        if self.account:
            self._host.logged_out(self)
            self.account, self.realm = None, self._realm_before

    def addressed(self, account: Account) -> None:
        """A mail that is being written is for `account`, if it takes it."""
        self._audience.addressed(self, account)

    def delivered(self, account: Account) -> None:
        """A message of this conversation went to `account`."""
        self._audience.delivered(self, account)

    def heard(self) -> None:
        """Something was recorded."""
        self._audience.heard(self)

    def secured(self, handshake: Handshake) -> None:
        """What follows is sealed."""
        self.tls = handshake
        agreed = {
            "version": handshake.version,
            "cipher": handshake.cipher,
            "bits": str(handshake.bits),
        }
        if handshake.resumed:
            id = "wire.tls.resumed.first" if self.service.tls else "wire.tls.resumed"
            self.recorder.event(id, **agreed)
        else:
            id = "wire.tls.first" if self.service.tls else "wire.tls"
            self.recorder.event(id, **agreed, **self.certificate())
        self._audience.secured(self)

    def certificate(self) -> dict[str, str]:
        """What the server's certificate tells the client."""
        certificate = self._host.tls.certificate
        return {
            "subject": certificate.subject,
            "names": ", ".join(certificate.names) or "–",
            "issuer": certificate.issuer,
            "until": certificate.until,
        }

    def lost(self) -> None:
        self.closed = True
        # Whoever keeps the transcript must not keep the connection
        self.end, self.sleep = lambda ending: None, _no_sleep
        self.recorder.event("wire.closed")
        self.recorder.released()
        self._audience.closed(self)


class Audience(Protocol):
    """Who hears of conversations. All calls are on the event loop and must be quick."""

    def opened(self, conversation: Conversation) -> None: ...
    def heard(self, conversation: Conversation) -> None: ...
    def secured(self, conversation: Conversation) -> None: ...
    def authenticated(self, conversation: Conversation) -> None: ...
    def addressed(self, conversation: Conversation, account: Account) -> None: ...
    def delivered(self, conversation: Conversation, account: Account) -> None: ...
    def closed(self, conversation: Conversation) -> None: ...


async def _no_sleep(seconds: float) -> None:
    """For engines without an event loop, and for clients that have gone."""


async def _at_once(work: Callable[[], object]) -> None:
    work()


class MailHost:
    """What all engines of a process share. `name` is the host's name in greetings and Received.

    Without `tls` no TLS is offered, without `plain_logins` no password may be shown to whoever
    listens (RFC 4954 4). `clock` gives seconds, `sleep` waits for some; each `lock` lets in one at
    a time; `aside` does what may take long where it holds up nobody. Without these three nobody
    waits, as befits engines without an event loop.
    """

    def __init__(
        self,
        store: MailStore,
        audience: Audience,
        clock: Callable[[], float],
        name: str = "lab.example",
        *,
        tls: ServerTls | None = None,
        limits: Limits = Limits(),  # noqa: B008  it is frozen
        plain_logins: bool = True,
        sleep: Callable[[float], Awaitable[None]] = _no_sleep,
        lock: Callable[[], Lock] = nullcontext,
        aside: Callable[[Callable[[], object]], Awaitable[object]] = _at_once,
    ) -> None:
        self.store = store
        self.audience = audience
        self.name = name
        self.tls = tls
        self.limits = limits
        self.plain_logins = plain_logins
        self.sleep = sleep
        self.aside = aside
        self.guard = Guard(clock, sleep, lock)
        self.storage = Storage()
        self.rounds = Rounds()
        self.conversations: set[Conversation] = set()
        self.logins: Counter[Account] = Counter()
        self._addresses: Counter[str] = Counter()
        self._told: deque[float] = deque()  # when somebody was
        self._backlog = Backlog()
        self.clock = clock

    def open(self, protocol: MailProtocol, service: Service, peer: tuple[str, int]) -> Conversation:
        recorder = Recorder(protocol.observer(), self.clock, self._backlog)
        conversation = Conversation(self, protocol, service, peer, recorder)
        self.conversations.add(conversation)
        self._addresses[peer[0]] += 1
        recorder.event("wire.opened.tls" if service.tls else "wire.opened", protocol=service.title)
        self.audience.opened(conversation)
        return conversation

    def crowded(self, conversation: Conversation) -> bool:
        """Whether `conversation` is one too many."""
        address = conversation.peer[0]
        if len(self.conversations) > self.limits.connections:
            return True
        return self._addresses[address] > self.limits.of_address(address)

    def may_be_told(self) -> bool:
        """Whether one too many may shake hands to hear so: a flood must not cost handshakes."""
        now = self.clock()
        while self._told and now - self._told[0] >= TOLD_WITHIN:
            self._told.popleft()
        if len(self._told) >= self.limits.told:
            return False
        self._told.append(now)
        return True

    def close(self, conversation: Conversation) -> None:
        if conversation in self.conversations:
            self.conversations.remove(conversation)
            _discount(self._addresses, conversation.peer[0])
            self.logged_out(conversation)
            conversation.lost()

    def logged_out(self, conversation: Conversation) -> None:
        if conversation.account:
            _discount(self.logins, conversation.account)


def _discount(counter: Counter, key: object) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


class NoAudience(Audience):
    """For engines that nobody watches."""
