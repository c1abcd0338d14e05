"""Thunderbird itself: it sends, lists, reads and deletes, by every way that it knows."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from marionette import Driver, running

from tests.system.clients import MAIL, deliver, fetched
from tests.system.programs import WAYS, Desk
from tests.system.sealed import NAME

SCRIPT = Path(__file__).with_name("thunderbird.js").read_text()
SUBJECT, TEXT = "Grüße von drüben", "Hallo\r\n.\r\n..zwei Punkte\r\nÄÖÜ\r\n"
OLD = "Dots and octets"


@pytest.fixture(params=WAYS)
def desk(request, lab, account, tmp_path) -> Desk:
    deliver(lab, account, MAIL)
    return Desk.make(lab, account, request.param, tmp_path)


@pytest.fixture(params=["imap", "pop3"])
def thunderbird(request, desk) -> Iterator[Driver]:
    with running("thunderbird", desk.folder) as program:
        program.ask("Marionette:SetContext", value="chrome")
        program.run(SCRIPT)
        program.run("desk.setUp(args[0])", {
            "kind": request.param, "way": desk.way, "ca": der(desk.ca),
            "address": desk.account.address, "password": desk.account.password,
            "host": NAME, "port": desk.port(request.param), "submission": desk.port("submission"),
        })  # fmt: skip
        yield program


def der(certificate: Path) -> str:
    """In the form that Thunderbird imports."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return base64.b64encode(loaded.public_bytes(Encoding.DER)).decode()


def read(program: Driver, subject: str) -> bytes:
    """The octets that it shows; in a local folder it has put headers of its own in front."""
    octets = program.run("return desk.read(...args)", subject).encode("latin-1")
    return octets.replace(b"\r\n", b"\n")


def test_it_sends_lists_reads_and_deletes(desk, thunderbird):
    thunderbird.run("return desk.send(...args)", SUBJECT, TEXT)
    old, new = fetched(desk.lab, desk.account)
    assert new.partition(b"\r\n\r\n")[2] == TEXT.encode()
    assert thunderbird.run("return desk.subjects(...args)", 2) == [OLD, SUBJECT]
    for subject, content in ((OLD, old), (SUBJECT, new)):
        assert read(thunderbird, subject).endswith(content.replace(b"\r\n", b"\n"))
    thunderbird.run("return desk.remove(...args)", SUBJECT)
    assert fetched(desk.lab, desk.account) == [old]
