"""TLS without sockets: octets in, octets out (RFC 8446, RFC 5246)."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

# Octets of a sealed piece that are kept to be shown: a record's header and enough to see that the
# rest says nothing.
SHOWN = 24
# Type, version and length of a record, before what is sealed (RFC 8446 5.1).
HEADER = 5
# The fatal alert internal_error, "unrelated to the peer" (RFC 8446 6.2), before any handshake.
NOT_NOW = bytes((0x15, 3, 3, 0, 2, 2, 80))

# What OpenSSL calls a client's complaints of the certificate (RFC 8446 6.2) -> explanation. Some
# clients look at it only when the handshake is done.
_COMPLAINTS = {
    "TLSV1_ALERT_UNKNOWN_CA": "wire.tls-failed.unknown-ca",
    "SSLV3_ALERT_BAD_CERTIFICATE": "wire.tls-failed.bad-certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "wire.tls-failed.certificate-unknown",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "wire.tls-failed.expired",
}
_LEFT = "wire.tls-failed.left"
# What else ends a handshake in a class.
_REASONS = {
    "WRONG_VERSION_NUMBER": "wire.tls-failed.plain-text",
    "HTTP_REQUEST": "wire.tls-failed.plain-text",
    "HTTPS_PROXY_REQUEST": "wire.tls-failed.plain-text",
    "UNSUPPORTED_PROTOCOL": "wire.tls-failed.version",
    "VERSION_TOO_LOW": "wire.tls-failed.version",
    "NO_SHARED_CIPHER": "wire.tls-failed.version",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "wire.tls-failed.version",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "wire.tls-failed.version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "wire.tls-failed.version",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "wire.tls-failed.version",
    "TLSV1_ALERT_USER_CANCELLED": _LEFT,
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: `until` is an ISO date, `fingerprint` SHA-256 in hex with colons."""

    subject: str
    issuer: str
    until: str
    fingerprint: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a server needs to offer TLS."""

    context: ssl.SSLContext
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Handshake:
    """What both sides agreed on, as OpenSSL names it.

    `resumed`: by a key of an earlier handshake, without a certificate (RFC 8446 2.2).
    """

    version: str
    cipher: str
    bits: int
    resumed: bool = False


class Sealed(NamedTuple):
    """What crossed the wire in place of a piece of text: `octets` in all, `head` of them in hex.

    `number` counts the pieces of a connection from 1; in old transcripts they have none (0).
    """

    octets: int
    head: str
    number: int = 0


class Tap:
    """Listens on a connection as an eavesdropper does: of a record it understands the header."""

    __slots__ = ("_came", "_head", "_pieces")

    def __init__(self) -> None:
        self._pieces = 0
        self._head, self._came = b"", 0  # of the record that is coming

    def records(self, octets: bytes) -> Iterator[tuple[bytes, Sealed | None]]:
        """What comes, cut where records end; each with the record that ends there, if one does."""
        start = 0
        while start < len(octets):
            head = (self._head + octets[start : start + SHOWN])[:SHOWN]
            size = HEADER + int.from_bytes(head[3:HEADER])  # as far as the header has come
            part = octets[start : start + size - self._came]
            start += len(part)
            self._head, self._came = head, self._came + len(part)
            if self._came < size:
                yield part, None
                continue
            self._head, self._came = b"", 0
            yield part, self._piece(size, head[:size])

    def sent(self, octets: bytes) -> Sealed:
        """One piece of what goes, in as many records as it takes."""
        return self._piece(len(octets), octets[:SHOWN])

    def _piece(self, octets: int, head: bytes) -> Sealed:
        self._pieces += 1
        return Sealed(octets, head.hex(" "), self._pieces)


class TlsFailed(Exception):
    """`id` names the explanation, `detail` is OpenSSL's own word for it."""

    def __init__(self, error: ssl.SSLError, in_handshake: bool) -> None:
        self.detail = error.reason or "unknown"
        self.id = _COMPLAINTS.get(self.detail) or self._other_id(error, in_handshake)
        super().__init__(self.detail)

    def _other_id(self, error: ssl.SSLError, in_handshake: bool) -> str:
        if in_handshake and isinstance(error, ssl.SSLZeroReturnError):  # RFC 8446 6.1
            return _LEFT
        if in_handshake:
            return _REASONS.get(self.detail, "wire.tls-failed.other")
        return "wire.tls-broken.alert" if "_ALERT_" in self.detail else "wire.tls-broken"


class TlsLayer:
    """One side of a TLS connection; `server_name` makes it the client's.

    Feed `receive` with what came, send what `outgoing` gives. `handshake` is None until it is done,
    `ended` is true once the other side has closed its direction (RFC 8446 6.1).
    """

    def __init__(self, context: ssl.SSLContext, server_name: str | None = None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_name is None, server_name)
        self._failed: ssl.SSLError | None = None
        self._answered = False  # the other side's first octets of the handshake
        self.handshake: Handshake | None = None
        self.ended = False

    def receive(self, octets: bytes) -> bytes:
        """The text in `octets`, as far as its records are whole.

        Raises TlsFailed; behind text that is still good only the next time.
        """
        self._in.write(octets)
        try:
            if self._failed:
                raise self._failed
            return self._read() if self.handshake or self.shake_hands() else b""
        except ssl.SSLError as error:
            raise TlsFailed(error, in_handshake=self.handshake is None) from None

    def shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done. A client begins with this."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._answered = self._answered or self._out.pending > 0
            return False
        cipher, _, bits = self._tls.cipher()
        resumed = self._tls.session_reused or False
        self.handshake = Handshake(self._tls.version(), cipher, bits, resumed)
        return True

    @property
    def left(self) -> str:
        """The id that explains why a client may have left in mid-handshake."""
        if not self._answered:
            return "wire.tls-failed.unbegun"
        return "wire.tls-failed.left.resumed" if self._tls.session_reused else _LEFT

    def seal(self, text: bytes) -> bytes:
        """`text` as records, with whatever else has to go out."""
        rest = memoryview(text)
        while rest:
            rest = rest[self._tls.write(rest) :]
        return self.outgoing()

    def close(self) -> bytes:
        """The notice that this side says nothing more."""
        with suppress(ssl.SSLError):  # the other side has not answered yet, and need not
            self._tls.unwrap()
        return self.outgoing()

    def outgoing(self) -> bytes:
        return self._out.read()

    def _read(self) -> bytes:
        text = bytearray()
        try:
            while piece := self._tls.read(64 * 1024):
                text += piece
                if not self._in.pending:  # an exception would cost more than all the rest
                    break
            else:
                self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            if not text:
                raise
            self._failed = error
        return bytes(text)
