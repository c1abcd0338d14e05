"""A small websocket client (RFC 6455), so that tests need no second implementation of a library."""

import json
import os
import socket
from contextlib import suppress
from typing import Any

from mailedu.server import host_port

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
# Seconds that a test waits for the server at most; none waits for it on purpose.
PATIENCE = 20


class WebSocket:
    """`headers` are sent with the handshake. Raises ConnectionRefusedError when it is denied."""

    def __init__(self, address: tuple[str, int], path: str, headers: dict | None = None) -> None:
        self.socket = socket.create_connection(address, PATIENCE)
        self._file = self.socket.makefile("rb")
        host = host_port(*address)
        fields = {
            "Host": host,
            "Origin": f"http://{host}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._check(self._file.readline().decode())

    def _check(self, status: str) -> None:
        while self._file.readline() not in (b"\r\n", b""):
            pass
        if " 101 " not in status:
            self.close()
            raise ConnectionRefusedError(status.strip())

    def send(self, value: Any) -> None:
        self.send_frame(TEXT, json.dumps(value).encode())

    def send_frame(self, opcode: int, payload: bytes) -> None:
        self.socket.sendall(frame(opcode, payload))

    def receive(self) -> Any:
        """The next JSON value. Raises EOFError with the close code as `args[0]`."""
        while True:
            opcode, payload = self.receive_frame()
            if opcode == CLOSE:
                raise EOFError(int.from_bytes(payload[:2], "big"))
            if opcode == PING:
                self.send_frame(PONG, payload)
            else:
                return json.loads(payload)

    def receive_frame(self) -> tuple[int, bytes]:
        """Raises EOFError(1006) when the connection ends without a close frame."""
        head = self._file.read(2)
        if len(head) < 2:
            raise EOFError(1006)
        length = head[1] & 127
        if length > 125:
            length = int.from_bytes(self._file.read(2 if length == 126 else 8), "big")
        return head[0] & 15, self._file.read(length)

    def close_code(self) -> int:
        """Read to the end; answer the server's close frame."""
        try:
            while True:
                self.receive()
        except EOFError as end:
            with suppress(ConnectionError):
                self.send_frame(CLOSE, end.args[0].to_bytes(2, "big"))
            return end.args[0]

    def close(self) -> None:
        self._file.close()
        self.socket.close()


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole masked frame (RFC 6455 5.2)."""
    size = len(payload)
    if size < 126:
        length = bytes([128 | size])
    elif size < 65536:
        length = bytes([128 | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([128 | 127]) + size.to_bytes(8, "big")
    mask = os.urandom(4)
    masked = bytes(octet ^ mask[n % 4] for n, octet in enumerate(payload))
    return bytes([128 | opcode]) + length + mask + masked
