"""An account's messages, and reading one that is hostile."""

from io import BytesIO

import pytest

from mailedu.mail import actions
from mailedu.mail.admin_pages import PER_PAGE
from mailedu.mail.models import Account, Message

pytestmark = pytest.mark.django_db

HOSTILE = (
    b"Subject: <script>alert(1)</script>\r\nFrom: \"><img src=x>\" <e@x.example>\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\n</pre><script>alert(2)</script>\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<script>alert(3)</script><b>Hi</b>"
    b"<img src=http://t.example/p.gif><a href=http://evil.example/>bank</a>\r\n"
    b"--b\r\nContent-Type: text/html\r\n"
    b"Content-Disposition: attachment; filename=\"../a.html\"\r\n\r\n<script>4</script>\r\n"
    b"--b--\r\n"
)  # fmt: skip


@pytest.fixture
def anna() -> Account:
    return actions.create_account("anna@lab.example")


@pytest.fixture
def hostile(anna) -> str:
    actions.import_messages(anna, BytesIO(HOSTILE), "a.eml")
    return f"/admin/mail/account/{anna.pk}/messages/{Message.objects.get().pk}/"


def listed(client, account: Account, query: str = "") -> str:
    page = client.get(f"/admin/mail/account/{account.pk}/change/{query}")
    return page.content.decode().partition('<section class="module" aria-labelledby="messages">')[2]


def test_an_empty_account(admin_client, anna):
    assert "There is no message in this account." in listed(admin_client, anna)


def test_messages_come_in_pages(admin_client, anna):
    actions.fill(anna, PER_PAGE + 5)
    pages = [listed(admin_client, anna, f"?page={n}") for n in (1, 2)]
    assert [page.count('<th scope="row">') for page in pages] == [PER_PAGE, 5]
    assert f"{PER_PAGE + 5} messages" in pages[0]


@pytest.mark.parametrize("page", ["0", "x", "999", "-1"])
def test_a_page_that_is_none(admin_client, anna, page):
    assert "There is no message in this account." in listed(admin_client, anna, f"?page={page}")


def test_a_long_subject_is_cut(admin_client, anna):
    actions.import_messages(anna, BytesIO(b"Subject: " + b"x" * 5000 + b"\r\n\r\n"), "a.eml")
    page = listed(admin_client, anna)
    assert "x" * 99 + "…" in page
    assert "x" * 101 not in page


def test_a_message_without_a_subject(admin_client, anna):
    actions.import_messages(anna, BytesIO(b"A: b\r\n\r\n"), "a.eml")
    assert "(no subject)" in listed(admin_client, anna)


def test_hostile_mail_in_the_list(admin_client, anna, hostile):
    page = listed(admin_client, anna)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_hostile_mail_on_its_page(admin_client, hostile):
    page = admin_client.get(hostile).content.decode()
    assert "&lt;/pre&gt;&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<code>http://evil.example/</code>" in page
    assert '<iframe class="mail-frame" sandbox referrerpolicy="no-referrer"' in page


def test_html_is_bare_in_a_frame_that_may_nothing(admin_client, hostile):
    response = admin_client.get(f"{hostile}html/")
    body = response.content.decode().partition("<body>")[2]
    assert body.partition("</body>")[0].strip() == "<b>Hi</b><img><a>bank</a>"
    policy = response["Content-Security-Policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert policy[-1] == "sandbox"
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_an_attachment_is_only_ever_a_download(admin_client, hostile):
    response = admin_client.get(f"{hostile}part/2/")
    assert response.content == b"<script>4</script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="a.html"'
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("number", [0, 9])
def test_a_part_that_is_no_attachment(admin_client, hostile, number):
    assert admin_client.get(f"{hostile}part/{number}/").status_code == 404


def test_the_source(admin_client, hostile):
    page = admin_client.get(f"{hostile}source/").content.decode()
    assert "Subject: &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_delete_one(admin_client, anna, hostile):
    assert admin_client.get(f"{hostile}delete/").status_code == 405
    admin_client.post(f"{hostile}delete/")
    anna.refresh_from_db()
    assert (Message.objects.count(), anna.revision) == (0, 2)
    assert admin_client.get(hostile).status_code == 404


def test_a_message_of_another_account(admin_client, hostile):
    other = actions.create_account("bob@lab.example")
    message = Message.objects.get()
    url = f"/admin/mail/account/{other.pk}/messages/{message.pk}/"
    assert admin_client.get(url).status_code == 404


@pytest.mark.parametrize("page", ["", "html/", "source/", "part/2/", "delete/"])
def test_strangers_see_nothing(client, hostile, page):
    assert client.post(hostile + page)["Location"].startswith("/admin/login/")
