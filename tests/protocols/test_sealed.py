"""What an eavesdropper sees of sealed conversations, and how TLS ends."""

import socket
import ssl
from socket import SHUT_WR

import pytest

from protocols.connection import BLOCK
from protocols.conversation import Ending
from protocols.tls import SHOWN, TlsFailed
from protocols.transcript import Entry, Kind, Side
from tests.protocols.conftest import MailLab, TlsWire, trusting

each_version = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
BAD_CERTIFICATE = "wire.tls-failed.bad-certificate"
SHOWN_CERTIFICATE = {
    "subject": "CN=a",
    "names": "localhost, 127.0.0.1",
    "issuer": "CN=b",
    "until": "2030-01-01",
}
# What TLS 1.3 adds to a text: a header, its type, a tag (RFC 8446 5.2).
ADDED = 5 + 1 + 16


def knocking(lab: MailLab, service: str = "pop3s", version: ssl.TLSVersion | None = None):
    """A client whose last flight is still to be sent."""
    context = trusting()
    if version:
        context.maximum_version = version
    wire = TlsWire(lab.ports[service], context)
    wire.shake_hands()
    return wire


def greeted(lab: MailLab, service: str = "pop3s", version: ssl.TLSVersion | None = None) -> TlsWire:
    wire = knocking(lab, service, version)
    wire.send(wire.layer.outgoing())
    assert wire.line() != b""
    return wire


def conversation_of(lab: MailLab):
    [conversation] = lab.host.conversations
    return conversation


def arrive(lab: MailLab, *segments: bytes) -> None:
    """As TCP may deliver them: cut anywhere."""
    connection = conversation_of(lab).end.__self__
    for segment in segments:
        lab.call(lambda: connection.data_received(segment))  # noqa: B023  called at once


def said(lab: MailLab, side: Side) -> list[Entry]:
    recorder = conversation_of(lab).recorder
    return [entry for entry in lab.call(lambda: recorder.entries) if entry.side is side]


def cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[n : n + size] for n in range(0, len(octets), size)]


def look(record: bytes) -> tuple[int, str]:
    return len(record), record[:SHOWN].hex(" ")


def looks(lines: list[Entry]) -> list[tuple[int, str]]:
    return [(line.sealed.octets, line.sealed.head) for line in lines]


# What is seen


@pytest.mark.parametrize("size", [1, 4, 20, 1000])
def test_a_line_that_comes_in_pieces_is_seen_as_its_record(sealed_lab, size):
    wire = greeted(sealed_lab)
    record = wire.seal(b"NOOP\r\n")
    arrive(sealed_lab, *cut(record, size))
    assert looks(said(sealed_lab, Side.CLIENT)) == [look(record)]
    wire.close()


def test_each_record_of_a_message_is_seen_from_its_beginning(sealed_lab):
    """Segments of a network: most hold the middle of a record, some an end and a beginning."""
    wire = greeted(sealed_lab, "imaps")
    wire.ask(b"a LOGIN ann@lab.example geheim")
    assert wire.ask(b"b APPEND INBOX {36000}").startswith(b"+")
    records = [wire.seal((b"x" * 998 + b"\r\n") * 12) for _ in range(3)]
    before = len(said(sealed_lab, Side.CLIENT))
    arrive(sealed_lab, *cut(b"".join(records), 1400))
    pieces = looks(said(sealed_lab, Side.CLIENT)[before:])
    assert list(dict.fromkeys(pieces)) == [look(record) for record in records]
    wire.close()


def test_lines_belong_together_that_crossed_in_one_record(sealed_lab):
    wire = greeted(sealed_lab)
    one, two = wire.seal(b"NOOP\r\nCAPA\r\n"), wire.seal(b"NOOP\r\n")
    arrive(sealed_lab, one + two)
    lines = said(sealed_lab, Side.CLIENT)
    assert looks(lines) == [look(one), look(one), look(two)]
    numbers = [line.sealed.number for line in lines]
    assert (numbers[0] == numbers[1], numbers[1] == numbers[2]) == (True, False)
    wire.close()


@each_version
def test_the_greeting_is_seen_without_the_end_of_the_handshake(sealed_lab, version):
    wire = greeted(sealed_lab, version=version)
    [greeting] = said(sealed_lab, Side.SERVER)
    assert greeting.sealed.head[:8] == "17 03 03"
    length = int(greeting.sealed.head[9:14].replace(" ", ""), 16)
    assert greeting.sealed.octets == 5 + length
    if version is ssl.TLSVersion.TLSv1_3:
        assert greeting.sealed.octets == len(greeting.text + "\r\n") + ADDED
    wire.close()


@each_version
def test_the_first_line_is_seen_without_the_end_of_the_handshake(sealed_lab, version):
    wire = knocking(sealed_lab, version=version)
    end, line = wire.layer.outgoing(), wire.seal(b"NOOP\r\n")
    arrive(sealed_lab, end + line)
    assert looks(said(sealed_lab, Side.CLIENT)) == [look(line)]
    wire.close()


