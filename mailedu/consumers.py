"""The thin websocket consumer that every consumer of the lab extends."""

import logging
from typing import Any

import orjson
from channels.consumer import AsyncConsumer

log = logging.getLogger(__name__)

# RFC 6455 7.4.1
UNSUPPORTED_DATA = 1003
NO_CLOSE_FRAME = 1006
INTERNAL_ERROR = 1011


class LabConsumer(AsyncConsumer):
    """JSON objects in both directions. Extend `connect`, `receive`, `disconnect`.

    Channels 4.3 sends every frame through the one global sync thread to close old database
    connections, where one slow call would stall all sockets. Here a frame uses no database.
    """

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        self.scope = scope
        self._closed = False
        self._send = send
        await receive()  # websocket.connect
        await self.connect()
        code = INTERNAL_ERROR
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await self._receive(message)
            code = message.get("code", NO_CLOSE_FRAME)
        except Exception:
            log.exception("a page's websocket failed")
            await self.close(INTERNAL_ERROR)
        finally:
            await self.disconnect(code)

    async def connect(self) -> None:
        """Call `accept`, or `close` to refuse."""
        await self.accept()

    async def receive(self, message: dict) -> None:
        """One decoded JSON object."""

    async def disconnect(self, code: int) -> None:
        """The socket is gone. Called once after each `connect` that raised nothing."""

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def send_json(self, value: dict) -> None:
        """Waits while the browser does not read."""
        text = orjson.dumps(value).decode()
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int = 1000) -> None:
        """What still comes is read away."""
        self._closed = True
        await self._send({"type": "websocket.close", "code": code})

    async def _receive(self, message: dict) -> None:
        if self._closed:
            return
        value = decoded(message.get("text") or "")
        if isinstance(value, dict):
            await self.receive(value)
        else:
            await self.close(UNSUPPORTED_DATA)


def decoded(text: str) -> Any:
    """The JSON value of `text`; None for what is none, or is nested too deep to read."""
    try:
        return orjson.loads(text)
    except ValueError:
        return None
