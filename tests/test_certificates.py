"""The teaching CA: made once, trusted by those who take it, never mixed with another."""

import logging
import os
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from handshake import shake_hands

from mailedu.certificates import (
    CertificateError,
    ca_certificate,
    client_context,
    is_current,
    server_tls,
    trusted,
)

ROOT = Path(__file__).parent.parent
NAMES = ("lab.example", "localhost", "127.0.0.1", "::1")
NOW = datetime.now(UTC)  # OpenSSL reads the clock as well
CA, SERVER = "tls/ca-private.pem", "tls/server-private.pem"


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension(path: Path, kind: type) -> object:
    return certificate(path).extensions.get_extension_for_class(kind).value


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_ca_trusts_each_name(tmp_path, name):
    tls = server_tls(tmp_path, NAMES)
    client = client_context(tmp_path)
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # Python's default from 3.13 on
    assert shake_hands(tls.context, client, name).version() == "TLSv1.3"
    assert tls.certificate.names == NAMES


def test_others_do_not_trust_it(tmp_path):
    tls = server_tls(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed|unable to get"):
        shake_hands(tls.context, ssl.create_default_context(), "localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(tls.context, client_context(tmp_path), "elsewhere.example")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nothing_older_than_tls_1_2(tmp_path):
    tls, client = server_tls(tmp_path, NAMES), client_context(tmp_path)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shake_hands(tls.context, client, "localhost").version() == "TLSv1.2"
    client.set_ciphers("DEFAULT@SECLEVEL=0")
    client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        shake_hands(tls.context, client, "localhost")


def test_what_the_certificates_say(tmp_path):
    facts = server_tls(tmp_path, NAMES, now=NOW).certificate
    ca = trusted(tmp_path)
    assert facts.subject == "CN=lab.example,O=mailedu"
    assert facts.issuer == ca.subject == ca.issuer
    assert facts.until == (NOW + timedelta(days=396)).date().isoformat()
    assert ca.until == (NOW + timedelta(days=3653)).date().isoformat()
    server, root = certificate(tmp_path / SERVER), certificate(tmp_path / CA)
    assert server.not_valid_after_utc - server.not_valid_before_utc == timedelta(days=397)
    basic = extension(tmp_path / CA, x509.BasicConstraints)
    assert (basic.ca, basic.path_length) == (True, 0)
    usage = list(extension(tmp_path / SERVER, x509.ExtendedKeyUsage))
    assert usage == [ExtendedKeyUsageOID.SERVER_AUTH]
    key = extension(tmp_path / SERVER, x509.AuthorityKeyIdentifier).key_identifier
    assert key == extension(tmp_path / CA, x509.SubjectKeyIdentifier).digest
    assert certificate(tmp_path / CA) == root


def test_the_fingerprint_is_openssls(tmp_path):
    server_tls(tmp_path, NAMES)
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"]
    told = subprocess.run(command, input=ca_certificate(tmp_path), capture_output=True).stdout
    assert told.decode().strip().partition("=")[2] == trusted(tmp_path).fingerprint


def test_two_labs_can_be_told_apart(tmp_path):
    subjects = set()
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        server_tls(tmp_path / name, NAMES)
        subjects.add(trusted(tmp_path / name).subject)
    assert len(subjects) > 1


def test_before_the_first_start_there_is_nothing(tmp_path):
    assert (ca_certificate(tmp_path), trusted(tmp_path)) == (None, None)
    with pytest.raises(CertificateError, match="first start"):
        client_context(tmp_path)


def test_what_is_handed_out_holds_no_key(tmp_path):
    server_tls(tmp_path, NAMES)
    assert b"PRIVATE KEY" in (tmp_path / CA).read_bytes()
    lines = ca_certificate(tmp_path).decode().splitlines()
    assert [line for line in lines if "-----" in line] == [
        "-----BEGIN CERTIFICATE-----",
        "-----END CERTIFICATE-----",
    ]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_keys_are_their_owners_only(tmp_path):
    server_tls(tmp_path, NAMES)
    modes = {path: stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("tls", CA, SERVER)}
    assert modes == {"tls": 0o700, CA: 0o600, SERVER: 0o600}
    for path, mode in {"tls": 0o755, CA: 0o644, SERVER: 0o640}.items():  # out of a backup
        (tmp_path / path).chmod(mode)
    server_tls(tmp_path, NAMES)
    assert modes == {path: stat.S_IMODE((tmp_path / path).stat().st_mode) for path in modes}
    assert {path.name for path in (tmp_path / "tls").iterdir()} == {
        "ca-private.pem",
        "server-private.pem",
        "lock",
    }


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=365)])
@pytest.mark.parametrize("names", [NAMES, NAMES[:2], ("LAB.example",)])
def test_later_starts_use_what_is_there(tmp_path, later, names):
    first = server_tls(tmp_path, NAMES, now=NOW)
    assert server_tls(tmp_path, names, now=NOW + later).certificate == first.certificate


