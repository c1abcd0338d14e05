"""One client's own idea of a mailbox: its sequence numbers, and what it was not told yet."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from protocols.imap.grammar.sets import SequenceSet
from protocols.store import Mailbox, Message

# Changes that a client is told at once: more take their time, for which others wait.
MOST = 500

Numbered = list[tuple[int, Message]]


@dataclass(frozen=True, slots=True)
class Updates:
    """In the order in which a client must hear them.

    `expunged`: each number counts after the ones before it were taken out (RFC 3501 7.4.1).
    `exists`: the new count, None if no message came. `keywords`: new ones are in use.
    """

    expunged: list[int]
    exists: int | None
    keywords: bool
    flagged: Numbered


class MailboxView:
    """`messages[n - 1]` is what the client calls message n, until `take_updates` tells it more.

    `recent` are the messages that this session was the first to hear of (RFC 3501 2.3.2).
    """

    def __init__(self, mailbox: Mailbox, read_only: bool, changed: Callable[[], None]) -> None:
        self.mailbox = mailbox
        self.read_only = read_only
        self.messages = list(mailbox.messages)
        self.recent: set[Message] = set()
        self.keywords = _keywords(self.messages)
        self._changed = changed
        self._added: list[Message] = []
        self._expunged: set[Message] = set()
        self._flagged: set[Message] = set()
        self._new_keywords: set[str] = set()
        self._claim_recent(self.messages)
        mailbox.listeners.add(self)

    def close(self) -> None:
        self.mailbox.listeners.discard(self)

    # What the mailbox tells

    def added(self, messages: Sequence[Message]) -> None:
        self._added += messages
        self._changed()

    def flagged(self, messages: Sequence[Message]) -> None:
        self._flagged.update(messages)
        self._changed()

    def expunged(self, messages: Sequence[Message]) -> None:
        self._expunged.update(messages)
        self._changed()

    # What the client means

    def number(self, message: Message) -> int:
        """The sequence number of a message in the view."""
        return bisect_left(self.messages, message.uid, key=_uid) + 1

    def is_gone(self, message: Message) -> bool:
        """Removed from the mailbox, though the client may still count it."""
        return message in self._expunged

    def by_number(self, wanted: SequenceSet) -> Numbered:
        """Raises IndexError with a number that names no message (RFC 3501 9, seq-number)."""
        count = len(self.messages)
        ranges = wanted.ranges(count)
        if ranges[-1][1] > count or ranges[0][0] < 1:
            raise IndexError(ranges[-1][1])
        return [(n, self.messages[n - 1]) for low, high in ranges for n in range(low, high + 1)]

    def by_uid(self, wanted: SequenceSet) -> Numbered:
        """UIDs that name no message are passed over (RFC 3501 6.4.8)."""
        if not self.messages:
            return []
        found = []
        for low, high in wanted.ranges(self.messages[-1].uid):
            first = bisect_left(self.messages, low, key=_uid)
            last = bisect_left(self.messages, high + 1, key=_uid)
            found += enumerate(self.messages[first:last], first + 1)
        return found

    # What the client hears

    def told(self, messages: Iterable[Message]) -> None:
        """The client has just heard the flags of these."""
        if heard := self._flagged.intersection(messages):
            self._flagged -= heard
            self._meet(heard)

    def unheard(self, message: Message) -> bool:
        """Whether the client does not know the flags of `message` yet."""
        return message in self._flagged

    def take_updates(self, expunge: bool) -> Updates:
        """What is new, from now on known; without `expunge` the numbers stay as they are.

        While `more` there is more of it.
        """
        expunged = self._take_expunged() if expunge else []
        if expunge and self._expunged:
            return Updates(expunged, None, False, [])
        exists, flagged = self._take_added(), self._take_flagged()
        keywords, self._new_keywords = self._new_keywords, set()
        self.keywords |= keywords
        return Updates(expunged, exists, bool(keywords), flagged)

    def more(self, expunge: bool) -> bool:
        return bool(self._flagged or (expunge and self._expunged))

    @property
    def is_quiet(self) -> bool:
        """Whether nothing at all is new."""
        return not (self._flagged or self._expunged or self._added or self._new_keywords)

    def _take_expunged(self) -> list[int]:
        gone = self._expunged
        if not gone:
            return []
        found = [message for message in self.messages if message in gone]
        heard, kept, numbers = set(found[:MOST]), [], []
        for message in self.messages:
            if message in heard:
                numbers.append(len(kept) + 1)
            else:
                kept.append(message)
        self.messages = kept
        self._added = [m for m in self._added if m not in gone]
        self.recent -= gone
        self._flagged -= gone
        self._expunged = set(found[MOST:])
        return numbers

    def _take_added(self) -> int | None:
        added = [m for m in self._added if m not in self._expunged]
        self._expunged.difference_update(self._added)  # came and went unheard
        self._flagged.difference_update(self._added)  # flags come with the first FETCH
        self._added = []
        if not added:
            return None
        self.messages += added
        self._meet(added)
        self._claim_recent(added)
        return len(self.messages)

    def _take_flagged(self) -> Numbered:
        self._flagged -= self._expunged
        if len(self._flagged) > MOST:  # sorting them takes longer
            numbered = ((n, m) for n, m in enumerate(self.messages, 1) if m in self._flagged)
            heard = list(islice(numbered, MOST))
        else:
            heard = [(self.number(m), m) for m in sorted(self._flagged, key=_uid)]
        self.told([m for _, m in heard])
        return heard

    def _meet(self, messages: Iterable[Message]) -> None:
        """The client hears of these; their keywords may be new."""
        self._new_keywords |= _keywords(messages) - self.keywords

    def _claim_recent(self, messages: Sequence[Message]) -> None:
        first = self.mailbox.first_recent
        self.recent.update(m for m in messages if m.uid >= first)
        if messages and not self.read_only:  # RFC 3501 6.3.2: EXAMINE takes nothing away
            self.mailbox.first_recent = max(first, messages[-1].uid + 1)


def _uid(message: Message) -> int:
    return message.uid


def _keywords(messages: Iterable[Message]) -> set[str]:
    different = {message.flags for message in messages}  # few, also of ten thousand messages
    return {flag for flags in different for flag in flags if not flag.startswith("\\")}
