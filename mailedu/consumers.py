"""The thin websocket consumer that every consumer of the lab extends."""

import json
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

# RFC 6455 7.4.1: 1003, a kind of data that cannot be accepted.
UNSUPPORTED_DATA = 1003


class LabConsumer(AsyncConsumer):
    """JSON objects in both directions. Extend `connect`, `receive`, `disconnect`.

    Channels 4.3 sends every frame through the one global sync thread to close old database
    connections, where one slow call would stall all sockets. Here a frame uses no database.
    """

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        self.scope = scope
        self._send = send
        handlers = {
            "websocket.connect": self._connect,
            "websocket.receive": self._receive,
            "websocket.disconnect": self._disconnect,
        }
        try:
            while True:
                message = await receive()
                await handlers[message["type"]](message)
        except StopConsumer:
            pass

    async def connect(self) -> None:
        await self.accept()

    async def receive(self, message: dict) -> None:
        """One decoded JSON object."""

    async def disconnect(self, code: int) -> None:
        """The socket is gone; called once."""

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def send_json(self, value: dict) -> None:
        """Waits while the browser does not read."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int = 1000) -> None:
        await self._send({"type": "websocket.close", "code": code})

    async def _connect(self, message: dict) -> None:
        await self.connect()

    async def _receive(self, message: dict) -> None:
        try:
            value = json.loads(message.get("text") or "")
        except ValueError:
            value = None
        if isinstance(value, dict):
            await self.receive(value)
        else:
            await self.close(UNSUPPORTED_DATA)

    async def _disconnect(self, message: dict) -> None:
        await self.disconnect(message.get("code", 1006))
        raise StopConsumer
