"""Certificates that the school brings along."""

import logging
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from handshake import shake_hands
from own_certificate import NAME, NOW, write

from mailedu.certificates import CertificateError, client_context, server_tls, trusted
from mailedu.environment import OwnFiles

ROOT = Path(__file__).parent.parent.parent
CERT, KEY = "MAILEDU_TLS_CERT", "MAILEDU_TLS_KEY"


def serve(folder: Path, **more: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a lab that cannot start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAILEDU_")}
    result = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={**clean, "MAILEDU_DATA_DIR": str(folder), **more},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.returncode, result.stdout, result.stderr


def test_an_own_certificate_is_offered_and_the_lab_makes_none(tmp_path):
    own, _ = write(tmp_path)
    tls = server_tls(tmp_path, ("localhost",), own)
    assert tls.certificate.names == (NAME,)
    assert trusted(tmp_path, own) == tls.certificate
    client = client_context(tmp_path, own)
    for name in (NAME, "localhost"):
        assert shake_hands(tls.context, client, name)
    assert not (tmp_path / "tls").exists()


def test_another_certificate_is_not_trusted_for_it(tmp_path):
    own, _ = write(tmp_path)
    client = client_context(tmp_path, own)
    with pytest.raises(OSError, match="verify failed"):
        shake_hands(server_tls(tmp_path, (NAME,)).context, client, NAME)


def test_an_expired_one_is_a_warning(tmp_path, caplog):
    own, _ = write(tmp_path, NOW - timedelta(days=500))
    with caplog.at_level(logging.WARNING):
        assert server_tls(tmp_path, (), own).certificate.names == (NAME,)
    line = f"the certificate {own.certificate} has expired; clients will refuse it"
    assert caplog.messages == [line]


def test_one_for_later_is_a_warning(tmp_path, caplog):
    own, pair = write(tmp_path, NOW + timedelta(days=3))
    with caplog.at_level(logging.WARNING):
        assert server_tls(tmp_path, (), own).certificate.names == (NAME,)
    begins = pair.certificate.not_valid_before_utc.isoformat(" ", "minutes")
    line = f"the certificate {own.certificate} is not valid before {begins}; "
    assert caplog.messages == [line + "clients will refuse it until then"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_key_that_others_may_read_is_a_warning(tmp_path, caplog, mode):
    own, _ = write(tmp_path)
    own.key.chmod(mode)
    with caplog.at_level(logging.WARNING):
        server_tls(tmp_path, (), own)
    assert caplog.messages == [f"others on this machine may use the key {own.key}; chmod 600 helps"]
    assert own.key.stat().st_mode & 0o777 == mode  # it is the school's, not ours


def refusal(tmp_path: Path, own: OwnFiles) -> str:
    with pytest.raises(CertificateError) as told:
        server_tls(tmp_path, (), own)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_files_that_are_no_such_thing(tmp_path):
    own, _ = write(tmp_path)
    text = tmp_path / "text"
    text.write_text("no PEM")
    gone = tmp_path / "gone"
    assert refusal(tmp_path, OwnFiles(text, own.key)) == f"{text} is no certificate in PEM form"
    assert refusal(tmp_path, OwnFiles(own.certificate, text)) == (
        f"{text} is no private key in PEM form"
    )
    for files in (OwnFiles(gone, own.key), OwnFiles(own.certificate, gone)):
        assert refusal(tmp_path, files) == f"{gone} cannot be read: No such file or directory"


def test_a_key_of_another_certificate(tmp_path):
    own, _ = write(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = write(tmp_path / "other")
    assert refusal(tmp_path, OwnFiles(own.certificate, other.key)) == (
        f"the key {other.key} does not belong to {own.certificate}"
    )


def test_a_key_with_a_password(tmp_path):
    own, pair = write(tmp_path)
    secret = serialization.BestAvailableEncryption(b"secret")
    own.key.write_bytes(
        pair.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret
        )
    )
    line = f"{own.key} is protected by a password, which nobody can type while the lab starts"
    assert refusal(tmp_path, own) == line


# `openssl ecparam -name secp128r1 -genkey -noout`, and a certificate for it.
ODD_KEY = b"""-----BEGIN EC PRIVATE KEY-----
MEQCAQEEEC6fJOQ18QSOG7ytqdyf8GqgBwYFK4EEAByhJAMiAAQGF2ewwCtJaKiz
CU2SVZz93CHNZvojDacp1F//xKu77g==
-----END EC PRIVATE KEY-----
"""
ODD_CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIBKTCB8KADAgECAhR6fH+nGsmSWknqkKhepBIBFg8iXzAKBggqhkjOPQQDAjAM
MQowCAYDVQQDDAF4MB4XDTI2MTEyODE5MzkyOFoXDTI2MTIyODE5MzkyOFowDDEK
MAgGA1UEAwwBeDA2MBAGByqGSM49AgEGBSuBBAAcAyIABAYXZ7DAK0loqLMJTZJV
nP3cIc1m+iMNpynUX//Eq7vuo1MwUTAdBgNVHQ4EFgQUQEWgyRoz8FuRwg7hUhos
an9eC0cwHwYDVR0jBBgwFoAUQEWgyRoz8FuRwg7hUhosan9eC0cwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgMoADAlAhEAtlAUEqUG/xIpqYBIodBqdgIQJBkS
l9Drk09BXdkUhcVAfA==
-----END CERTIFICATE-----
"""


def test_a_key_on_a_curve_that_nobody_knows(tmp_path):
    own, _ = write(tmp_path)
    odd = OwnFiles(tmp_path / "odd.crt", tmp_path / "odd.key")
    odd.key.write_bytes(ODD_KEY)
    odd.certificate.write_bytes(ODD_CERTIFICATE)
    kind = "a key of a kind that cannot be used here; take RSA, or EC on the curve P-256"
    assert refusal(tmp_path, OwnFiles(own.certificate, odd.key)) == f"{odd.key} is {kind}"
    assert refusal(tmp_path, OwnFiles(odd.certificate, own.key)) == (
        f"{odd.certificate} is for {kind}"
    )


@pytest.mark.parametrize("name", [CERT, KEY])
def test_one_without_the_other_ends_in_one_line(tmp_path, name):
    line = f"mailedu: {CERT} and {KEY} belong together; only one of them is set\n"
    assert serve(tmp_path, **{name: "own.pem"}) == (1, "", line)


def test_what_cannot_be_used_ends_in_one_line(tmp_path):
    own, _ = write(tmp_path)
    more = {CERT: str(own.certificate), KEY: str(own.certificate)}
    code, out, errors = serve(tmp_path, **more)
    line = f"mailedu: {own.certificate} is no private key in PEM form\n"
    assert (code, "READY" in out, errors) == (1, False, line)
