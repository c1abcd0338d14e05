"""The lab's certificates, as its settings want them."""

import logging
import ssl

from django.conf import settings

from mailedu import certificates
from mailedu.tls.names import lab_names
from protocols.tls import Certificate, ServerTls

log = logging.getLogger(__name__)


def server_tls() -> ServerTls:
    """Made at the first start. Raises CertificateError."""
    return certificates.server_tls(settings.LAB_DATA_DIR, _names(), settings.LAB_TLS_OWN)


def client_context() -> ssl.SSLContext:
    """For the lab's own clients. Raises CertificateError."""
    return certificates.client_context(settings.LAB_DATA_DIR, settings.LAB_TLS_OWN)


def renewed(offered: Certificate) -> tuple[ServerTls, ssl.SSLContext] | None:
    """What servers and own clients take from now on; None while `offered` is good."""
    folder, own = settings.LAB_DATA_DIR, settings.LAB_TLS_OWN
    try:
        if certificates.is_current(offered, folder, _names(), own):
            return None
        return server_tls(), client_context()
    except certificates.CertificateError as error:
        log.warning("the certificate in use stays: %s", error)
        return None


def _names() -> tuple[str, ...]:
    return lab_names(settings.LAB_HOST_NAME, settings.LAB_DOMAINS, settings.LAB_BIND)
