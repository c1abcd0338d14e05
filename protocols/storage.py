"""Room in memory for messages that have not come whole: bounded for each client, and in sum."""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protocols.conversation import Conversation

# Octets of all messages under way: a class sends its photos at once, on a small machine.
ROOM = 256 * 1024 * 1024
# One address, or one learner, gets this part of it: who fills it takes nothing from the others.
SHARES = 2


class Storage:
    """The octets that all engines of a process hold of messages under way."""

    def __init__(self) -> None:
        self.room = ROOM
        self._held = 0
        self._by: Counter[str] = Counter()

    def fits(self, who: str, octets: int) -> bool:
        mine = self._by[who] + octets <= self.room // SHARES
        return mine and self._held + octets <= self.room

    def add(self, who: str, octets: int) -> None:
        self._held += octets
        self._by[who] += octets
        if not self._by[who]:
            del self._by[who]


class Share:
    """What one engine holds of them."""

    def __init__(self, storage: Storage, conversation: "Conversation") -> None:
        self._storage = storage
        self._conversation = conversation
        self._who = ""
        self._octets = 0

    def fits(self, octets: int) -> bool:
        """Whether there is room for a message of `octets`."""
        return self._storage.fits(self._owner, octets - self._octets)

    def hold(self, octets: int) -> bool:
        """Hold so many from now on; where they do not fit, none."""
        fits = octets <= self._octets or self.fits(octets)
        if octets != self._octets:
            self._who = self._owner  # who logs in meanwhile still pays where it began
            self._storage.add(self._who, (octets if fits else 0) - self._octets)
            self._octets = octets if fits else 0
        return fits

    @property
    def _owner(self) -> str:
        held = self._who if self._octets else ""
        return held or self._conversation.realm or self._conversation.peer[0]
