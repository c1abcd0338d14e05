"""What the teaching CA may vouch for, as clients see it (RFC 5280 4.2.1.10)."""

import logging
import ssl
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from handshake import shake_hands
from own_certificate import NOW, without_constraints

from mailedu.certificates import client_context, server_tls, trusted
from mailedu.tls.authority import make_server, may_sign
from mailedu.tls.kept import CA, FOLDER, read_ca

DAY = timedelta(days=1)
LAB = ("lab.example", "localhost", "laptop", "127.0.0.1", "::1", "192.0.2.7", "2001:db8:1::7")
LOCAL = ("laptop.local", "pc7.lan", "10.1.2.3", "172.31.0.1", "192.168.0.9", "fd00::2", "fe80::1")
FOREIGN = ("www.bank.example", "notlab.example", "example", "8.8.8.8", "192.0.2.8", "172.32.0.1")


def meets(folder: Path, name: str) -> None:
    """A client that trusts the CA meets a server whose certificate has this name as well."""
    path = folder / "server.pem"
    path.write_bytes(make_server(read_ca(folder), ("localhost", name), NOW).pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    client = client_context(folder)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    shake_hands(context, client, name)


@pytest.mark.parametrize("name", [*LAB, *LOCAL, "mail.lab.example", "2001:db8:1::8"])
def test_the_labs_names_and_local_ones_are_accepted(tmp_path, name):
    server_tls(tmp_path, LAB)
    meets(tmp_path, name)
    assert may_sign(read_ca(tmp_path), name)


@pytest.mark.parametrize("name", [*FOREIGN, "2001:db8:2::7"])
def test_no_other_is_whoever_has_the_key(tmp_path, name):
    server_tls(tmp_path, LAB)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        meets(tmp_path, name)
    assert not may_sign(read_ca(tmp_path), name)


def test_openssl_agrees(tmp_path):
    server_tls(tmp_path, (*LAB, *LOCAL))
    ca, server = (tmp_path / FOLDER / name for name in (CA, "server-private.pem"))
    for name in (*LAB, *LOCAL):
        kind = "-verify_ip" if name[-1].isdigit() or ":" in name else "-verify_hostname"
        command = ["openssl", "verify", "-x509_strict", "-CAfile", ca, kind, name, server]
        assert subprocess.run(command, capture_output=True).returncode == 0, name


@pytest.mark.parametrize(
    ("usage", "purpose", "accepted"),
    [
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, "smimesign", False),
        (ExtendedKeyUsageOID.CLIENT_AUTH, "sslclient", False),
        (ExtendedKeyUsageOID.SERVER_AUTH, "sslserver", True),
    ],
)
def test_nobody_signs_mail_with_it(tmp_path, usage, purpose, accepted):
    """Of the addresses of people, name constraints for hosts say nothing."""
    server_tls(tmp_path, LAB)
    ca, key = read_ca(tmp_path), ec.generate_private_key(ec.SECP256R1())
    name, somebody = ca.certificate.subject, x509.Name([])
    extensions = [
        x509.Extension(usage_of.oid, False, usage_of)
        for usage_of in (
            x509.ExtendedKeyUsage([usage]),
            x509.SubjectAlternativeName([x509.RFC822Name("boss@bank.example")]),
        )
    ]
    draft = x509.CertificateBuilder(
        name, somebody, key.public_key(), 7, NOW - DAY, NOW + DAY, extensions
    )
    signed = draft.sign(ca.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "somebody.pem").write_bytes(signed)
    command = ["openssl", "verify", "-purpose", purpose, "-CAfile", tmp_path / FOLDER / CA]
    done = subprocess.run([*command, tmp_path / "somebody.pem"], capture_output=True)
    assert (done.returncode == 0) is accepted


def test_clients_must_heed_it(tmp_path):
    server_tls(tmp_path, LAB)
    found = read_ca(tmp_path).certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert found.critical


def test_a_name_that_came_later_is_left_out_and_told(tmp_path, caplog):
    """It would make the certificate useless under every name."""
    first = server_tls(tmp_path, LAB).certificate
    names = ("mail.school.example", *LAB, "198.51.100.7", "laptop.local")
    with caplog.at_level(logging.WARNING):
        second = server_tls(tmp_path, names).certificate
    assert second.names == (*LAB, "laptop.local")
    assert second.subject == first.subject
    assert caplog.messages == [
        "the teaching CA may not vouch for mail.school.example, 198.51.100.7, so clients will "
        f"refuse that; remove the folder {tmp_path / FOLDER} to get a new one, which has to "
        "be trusted anew"
    ]
    meets(tmp_path, "lab.example")


def test_an_address_that_changes_daily_is_left_out_in_silence(tmp_path, caplog):
    """RFC 8981: one of IPv6's; nobody writes it into a mail program."""
    first = server_tls(tmp_path, LAB).certificate
    with caplog.at_level(logging.WARNING):
        assert server_tls(tmp_path, (*LAB, "2a02:1::7")).certificate == first
    assert caplog.messages == []


def test_an_older_ca_stays_and_may_vouch_for_all(tmp_path, caplog):
    (tmp_path / FOLDER).mkdir()
    without_constraints(tmp_path / FOLDER / CA)
    before = trusted(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert server_tls(tmp_path, (*LAB, *FOREIGN)).certificate.names == (*LAB, *FOREIGN)
    assert (trusted(tmp_path), caplog.messages) == (before, [])
    meets(tmp_path, "www.bank.example")
