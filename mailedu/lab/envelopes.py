"""Who wrote, and about what, read from the ENVELOPE that the store keeps (RFC 3501 7.4.2)."""

import re
from functools import lru_cache

from protocols.mime.text import decode_charset, decode_words

_VALUE = re.compile(rb'"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|(NIL)|([()])|( )', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


@lru_cache(4096)  # the panel shows the same messages again and again
def sender_and_subject(envelope: bytes) -> tuple[str, str]:
    """("Someone <someone@example.com>", "Test-E-Mail"), both decoded; "" where there is none."""
    values = _parse(envelope)[0]
    subject, senders = values[1], values[2]
    return _sender(*senders[0]) if senders else "", _text(subject)


def _sender(name: bytes | None, route: object, mailbox: bytes | None, host: bytes | None) -> str:
    address = "@".join(_text(part) for part in (mailbox, host) if part)
    return f"{_text(name)} <{address}>" if name else address


def _text(value: bytes | None) -> str:
    return decode_words(decode_charset(value, "utf-8")) if value else ""


def _parse(data: bytes) -> list:
    """Strings as bytes, NIL as None, parenthesised lists as lists."""
    stack, position = [[]], 0
    while match := _VALUE.match(data, position):
        quoted, literal, nil, bracket, _ = match.groups()
        position = match.end()
        if literal is not None:
            stack[-1].append(data[position : position + int(literal)])
            position += int(literal)
        elif bracket == b"(":
            stack.append([])
        elif bracket == b")":
            done = stack.pop()
            stack[-1].append(done)
        elif quoted is not None:
            stack[-1].append(_ESCAPED.sub(rb"\1", quoted))
        elif nil:
            stack[-1].append(None)
    return stack[0]
