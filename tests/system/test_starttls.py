"""The way into TLS against the real process, for those who would sneak something through it."""

import ssl

import pytest

from tests.system.sealed import STARTS, SealedWire, begun, hello, opened, trusting

ALL = pytest.mark.parametrize("start", STARTS, ids=lambda start: start.service)
SEALED = ("pop3s", "imaps", "smtps")
ALERT, HANDSHAKE = b"\x15", b"\x16"  # RFC 8446 5.1


@ALL
def test_commands_behind_the_request_refuse_it(lab, start):
    """RFC 3207 4.2, RFC 2595 4: they might be anybody's (CVE-2011-0411)."""
    wire = begun(lab, start)
    wire.send(start.command + b"\r\n" + start.injected + b"\r\n")
    assert wire.line().startswith(start.no)
    assert wire.line().startswith(start.effect)
    wire.close()


@ALL
def test_half_a_command_behind_the_request_refuses_it_as_well(lab, start):
    wire = begun(lab, start)
    wire.send(start.command + b"\r\n" + start.injected)
    assert wire.line().startswith(start.no)
    wire.send(b"\r\n")
    assert wire.line().startswith(start.effect)
    wire.close()


@ALL
def test_a_hello_behind_the_request_refuses_it_as_well(lab, start):
    wire = begun(lab, start)
    wire.send(start.command + b"\r\n" + hello(trusting(lab)))
    assert wire.line().startswith(start.no)
    wire.close()


@ALL
def test_commands_in_place_of_the_handshake_get_no_answer(lab, start):
    wire = begun(lab, start)
    assert wire.ask(start.command).startswith(start.yes)
    wire.send(start.injected + b"\r\n" + hello(trusting(lab)))
    assert wire.rest() == b""
    wire.close()


@ALL
def test_after_the_handshake_nothing_said_before_counts(lab, start):
    wire = begun(lab, start)
    if start.service in ("pop3", "smtp", "submission"):  # IMAP begins TLS before the login only
        assert wire.answer(start.injected).startswith(start.effect)
    assert wire.ask(start.command).startswith(start.yes)
    wire.secure(trusting(lab))
    assert wire.ask(start.needed).startswith(start.lost)
    wire.close()


@ALL
def test_tls_is_offered_once(lab, start):
    wire = begun(lab, start)
    wire.answer(start.command)
    wire.secure(trusting(lab))
    for line in start.before:
        wire.answer(line)
    assert wire.ask(start.command).startswith((start.no, b"503", b"a NO"))
    wire.close()


CAPABILITIES = {
    "pop3": (b"CAPA", b".", b"STLS"),
    "imap": (b"a CAPABILITY", b"a OK", b"STARTTLS"),
    "smtp": (b"EHLO c.example", b"250 ", b"STARTTLS"),
    "submission": (b"EHLO c.example", b"250 ", b"STARTTLS"),
}


def capabilities(wire: SealedWire, service: str) -> list[bytes]:
    command, last, _ = CAPABILITIES[service]
    lines = [wire.ask(command)]
    while not lines[-1].startswith(last):
        lines.append(wire.line())
    return b" ".join(lines).replace(b"-", b" ").split()


@ALL
def test_the_offer_is_gone_once_it_is_taken(lab, start):
    word = CAPABILITIES[start.service][2]
    wire = begun(lab, start)
    before = capabilities(wire, start.service)
    wire.answer(start.command)
    wire.secure(trusting(lab))
    after = capabilities(wire, start.service)
    assert (before.count(word), after.count(word)) == (1, 0)
    wire.close()


@ALL
def test_a_hello_on_the_plain_port_does_not_open_it(lab, start):
    wire = SealedWire(lab.ports[start.service])
    with pytest.raises(ssl.SSLError):  # the greeting is no record
        wire.secure(trusting(lab))
    wire.close()


@pytest.mark.parametrize("service", SEALED)
@pytest.mark.parametrize("text", [b"EHLO c.example\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64])
def test_plain_text_on_a_sealed_port_gets_no_answer(lab, service, text):
    wire = SealedWire(lab.ports[service])
    wire.send(text)
    assert wire.rest()[:1] in (b"", ALERT)
    wire.close()


@pytest.mark.parametrize("service", SEALED)
def test_old_tls_is_refused(lab, service):
    """RFC 8996."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    wire = SealedWire(lab.ports[service])
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION|protocol version"):
        wire.secure(context)
    wire.close()


@pytest.mark.parametrize("service", SEALED)
@pytest.mark.parametrize("part", [1, 5, 60, -1])
def test_half_a_handshake_and_a_cut_disturb_nobody(lab, service, part):
    wire = SealedWire(lab.ports[service])
    wire.send(hello(trusting(lab))[:part])
    wire.socket.shutdown(1)
    assert wire.rest()[:1] in (b"", ALERT, HANDSHAKE)
    wire.close()
    other = opened(lab, service)
    other.close()
