"""A real SMTP server on a free port of the loopback, in its own thread."""

import asyncio
import threading

import pytest

from protocols.conversation import MailHost, NoAudience
from protocols.listeners import Listeners
from protocols.memory import MemoryStore
from protocols.smtp import PROTOCOL


class Lab:
    """`port` is open while the lab runs; `host` and `store` may be looked at between commands."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.host = MailHost(self.store, NoAudience(), lambda: 0.0)
        self.loop = asyncio.new_event_loop()
        self._listeners = Listeners(self.host, [PROTOCOL], "127.0.0.1", None)
        self._thread = threading.Thread(target=self.loop.run_forever)

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def inbox(self, address: str) -> list[bytes]:
        account = self.call(self.store.account(address))
        return [message.key for message in account.inbox.messages]

    def close_listeners(self) -> None:
        self.call(self._listeners.close())

    def __enter__(self) -> "Lab":
        self._thread.start()
        self.port = self.call(self._listeners.open())["smtp"][1]
        return self

    def __exit__(self, *error: object) -> None:
        self.close_listeners()
        self.call(self._finish())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _finish(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=5)


@pytest.fixture
def lab():
    with Lab() as lab:
        lab.store.add_account("receiver@example.com", "geheim")
        yield lab
