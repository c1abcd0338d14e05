"""Ends a connection whose client is silent, dawdles or never leaves. One timer each."""

import asyncio
from typing import TYPE_CHECKING

from protocols.conversation import Ending

if TYPE_CHECKING:
    from protocols.connection import Connection

# Seconds for a TLS handshake: two round trips, and a person who is asked about a certificate.
HANDSHAKE = 60
# Seconds that any connection may last: a school day, and an open console is still there at its end.
TOTAL = 24 * 60 * 60
# Looks within a limit: the second sees whether the client has read since the first.
LOOKS = 2


class Deadlines:
    """`progress` puts off the end; what never becomes a whole command is no progress.

    Of a message after DATA each piece counts, since people type it, and of a long answer each piece
    that the client reads; TOTAL ends that as well.
    """

    def __init__(self, connection: "Connection", loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._opened = self._progress = loop.time()
        self._unread = 0  # at the last look
        self._timer: asyncio.TimerHandle | None = None
        self._set()

    def progress(self) -> None:
        self._progress = self._loop.time()

    def answered(self, waits: bool) -> None:
        """What came is dealt with; `waits`: but for the beginning of a command."""
        if not waits:
            self.progress()

    def restart(self) -> None:
        """The handshake begins, which has a limit of its own."""
        self.stop()
        self.progress()
        self._set()

    def stop(self) -> None:
        self._timer.cancel()

    def _set(self) -> None:
        limit = self._limit()
        look = self._loop.time() + limit / LOOKS
        due = min(self._progress + limit, look, self._opened + TOTAL)
        self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        now = self._loop.time()
        unread, self._unread = self._unread, self._connection.unread
        if self._connection.busy or self._unread < unread:  # we let the client wait, or it reads
            self.progress()
        if now - self._opened >= TOTAL:
            self._connection.end(Ending.TOO_LONG)
        elif now - self._progress >= self._limit():
            self._connection.end(Ending.IDLE)
        else:
            self._set()

    def _limit(self) -> float:
        return HANDSHAKE if self._connection.shaking_hands else self._connection.session.idle_limit