@pytest.mark.parametrize(
    "names, later",
    [
        (NAMES, timedelta(days=367)),
        (NAMES, timedelta(days=2000)),
        (NAMES, timedelta(days=-2)),
        ((*NAMES, "192.168.2.7"), timedelta(0)),
        ((*NAMES, "laptop.local"), timedelta(0)),
    ],
)
def test_the_server_is_renewed_and_the_ca_is_not(tmp_path, names, later):
    first = server_tls(tmp_path, NAMES, now=NOW)
    ca = trusted(tmp_path)
    second = server_tls(tmp_path, names, now=NOW + later)
    assert second.certificate.fingerprint != first.certificate.fingerprint
    assert second.certificate.names == names
    assert trusted(tmp_path) == ca
    assert server_tls(tmp_path, names, now=NOW + later).certificate == second.certificate


@pytest.mark.parametrize(
    "names, later, current",
    [
        (NAMES, timedelta(0), True),
        (NAMES, timedelta(days=365), True),
        (NAMES, timedelta(days=367), False),
        ((*NAMES, "192.168.2.7"), timedelta(0), False),
        ((*NAMES, "bank.example"), timedelta(0), True),  # no new one could have that name either
        ((*NAMES, "2a01:db8::7"), timedelta(0), True),
    ],
)
def test_a_running_lab_learns_when_another_is_due(tmp_path, caplog, names, later, current):
    offered = server_tls(tmp_path, NAMES, now=NOW).certificate
    assert is_current(offered, tmp_path, names, now=NOW + later) is current
    assert caplog.messages == []  # once an hour is too often


def test_a_server_certificate_that_another_process_has_renewed_is_due(tmp_path):
    offered = server_tls(tmp_path, NAMES, now=NOW).certificate
    server_tls(tmp_path, (*NAMES, "laptop.local"), now=NOW)
    assert not is_current(offered, tmp_path, NAMES, now=NOW)


def test_a_server_certificate_never_outlives_its_ca(tmp_path):
    server_tls(tmp_path, NAMES, now=NOW)
    facts = server_tls(tmp_path, NAMES, now=NOW + timedelta(days=3600)).certificate
    assert facts.until == trusted(tmp_path).until


def test_near_the_end_of_the_ca_its_last_server_certificate_stays(tmp_path):
    server_tls(tmp_path, NAMES, now=NOW)
    last = server_tls(tmp_path, NAMES, now=NOW + timedelta(days=3640)).certificate
    assert server_tls(tmp_path, NAMES, now=NOW + timedelta(days=3650)).certificate == last


@pytest.mark.parametrize("days, warned", [(0, False), (3287, False), (3289, True), (3652, True)])
def test_the_end_of_the_ca_is_announced_a_year_before(tmp_path, caplog, days, warned):
    """Everybody in the room has to trust the next one: that wants to be planned."""
    server_tls(tmp_path, NAMES, now=NOW)
    with caplog.at_level(logging.WARNING):
        server_tls(tmp_path, NAMES, now=NOW + timedelta(days=days))
    line = (
        f"the teaching CA ends on {trusted(tmp_path).until}; remove the folder {tmp_path / 'tls'} "
        "to get a new one, which has to be trusted anew"
    )
    assert caplog.messages == [line] * warned


