"""The one thread that writes mail, with group commit.

All jobs that wait share one transaction, so a hundred deliveries cost one synchronisation of the
disk. What a job changed is applied on the event loop after the commit, in the order of the commits.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from mailedu.mail.cursors import fast_cursor
from protocols.store import StoreError, StoreUnavailable

log = logging.getLogger(__name__)

# Jobs that begin no further transaction: enough for every pupil of a school at once; bounds the
# wait of the first.
MAX_BATCH = 200
# Seconds in which a batch gathers when the one before was no single job: synchronising the disk
# costs more. Who is alone never waits.
GATHER = 0.002
# Seconds between looks for changes by other processes while nothing is written.
POLL = 0.5

Work = Callable[[Any], Any]
Apply = Callable[[Any], Any]
Together = Callable[[Any, Sequence[Work]], Sequence[Any]]


@dataclass(slots=True)
class Job:
    """`work(cursor)` runs in the transaction, `apply(its value)` on the loop after the commit.

    `together(cursor, works)`, if there is one, does several in a row for less, and gives a value
    for each.
    """

    work: Work
    apply: Apply
    future: asyncio.Future | None
    together: Together | None = None
    value: Any = None
    error: Exception | None = None

    def finish(self) -> None:
        try:
            value = None if self.error else self.apply(self.value)
        except Exception as error:  # noqa: BLE001  the waiting session reports it
            self.error = error
        if self.future is None or self.future.done():
            self._report_unawaited()
        elif self.error:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(value)

    def _report_unawaited(self) -> None:
        if self.error and not isinstance(self.error, StoreError):
            log.error("a change of the mail store failed", exc_info=self.error)


class JobFailed(Exception):
    """One job of a batch raised something: the batch is to be done again, each job guarded."""


class Writer:
    """`notice(cursor)` begins a transaction after others wrote; it yields their changes as jobs
    that are done but for their `apply`."""

    def __init__(self, notice: Callable[[Any], Iterator[Job]]) -> None:
        self._notice = notice
        self._queue: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._turn: list[Job] = []
        self._busy = False
        self._loop = asyncio.get_running_loop()
        self._version: object = None
        self._stopping = False
        self._stopped = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name="mail-writer", daemon=True)
        self._thread.start()

    def submit(
        self, work: Work, apply: Apply = lambda value: value, together: Together | None = None
    ) -> asyncio.Future:
        """The future gives what `apply` returns. Raises StoreUnavailable after `stop`."""
        if self._stopping:
            raise StoreUnavailable
        if not self._turn:  # what one turn of the loop submits wakes the thread once
            self._loop.call_soon(self._flush)
        job = Job(work, apply, self._loop.create_future(), together)
        self._turn.append(job)
        return job.future

    def post(self, work: Work = lambda cursor: None) -> None:
        """A job that nobody waits for; without `work` a wake-up. May be called in any thread."""
        if not self._stopping:
            self._queue.put([Job(work, lambda value: value, None)])

    async def stop(self) -> None:
        """Finish what was submitted."""
        self._stopping = True
        self._flush()
        self._queue.put(None)
        await self._stopped
        self._thread.join()

    def _flush(self) -> None:
        jobs, self._turn = self._turn, []
        self._queue.put(jobs)

    def _run(self) -> None:
        try:
            while (jobs := self._next()) is not None:
                if jobs or self._others_wrote():
                    self._commit(jobs)
        finally:
            connections.close_all()
            self._loop.call_soon_threadsafe(self._stopped.set_result, None)

    def _next(self) -> list[Job] | None:
        """What waits; nothing after half a second of quiet; None at the end."""
        jobs = []
        try:
            while len(jobs) < MAX_BATCH:
                more = self._queue.get(block=not jobs, timeout=POLL)
                if more is None:
                    self._queue.put(None)
                    return jobs or None
                if self._busy and not jobs:
                    time.sleep(GATHER)
                jobs += more
        except queue.Empty:
            pass
        return jobs

    def _commit(self, jobs: list[Job]) -> None:
        self._busy = len(jobs) > 1
        try:
            noticed = self._transact(jobs)
        except Exception as error:  # noqa: BLE001  without this thread every session would hang
            _report("the mail store cannot write: %s", error)
            noticed = []
            for job in jobs:
                job.error = StoreUnavailable()
            self._reconnect()
        self._loop.call_soon_threadsafe(_finish, [*noticed, *jobs])

    def _transact(self, jobs: list[Job]) -> list[Job]:
        """Do `jobs` in one transaction. A savepoint for each costs more than its work, so that
        comes only after one has failed. Returns what others changed."""
        try:
            return self._perform(jobs, fast_cursor, _unguarded)
        except JobFailed:
            return self._perform(jobs, BaseDatabaseWrapper.cursor, _guarded)

    def _perform(self, jobs: list[Job], cursor_of, perform) -> list[Job]:
        db = connections["default"]
        noticed = []
        with transaction.atomic(), db.wrap_database_errors, cursor_of(db) as cursor:
            version = _data_version(cursor)
            if version != self._version:
                noticed = list(self._notice(cursor))
            perform(jobs, cursor)
            if db.needs_rollback:  # a full disk undoes all, not one job
                raise DatabaseError("the transaction was undone")
        self._version = version
        return noticed

    def _others_wrote(self) -> bool:
        try:
            with connections["default"].cursor() as cursor:
                return _data_version(cursor) != self._version
        except DatabaseError as error:
            _report("the mail store cannot read: %s", error)
            self._reconnect()
            return False

    def _reconnect(self) -> None:
        connections["default"].close()
        self._version = None  # another connection counts from another number


def _unguarded(jobs: Sequence[Job], cursor) -> None:
    try:
        for together, some in groupby(jobs, attrgetter("together")):
            _work(together, list(some), cursor)
    except Exception as error:
        raise JobFailed from error


def _work(together: Together | None, jobs: Sequence[Job], cursor) -> None:
    if together:
        values = together(cursor, [job.work for job in jobs])
        for job, value in zip(jobs, values, strict=True):
            job.value = value
    else:
        for job in jobs:
            job.value = job.work(cursor)


def _guarded(jobs: Sequence[Job], cursor) -> None:
    for job in jobs:
        try:
            with transaction.atomic():
                job.value = job.work(cursor)
        except DatabaseError as error:
            _report("the mail store cannot write: %s", error)
            job.error = StoreUnavailable()
        except Exception as error:  # noqa: BLE001  one job's failure is not the others'
            job.error = error


def _report(text: str, error: Exception) -> None:
    """What the database says is a line for the log; anything else is a mistake of ours."""
    log.error(text, error, exc_info=None if isinstance(error, DatabaseError) else error)


def _finish(jobs: list[Job]) -> None:
    for job in jobs:
        job.finish()


def _data_version(cursor) -> object:
    """SQLite counts the commits of other connections; elsewhere there is always something new."""
    if cursor.db.vendor != "sqlite":
        return object()
    cursor.execute("PRAGMA data_version")
    return cursor.fetchone()[0]
