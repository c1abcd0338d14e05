"""What goes through TLS on the real process: big things, slow readers, and how it ends."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from protocols.tls import TlsLayer
from tests.protocols.conftest import Wire
from tests.system.clients import PATIENCE, SENDER
from tests.system.sealed import NAME, SealedWire, opened, trusting

# Near the limit of 10 MiB; every octet, long lines, dots where they hurt.
LINE = bytes(octet for octet in range(1, 256) if octet not in b"\r\n")
BIG = b"Subject: big\r\n\r\n" + b"".join(
    b".%d " % n + LINE * 3 + b"\r\n.\r\n" for n in range(13_000)
)
# Octets that one client which does not read may cost: the message, its answer, their records.
ONE_READER = 100 * 1024 * 1024


def memory(lab) -> int:
    """Octets that the process has in memory now."""
    status = Path(f"/proc/{lab.process.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells a process's memory so")
    [line] = [li for li in status.read_text().splitlines() if li.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def send(lab, account, content: bytes) -> bytes:
    wire = SealedWire(lab.smtp)
    wire.line()
    wire.answer(b"EHLO c.example")
    wire.answer(b"STARTTLS")
    wire.secure(trusting(lab))
    wire.answer(b"EHLO c.example")
    for line in (f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{account.address}>", "DATA"):
        wire.answer(line.encode())
    wire.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    answer = wire.line()
    wire.close()
    return answer


def test_a_big_message_goes_both_ways_unchanged(lab, account):
    assert send(lab, account, BIG).startswith(b"250")
    wire = opened(lab, "imaps")
    wire.ask(f"a LOGIN {account.address} {account.password}".encode())
    wire.send(b"b SELECT INBOX\r\n")
    while not wire.line().startswith(b"b "):
        pass
    octets = int(wire.ask(b"c FETCH 1 BODY.PEEK[]").rpartition(b"{")[2].split(b"}")[0])
    content = wire._file.read(octets)
    assert content.endswith(BIG)
    assert wire.line() + wire.line() == b")\r\nc OK FETCH completed\r\n"
    assert wire.ask(b"d APPEND INBOX {%d}" % octets).startswith(b"+")
    wire.send(content + b"\r\n")
    while not (line := wire.line()).startswith(b"d "):
        pass
    assert line.startswith(b"d OK")
    wire.close()
    wire = opened(lab, "pop3s")
    wire.ask(f"USER {account.address}".encode())
    wire.ask(f"PASS {account.password}".encode())
    assert wire.ask(b"RETR 2").startswith(b"+OK")
    lines = iter(wire.line, b".\r\n")
    assert b"".join(line.removeprefix(b".") for line in lines) == content
    wire.close()


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_who_does_not_read_costs_one_answer(lab, account, service):
    assert send(lab, account, BIG).startswith(b"250")
    wire = SealedWire(lab.ports[service], receive_buffer=64 * 1024)
    if service == "pop3s":
        wire.secure(trusting(lab))
    wire.line()
    wire.ask(f"USER {account.address}".encode())
    wire.ask(f"PASS {account.password}".encode())
    before = memory(lab)
    wire.send(b"RETR 1\r\n" * 40)
    assert wire.line().startswith(b"+OK")
    other = Wire(lab.pop3)
    assert (other.line()[:3], other.ask(b"NOOP")[:4]) == (b"+OK", b"-ERR")
    other.close()
    assert memory(lab) - before < ONE_READER
    wire.close()


def layered(lab, service: str) -> tuple[Wire, TlsLayer]:
    """A client whose records the test sends itself, greeted."""
    wire, layer = Wire(lab.ports[service]), TlsLayer(trusting(lab), NAME)
    layer.shake_hands()
    text = b""
    while not text.endswith(b"\r\n"):
        wire.send(layer.outgoing())
        text += layer.receive(wire.socket.recv(65536))
    return wire, layer


@pytest.mark.parametrize("cut", [0, 1], ids=["stays", "half-closes"])
def test_the_answers_under_way_come_before_the_end(lab, account, cut):
    wire, layer = layered(lab, "pop3s")
    login = f"USER {account.address}\r\nPASS {account.password}\r\nSTAT\r\n".encode()
    wire.send(layer.seal(login) + layer.close())
    if cut:
        wire.socket.shutdown(1)
    text = layer.receive(wire.rest())
    assert [line[:3] for line in text.splitlines()] == [b"+OK"] * 3
    assert layer.ended
    wire.close()


def test_the_end_is_sealed_as_well(lab):
    """RFC 8446 6.1: who hears no close_notify cannot tell the end from a cut."""
    wire, layer = layered(lab, "pop3s")
    wire.send(layer.seal(b"QUIT\r\n"))
    assert layer.receive(wire.rest()).startswith(b"+OK bye")
    assert layer.ended
    wire.close()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_keys_are_not_made_anew(lab):
    """Renegotiation lets a client make the server work, and hid the attack of RFC 5746."""
    host, port = lab.pop3s
    done = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-connect", f"{host}:{port}"],
        input=b"R\nNOOP\n", capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert b"no renegotiation" in done.stderr


def test_tls_is_what_is_told(lab):
    """Version and cipher are modern ones, and the certificate is for this name."""
    wire = opened(lab, "imaps")
    assert isinstance(wire.socket, ssl.SSLSocket)
    assert wire.socket.version() == "TLSv1.3"
    assert ("DNS", NAME) in wire.socket.getpeercert()["subjectAltName"]
    wire.close()
