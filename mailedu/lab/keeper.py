"""Writes transcripts to the database while they grow, and keeps the house.

Old transcripts and guests who left are deleted; what the slides' session emptied is filled again.
"""

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction

from mailedu.lab.firststart import refill
from mailedu.lab.followers import Live
from mailedu.lab.guests import KEEP_DAYS as GUEST_DAYS
from mailedu.lab.hub import Hub
from mailedu.lab.models import Part, Transcript
from mailedu.lab.stored import to_text
from mailedu.mail.actions import expire_guests
from protocols.transcript import KEEP_FIRST, KEEP_LAST, Entry
from protocols.turns import Turn

log = logging.getLogger(__name__)

# Seconds between two writes: what a crash may cost of a transcript (never of a mail).
INTERVAL = 2
# Transcripts in one transaction, and seconds between two: the thread that writes holds up the
# event loop while it computes, so it does so in short breaths.
SLICE = 20
BREATH = 0.01
# A transcript serves the lesson it was made in and the one after the holidays.
KEEP_DAYS = 30
# Seconds between two looks for what is too old.
SWEEP = 3600
# Seconds between two looks for emptied sample mailboxes, and without use before one is filled: who
# looks again right after a deletion must find it done.
REFILL = 300


class Change(NamedTuple):
    """A transcript's row as it is now, and its new lines."""

    row: Transcript
    entries: list[Entry]
    new: bool = True  # the row itself has to be written


class Keeper:
    """`start` and `stop` on the event loop; the database is touched in a thread of its own."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._thread = ThreadPoolExecutor(1, "transcripts")

    def start(self) -> None:
        works = self._write(), self._sweep(), self._refill()
        self._tasks = [asyncio.create_task(work) for work in works]

    async def stop(self) -> None:
        """Write what is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        while await self.write():
            pass
        await self._in_thread(connections.close_all)
        self._thread.shutdown()

    async def write(self) -> bool:
        """Write what was said since the last time; what fails is tried again the next time.

        True if that was not all: much at once is explained bit by bit.
        """
        left, more = len(self._hub.unwritten), False
        while left > 0 and self._hub.unwritten:
            some = [self._hub.unwritten.pop() for _ in range(min(SLICE, len(self._hub.unwritten)))]
            left -= len(some)
            more = await self._write_some(some) or more
            await asyncio.sleep(BREATH)
        return more

    async def _write_some(self, lives: list[Live]) -> bool:
        """Whether something is left to be explained."""
        try:
            changes = await _changes(lives)
            await self._in_thread(write_changes, changes)
        except DatabaseError as error:
            log.error("transcripts cannot be written: %s", error)
            self._put_back(lives)
            return False
        except asyncio.CancelledError:  # what is left is written at the end
            self._put_back(lives)
            raise
        for live, change in zip(lives, changes, strict=True):
            if change.entries:
                live.stored = change.entries[-1].seq
        more = {live for live in lives if live.conversation.recorder.waiting}
        self._hub.unwritten |= more
        return bool(more)

    def _put_back(self, lives: list[Live]) -> None:
        self._hub.unwritten.update(lives)
        for live in lives:
            live.unwritten = True

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self.write()
            except Exception:
                log.exception("some transcripts are not written")

    async def _sweep(self) -> None:
        while True:
            try:
                await self._in_thread(delete_old, datetime.now(UTC))
                await self._in_thread(expire_guests, timedelta(days=GUEST_DAYS))
            except DatabaseError as error:
                log.error("what is too old cannot be deleted: %s", error)
            await asyncio.sleep(SWEEP)

    async def _refill(self) -> None:
        while True:
            await asyncio.sleep(REFILL)
            try:
                await self._in_thread(refill, datetime.now(UTC) - timedelta(seconds=REFILL))
            except DatabaseError as error:
                log.error("the sample mailboxes cannot be filled: %s", error)

    async def _in_thread(self, function, *arguments) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)


async def _changes(lives: Iterable[Live]) -> list[Change]:
    """What was said is explained now, and in between the others have their turns."""
    changes, turn = [], Turn(asyncio.get_running_loop().time)
    for live in lives:
        changes.append(_change(live))
        if turn.over():
            await asyncio.sleep(0)
    return changes


def _change(live: Live) -> Change:
    conversation = live.conversation
    row = Transcript(
        id=conversation.id,
        owner=live.owner,
        protocol=conversation.protocol.name,
        service=conversation.service.name,
        tls=conversation.tls.version if conversation.tls else "",
        port=live.port,
        peer="{}:{}".format(*conversation.peer),
        origin=live.origin,
        account=conversation.account.address if conversation.account else "",
        opened=live.opened,
        closed=live.closed,
        written=datetime.now(UTC),
    )
    new, live.unwritten = live.unwritten, False
    return Change(row, conversation.recorder.since(live.stored), new)


def write_changes(changes: Iterable[Change]) -> None:
    """Insert or update transcripts where they are new, and append their new lines."""
    changes = list(changes)
    with transaction.atomic():
        Transcript.objects.bulk_create(
            [change.row for change in changes if change.new],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["owner", "account", "tls", "origin", "closed", "written"],
        )
        known = [change.row.id for change in changes if not change.new]
        Transcript.objects.filter(id__in=known).update(written=datetime.now(UTC))
        Part.objects.bulk_create(
            [_part(change) for change in changes if change.entries], ignore_conflicts=True
        )
        for change in changes:
            _cut(change)


def _part(change: Change) -> Part:
    first, last = change.entries[0].seq, change.entries[-1].seq
    return Part(transcript=change.row, first=first, last=last, entries=to_text(change.entries))


def _cut(change: Change) -> None:
    """Keep the beginning and the end, as the recorder does."""
    if change.entries and change.entries[-1].seq > KEEP_FIRST + KEEP_LAST:
        middle = Part.objects.filter(transcript=change.row, first__gt=KEEP_FIRST)
        middle.filter(last__lte=change.entries[-1].seq - KEEP_LAST).delete()


def delete_old(now: datetime) -> None:
    Transcript.objects.filter(written__lt=now - timedelta(days=KEEP_DAYS)).delete()
