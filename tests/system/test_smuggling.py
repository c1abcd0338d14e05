"""SMTP smuggling: only <CRLF>.<CRLF> ends a message, whatever another server takes for its end."""

import socket

import pytest

from tests.protocols.conftest import Wire
from tests.system.clients import retrieved

BARE = b"554 5.6.0 message holds a bare CR or LF; lines end with CRLF\r\n"
NUL = b"554 5.6.0 message holds NUL octets\r\n"
NOOP = b"250 2.0.0 OK\r\n"
ENDS = {
    b"\n.\n": BARE,
    b"\n.\r\n": BARE,
    b"\r\n.\n": BARE,
    b"\r.\r": BARE,
    b"\r.\r\n": BARE,
    b"\r\n.\r": BARE,
    b"\n.\r": BARE,
    b"\r.\n": BARE,
    b"\r\n.\r\r\n": BARE,
    b"\r\n\r.\r\n": BARE,
    b"\r\n\0.\r\n": NUL,
    b"\r\n.\0\r\n": NUL,
}
SECOND = b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<%b>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"


@pytest.fixture
def wire(lab, account):
    """After RCPT."""
    made = Wire(lab.smtp)
    made.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.line()
    made.send(b"EHLO c.example\r\n")
    while made.line()[3:4] != b" ":
        pass
    for line in ("MAIL FROM:<a@b.example>", f"RCPT TO:<{account.address}>"):
        assert made.ask(line.encode())[:3] == b"250"
    yield made
    made.close()


def outer(end: bytes, address: str) -> bytes:
    return b"Subject: outer\r\n\r\ntext" + end + SECOND % address.encode()


def assert_over(wire: Wire, answer: bytes) -> None:
    """There is one answer, the client is still greeted, and nothing else was understood."""
    assert wire.line() == answer
    assert wire.ask(b"NOOP") == NOOP
    assert wire.ask(b"RCPT TO:<a@b.example>")[:3] == b"503"
    wire.send(b"QUIT\r\n")
    assert wire.rest() == b"221 2.0.0 lab.example closing channel\r\n"


@pytest.mark.parametrize(("end", "answer"), ENDS.items(), ids=map(repr, ENDS))
@pytest.mark.parametrize("split", [False, True], ids=["whole", "octet by octet"])
def test_in_data(lab, account, wire, end, answer, split):
    assert wire.ask(b"DATA")[:3] == b"354"
    message = outer(end, account.address) + b"\r\n.\r\n"
    begin = message.index(end)
    cuts = range(begin, begin + len(end) + 1) if split else ()
    for a, b in zip((0, *cuts), (*cuts, len(message)), strict=True):
        wire.send(message[a:b])
    assert_over(wire, answer)
    assert retrieved(lab, account) == []


@pytest.mark.parametrize(("end", "answer"), ENDS.items(), ids=map(repr, ENDS))
def test_in_chunks(lab, account, wire, end, answer):
    message = outer(end, account.address)
    half = message.index(end) + len(end) // 2
    for chunk, last in ((message[:half], b""), (message[half:], b" LAST")):
        wire.send(b"BDAT %d%b\r\n%b" % (len(chunk), last, chunk))
    answers = [wire.line(), wire.line()]
    assert answers[0][:3] in (b"250", answer[:3])
    if answers[0] == answer:
        assert answers[1][:3] == b"503"
    else:
        assert answers[1] == answer
    assert wire.ask(b"NOOP") == NOOP
    assert retrieved(lab, account) == []


def test_the_true_end_is_text_within_a_chunk(lab, account, wire):
    message = outer(b"\r\n.\r\n", account.address) + b"\r\n"
    wire.send(b"BDAT %d LAST\r\n%b" % (len(message), message))
    assert_over(wire, NOOP)
    (stored,) = retrieved(lab, account)
    assert stored.endswith(b"\r\n" + message)


def test_octets_of_a_refused_chunk_are_no_commands(lab, account, wire):
    assert wire.ask(b"RSET") == NOOP
    hidden = SECOND % account.address.encode() + b"\r\n.\r\n"
    wire.send(b"BDAT %d LAST\r\n%b" % (len(hidden), hidden))
    assert_over(wire, b"503 5.5.1 bad sequence of commands: send MAIL first\r\n")
    assert retrieved(lab, account) == []
