"""The page that hands out the teaching CA and says what it means to trust it."""

import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from handshake import shake_hands
from own_certificate import without_constraints, write

from mailedu import certificates
from mailedu.lab import trust
from mailedu.places import ports

pytestmark = pytest.mark.django_db

PAGE, FILE = reverse("trust"), reverse("ca-certificate")


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.LAB_DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def lab_ca(folder) -> Path:
    trust.server_tls()
    return folder


def test_the_file_is_the_ca_without_its_key(client, lab_ca):
    answer = client.get(FILE)
    assert answer.content == certificates.ca_certificate(lab_ca)
    assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mailedu-ca.crt"'
    assert b"PRIVATE" not in answer.content


@pytest.mark.parametrize("language, until", [("en", "Valid until"), ("de", "Gültig bis")])
def test_the_page_shows_what_to_compare(client, lab_ca, language, until):
    text = client.get(PAGE, headers={"accept-language": language}).content.decode()
    facts = certificates.trusted(lab_ca)
    assert text.count(facts.fingerprint) == 1
    assert (until in text, f'href="{FILE}"' in text) == (True, True)


def test_the_commands_name_ports_file_and_guest(client, lab_ca):
    client.post(reverse("try"))
    answer = client.get(PAGE, headers={"host": "testserver"})
    guest, commands = answer.context["guest"], answer.context["commands"]
    place = f"testserver:{ports()['pop3s'][1]}"
    assert commands["curl"] == (
        f'curl -v --cacert mailedu-ca.crt --user "{guest.address}:{guest.password}" pop3s://{place}/'
    )
    name = certificates.trusted(lab_ca).subject.removeprefix("CN=").removesuffix(",O=mailedu")
    assert commands["windows_off"] == f'certutil -user -delstore Root "{name}"'
    compile(commands["python"], "example", "exec")


def test_a_limited_ca_says_so(client, lab_ca):
    """An older one is not, and must not claim to be."""
    limited = "That is why this lab’s CA is limited"
    assert limited in client.get(PAGE).content.decode()
    without_constraints(lab_ca / "tls" / "ca-private.pem")
    answer = client.get(PAGE)
    assert answer.context["trusted"].name.startswith("mailedu teaching CA")
    assert limited not in answer.content.decode()


def test_the_printed_fingerprint_command_tells_the_same(client, lab_ca, tmp_path):
    (tmp_path / "mailedu-ca.crt").write_bytes(client.get(FILE).content)
    command = client.get(PAGE).context["commands"]["fingerprint"].split()
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    assert told.strip().partition("=")[2] == certificates.trusted(lab_ca).fingerprint


def test_every_port_says_how_it_comes_to_tls(client, lab_ca):
    rows = {row["title"]: row["upgrade"] for row in client.get(PAGE).context["services"]}
    assert rows == {
        "POP3": "STLS", "POP3S": "", "IMAP": "STARTTLS", "IMAPS": "",
        "SMTP": "STARTTLS", "Submission": "STARTTLS", "SMTPS": "",
    }  # fmt: skip


def test_before_the_first_start(client, folder):
    assert client.get(FILE).status_code == 404
    answer = client.get(PAGE)
    assert (answer.status_code, answer.context["trusted"]) == (200, None)
    assert FILE not in answer.content.decode()


def test_a_damaged_ca_is_not_handed_out(client, lab_ca):
    (lab_ca / "tls" / "ca-private.pem").write_text("no PEM")
    assert client.get(FILE).status_code == 404
    assert client.get(PAGE).context["trusted"] is None


def test_an_own_certificate_is_told_instead(client, lab_ca, settings):
    settings.LAB_TLS_OWN, pair = write(lab_ca)
    assert client.get(FILE).status_code == 404
    answer = client.get(PAGE)
    assert answer.context["trusted"].name == "mail.school.example"
    text = answer.content.decode()
    assert answer.context["trusted"].fingerprint in text
    assert FILE not in text


def test_the_labs_own_clients_trust_its_servers(lab_ca):
    for name in ("localhost", "127.0.0.1", settings.LAB_HOST_NAME, *settings.LAB_DOMAINS):
        assert shake_hands(trust.server_tls().context, trust.client_context(), name)


def test_connect_leads_here(client):
    assert f'href="{PAGE}"' in client.get(reverse("connect")).content.decode()
