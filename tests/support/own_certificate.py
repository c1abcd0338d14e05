"""A certificate that a school might bring along."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from mailedu.environment import OwnFiles
from mailedu.tls.authority import Pair, make_ca, make_server

NOW = datetime.now(UTC)  # OpenSSL reads the clock as well
NAME = "mail.school.example"


def write(folder: Path, made: datetime = NOW) -> tuple[OwnFiles, Pair]:
    """With its chain, and its key."""
    ca = make_ca(made)
    pair = make_server(ca, (NAME,), made)
    own = OwnFiles(folder / "own.crt", folder / "own.key")
    pem = serialization.Encoding.PEM
    chain = (pair.certificate, ca.certificate)
    own.certificate.write_bytes(b"".join(one.public_bytes(pem) for one in chain))
    own.key.write_bytes(pair.pem())
    own.key.chmod(0o600)
    return own, pair
