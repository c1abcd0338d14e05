"""Step mode: an answer that is ready waits until the learner lets it cross the wire."""

import asyncio
from collections.abc import Callable

from protocols.conversation import Conversation


class Gate:
    """`waiting` hears True when an answer is held back, False when it is let through."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.waiting: Callable[[bool], None] = lambda on: None
        self._held: asyncio.Future[None] | None = None

    @property
    def is_holding(self) -> bool:
        return self._held is not None

    def turn(self, on: bool) -> None:
        self._conversation.gate = self._hold if on else None
        if not on:
            self.let_through()

    def let_through(self) -> None:
        held, self._held = self._held, None
        if held:
            held.set_result(None)
            self.waiting(False)

    async def _hold(self) -> None:
        self._held = asyncio.get_running_loop().create_future()
        self.waiting(True)
        await self._held
