"""A page in a browser must not reach a mailbox: HTTP ends a conversation of any protocol."""

import pytest

from protocols import PROTOCOLS
from protocols.transcript import Side
from tests.protocols.dialogs import Player

LAST_WORDS = {
    "smtp": b"421 lab.example closing channel: this is HTTP, not SMTP\r\n",
    "pop3": b"-ERR this is HTTP, not POP3, bye\r\n",
    "imap": b"* BYE this is HTTP, not IMAP\r\n",
}
GOOD = {"smtp": b"HELO c\r\n", "pop3": b"CAPA\r\n", "imap": b"a1 NOOP\r\n"}
REQUESTS = [
    b"%b / HTTP/1.1\r\n" % method
    for method in b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split()
]
each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: p.name)


def player(protocol) -> Player:
    made = Player(protocol, protocol.session)
    made.output = b""
    return made


@each_protocol
@pytest.mark.parametrize("request_line", [*REQUESTS, b"GET\r\n", b"POST /\n"])
def test_a_request_ends_it_at_once(protocol, request_line):
    made = player(protocol)
    assert made.send(request_line + GOOD[protocol.name]) == LAST_WORDS[protocol.name]
    assert made.session.closing is True


@each_protocol
def test_no_length_hides_a_request(protocol):
    made = player(protocol)
    line = b"POST /" + b"x" * 10_000
    heard = b"".join(made.send(line[n : n + 999]) for n in range(0, len(line), 999))
    assert heard == LAST_WORDS[protocol.name]
    assert made.send(b" HTTP/1.1\r\n" + GOOD[protocol.name]) == b""


@each_protocol
def test_pieces_hide_none(protocol):
    made = player(protocol)
    octets = REQUESTS[2] + GOOD[protocol.name]
    assert (
        b"".join(made.send(octets[n : n + 1]) for n in range(len(octets)))
        == (LAST_WORDS[protocol.name])
    )


@each_protocol
def test_whoever_has_spoken_the_protocol_is_no_browser(protocol):
    made = player(protocol)
    made.send(GOOD[protocol.name])
    assert made.send(REQUESTS[0]) not in (b"", LAST_WORDS[protocol.name])
    assert made.session.closing is False


@each_protocol
@pytest.mark.parametrize("line", [b"GETTING / HTTP/1.1", b"get / HTTP/1.1", b" GET / HTTP/1.1"])
def test_other_words_are_ordinary_mistakes(protocol, line):
    made = player(protocol)
    made.send(line + b"\r\n")
    assert made.session.closing is False


@each_protocol
def test_the_tutor_names_the_protocol_all_the_same(protocol):
    made = player(protocol)
    made.send(b"POST / HTTP/1.1\r\n")
    asked, answer = made.entries[-2:]
    assert (asked.side, answer.side) == (Side.CLIENT, Side.SERVER)
    assert answer.id == {"smtp": "smtp.farewell.browser"}.get(
        protocol.name, f"{protocol.name}.browser"
    )
    if protocol.name != "pop3":
        assert asked.remark.params == {"verb": "POST", "protocol": "HTTP"}


@pytest.mark.parametrize("name", ["pop3", "imap"])
def test_the_last_words_are_the_answer(name):
    [protocol] = (one for one in PROTOCOLS if one.name == name)
    made = player(protocol)
    made.send(REQUESTS[0])
    made.hang_up()
    assert made.entries[-1].id == "wire.closed"
