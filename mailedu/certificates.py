"""The certificates of the lab's servers, and what a client needs to trust them.

`own` names a certificate that the school brings along; without it the lab is its own teaching CA.
All functions raise CertificateError, whose text is one line for whoever runs the lab.
"""

import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from mailedu.datadir import open_to_others
from mailedu.environment import OwnFiles
from mailedu.tls import kept
from mailedu.tls.authority import alternatives, is_for_servers
from mailedu.tls.constraints import limited
from mailedu.tls.errors import CertificateError as CertificateError
from mailedu.tls.own import check_key, read_certificate
from protocols.tls import Certificate, ServerTls

log = logging.getLogger(__name__)


def server_tls(
    data_dir: Path,
    names: tuple[str, ...],
    own: OwnFiles | None = None,
    now: datetime | None = None,
) -> ServerTls:
    """What the servers offer; makes CA and certificate if need be. `now` is for tests."""
    now = now or datetime.now(UTC)
    if own:
        _check_own(own, now)
        return _offer(*own)
    pair = kept.server_pair(data_dir, names, now)
    return _offer(pair, pair)


def is_current(
    offered: Certificate,
    data_dir: Path,
    names: tuple[str, ...],
    own: OwnFiles | None = None,
    now: datetime | None = None,
) -> bool:
    """Whether a start would offer this certificate again."""
    if own:
        return describe(read_certificate(own)) == offered
    found = kept.good_server(data_dir, names, now or datetime.now(UTC))
    return found is not None and describe(found) == offered


def ca_certificate(data_dir: Path) -> bytes | None:
    """The teaching CA's certificate (PEM), without its key; None before the first start."""
    ca = kept.read_ca(data_dir)
    return ca.certificate.public_bytes(serialization.Encoding.PEM) if ca else None


def trusted(data_dir: Path, own: OwnFiles | None = None) -> Certificate | None:
    """Facts of what a client has to trust: the own certificate or the teaching CA's, if made."""
    if own:
        return describe(read_certificate(own))
    ca = kept.read_ca(data_dir)
    return describe(ca.certificate) if ca else None


def is_limited(data_dir: Path) -> bool:
    """Whether the teaching CA may vouch for servers of the lab and of local networks only."""
    ca = kept.read_ca(data_dir)
    return ca is not None and limited(ca.certificate) is not None and is_for_servers(ca.certificate)


def client_context(data_dir: Path, own: OwnFiles | None = None) -> ssl.SSLContext:
    """Trusts this lab and nobody else, under the name localhost or 127.0.0.1.

    Of an own certificate, exactly that one is trusted; what names it has is the school's affair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if own:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        anchor = read_certificate(own).public_bytes(serialization.Encoding.PEM)
    else:
        anchor = ca_certificate(data_dir)
    if not anchor:
        raise CertificateError("the teaching CA is made at the first start of the lab")
    context.load_verify_locations(cadata=anchor.decode())
    return context


def describe(certificate: x509.Certificate) -> Certificate:
    fingerprint = certificate.fingerprint(hashes.SHA256())
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        until=certificate.not_valid_after_utc.date().isoformat(),
        fingerprint=fingerprint.hex(":").upper(),
        names=tuple(str(name.value) for name in alternatives(certificate)),
    )


def _check_own(own: OwnFiles, now: datetime) -> None:
    certificate = read_certificate(own)
    check_key(own, certificate)
    if certificate.not_valid_after_utc <= now:
        log.warning("the certificate %s has expired; clients will refuse it", own.certificate)
    if (begins := certificate.not_valid_before_utc) > now:
        log.warning(
            "the certificate %s is not valid before %s; clients will refuse it until then",
            own.certificate,
            begins.isoformat(" ", "minutes"),
        )
    if open_to_others(own.key):
        log.warning("others on this machine may use the key %s; chmod 600 helps", own.key)


def _offer(chain: Path, key: Path) -> ServerTls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8997 3
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(chain, key)
        certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise CertificateError(f"{chain} cannot be used: {error}") from None
    return ServerTls(context, describe(certificate))
