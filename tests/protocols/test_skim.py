"""Long bodies are skimmed: all that is shown must be as if each line had been read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import PROTOCOLS
from protocols.observer import MAX_UNIT_LINES
from protocols.transcript import Side

C, S = Side.CLIENT, Side.SERVER
BEGINNINGS = {
    "pop3": [(S, "+OK hi"), (C, "USER a"), (S, "+OK"), (C, "PASS b"), (S, "+OK"), (C, "RETR 1")],
    "smtp": [
        (S, "220 hi"), (C, "EHLO a"), (S, "250 hi"), (C, "MAIL FROM:<a@b>"), (S, "250 OK"),
        (C, "RCPT TO:<a@b>"), (S, "250 OK"), (C, "DATA"), (S, "354 go on"),
    ],
    "imap": [(S, "* OK hi"), (C, "a LOGIN a b"), (S, "a OK in"), (C, "b FETCH 1 BODY[]")],
}  # fmt: skip
LINES = st.sampled_from(
    [
        b"x\r\n",
        b"\r\n",
        b"..\r\n",
        b".x\r\n",
        b".\n",
        b"\n",
        b"a\nb\r\n",
        b"\r\r\n",
        b"-" * 3000 + b"\r\n",
    ]
)
BODIES = st.lists(LINES, max_size=60).map(
    lambda some: b"Subject: x\r\n\r\n" + b"y\r\n" * MAX_UNIT_LINES + b"".join(some) + b"\r\n"
)
AFTER = {"pop3": (S, b"+OK next\r\n"), "smtp": (S, b"250 OK\r\n"), "imap": (S, b"b OK done\r\n")}


def body_of(name: str, body: bytes) -> tuple[Side, bytes]:
    match name:
        case "pop3":
            return S, b"+OK message follows\r\n" + body + b".\r\n"
        case "smtp":
            return C, body + b".\r\n"
    return S, b"* 1 FETCH (BODY[] {%d}\r\n" % len(body) + body + b")\r\n"


def observe(protocol, wire, size: int, skims: bool):
    observer = protocol.observer()
    if not skims:
        observer._skim = lambda side, stream: None
    entries = []
    for side, octets in wire:
        for n in range(0, len(octets), size):
            entries += observer.feed(side, octets[n : n + size])
    return [(e.side, e.kind, e.text, e.id, e.params, e.unit, e.answers, e.seq) for e in entries]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
@given(body=BODIES, size=st.integers(1, 400) | st.just(1_000_000))
def test_skimming_changes_nothing_that_is_shown(protocol, body, size):
    beginning = [(side, f"{text}\r\n".encode()) for side, text in BEGINNINGS[protocol.name]]
    wire = [*beginning, body_of(protocol.name, body), AFTER[protocol.name]]
    assert observe(protocol, wire, size, True) == observe(protocol, wire, 1_000_000, False)
