"""The lab's ear: holds the conversations of this process and tells the pages that follow them.

Everything happens on the event loop. A line costs one set insertion for each page that follows it;
pages pull the lines themselves, when they are awake.
"""

import asyncio
from datetime import UTC, datetime

from mailedu.lab.followers import Follower, Live
from mailedu.lab.rules import CONSOLE, OUTSIDE, Viewer, may_see, owner_of
from protocols.conversation import Conversation
from protocols.store import Account

# Seconds a console waits for the server side of its own connection: both are in this process.
CLAIM_WAIT = 5
# Seconds a closed conversation stays, so that a page that lost its websocket can catch up.
LINGER = 60

Address = tuple[str, int]


class Hub:
    """The Audience of the mail servers. `ports` maps a service's name to its real port."""

    def __init__(self) -> None:
        self.ports: dict[str, Address] = {}
        self.unwritten: set[Live] = set()
        self._live: dict[str, Live] = {}
        # A client's port is unique for one server port only, so the service belongs to the key.
        self._open: dict[tuple[str, Address], Live] = {}
        self._claims: dict[tuple[str, Address], asyncio.Future[Live]] = {}
        self._watchers: set[Follower] = set()

    # What the mail servers call

    def opened(self, conversation: Conversation) -> None:
        name = conversation.service.name
        live = Live(conversation, self.ports.get(name, ("", conversation.service.port))[1])
        self._live[conversation.id] = self._open[name, conversation.peer] = live
        if claim := self._claims.pop((name, conversation.peer), None):
            claim.set_result(live)
        self._show(live)

    def heard(self, conversation: Conversation) -> None:
        live = self._live.get(conversation.id)
        if live and (live.followers or live.owner):
            self._heard(live)

    def secured(self, conversation: Conversation) -> None:
        if live := self._live.get(conversation.id):
            # RFC 3207 4.2: a login before TLS is forgotten, and somebody else's may follow
            forgotten = live.origin == OUTSIDE and not conversation.account
            self._give(live, "" if forgotten else live.owner)

    def authenticated(self, conversation: Conversation) -> None:
        if live := self._live.get(conversation.id):
            conversation.realm = conversation.realm or conversation.account.realm
            live.realms.add(conversation.realm)
            self._give(live, owner_of(live.realms))

    def addressed(self, conversation: Conversation, account: Account) -> None:
        live = self._live.get(conversation.id)
        if live and live.origin == OUTSIDE and not conversation.account:
            live.realms.add(account.realm)

    def delivered(self, conversation: Conversation, account: Account) -> None:
        if live := self._live.get(conversation.id):
            live.delivered_to = account
            self._heard(live, changed=True)

    def closed(self, conversation: Conversation) -> None:
        if live := self._live.get(conversation.id):
            live.closed = datetime.now(UTC)
            key = conversation.service.name, conversation.peer
            if self._open.get(key) is live:  # a port is used again
                del self._open[key]
            unowned = live.delivered_to and not live.owner
            self._give(live, owner_of(live.realms) if unowned else live.owner)
            wanted = live.owner or live.followers
            asyncio.get_running_loop().call_later(LINGER if wanted else 0, self._drop, live)

    # What the pages call

    async def claim(self, service: str, address: Address, realm: str, guest: str = "") -> Live:
        """The conversation of a console that connected from `address`; `realm` owns it from now on.

        Before or after the server has accepted. Raises TimeoutError when it never does.
        """
        live = self._open.get((service, address)) or await self._accepted(service, address)
        live.origin, live.realms, live.guest = CONSOLE, {realm}, guest
        live.conversation.realm = realm
        self._give(live, realm)
        return live

    def find(self, id: str, viewer: Viewer) -> Live | None:
        """A conversation that `viewer` may see."""
        live = self._live.get(id)
        return live if live and may_see(viewer, live.owner) else None

    def visible(self, viewer: Viewer) -> list[Live]:
        return [live for live in self._live.values() if may_see(viewer, live.owner)]

    def watch(self, follower: Follower) -> None:
        """Follow everything that its viewer may see, also what is still to come."""
        self._watchers.add(follower)
        for live in self.visible(follower.viewer):
            if follower in live.followers:
                follower.tell(live, changed=True)
            else:
                follower.follow(live, announce=True)

    def leave(self, follower: Follower) -> None:
        self._watchers.discard(follower)
        follower.leave()

    def _heard(self, live: Live, changed: bool = False) -> None:
        for follower in live.followers:
            follower.tell(live, changed)
        live.unwritten = live.unwritten or changed
        if live.owner:
            self.unwritten.add(live)

    async def _accepted(self, service: str, address: Address) -> Live:
        claim = self._claims[service, address] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(CLAIM_WAIT):
                return await claim
        finally:
            self._claims.pop((service, address), None)

    def _give(self, live: Live, owner: str) -> None:
        if live.owner and not owner:
            self.unwritten.add(live)  # its row must not keep its owner
        live.owner = owner
        for follower in tuple(live.followers):
            if not may_see(follower.viewer, owner):
                follower.forget(live)
        self._show(live)
        self._heard(live, changed=True)

    def _show(self, live: Live) -> None:
        for follower in self._watchers - live.followers:
            if may_see(follower.viewer, live.owner):
                follower.follow(live, announce=True)

    def _drop(self, live: Live) -> None:
        if live in self.unwritten:
            asyncio.get_running_loop().call_later(LINGER, self._drop, live)
        else:
            self._live.pop(live.conversation.id, None)
