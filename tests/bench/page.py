"""A console's websocket (RFC 6455) with as little work as possible."""

import asyncio
import json
import struct
import time
from collections import deque

from tests.bench.client import Wrong
from tests.bench.processes import Address

REPLY = b'"kind":"reply"'
TEXT, CLOSE, PING = 1, 8, 9
# Octets of a longer length that follow these short ones.
WIDTHS = {126: 2, 127: 8}


class Page(asyncio.Protocol):
    """Each `ask` is answered by a frame that holds `mark`. `waits` gets microseconds."""

    def __init__(self, address: Address, cookies: str, mark: bytes, waits: list[float]) -> None:
        host = "{}:{}".format(*address)
        self._hello = (
            f"GET /ws/lab/ HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: bWFpbGVkdSBiZW5jaC4uLg==\r\nAccept-Language: en\r\n"
            f"Cookie: {cookies}\r\n\r\n"
        ).encode()
        self._mark = mark
        self._waits = waits
        self._waiting = b""
        self._asked: deque[tuple[float, bytes, asyncio.Future[None]]] = deque()
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(self._hello)

    def ask(self, said: bytes, right: bytes, due: float | None = None) -> asyncio.Future[None]:
        """Send a frame, answered by one with `right` inside; `due` is when it should go out."""
        answered = asyncio.get_running_loop().create_future()
        self._asked.append((due or time.perf_counter(), right, answered))
        self._transport.write(said)
        return answered

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        if not self.opened.done():
            head, end, rest = self._waiting.partition(b"\r\n\r\n")
            if not end:
                return
            self._waiting = rest
            self._open(head)
        while found := next_frame(self._waiting):
            opcode, content, self._waiting = found
            self._hear(opcode, content)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"a page's websocket was closed: {error}")

    def _open(self, head: bytes) -> None:
        if head.startswith(b"HTTP/1.1 101 "):
            self.opened.set_result(None)
        else:
            self._fail(f"no websocket: {head[:200]!r}")

    def _hear(self, opcode: int, content: bytes) -> None:
        if opcode == PING:
            self._transport.write(frame(content, opcode=10))
        elif opcode == CLOSE or b'"type":"error"' in content:
            self._fail(f"the console says {content[:200]!r}")
        elif self._mark in content and self._asked:
            self._answer(content)

    def _answer(self, content: bytes) -> None:
        since, right, answered = self._asked.popleft()
        self._waits.append((time.perf_counter() - since) * 1e6)
        if right in content:
            answered.set_result(None)
        else:
            answered.set_exception(Wrong(f"{right!r} is not in {content[:400]!r}"))

    def _fail(self, text: str) -> None:
        for future in (self.opened, *(answered for _, _, answered in self._asked)):
            if not future.done():
                future.set_exception(Wrong(text))
        self._asked.clear()
        self._transport.abort()


def next_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """(opcode, content, what follows); None: not whole yet. RFC 6455 5.2, unmasked."""
    size = data[1] if len(data) > 1 else 0
    start = 2 + WIDTHS.get(size, 0)
    if len(data) < start:
        return None
    if start > 2:
        size = int.from_bytes(data[2:start], "big")
    end = start + size
    return (data[0] & 15, data[start:end], data[end:]) if len(data) >= end else None


def say(**message: str) -> bytes:
    return frame(json.dumps(message).encode())


def frame(content: bytes, opcode: int = TEXT) -> bytes:
    """Masked with zeros, which leaves it as it is (RFC 6455 5.3); shorter than 64 KiB."""
    size = len(content)
    head = bytes([size | 128]) if size < 126 else b"\xfe" + struct.pack(">H", size)
    return bytes([opcode | 128]) + head + bytes(4) + content
