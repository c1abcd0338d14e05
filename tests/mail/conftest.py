"""A DjangoStore on the test database, and a way to run a test's coroutine beside it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mailedu.mail.store import DjangoStore

DOMAINS = ("lab.example", "class.example", "example.com")


@pytest.fixture
def run(transactional_db) -> Callable[[Callable[[DjangoStore], Awaitable[Any]]], Any]:
    """Run a coroutine function with a started store."""

    def run(use: Callable[[DjangoStore], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            store = DjangoStore(DOMAINS)
            await store.start()
            try:
                return await use(store)
            finally:
                await store.stop()

        return asyncio.run(main())

    return run