@pytest.mark.parametrize("days, warned", [(0, False), (-400, True)])
def test_a_ca_of_the_future_is_announced(tmp_path, caplog, days, warned):
    """A computer whose clock was ahead at the first start."""
    server_tls(tmp_path, NAMES, now=NOW)
    server_tls(tmp_path, NAMES, now=NOW + timedelta(days=days))
    begins = (NOW - timedelta(days=1)).date()
    assert [f"is not valid before {begins}" in text for text in caplog.messages] == [True] * warned


def test_an_expired_ca_is_told(tmp_path):
    server_tls(tmp_path, NAMES, now=NOW)
    with pytest.raises(CertificateError, match="the teaching CA has expired; remove the folder"):
        server_tls(tmp_path, NAMES, now=NOW + timedelta(days=3653))


@pytest.mark.parametrize("damage", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_server_certificate_is_made_again(tmp_path, damage):
    server_tls(tmp_path, NAMES)
    ca = ca_certificate(tmp_path)
    (tmp_path / SERVER).write_bytes(damage)
    tls = server_tls(tmp_path, NAMES)
    assert shake_hands(tls.context, client_context(tmp_path), "localhost")
    assert ca_certificate(tmp_path) == ca


def test_a_server_certificate_of_another_lab_is_made_again(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        server_tls(tmp_path / name, NAMES)
    (tmp_path / "one" / SERVER).write_bytes((tmp_path / "other" / SERVER).read_bytes())
    tls = server_tls(tmp_path / "one", NAMES)
    assert shake_hands(tls.context, client_context(tmp_path / "one"), "localhost")


def damaged(path: Path) -> tuple[bytes, ...]:
    whole = path.read_bytes()
    key, certificate = whole.split(b"-----BEGIN CERTIFICATE-----")
    return b"", b"\xff\xfe", key, b"-----BEGIN CERTIFICATE-----" + certificate, whole[:-40]


@pytest.mark.parametrize("number", range(5))
def test_a_damaged_ca_is_told_and_kept(tmp_path, number):
    server_tls(tmp_path, NAMES)
    damage = damaged(tmp_path / CA)[number]
    (tmp_path / CA).write_bytes(damage)
    for use in (lambda: server_tls(tmp_path, NAMES), lambda: client_context(tmp_path)):
        with pytest.raises(CertificateError) as told:
            use()
        assert str(told.value) == (
            f"{tmp_path / CA} is damaged; remove the folder {tmp_path / 'tls'} to get a new one, "
            "which has to be trusted anew"
        )
    assert (tmp_path / CA).read_bytes() == damage


def test_a_key_of_another_ca_is_damage_too(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        server_tls(tmp_path / name, NAMES)
    mixed = damaged(tmp_path / "one" / CA)[2] + damaged(tmp_path / "other" / CA)[3]
    (tmp_path / "one" / CA).write_bytes(mixed)
    with pytest.raises(CertificateError, match="is damaged"):
        server_tls(tmp_path / "one", NAMES)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "tls").write_text("in the way")
    with pytest.raises(CertificateError, match="the folder .*/tls cannot be used: "):
        server_tls(tmp_path, NAMES)


MAKE = """
import sys
from pathlib import Path
from mailedu.certificates import server_tls, trusted
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(server_tls(folder, ("localhost",)).certificate.issuer, trusted(folder).subject)
"""


def test_processes_that_start_at_once_share_one_ca(tmp_path):
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        start.stdin.write("\n")
        start.stdin.flush()
    told = {start.communicate()[0] for start in starts}
    subject = trusted(tmp_path).subject
    assert told == {f"{subject} {subject}\n"}
