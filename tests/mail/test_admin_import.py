"""Uploading mail on an account's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mailedu.mail import actions
from mailedu.mail.models import Message

pytestmark = pytest.mark.django_db

MAIL = b"Subject: a\r\n\r\nHi\r\n"


@pytest.fixture
def url():
    account = actions.create_account("anna@lab.example")
    return f"/admin/mail/account/{account.pk}/import/"


def upload(client, url: str, name: str, content: bytes):
    return client.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_message(admin_client, url):
    page = upload(admin_client, url, "a.eml", MAIL)
    assert "1 message imported." in page.content.decode()
    assert bytes(Message.objects.get().content.octets) == MAIL


def test_an_mbox(admin_client, url):
    page = upload(admin_client, url, "a.mbox", b"From x\n" + MAIL + b"\nFrom y\n" + MAIL)
    assert "2 messages imported." in page.content.decode()
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.eml", b"", "The submitted file is empty."),
        ("a.eml", b"\x00\xff", "a.eml is no e-mail: it does not begin with a header field."),
        (
            "<x>.mbox",
            MAIL,
            "&lt;x&gt;.mbox is no mbox file: it does not begin with a “From ” line.",
        ),
    ],
)
def test_a_broken_file(admin_client, url, name, content, reason):
    assert reason in upload(admin_client, url, name, content).content.decode()
    assert Message.objects.count() == 0


def test_no_file(admin_client, url):
    assert "This field is required." in admin_client.post(url).content.decode()


def test_no_account(admin_client):
    assert admin_client.get("/admin/mail/account/999/import/").status_code == 404
