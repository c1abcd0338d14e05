"""A browser without pages: cookies, forms, and the websocket (RFC 6455) on a plain socket."""

import base64
import json
import os
import re
import socket
import struct
from collections.abc import Callable
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from types import TracebackType
from urllib.parse import urlencode

WAIT = 20  # seconds before a test gives up

Address = tuple[str, int]


class Browser:
    def __init__(self, address: Address, language: str = "en") -> None:
        self.address = address
        self.cookies: dict[str, str] = {}
        self.language = language

    def get(self, path: str, **headers: str) -> "Answer":
        return self._ask("GET", path, None, headers)

    def post(self, path: str, _headers: dict[str, str] = {}, **fields: str) -> "Answer":
        """With the CSRF token, as a form sends it."""
        if "csrftoken" not in self.cookies:
            self.get("/")
        fields["csrfmiddlewaretoken"] = self.cookies.get("csrftoken", "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", **_headers}
        return self._ask("POST", path, urlencode(fields), headers)

    def try_it(self) -> "Browser":
        answer = self.post("/try/")
        assert answer.status == 302, answer.text
        return self

    def socket(self, **headers: str | None) -> "Socket":
        return Socket(self, headers)

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "Accept-Language": self.language}

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> "Answer":
        connection = HTTPConnection(*self.address, timeout=WAIT)
        connection.request(method, path, body, {**self.headers, **headers})
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode())
        for line in response.headers.get_all("Set-Cookie", ()):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        connection.close()
        return answer


class Answer:
    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status = status
        self.headers = headers
        self.text = text

    def data(self, id: str) -> object:
        """What a json_script of the page holds."""
        return json.loads(re.search(rf'<script id="{id}"[^>]*>(.*?)</script>', self.text, re.S)[1])


class Socket:
    """The lab's websocket; `more` are headers (None: left out). `heard` keeps every message."""

    def __init__(self, browser: Browser, more: dict[str, str | None]) -> None:
        self._socket = socket.create_connection(browser.address, timeout=WAIT)
        self._file = self._socket.makefile("rb")
        self.heard: list[dict] = []
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {
            "Host": "{}:{}".format(*browser.address),
            "Origin": "http://{}:{}".format(*browser.address),
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            **browser.headers,
            **more,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        self._socket.sendall(f"GET /ws/lab/ HTTP/1.1\r\n{lines}\r\n".encode())
        status = self._file.readline()
        while self._file.readline() not in (b"\r\n", b""):
            pass
        if b" 101 " not in status:
            self.close()
            raise ConnectionRefusedError(status)

    def say(self, do: str, **more: object) -> None:
        self.send_text(json.dumps({"do": do, **more}))

    def send_text(self, text: str) -> None:
        self._send(0x81, text.encode())

    def _send(self, first: int, data: bytes) -> None:
        size = len(data)
        head = bytes([size | 128]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        mask = os.urandom(4)
        masked = bytes(octet ^ mask[n % 4] for n, octet in enumerate(data))
        self._socket.sendall(bytes([first]) + head + mask + masked)

    def next(self) -> dict:
        """The next message; {"type": "close", "code"} at the end."""
        while (frame := self._frame())[0] == 9:
            self._send(0x8A, frame[1])  # RFC 6455 5.5.3: a ping wants its pong
        opcode, data = frame
        if opcode == 8:
            return {"type": "close", "code": struct.unpack(">H", data[:2])[0] if data else 1005}
        message = json.loads(data)
        self.heard.append(message)
        return message

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._file.read(2)
        size = second & 127
        if size >= 126:
            form, width = (">H", 2) if size == 126 else (">Q", 8)
            size = struct.unpack(form, self._file.read(width))[0]
        return first & 15, self._file.read(size)

    def until(self, wanted: Callable[[dict], object]) -> dict:
        """The first message, of those heard or to come, that is `wanted`."""
        for message in self.heard:
            if wanted(message):
                return message
        while not wanted(message := self.next()):
            assert message["type"] != "close", message
        return message

    def a(self, type: str) -> dict:
        return self.until(lambda message: message["type"] == type)

    def line(self, text: str) -> dict:
        """The first entry whose text contains `text`."""
        return next(e for e in self._entries_with(text) if text in e["text"])

    def entries(self, conversation: str) -> list[dict]:
        return [
            entry
            for message in self.heard
            if message["type"] == "entries" and message["conversation"] == conversation
            for entry in message["entries"]
        ]

    def open(self, pane: str, service: str) -> dict:
        """Open a console; returns its conversation once the server has greeted."""
        self.say("open", pane=pane, service=service)
        conversation = self.until(lambda m: m["type"] == "opened" and m["pane"] == pane)
        id = conversation["conversation"]["id"]
        self.until(lambda m: any(e["kind"] == "reply" for e in _entries(m, id)))
        return conversation["conversation"]

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, kind: type | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def _entries_with(self, text: str) -> list[dict]:
        return self.until(lambda m: any(text in e["text"] for e in m.get("entries", ())))["entries"]


def _entries(message: dict, id: str) -> list[dict]:
    return message["entries"] if message.get("conversation") == id else []
