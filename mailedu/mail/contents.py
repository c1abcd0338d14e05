"""Reads the octets of messages in threads of their own and keeps the latest in memory."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from mailedu.mail import rows
from protocols.framing import dot_stuff
from protocols.store import MessageGone, StoreUnavailable

# Most reads come from the page cache; the second thread keeps one long read from stalling others.
READERS = 2
# Octets kept: a class's sample mail many times over, little beside the process itself.
MAX_KEPT = 32 * 1024 * 1024


class Contents:
    """By the id of the content. It never changes, so nothing here is ever out of date."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bool], bytes] = OrderedDict()  # True: dot-stuffed
        self._size = 0
        self._connections: list[BaseDatabaseWrapper] = []
        self._threads = ThreadPoolExecutor(READERS, "mail-reader", self._connect)

    async def get(self, content_id: int) -> bytes:
        """Raises MessageGone, StoreUnavailable. Does not wait for what is in memory."""
        octets = self._find((content_id, False))
        if octets is None:
            loop = asyncio.get_running_loop()
            octets = await loop.run_in_executor(self._threads, _read, content_id)
            if octets is None:
                raise MessageGone
            self.keep(content_id, octets)
        return octets

    async def stuffed(self, content_id: int) -> bytes:
        """As `get`, as they travel before a lone dot."""
        octets = self._find((content_id, True))
        if octets is None:
            octets = dot_stuff(await self.get(content_id))
            self._keep((content_id, True), octets)
        return octets

    def keep(self, content_id: int, octets: bytes) -> None:
        self._keep((content_id, False), octets)

    def _find(self, key: tuple[int, bool]) -> bytes | None:
        octets = self._kept.get(key)
        if octets is not None:
            self._kept.move_to_end(key)
        return octets

    def _keep(self, key: tuple[int, bool], octets: bytes) -> None:
        if key in self._kept or len(octets) > MAX_KEPT // 4:
            return
        self._kept[key] = octets
        self._size += len(octets)
        while self._size > MAX_KEPT:
            self._size -= len(self._kept.popitem(last=False)[1])

    def close(self) -> None:
        self._threads.shutdown()
        for connection in self._connections:
            connection.close()

    def _connect(self) -> None:
        connection = connections["default"]
        connection.inc_thread_sharing()  # `close` closes it from another thread
        self._connections.append(connection)


def _read(content_id: int) -> bytes | None:
    try:
        with connections["default"].cursor() as cursor:
            return rows.content(cursor, content_id)
    except DatabaseError as error:
        connections["default"].close()
        raise StoreUnavailable from error
