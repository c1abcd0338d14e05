"""Handshakes that never end, over real sockets: what is said of who leaves."""

import socket
import ssl
from collections.abc import Callable

import pytest

from protocols.conversation import Conversation, Ending
from protocols.tls import TlsLayer
from tests.protocols.conftest import MailLab, Wire, trusting

EACH_DOOR = pytest.mark.parametrize("service", ["pop3s", "imaps", "smtps", "pop3", "imap", "smtp"])
# What leads to TLS on a port that begins in the clear.
UPGRADES = {
    "pop3": (b"STLS",),
    "imap": (b"a STARTTLS",),
    "smtp": (b"EHLO [192.0.2.1]", b"STARTTLS"),
}
CONTEXT = trusting()  # one for all: a session belongs to its context


def hello(session: ssl.SSLSession | None = None) -> bytes:
    layer = TlsLayer(CONTEXT, "localhost")
    if session:
        layer._tls.session = session
    layer.shake_hands()
    return layer.outgoing()


def knocking(lab: MailLab, service: str) -> Wire:
    """Where the handshake is to begin."""
    wire = lab.connect(service)
    if service in UPGRADES:
        wire.line()
        for line in UPGRADES[service]:
            answer = wire.ask(line)
            while answer[3:4] == b"-":
                answer = wire.line()
    return wire


def gone(lab: MailLab, leave: Callable[[Conversation], None]) -> list[str]:
    """The ids of the last two entries of the one conversation, after the client has left it."""
    lab.until(lambda: lab.host.conversations)
    [conversation] = lab.host.conversations
    leave(conversation)
    lab.until(lambda: conversation.closed)
    return [entry.id for entry in lab.call(lambda: conversation.recorder.entries)[-2:]]


def reset(wire: Wire) -> None:
    """Hang up without a farewell, as a program that is killed."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wire.close()


# In mid-handshake


@EACH_DOOR
@pytest.mark.parametrize("leave", [Wire.close, reset])
def test_who_leaves_without_an_alert_is_told_what_it_may_be(sealed_lab, service, leave):
    wire = knocking(sealed_lab, service)
    wire.send(hello())
    assert wire.socket.recv(1) == b"\x16"  # the answer has come
    told = gone(sealed_lab, lambda conversation: leave(wire))
    assert told == ["wire.tls-failed.left", "wire.closed"]


@EACH_DOOR
@pytest.mark.parametrize("octets", [0, 3, 60])
def test_who_leaves_before_the_hello_has_come_whole_is_told_so(sealed_lab, service, octets):
    wire = knocking(sealed_lab, service)
    wire.send(hello()[:octets])
    told = gone(sealed_lab, lambda conversation: wire.close())
    assert told == ["wire.tls-failed.unbegun", "wire.closed"]


def test_the_certificate_is_named_that_may_be_the_reason(sealed_lab):
    wire = knocking(sealed_lab, "imaps")
    wire.send(hello())
    assert wire.socket.recv(1) == b"\x16"
    [conversation] = sealed_lab.host.conversations
    gone(sealed_lab, lambda _: wire.close())
    facts = {"subject": "CN=a", "names": "localhost, 127.0.0.1", "issuer": "CN=b"}
    assert conversation.recorder.entries[-2].params == {**facts, "until": "2030-01-01"}


def earlier(lab: MailLab) -> ssl.SSLSession:
    """What a client keeps of a whole handshake."""
    bare = socket.create_connection(lab.ports["pop3s"])
    with CONTEXT.wrap_socket(bare, server_hostname="localhost") as wire:
        wire.recv(1)  # TLS 1.3 sends tickets behind the handshake
        session = wire.session
    lab.until(lambda: not lab.host.conversations)
    return session


def test_without_a_certificate_it_is_not_blamed(sealed_lab):
    session = earlier(sealed_lab)
    wire = knocking(sealed_lab, "pop3s")
    wire.send(hello(session))
    assert wire.socket.recv(1) == b"\x16"
    told = gone(sealed_lab, lambda conversation: wire.close())
    assert told == ["wire.tls-failed.left.resumed", "wire.closed"]


def test_without_a_certificate_it_is_not_blamed_for_a_silence_either(sealed_lab):
    session = earlier(sealed_lab)
    bare = socket.create_connection(sealed_lab.ports["pop3s"])
    with CONTEXT.wrap_socket(bare, server_hostname="localhost", session=session) as wire:
        assert (wire.recv(1), wire.session_reused) == (b"+", True)
        [conversation] = sealed_lab.host.conversations
    sealed_lab.until(lambda: conversation.closed)
    assert conversation.recorder.entries[-1].id == "wire.closed.mute.resumed"


def test_whom_the_server_ends_has_not_left(sealed_lab):
    wire = knocking(sealed_lab, "pop3s")
    wire.send(hello())
    assert wire.socket.recv(1) == b"\x16"
    told = gone(sealed_lab, lambda it: sealed_lab.call(lambda: it.end(Ending.SHUTDOWN)))
    assert told == ["wire.opened.tls", "wire.closed"]
    wire.close()
