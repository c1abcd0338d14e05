"""Makes the lab's teaching CA and the certificates that it signs (RFC 5280)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mailedu.tls.constraints import constraints, permits

CA_LIFE = timedelta(days=3653)  # ten years: to trust it is work for everybody in the room
CA_NOTICE = timedelta(days=365)  # so long before its end each start warns: one whole school year
SERVER_LIFE = timedelta(days=397)  # some clients refuse more than 398
RENEWAL = timedelta(days=30)  # a start this long before the end makes a new server certificate
SKEW = timedelta(days=1)  # a school laptop's clock may be behind
LONGEST_COMMON_NAME = 64  # RFC 5280 A.1, ub-common-name

# Of a CA, clients take it for what it may sign: else names of people and programs, which the name
# constraints say nothing of, would be free (RFC 5280 4.2.1.10, 4.2.1.12).
FOR_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        """Both, the key first and without a password."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def read(cls, pem: bytes) -> "Pair":
        """Raises ValueError or TypeError where `pem` is not such a pair, or has a password."""
        key = serialization.load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
        if key.public_key() != certificate.public_key():
            raise ValueError("the key belongs to another certificate")
        return cls(key, certificate)


def make_ca(now: datetime, names: Iterable[str]) -> Pair:
    """It may vouch for local names and for `names`, and for nothing else.

    It has a name of its own, so that several labs can be told apart where one trusts them.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"mailedu teaching CA {secrets.token_hex(2)}")
    draft = (
        _draft(name, name, key, now, now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(constraints(general_names(names)), critical=True)
        .add_extension(FOR_SERVERS, critical=False)
    )
    return Pair(key, draft.sign(key, hashes.SHA256()))


def make_server(ca: Pair, names: tuple[str, ...], now: datetime) -> Pair:
    """For `names`, of hosts and addresses; the first is the subject's."""
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now - SKEW + SERVER_LIFE, ca.certificate.not_valid_after_utc)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key())
    draft = (
        _draft(_name(names[0]), ca.certificate.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(FOR_SERVERS, critical=False)
        .add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
        .add_extension(issuer, critical=False)
    )
    return Pair(key, draft.sign(ca.key, hashes.SHA256()))


def serves(server: Pair, ca: Pair, names: Iterable[str], now: datetime) -> bool:
    """Whether `server` is signed by `ca`, names all of `names` and lasts a while from `now` on."""
    certificate = server.certificate
    until = certificate.not_valid_after_utc
    lasts = until == ca.certificate.not_valid_after_utc or now < until - RENEWAL
    return (
        _signed_by(certificate, ca.certificate)
        and certificate.not_valid_before_utc <= now < until
        and lasts
        and set(general_names(names)) <= set(alternatives(certificate))
    )


def is_for_servers(ca: x509.Certificate) -> bool:
    """Whether clients accept nothing else from `ca`."""
    try:
        return ca.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value == FOR_SERVERS
    except x509.ExtensionNotFound:
        return False


def may_sign(ca: Pair, name: str) -> bool:
    """Whether a client accepts a certificate with this name from `ca`."""
    return all(permits(ca.certificate, general) for general in general_names((name,)))


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """RFC 5280 4.2.1.6: an address is no host's name. What cannot be either is left out."""
    return [name for name in map(_general_name, dict.fromkeys(names)) if name]


def alternatives(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(
            certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        )
    except x509.ExtensionNotFound:
        return []


def _general_name(name: str) -> x509.GeneralName | None:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode().lower()) if name else None
    except UnicodeError:
        return None


def _signed_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _draft(
    subject: x509.Name, issuer: x509.Name, key, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "mailedu"),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:LONGEST_COMMON_NAME]),
        ]
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in USAGES})
