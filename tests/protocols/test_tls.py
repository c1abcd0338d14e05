"""TlsLayer: both ends in memory, the octets between them cut in any way."""

import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailedu.tls.authority import make_server
from protocols.client_hello import is_client_hello
from protocols.tls import SHOWN, Sealed, Tap, TlsFailed, TlsLayer
from tests.protocols.conftest import CA, NOW


def shaken(server_context, client_context) -> tuple[TlsLayer, TlsLayer]:
    server, client = TlsLayer(server_context), TlsLayer(client_context, "localhost")
    client.shake_hands()
    for _ in range(3):
        assert server.receive(client.outgoing()) == b""
        assert client.receive(server.outgoing()) == b""
    return server, client


def test_both_agree_on_what_they_speak(server_context, client_context):
    server, client = shaken(server_context, client_context)
    assert server.handshake == client.handshake
    assert server.handshake.version == "TLSv1.3"


@given(st.binary(max_size=50_000), st.integers(1, 5000))
def test_text_arrives_whatever_the_pieces(server_context, client_context, text, size):
    server, client = shaken(server_context, client_context)
    sealed = client.seal(text)
    pieces = [sealed[n : n + size] for n in range(0, len(sealed), size)]
    assert b"".join(map(server.receive, pieces)) == text
    assert client.receive(server.seal(text)) == text


def test_an_eavesdropper_sees_a_record_and_none_of_the_text(server_context, client_context):
    _, client = shaken(server_context, client_context)
    octets = client.seal(b"PASS passwort_im_klartext\r\n")
    assert b"passwort" not in octets
    sealed = Tap().sent(octets)
    assert sealed.octets == 27 + 5 + 1 + 16  # RFC 8446 5.2: header, content type, tag
    assert sealed.head.startswith("17 03 03 00 2c")
    assert len(bytes.fromhex(sealed.head)) == SHOWN


@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=4), st.integers(1, 400))
def test_records_are_seen_whole_however_they_come(server_context, client_context, texts, size):
    server, client = shaken(server_context, client_context)
    sealed = [client.seal(text) for text in texts]
    octets, tap = b"".join(sealed), Tap()
    pieces = [octets[n : n + size] for n in range(0, len(octets), size)]
    cut = [part for piece in pieces for part in tap.records(piece)]
    assert b"".join(part for part, _ in cut) == octets
    assert [seen for _, seen in cut if seen] == [
        Sealed(len(record), record[:SHOWN].hex(" "), number)
        for number, record in enumerate(sealed, 1)
    ]
    told = [(server.receive(part), seen) for part, seen in cut]
    assert [text for text, seen in told if seen] == texts
    assert b"".join(text for text, seen in told if not seen) == b""


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_a_tap_loses_nothing_of_what_is_no_tls(pieces):
    tap = Tap()
    assert [b"".join(part for part, _ in tap.records(piece)) for piece in pieces] == pieces


def test_pieces_of_both_directions_are_counted_together():
    tap = Tap()
    record = b"\x17\x03\x03\x00\x01x"
    assert tap.sent(record) == Sealed(6, "17 03 03 00 01 78", 1)
    assert list(tap.records(record)) == [(record, Sealed(6, "17 03 03 00 01 78", 2))]


def test_end_of_one_direction_is_noticed(server_context, client_context):
    server, client = shaken(server_context, client_context)
    assert server.receive(client.seal(b"QUIT\r\n") + client.close()) == b"QUIT\r\n"
    assert server.ended
    assert client.receive(server.seal(b"+OK bye\r\n") + server.close()) == b"+OK bye\r\n"
    assert client.ended


@pytest.mark.parametrize(
    ("octets", "id"),
    [
        (b"EHLO client.example\r\n", "wire.tls-failed.plain-text"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "wire.tls-failed.plain-text"),
        (b"\x16\x03\x01\x00\x05hello", "wire.tls-failed.other"),
    ],
)
def test_what_is_no_handshake_fails_with_a_reason(server_context, octets, id):
    with pytest.raises(TlsFailed) as caught:
        TlsLayer(server_context).receive(octets)
    assert caught.value.id == id


def complaint(server_context, client_context, name: str = "localhost") -> str:
    """The id by which the server tells why this client refuses its certificate."""
    server, client = TlsLayer(server_context), TlsLayer(client_context, name)
    client.shake_hands()
    server.receive(client.outgoing())
    with pytest.raises(TlsFailed):
        client.receive(server.outgoing())
    with pytest.raises(TlsFailed) as caught:
        server.receive(client.outgoing())
    return caught.value.id


def test_client_that_does_not_know_the_ca_says_so(server_context):
    stranger = ssl.create_default_context()
    assert complaint(server_context, stranger) == "wire.tls-failed.unknown-ca"


def test_client_that_wanted_another_name_says_so(server_context, client_context):
    found = complaint(server_context, client_context, "elsewhere.example")
    assert found == "wire.tls-failed.bad-certificate"


