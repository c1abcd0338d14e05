"""A client's side of TLS on bare sockets, and how each protocol asks for it."""

import ssl
from dataclasses import dataclass

from lab_process import Lab

from mailedu.certificates import client_context
from protocols.tls import TlsLayer
from tests.protocols.conftest import Wire

NAME = "localhost"


@dataclass(frozen=True)
class Start:
    """How `service` begins TLS: `before`, then `command`; `yes` and `no` begin its answers.

    `injected` is what an attacker puts behind the command, `effect` the answer that it gets where
    it is taken for a plain command; `needed` is the command that would profit from it, `lost` how
    the answer begins that shows that it did not.
    """

    service: str
    before: tuple[bytes, ...]
    command: bytes
    yes: bytes
    no: bytes
    injected: bytes
    effect: bytes
    needed: bytes
    lost: bytes


STARTS = (
    Start("pop3", (), b"STLS", b"+OK", b"-ERR",
          b"USER wiki@example.com", b"+OK", b"PASS passwort_im_klartext", b"-ERR"),
    Start("imap", (), b"a STARTTLS", b"a OK", b"a BAD",
          b"b LOGIN wiki@example.com passwort_im_klartext", b"b OK", b"c SELECT INBOX", b"c BAD"),
    *(Start(service, (b"EHLO c.example",), b"STARTTLS", b"220", b"5",
            b"VRFY eve", b"252", b"MAIL FROM:<wiki@example.com>", b"503")
      for service in ("smtp", "submission")),
)  # fmt: skip


class SealedWire(Wire):
    """A Wire that can go on in TLS."""

    def secure(self, context: ssl.SSLContext) -> None:
        self._file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=NAME)
        self._file = self.socket.makefile("rb")

    def answer(self, line: bytes) -> bytes:
        """The last line of SMTP's answer to `line`, or the only one."""
        answer = self.ask(line)
        while answer[3:4] == b"-":
            answer = self.line()
        return answer


def begun(lab: Lab, start: Start) -> SealedWire:
    """Greeted, right before the command that asks for TLS."""
    wire = SealedWire(lab.ports[start.service])
    wire.line()
    for line in start.before:
        wire.answer(line)
    return wire


def trusting(lab: Lab) -> ssl.SSLContext:
    return client_context(lab.data_dir)


def hello(context: ssl.SSLContext) -> bytes:
    """The first octets of a handshake."""
    layer = TlsLayer(context, NAME)
    layer.shake_hands()
    return layer.outgoing()


def opened(lab: Lab, service: str, receive_buffer: int = 0) -> SealedWire:
    """A wire to a port that begins with TLS, the greeting read."""
    wire = SealedWire(lab.ports[service], receive_buffer)
    wire.secure(trusting(lab))
    assert wire.line() != b""
    return wire
