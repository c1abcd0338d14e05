"""Long bodies are skimmed: all that is shown must be as if each line had been read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import PROTOCOLS
from protocols.observer import MAX_UNIT_LINES
from protocols.smtp.observer import MAX_OPEN
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
        b"X: y\r\n",
        b" folded\r\n",
        b".\n.\r\n" * 2,
    ]
)
SHOWN = st.sampled_from(
    [b"Subject: x\r\n\r\n" + b"y\r\n" * MAX_UNIT_LINES, b"X: y\r\n" * (MAX_UNIT_LINES + 1)]
)
BODIES = st.tuples(SHOWN, st.lists(LINES, max_size=60)).map(
    lambda parts: parts[0] + b"".join(parts[1]) + b"\r\n"
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


def wire_of(name: str, body: bytes) -> list[tuple[Side, bytes]]:
    beginning = [(side, f"{text}\r\n".encode()) for side, text in BEGINNINGS[name]]
    return [*beginning, body_of(name, body), AFTER[name]]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
@given(body=BODIES, size=st.integers(1, 400) | st.just(1_000_000))
def test_skimming_changes_nothing_that_is_shown(protocol, body, size):
    wire = wire_of(protocol.name, body)
    assert observe(protocol, wire, size, True) == observe(protocol, wire, 1_000_000, False)


LONG = 10 * MAX_UNIT_LINES


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
@pytest.mark.parametrize("lines", [b"X: y\r\n", b" folded\r\n", b"\r\ny\r\n"])
def test_what_nobody_sees_is_not_read_line_by_line(protocol, lines):
    observer = protocol.observer()
    for side, octets in wire_of(protocol.name, b"Subject: x\r\n" + lines * LONG):
        observer.feed(side, octets)
    assert observer.explained <= MAX_UNIT_LINES + 20


@pytest.mark.parametrize("lines", [b".\n", b"\n.\r\n"])
def test_a_dot_that_ends_nothing_is_skimmed_in_smtp(lines):
    [smtp] = [protocol for protocol in PROTOCOLS if protocol.name == "smtp"]
    observer = smtp.observer()
    for side, octets in wire_of("smtp", lines * LONG):
        observer.feed(side, octets)
    assert observer.explained <= MAX_UNIT_LINES + 20


def test_a_message_that_was_sent_ahead_is_skimmed_beyond_what_is_kept():
    [smtp] = [protocol for protocol in PROTOCOLS if protocol.name == "smtp"]
    observer = smtp.observer()
    *before, (_, data), (_, answer) = BEGINNINGS["smtp"]
    for side, text in before:
        observer.feed(side, f"{text}\r\n".encode())
    ahead = data.encode() + b"\r\n" + b"X: y\r\n" * 100 * LONG + b"\r\n.\r\n"
    shown = [e for n in range(0, len(ahead), 2000) for e in observer.feed(C, ahead[n : n + 2000])]
    shown += observer.feed(S, f"{answer}\r\n250 OK\r\n".encode())
    assert [e.text for e in shown[-3:]] == [".", "354 go on", "250 OK"]
    assert observer.explained <= 2 * MAX_OPEN
