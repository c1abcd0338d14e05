"""The floor: an asyncio server that knows its replies by heart and stores nothing.

Reads JSON from stdin: `greeting`, and `replies`, a line or its first word to octets (Latin-1).
"""

import asyncio
import json
import sys

# RFC 5321 4.1.1.4: after 354 comes all up to the line with the dot.
GO_ON, DOT = b"354", b"\r\n.\r\n"


class Floor(asyncio.Protocol):
    def __init__(self, greeting: bytes, replies: dict[bytes, bytes]) -> None:
        self._greeting = greeting
        self._replies = replies
        self._waiting = b""
        self._end = b"\r\n"

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.write(self._greeting)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(self._end)) >= 0:
            line = self._waiting[:end]
            self._waiting = self._waiting[end + len(self._end) :]
            self._answer(b"." if self._end is DOT else line)

    def _answer(self, line: bytes) -> None:
        reply = self._replies.get(line) or self._replies[line.split(b" ", 1)[0]]
        self._end = DOT if reply.startswith(GO_ON) else b"\r\n"
        self._transport.write(reply)


def learn(says: list[bytes], replies: list[bytes]) -> str:
    """What a floor has to be given, from one session of a real server."""
    known: dict[str, str] = {}
    content = False
    for say, reply in zip(says[1:], replies[1:], strict=True):
        line = "." if content else say.removesuffix(b"\r\n").decode("latin-1")
        known[line] = reply.decode("latin-1")
        known.setdefault(line.split(" ", 1)[0], known[line])
        content = reply.startswith(GO_ON)
    return json.dumps({"greeting": replies[0].decode("latin-1"), "replies": known})


async def serve(given: dict) -> None:
    greeting = given["greeting"].encode("latin-1")
    replies = {
        line.encode("latin-1"): reply.encode("latin-1") for line, reply in given["replies"].items()
    }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Floor(greeting, replies), "127.0.0.1", 0)
    print("READY floor={}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(json.load(sys.stdin)))
