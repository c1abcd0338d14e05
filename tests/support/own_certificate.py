"""Certificates that the lab has not made: a school's own, and a CA of older days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from mailedu.environment import OwnFiles
from mailedu.tls.authority import Pair, make_ca, make_server

NOW = datetime.now(UTC)  # OpenSSL reads the clock as well
NAME = "mail.school.example"


def write(folder: Path, made: datetime = NOW) -> tuple[OwnFiles, Pair]:
    """With its chain, and its key."""
    ca = make_ca(made, (NAME,))
    pair = make_server(ca, (NAME,), made)
    own = OwnFiles(folder / "own.crt", folder / "own.key")
    pem = serialization.Encoding.PEM
    chain = (pair.certificate, ca.certificate)
    own.certificate.write_bytes(b"".join(one.public_bytes(pem) for one in chain))
    own.key.write_bytes(pair.pem())
    own.key.chmod(0o600)
    return own, pair


def without_constraints(path: Path) -> None:
    """Write a CA as the lab made it before."""
    ca = make_ca(NOW, ())
    name, key = ca.certificate.subject, ca.key.public_key()
    old = x509.CertificateBuilder(
        name, name, key, 1, NOW, NOW + timedelta(days=1000),
        [e for e in ca.certificate.extensions if not isinstance(e.value, x509.NameConstraints)],
    )  # fmt: skip
    path.write_bytes(Pair(ca.key, old.sign(ca.key, hashes.SHA256())).pem())
