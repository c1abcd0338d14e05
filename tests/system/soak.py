"""Random sessions of all protocols, good and bad, sealed and in the clear, told by a seed."""

import socket
import ssl
import struct
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from random import Random

from lab_process import Lab

from tests.system.clients import MAIL, SENDER
from tests.system.hostile import ATTACKS
from tests.system.people import Account
from tests.system.sealed import SealedWire, hello, trusting

PORTS = {
    "pop3": ("pop3", "pop3s"),
    "imap": ("imap", "imaps"),
    "smtp": ("smtp", "submission", "smtps"),
}
SEALED = {"pop3s", "imaps", "smtps"}
UPGRADE = {"pop3": b"STLS", "imap": b"t STARTTLS", "smtp": b"STARTTLS"}
BAD = (*ATTACKS.values(), b"", b"\x16\x03\x01\x02\x00", b"QUIT\r\n", b"a LOGOUT\r\n", b".\r\n")
# How often in a hundred sessions.
JUNK, CUT, HALF_SHAKEN, IN_TLS = 25, 25, 5, 35


class Cut(Exception):
    """The client goes, in the middle of something."""


class Soaker:
    """One client after another; `said` counts the answers, so that a test can tell it did much."""

    def __init__(self, lab: Lab, accounts: list[Account], seed: int) -> None:
        self._lab, self._accounts, self._random = lab, accounts, Random(seed)
        self._trust = trusting(lab)
        self.answers = 0

    def run(self, sessions: int) -> None:
        for _ in range(sessions):
            self._session()

    def _session(self) -> None:
        protocol = self._random.choice(tuple(PORTS))
        service = self._random.choice(PORTS[protocol])
        wire = SealedWire(self._lab.ports[service])
        try:
            if self._now_and_then(HALF_SHAKEN):
                wire.send(hello(self._trust)[: self._random.randrange(1, 200)])
                return
            self._converse(wire, protocol, service)
        except (Cut, OSError, ssl.SSLError):  # the server may cut us, too
            pass
        finally:
            self._leave(wire)

    def _converse(self, wire: SealedWire, protocol: str, service: str) -> None:
        if service in SEALED:
            wire.secure(self._trust)
        self._read(wire, protocol)
        if protocol == "smtp":
            self._ask(wire, protocol, b"EHLO soak.example")
        if service not in SEALED and self._now_and_then(IN_TLS):
            self._ask(wire, protocol, UPGRADE[protocol])
            wire.secure(self._trust)
        lines = SCRIPTS[protocol](self._random, self._random.choice(self._accounts))
        for line in lines:
            if self._now_and_then(CUT / 5):
                raise Cut
            if self._now_and_then(JUNK / 5):
                self._rave(wire, [self._random.choice(BAD), line, *lines])
                return
            self._ask(wire, protocol, line)

    def _rave(self, wire: SealedWire, lines: list[bytes]) -> None:
        """Nobody knows any more what answers what."""
        wire.send(b"\r\n".join(lines))
        wire.socket.shutdown(socket.SHUT_WR)
        self.answers += len(wire.rest()) > 0

    def _ask(self, wire: SealedWire, protocol: str, line: bytes) -> None:
        wire.send(line + b"\r\n")
        self._read(wire, protocol, line)

    def _read(self, wire: SealedWire, protocol: str, line: bytes = b"") -> None:
        """One whole answer. Raises Cut where the server has closed."""
        multiline = line[:4] in (b"LIST", b"UIDL", b"RETR", b"CAPA")
        tag = line.split(b" ")[0]
        for n in count():
            answer = wire.line()
            if not answer:
                raise Cut
            if protocol == "pop3" and (not multiline or n == 0 and answer[:1] == b"-"):
                break
            if protocol == "pop3" and answer == b".\r\n":
                break
            if protocol == "smtp" and answer[3:4] == b" ":
                break
            if protocol == "imap" and (not line or answer.startswith((tag, b"+", b"* BAD"))):
                break
        self.answers += 1

    def _leave(self, wire: SealedWire) -> None:
        with suppress(OSError):
            if self._now_and_then(CUT):  # a reset in place of a close
                linger_nothing = struct.pack("ii", 1, 0)
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
            wire.close()

    def _now_and_then(self, percent: float) -> bool:
        return self._random.random() * 100 < percent


def pop3_lines(random: Random, account: Account) -> Iterator[bytes]:
    yield b"CAPA"
    yield f"USER {account.address}".encode()
    yield f"PASS {random.choice((*[account.password] * 9, 'wrong'))}".encode()
    yield b"LIST"
    yield b"UIDL"
    for _ in range(random.randrange(4)):
        yield random.choice((b"RETR 1", b"DELE 1", b"DELE 2", b"STAT", b"RSET", b"RETR 99"))
    yield b"QUIT"


def imap_lines(random: Random, account: Account) -> Iterator[bytes]:
    yield f"a LOGIN {account.address} {account.password}".encode()
    yield random.choice((b"b SELECT INBOX", b"b EXAMINE INBOX", b"b SELECT Nothing"))
    for _ in range(random.randrange(5)):
        yield random.choice(
            (b"c FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)", b"c FETCH 1 BODY[]", b"c NOOP",
             b"c SEARCH TEXT umlaut", b"c STORE 1:* +FLAGS (\\Deleted)", b"c COPY 1 INBOX",
             b'c LIST "" "*"', b"c APPEND INBOX {%d}\r\n%s" % (len(MAIL), MAIL))
        )  # fmt: skip
    yield random.choice((b"d EXPUNGE", b"d CLOSE", b"d NOOP"))
    yield b"e LOGOUT"


def smtp_lines(random: Random, account: Account) -> Iterator[bytes]:
    sender = random.choice((SENDER, account.address))
    if sender == account.address:
        secret = f"\0{account.address}\0{account.password}".encode()
        yield b"AUTH PLAIN " + b64encode(secret)
    for _ in range(random.randrange(1, 3)):
        yield f"MAIL FROM:<{sender}>".encode()
        yield f"RCPT TO:<{account.address}>".encode()
        yield random.choice((b"RCPT TO:<nobody@elsewhere.test>", b"NOOP", b"VRFY ines"))
        yield b"DATA"
        yield MAIL.replace(b"\r\n.", b"\r\n..") + b"."
    yield b"QUIT"


SCRIPTS = {"pop3": pop3_lines, "imap": imap_lines, "smtp": smtp_lines}
