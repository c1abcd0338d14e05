class CertificateError(Exception):
    """A certificate that cannot be used; the text is one line for whoever runs the lab."""