def test_a_long_answer_is_sealed_block_by_block(sealed_lab):
    """Else everybody had to wait until megabytes are sealed and explained."""
    content = b"Subject: x\r\n\r\n" + (b"x" * 9998 + b"\r\n") * 100
    sealed_lab.store.add_account("big@lab.example", "x", [content])
    wire = greeted(sealed_lab)
    for line in (b"USER big@lab.example", b"PASS x", b"RETR 1"):
        assert wire.ask(line).startswith(b"+OK")
    assert b"".join(iter(wire.line, b".\r\n")).endswith(content)
    lines = [line for line in said(sealed_lab, Side.SERVER)[3:] if line.kind is not Kind.ELIDED]
    sizes = {line.sealed.number: line.sealed.octets for line in lines}
    assert (len(sizes) > 1, max(sizes.values()) < BLOCK * 1.01) == (True, True)
    wire.close()


@each_version
def test_a_handshake_that_goes_on_from_an_earlier_one_is_told(sealed_lab, version):
    context = trusting()
    context.maximum_version = version
    told, session = [], None
    for _ in range(2):
        bare = socket.create_connection(sealed_lab.ports["pop3s"])
        with context.wrap_socket(bare, server_hostname="localhost", session=session) as wire:
            wire.recv(1)  # TLS 1.3 sends tickets behind the handshake
            session = wire.session
            conversation = conversation_of(sealed_lab)
            told.append(sealed_lab.call(lambda: conversation.recorder.entries)[1])  # noqa: B023
        sealed_lab.until(lambda: not sealed_lab.host.conversations)
    assert [event.id for event in told] == ["wire.tls.first", "wire.tls.resumed.first"]
    assert [event.params.get("subject") for event in told] == ["CN=a", None]


# What goes wrong


@pytest.mark.parametrize("service", ["pop3s", "imaps", "smtps"])
@pytest.mark.parametrize(
    ("words", "id"), [(b"", "wire.closed.mute"), (b"a NOOP\r\n", "wire.closed")]
)
def test_a_client_that_leaves_after_the_handshake_without_a_word(sealed_lab, service, words, id):
    wire = greeted(sealed_lab, service)
    conversation = conversation_of(sealed_lab)
    if words:
        wire.send(wire.seal(words))
        assert wire.line() != b""
    wire.close()
    sealed_lab.until(lambda: conversation.closed)
    closed = conversation.recorder.entries[-1]
    told = {name: closed.params.get(name) for name in SHOWN_CERTIFICATE}
    assert (closed.id, told == SHOWN_CERTIFICATE) == (id, not words)


@pytest.mark.parametrize("service", ["pop3s", "imaps", "smtps"])
def test_a_client_that_is_sent_away_after_the_handshake_is_not_blamed(sealed_lab, service):
    wire = greeted(sealed_lab, service)
    conversation = conversation_of(sealed_lab)
    sealed_lab.call(lambda: conversation.end(Ending.SHUTDOWN))
    wire.close()
    sealed_lab.until(lambda: conversation.closed)
    assert conversation.recorder.entries[-1].id == "wire.closed"


def test_a_client_that_wanted_another_name_is_told_the_certificates(sealed_lab):
    wire = TlsWire(sealed_lab.ports["imaps"], trusting(), "elsewhere.example")
    with pytest.raises(TlsFailed):
        wire.shake_hands()
    conversation = conversation_of(sealed_lab)
    wire.send(wire.layer.outgoing())
    wire.close()
    sealed_lab.until(lambda: conversation.closed)
    [event] = [e for e in conversation.recorder.entries if e.id == BAD_CERTIFICATE]
    assert event.params == {"detail": "SSLV3_ALERT_BAD_CERTIFICATE", **SHOWN_CERTIFICATE}


@pytest.mark.parametrize("together", [True, False])
def test_what_came_before_a_damaged_record_is_answered(sealed_lab, together):
    wire = greeted(sealed_lab)
    conversation = conversation_of(sealed_lab)
    good, bad = wire.seal(b"NOOP\r\n"), bytearray(wire.seal(b"CAPA\r\n"))
    bad[-1] ^= 1
    arrive(sealed_lab, *([good + bad] if together else [good, bytes(bad)]))
    assert wire.line().startswith(b"-ERR")
    with pytest.raises(TlsFailed) as caught:
        wire.rest()
    assert caught.value.detail == "SSLV3_ALERT_BAD_RECORD_MAC"
    wire.close()
    sealed_lab.until(lambda: conversation.closed)
    told = [entry.text or entry.id for entry in conversation.recorder.entries][3:]
    assert (told[0], told[1][:4], told[2:]) == ("NOOP", "-ERR", ["wire.tls-broken", "wire.closed"])


@each_version
def test_a_client_that_only_hangs_up_hears_the_end(sealed_lab, version):
    """RFC 8446 6.1: each side closes its own direction, whatever the other did."""
    wire = greeted(sealed_lab, version=version)
    wire.socket.shutdown(SHUT_WR)
    assert (wire.rest(), wire.layer.ended) == (b"", True)
    wire.close()
