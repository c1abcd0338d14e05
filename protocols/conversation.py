"""One client's conversation with one server, as everybody beside the engine sees it."""

import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from protocols.store import Account, MailStore
from protocols.transcript import Recorder

if TYPE_CHECKING:
    from protocols.protocol import MailProtocol


class Ending(StrEnum):
    """Why the server ends a conversation of its own accord."""

    IDLE = "idle"
    SHUTDOWN = "shutdown"
    FAILURE = "failure"


class Conversation:
    """`realm` is the learner's world whose private accounts the engine sees first ("" = shared).

    `gate`, if set, is awaited before each answer crosses the wire (step mode). `account` is set by
    a login. `end` ends the conversation with the protocol's own farewell.
    """

    def __init__(
        self,
        protocol: "MailProtocol",
        peer: tuple[str, int],
        audience: "Audience",
        recorder: Recorder,
    ):
        self.id = secrets.token_hex(8)
        self.protocol = protocol
        self.peer = peer
        self.recorder = recorder
        self.realm = ""
        self.account: Account | None = None
        self.closed = False
        self.gate: Callable[[], Awaitable[None]] | None = None
        self.end: Callable[[Ending], None] = lambda ending: None
        self._audience = audience

    def authenticated(self, account: Account) -> None:
        self.account = account
        self._audience.authenticated(self)

    def delivered(self, account: Account) -> None:
        """A message of this conversation went to `account`."""
        self._audience.delivered(self, account)

    def heard(self) -> None:
        """Something was recorded."""
        self._audience.heard(self)

    def lost(self) -> None:
        self.closed = True
        self.recorder.event("wire.closed")
        self._audience.closed(self)


class Audience(Protocol):
    """Who hears of conversations. All calls are on the event loop and must be quick."""

    def opened(self, conversation: Conversation) -> None: ...
    def heard(self, conversation: Conversation) -> None: ...
    def authenticated(self, conversation: Conversation) -> None: ...
    def delivered(self, conversation: Conversation, account: Account) -> None: ...
    def closed(self, conversation: Conversation) -> None: ...


class MailHost:
    """What all engines of a process share. `name` is the host's name in greetings and Received."""

    def __init__(
        self,
        store: MailStore,
        audience: Audience,
        clock: Callable[[], float],
        name: str = "lab.example",
    ) -> None:
        self.store = store
        self.name = name
        self.conversations: set[Conversation] = set()
        self._audience = audience
        self._clock = clock

    def open(self, protocol: "MailProtocol", peer: tuple[str, int]) -> Conversation:
        recorder = Recorder(protocol.observer(), self._clock)
        conversation = Conversation(protocol, peer, self._audience, recorder)
        self.conversations.add(conversation)
        recorder.event("wire.opened", protocol=protocol.title)
        self._audience.opened(conversation)
        return conversation

    def close(self, conversation: Conversation) -> None:
        if conversation in self.conversations:
            self.conversations.remove(conversation)
            conversation.lost()


class NoAudience:
    """For engines that nobody watches."""

    def opened(self, conversation: Conversation) -> None: ...
    def heard(self, conversation: Conversation) -> None: ...
    def authenticated(self, conversation: Conversation) -> None: ...
    def delivered(self, conversation: Conversation, account: Account) -> None: ...
    def closed(self, conversation: Conversation) -> None: ...
