"""A certificate that the school brings along: MAILEDU_TLS_CERT and MAILEDU_TLS_KEY."""

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from mailedu.environment import OwnFiles
from mailedu.tls.errors import CertificateError

_UNKNOWN_KIND = "a key of a kind that cannot be used here; take RSA, or EC on the curve P-256"


def read_certificate(own: OwnFiles) -> x509.Certificate:
    """The server's, which is the first. Raises CertificateError."""
    try:
        return x509.load_pem_x509_certificate(_read(own.certificate))
    except ValueError:
        raise CertificateError(f"{own.certificate} is no certificate in PEM form") from None


def check_key(own: OwnFiles, certificate: x509.Certificate) -> None:
    """Raises CertificateError where the key is of no use for `certificate`."""
    pem = _read(own.key)
    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError:
        raise CertificateError(
            f"{own.key} is protected by a password, which nobody can type while the lab starts"
        ) from None
    except ValueError:
        raise CertificateError(f"{own.key} is no private key in PEM form") from None
    except UnsupportedAlgorithm:
        raise CertificateError(f"{own.key} is {_UNKNOWN_KIND}") from None
    if key.public_key() != _public_key(own, certificate):
        raise CertificateError(f"the key {own.key} does not belong to {own.certificate}")


def _public_key(own: OwnFiles, certificate: x509.Certificate) -> CertificatePublicKeyTypes:
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        raise CertificateError(f"{own.certificate} is for {_UNKNOWN_KIND}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
