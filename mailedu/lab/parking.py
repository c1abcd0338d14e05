"""Consoles that outlive their page for a moment: a reload, another language, a lost network."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailedu.lab.panes import Pane

# Seconds that a console waits for its page: a reload takes one, a phone that changes networks ten.
# Whoever closes the page for good must not hold the lock of a mailbox for long.
GRACE = 15
# Open consoles of one guest on all pages: twice what one page takes. Each takes a connection of the
# school's, so that nobody may have very many.
MAX_CONSOLES = 12


class TooManyConsoles(Exception):
    """The guest has MAX_CONSOLES already."""


@dataclass(slots=True)
class Place:
    """`page` has the console, or had it until `timer` was set; `release` takes it from there."""

    pane: Pane
    page: str
    release: Callable[[], None]
    timer: asyncio.TimerHandle | None = None


class Parking:
    """All consoles by their conversation's id. For the event loop."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self._coming: Counter[str] = Counter()

    @contextmanager
    def room(self, realm: str) -> Iterator[None]:
        """Room for one more console while it is being opened. Raises TooManyConsoles."""
        panes = [place.pane for place in self._places.values()]
        have = sum(pane.live.owner == realm and not pane.live.closed for pane in panes)
        if have + self._coming[realm] >= MAX_CONSOLES:
            raise TooManyConsoles
        self._coming[realm] += 1
        try:
            yield
        finally:
            self._coming -= Counter((realm,))  # keeps no zeros

    def enter(self, pane: Pane, page: str, release: Callable[[], None]) -> None:
        """A page has the console now."""
        self._places[_id(pane)] = Place(pane, page, release)

    def leave(self, pane: Pane) -> None:
        """Its page has gone; without another one its time runs. An answer held back waits, too."""
        if pane.live.closed:
            self.close(pane)
        else:
            loop = asyncio.get_running_loop()
            self._places[_id(pane)].timer = loop.call_later(GRACE, self.close, pane)

    def take(self, id: str, realm: str, page: str) -> Pane | None:
        """The console of that conversation for `page`, if it is the realm's and free.

        A page that comes back may be faster than the end of its old websocket.
        """
        place = self._places.get(id)
        if not place or place.pane.live.owner != realm or place.pane.live.closed:
            return None
        if not place.timer and (not page or place.page != page):
            return None
        if place.timer:
            place.timer.cancel()
        place.release()
        return place.pane

    def close(self, pane: Pane) -> None:
        place = self._places.pop(_id(pane))
        if place.timer:
            place.timer.cancel()
        pane.close()

    def clear(self, realm: str) -> None:
        """Whoever begins anew has left the old consoles for good."""
        for place in list(self._places.values()):
            if place.timer and place.pane.live.owner == realm:
                self.close(place.pane)


def _id(pane: Pane) -> str:
    return pane.live.conversation.id
