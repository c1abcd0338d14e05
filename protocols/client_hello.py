"""Tells a client that speaks TLS to a port without it from one that speaks its protocol."""

# What each octet of a ClientHello may be, as far as its type: a record's type, its version, its
# length of at most 2 ** 14 (RFC 8446 5.1), the message's type (RFC 8446 4).
_HELLO = (range(22, 23), range(3, 4), range(5), range(0x41), range(256), range(1, 2))


class FirstOctets:
    """In the clear: those of a line wait for nobody, those of a handshake may come in pieces."""

    __slots__ = ("_decided", "_kept")

    def __init__(self) -> None:
        self._decided = False
        self._kept = b""

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """What may be heard by now, and whether it begins a handshake."""
        data = self.rest() + data
        is_hello = is_client_hello(data)
        if is_hello is None and not self._decided:
            self._kept = data
            return b"", False
        self._decided = True
        return data, bool(is_hello)

    def rest(self) -> bytes:
        """What waits: no handshake, if nothing follows."""
        kept, self._kept = self._kept, b""
        return kept


def is_client_hello(octets: bytes) -> bool | None:
    """Whether they begin a handshake: no text begins so, but a file may.

    None while they are too few to tell; a whole line (CRLF) is never too few.
    """
    if not all(octet in known for octet, known in zip(octets, _HELLO, strict=False)):
        return False
    if len(octets) >= len(_HELLO):
        return True
    return False if octets.endswith(b"\r\n") else None