def test_client_for_whom_the_certificate_has_expired_says_so(client_context, tmp_path):
    path = tmp_path / "old.pem"
    path.write_bytes(make_server(CA, ("localhost",), NOW - timedelta(days=500)).pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    assert complaint(context, client_context) == "wire.tls-failed.expired"


# Alerts as they cross the wire before anything is sealed (RFC 8446 6): fatal, and the reason.
@pytest.mark.parametrize(
    ("reason", "id"),
    [
        (42, "wire.tls-failed.bad-certificate"),
        (45, "wire.tls-failed.expired"),
        (46, "wire.tls-failed.certificate-unknown"),
        (48, "wire.tls-failed.unknown-ca"),
        (40, "wire.tls-failed.version"),
        (70, "wire.tls-failed.version"),
        (71, "wire.tls-failed.version"),
        (80, "wire.tls-failed.other"),
    ],
)
def test_complaints_are_told_apart(server_context, reason, id):
    client, server = TlsLayer(ssl.create_default_context(), "localhost"), TlsLayer(server_context)
    client.shake_hands()
    server.receive(client.outgoing())
    with pytest.raises(TlsFailed) as caught:
        server.receive(b"\x15\x03\x03\x00\x02\x02%c" % reason)
    assert caught.value.id == id


# RFC 8446 6.1: user_canceled, and close_notify, before any of it is sealed.
@pytest.mark.parametrize("cancelled", [b"", b"\x15\x03\x03\0\2\1\x5a"])
def test_a_client_that_takes_its_leave_in_mid_handshake_has_left(server_context, cancelled):
    client, server = TlsLayer(ssl.create_default_context(), "localhost"), TlsLayer(server_context)
    client.shake_hands()
    server.receive(client.outgoing())
    with pytest.raises(TlsFailed) as caught:
        server.receive(cancelled + b"\x15\x03\x03\0\2\1\0")
    assert (caught.value.id, server.left) == ("wire.tls-failed.left",) * 2


def test_a_record_that_was_changed_is_noticed(server_context, client_context):
    server, client = shaken(server_context, client_context)
    record = bytearray(client.seal(b"STAT\r\n"))
    record[-1] ^= 1
    with pytest.raises(TlsFailed) as caught:
        server.receive(bytes(record))
    assert caught.value.id == "wire.tls-broken"
    with pytest.raises(TlsFailed) as caught:  # the alert says so to the client
        client.receive(server.outgoing())
    assert caught.value.id == "wire.tls-broken.alert"


def test_text_before_what_is_wrong_is_not_lost(server_context, client_context):
    server, client = shaken(server_context, client_context)
    assert server.receive(client.seal(b"STAT\r\n") + b"garbage") == b"STAT\r\n"
    with pytest.raises(TlsFailed) as caught:
        server.receive(b"")
    assert caught.value.id == "wire.tls-broken"


@pytest.mark.parametrize("octets", [b"STAT\r\n", b"GET / HTTP/1.1\r\n", b"\x17\x03\x03\x00\x01x"])
def test_what_is_no_record_in_mid_session_is_no_failed_handshake(
    server_context, client_context, octets
):
    server, _ = shaken(server_context, client_context)
    with pytest.raises(TlsFailed) as caught:
        server.receive(octets)
    assert caught.value.id == "wire.tls-broken"


@given(st.binary(max_size=400))
def test_junk_never_does_more_than_fail(server_context, octets):
    layer = TlsLayer(server_context)
    try:
        assert layer.receive(octets) == b""
    except TlsFailed as failed:
        assert failed.id.startswith("wire.tls-failed.")
    assert layer.handshake is None


@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_hello_is_known_by_its_first_octets(oldest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = oldest
    client = TlsLayer(context, "localhost")
    client.shake_hands()
    hello = client.outgoing()
    told = [is_client_hello(hello[:size]) for size in range(1, 8)]
    assert told == [None] * 5 + [True] * 2


@pytest.mark.parametrize("size", range(5))
def test_a_whole_line_is_never_half_a_hello(size):
    assert is_client_hello(b"\x16\x03\x01\x01"[:size] + b"\r\n") is False


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_no_text_is_taken_for_a_hello(text):
    assert not is_client_hello(text.encode() + b"\r\n")


@pytest.mark.parametrize("service", ["pop3", "imap", "smtp"])
def test_a_hello_on_a_plain_port_is_explained(mail_lab, client_context, service):
    client = TlsLayer(client_context, "localhost")
    client.shake_hands()
    wire = mail_lab.connect(service)
    wire.line()
    [conversation] = mail_lab.host.conversations
    hello = client.outgoing()
    wire.send(hello)
    assert wire.line() == b""
    wire.close()
    mail_lab.until(lambda: conversation.closed)
    [*_, event, closed] = mail_lab.call(lambda: conversation.recorder.entries)
    assert (event.id, closed.id) == ("wire.tls-failed.plain-port", "wire.closed")
    assert event.params == {"head": hello[:6].hex(" ")}
    assert len(conversation.recorder.entries) == 4
