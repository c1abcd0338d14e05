"""SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know the password."""

import re
import secrets
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import compare_digest, digest

from protocols.sasl import (
    Claim,
    Malformed,
    Mechanism,
    NoChannelBinding,
    Steps,
    decoded,
    is_oneself,
    prepared,
    text_of,
)

# RFC 7677 4: the least that is allowed, about a millisecond. A guess at a card's password is slow
# enough by the guard; the passwords are readable here, so there is no hash to protect.
ITERATIONS = 4096

# Salts differ by name, also for names that do not exist, and last as long as the process.
_PEPPER = secrets.token_bytes(16)
# RFC 5802 7; extensions are ignored but "m" (5.1).
_EXTENSIONS = r"(?:,[A-LN-Za-ln-z]=[^,\0]+)*"
_FIRST = re.compile(
    r"[ny],(?:a=(?P<authzid>[^,]*))?,"
    rf"(?P<bare>n=(?P<name>[^,]+),r=(?P<nonce>[!-+\--~]+){_EXTENSIONS})"
)
_FINAL = re.compile(
    rf"(?P<bare>c=(?P<header>[^,]*),r=(?P<nonce>[^,]+){_EXTENSIONS}),p=(?P<proof>[^,]+)"
)
_ESCAPE = re.compile(r"=(2C|3D)?")


def _scram(unique: str) -> Steps:
    message = text_of((yield b""))
    if message.startswith("p="):
        raise NoChannelBinding
    first = _match(_FIRST, message)
    name, authzid = _unescaped(first["name"]), _unescaped(first["authzid"] or "")
    nonce, salt = first["nonce"] + unique, digest(_PEPPER, name.encode(), "sha256")[:16]
    challenge = f"r={nonce},s={b64encode(salt).decode()},i={ITERATIONS}"
    final = _match(_FINAL, text_of((yield challenge.encode())))
    header = first.string[: first.start("bare")]
    if decoded(final["header"]) != header.encode() or final["nonce"] != nonce:
        raise Malformed
    proof = decoded(final["proof"])
    signed = f"{first['bare']},{challenge},{final['bare']}".encode()
    signature = b""

    def knows(password: str) -> bool:
        nonlocal signature
        right, signature = signatures(password, salt, signed)
        return compare_digest(right, proof) and is_oneself(authzid, name)

    yield Claim(name, knows)
    if (yield b"v=" + b64encode(signature)):
        raise Malformed  # RFC 4422 5, RFC 4954 4: nothing is left to say


SCRAM_SHA_256 = Mechanism(_scram)


def signatures(password: str, salt: bytes, signed: bytes) -> tuple[bytes, bytes]:
    """What the client and what the server has to send about `signed` (RFC 5802 3)."""
    salted = pbkdf2_hmac("sha256", prepared(password), salt, ITERATIONS)
    client_key = digest(salted, b"Client Key", "sha256")
    client_signature = digest(sha256(client_key).digest(), signed, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, client_signature, strict=True))
    return proof, digest(digest(salted, b"Server Key", "sha256"), signed, "sha256")


def _match(form: re.Pattern[str], message: str) -> re.Match[str]:
    if match := form.fullmatch(message):
        return match
    raise Malformed


def _unescaped(name: str) -> str:
    """RFC 5802 5.1: a comma is =2C, an equals sign =3D."""
    if not all(escape[1] for escape in _ESCAPE.finditer(name)):
        raise Malformed
    return name.replace("=2C", ",").replace("=3D", "=")
