"""The lab's certificates, as its settings want them."""

import ssl

from django.conf import settings

from mailedu import certificates
from mailedu.tls.names import lab_names
from protocols.tls import ServerTls


def server_tls() -> ServerTls:
    """Made at the first start. Raises CertificateError."""
    names = lab_names(settings.LAB_HOST_NAME, settings.LAB_DOMAINS, settings.LAB_BIND)
    return certificates.server_tls(settings.LAB_DATA_DIR, names, settings.LAB_TLS_OWN)


def client_context() -> ssl.SSLContext:
    """For the lab's own clients. Raises CertificateError."""
    return certificates.client_context(settings.LAB_DATA_DIR, settings.LAB_TLS_OWN)
