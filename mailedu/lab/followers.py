"""What one page still has to be told: a slow one costs nobody anything and loses no line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from mailedu.lab.rules import OUTSIDE, Viewer
from protocols.conversation import Conversation
from protocols.store import Account
from protocols.transcript import Entry


@dataclass(eq=False, slots=True)
class Live:
    """A conversation that the hub holds: open, or closed a short while ago.

    `owner` is a realm (see rules.py), `realms` those of the accounts that it logged in to, or wrote
    to without a login, `guest` the address by which the one at the console is known. `stored` is
    the number of the last line in the database; `unwritten`: what the database says of the
    conversation itself is out of date.
    """

    conversation: Conversation
    port: int
    opened: datetime = field(default_factory=lambda: datetime.now(UTC))
    origin: str = OUTSIDE
    owner: str = ""
    realms: set[str] = field(default_factory=set)
    guest: str = ""
    followers: set["Follower"] = field(default_factory=set)
    stored: int = 0
    unwritten: bool = True
    closed: datetime | None = None
    delivered_to: Account | None = None


class News(NamedTuple):
    """`changed`: the page should hear of the conversation itself, not only of its lines.

    `closed`: these are the last lines. (A page that does not read may get them long afterwards.)
    """

    live: Live
    changed: bool
    entries: list[Entry]
    closed: bool


class Follower:
    """One page. `wake` is called whenever there is news; any number of calls is one `take`."""

    def __init__(self, viewer: Viewer, wake: Callable[[], None]) -> None:
        self.viewer = viewer
        self._wake = wake
        self._known: dict[Live, int] = {}
        self._news: dict[Live, bool] = {}

    def follow(self, live: Live, seq: int = 0, *, announce: bool = False) -> None:
        """Tell what comes after line `seq`, now and from now on."""
        live.followers.add(self)
        self._known[live] = seq
        self.tell(live, announce)

    def forget(self, live: Live) -> None:
        live.followers.discard(self)
        self._known.pop(live, None)
        self._news.pop(live, None)

    def tell(self, live: Live, changed: bool = False) -> None:
        self._news[live] = changed or self._news.get(live, False)
        self._wake()

    def take(self) -> Iterator[News]:
        news, self._news = self._news, {}
        for live, changed in news.items():
            if live not in self._known:
                continue
            recorder = live.conversation.recorder
            entries = recorder.since(self._known[live])
            if entries:
                self._known[live] = entries[-1].seq
            if closed := live.closed is not None and not recorder.waiting:
                self.forget(live)
            elif recorder.waiting:
                self.tell(live)
            yield News(live, changed, entries, closed)

    def leave(self) -> None:
        for live in tuple(self._known):
            self.forget(live)
