"""A ClientHello on a port that speaks in the clear, and lines that only begin like one."""

import socket

import pytest

from protocols.tls import TlsLayer
from tests.protocols.conftest import trusting

EACH_PLAIN = pytest.mark.parametrize("service", ["pop3", "imap", "smtp"])
# How each protocol refuses what is no command.
REFUSALS = {"pop3": b"-ERR", "imap": b"* BAD", "smtp": b"500"}


def hello() -> bytes:
    layer = TlsLayer(trusting(), "localhost")
    layer.shake_hands()
    return layer.outgoing()


@EACH_PLAIN
@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5])
def test_a_hello_in_pieces_is_known_as_well(mail_lab, service, cut):
    wire, octets = mail_lab.connect(service), hello()
    wire.line()
    [conversation] = mail_lab.host.conversations
    connection = conversation.end.__self__
    for piece in (octets[:cut], octets[cut:]):
        mail_lab.call(lambda: connection.data_received(piece))  # noqa: B023  called at once
    assert wire.rest() == b""
    wire.close()
    mail_lab.until(lambda: conversation.closed)
    [*_, event, _] = mail_lab.call(lambda: conversation.recorder.entries)
    assert (event.id, event.params["head"]) == (
        "wire.tls-failed.plain-port",
        octets[:6].hex(" "),
    )
    assert len(conversation.recorder.entries) == 4


@EACH_PLAIN
@pytest.mark.parametrize("start", [b"\x16", b"\x16\x03", b"\x16\x03\x01", b"\x16\x03\x01\x01"])
@pytest.mark.parametrize("size", [1, 100])
def test_a_line_that_begins_like_a_hello_is_answered_at_once(mail_lab, service, start, size):
    wire = mail_lab.connect(service)
    wire.line()
    [conversation] = mail_lab.host.conversations
    connection = conversation.end.__self__
    line = start + b"\r\n"
    for piece in (line[n : n + size] for n in range(0, len(line), size)):
        mail_lab.call(lambda: connection.data_received(piece))  # noqa: B023  called at once
    assert wire.line().startswith(REFUSALS[service])
    wire.close()


@EACH_PLAIN
def test_what_is_no_hello_after_all_is_heard_when_nothing_follows(mail_lab, service):
    """RFC 5321 2.3.8 knows no bare LF, so more might come; who half-closes has said it all."""
    wire = mail_lab.connect(service)
    wire.line()
    [conversation] = mail_lab.host.conversations
    wire.send(b"\x16\x03\x01\x01\n")
    wire.socket.shutdown(socket.SHUT_WR)
    wire.rest()
    wire.close()
    mail_lab.until(lambda: conversation.closed)
    told = mail_lab.call(lambda: [entry.text for entry in conversation.recorder.entries])
    assert "\x16\x03\x01\x01" in told
