"""The list of test mailboxes and its actions."""

import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils.timezone import override

from mailedu.mail import actions, samples
from mailedu.mail.models import Account, Message
from mailedu.places import host_elsewhere

pytestmark = pytest.mark.django_db

ANNA = "anna@lab.example"
LIST = "/admin/mail/account/"


@pytest.fixture
def anna():
    return actions.create_account(ANNA, "secret", sample_set="standard")


def do(client, action: str, *accounts: Account, **more):
    data = {"action": action, "_selected_action": [a.pk for a in accounts], "index": 0, **more}
    return client.post(f"{LIST}?kind=all", data)


def told(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def cells(html: str, row: int = 0) -> list[str]:
    body = html.partition("<tbody>")[2].split("</tr>")[row]
    return [re.sub(r"<[^>]*>", "", c).strip() for c in re.findall(r"<t[dh].*?</t[dh]>", body, re.S)]


def test_the_list_counts(admin_client, anna):
    mails = samples.load("standard")
    unseen = sum("\\Seen" not in sample.flags for sample in mails)
    row = cells(admin_client.get(LIST).content.decode())
    assert row[1:7] == [ANNA, "-", "-", "1", str(len(mails)), str(unseen)]


def test_an_empty_account_is_listed_with_zeros(admin_client):
    actions.create_account(ANNA)
    assert cells(admin_client.get(LIST).content.decode())[4:8] == ["1", "0", "0", "0\xa0bytes"]


def test_search_and_filter(admin_client, anna):
    guest = actions.create_guest("r1")
    page = admin_client.get(f"{LIST}?kind=guests").content.decode()
    assert guest.address in page
    assert ANNA not in page
    assert ANNA in admin_client.get(f"{LIST}?kind=shared&q=anna").content.decode()


def test_the_list_begins_without_the_guests(admin_client, anna):
    actions.ensure_private_copy(ANNA, "r1")
    page = admin_client.get(LIST).content.decode()
    assert page.count(f">{ANNA}</a>") == 1
    chosen = re.findall(r'<li class="selected">\s*<a href="([^"]+)">([^<]+)', page)
    assert chosen[0] == ("?kind=shared", "Shared by all")
    assert admin_client.get(f"{LIST}?kind=all").content.decode().count(f">{ANNA}</a>") == 2


def test_the_list_tells_the_day_of_the_last_use(admin_client, anna):
    Account.objects.update(last_used=datetime(2024, 1, 2, 23, 30, tzinfo=UTC))
    with override("Europe/Berlin"):
        assert cells(admin_client.get(LIST).content.decode())[8] == "01/03/2024"


def test_the_page_of_an_account_says_which_zone_its_times_have(admin_client, anna):
    with override("Europe/Berlin"):
        page = admin_client.get(f"{LIST}{anna.pk}/change/").content.decode()
    assert "the zone Europe/Berlin." in page


@pytest.mark.parametrize(
    ("language", "name"), [("en", "as on the slides"), ("de", "wie auf den Folien")]
)
def test_sample_sets_have_names_in_both_languages(admin_client, language, name):
    wiki = actions.create_account("wiki@example.com", sample_set="slides")
    for page in (LIST, f"{LIST}add/", f"{LIST}{wiki.pk}/change/"):
        text = admin_client.get(page, headers={"Accept-Language": language}).content.decode()
        assert name in text, page
    found = admin_client.get(f"{LIST}?sample_set=standard").content.decode()
    assert wiki.address not in found


def test_the_list_tells_whose_copy_an_account_is(admin_client):
    actions.create_account("wiki@example.com", "secret")
    own = actions.create_guest("r1")
    actions.ensure_private_copy("wiki@example.com", "r1")
    page = admin_client.get(f"{LIST}?kind=guests&q=wiki").content.decode()
    assert cells(page)[2] == own.address
    assert cells(admin_client.get(f"{LIST}?kind=shared&q=wiki").content.decode())[2] == "-"


def test_the_list_takes_the_same_queries_for_any_number(
    admin_client, anna, django_assert_max_num_queries
):
    actions.create_many([f"p{n}@class.example" for n in range(30)])
    with django_assert_max_num_queries(12):
        admin_client.get(LIST)


def test_reset(admin_client, anna):
    actions.fill(anna, 3)
    assert told(do(admin_client, "reset", anna)) == ["1 account changed."]
    assert Message.objects.count() == len(samples.load("standard"))


def test_fill(admin_client):
    accounts = actions.create_many(["a@lab.example", "b@lab.example"])
    assert told(do(admin_client, "fill", *accounts, count="7")) == ["2 accounts changed."]
    assert Message.objects.count() == 14


@pytest.mark.parametrize("count", ["", "0", "-1", "1001", "9" * 50, "x", "²"])
def test_fill_with_a_bad_number(admin_client, anna, count):
    before = Message.objects.count()
    told_ = told(do(admin_client, "fill", anna, count=count))
    assert told_ == ["How many messages? From 1 to 1000."]
    assert Message.objects.count() == before


def test_empty(admin_client, anna):
    do(admin_client, "empty", anna)
    assert (Message.objects.count(), Account.objects.count()) == (0, 1)


def test_delete_asks_first_without_listing_messages(admin_client, anna):
    asked = do(admin_client, "delete_selected", anna).content.decode()
    count = len(samples.load("standard"))
    assert f"{ANNA}: {count} messages" in asked
    assert "UID" not in asked
    do(admin_client, "delete_selected", anna, post="yes")
    assert (Account.objects.count(), Message.objects.count()) == (0, 0)


def test_delete_from_the_accounts_own_page(admin_client, anna):
    admin_client.post(f"{LIST}{anna.pk}/delete/", {"post": "yes"})
    assert (Account.objects.count(), Message.objects.count()) == (0, 0)


def test_download_of_one(admin_client, anna):
    response = do(admin_client, "download", anna)
    assert response.content == b"".join(actions.export_mbox(anna))
    assert response["Content-Disposition"] == f'attachment; filename="{ANNA}.mbox"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_download_of_several(admin_client, anna):
    copy = actions.ensure_private_copy(ANNA, "r1")
    response = do(admin_client, "download", anna, copy)
    with zipfile.ZipFile(BytesIO(response.content)) as file:
        assert sorted(file.namelist()) == [f"{ANNA}-{copy.pk}.mbox", f"{ANNA}.mbox"]
        assert file.read(f"{ANNA}.mbox") == b"".join(actions.export_mbox(anna))


def test_credentials_of_the_chosen(admin_client, anna):
    other = actions.create_account("bob@lab.example", "tulpe-1")
    page = admin_client.get(do(admin_client, "print_credentials", anna)["Location"])
    assert page.status_code == 200
    assert "secret" in page.content.decode()
    assert other.password not in page.content.decode()


def test_a_card_names_what_a_mail_program_asks_for(admin_client, anna):
    url = f"{reverse('admin:mail_account_credentials')}?ids={anna.pk}"
    page = admin_client.get(url).content.decode()
    table = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", page)
    assert table == [
        "Ports", "POP3", "IMAP", "SMTP",
        "plain, STARTTLS", "2110", "2143", "2587",
        "SSL/TLS", "2995", "2993", "2465",
    ]  # fmt: skip
    assert "<dd>http://testserver/</dd>" in page
    assert 'class="note' not in page


def test_a_card_that_only_this_computer_understands_says_so(admin_client, anna):
    url = f"{reverse('admin:mail_account_credentials')}?ids={anna.pk}"
    page = admin_client.get(url, headers={"host": "127.0.0.1:8000"}).content.decode()
    assert "listens on this computer only" in page
    assert "<dd>http://127.0.0.1:8000/</dd>" in page


def test_a_card_leads_other_computers_to_this_one(admin_client, anna, settings):
    settings.LOOPBACK, settings.LAB_BIND = False, "0.0.0.0"
    url = f"{reverse('admin:mail_account_credentials')}?ids={anna.pk}"
    request = {"headers": {"host": "127.0.0.1:8000"}, "SERVER_PORT": "8000"}
    page = admin_client.get(url, **request).content.decode()
    name = host_elsewhere("127.0.0.1")
    assert f"<dd>http://{name}:8000/</dd>" in page
    assert f"<dd>{name}</dd>" in page
    assert 'class="note' in page


@pytest.mark.parametrize("ids", ["", "x", "1,,²", "9" * 400, "-1"])
def test_credentials_of_nobody(admin_client, ids):
    page = admin_client.get(reverse("admin:mail_account_credentials"), {"ids": ids})
    assert "No account was chosen." in page.content.decode()


def test_change_the_password(admin_client, anna):
    data = {"password": "new", "sample_set": "slides", "owner": ""}
    admin_client.post(f"{LIST}{anna.pk}/change/", data)
    anna.refresh_from_db()
    assert (anna.address, anna.password, anna.sample_set, anna.revision) == (
        ANNA, "new", "slides", 1,
    )  # fmt: skip


def test_a_password_that_no_protocol_carries(admin_client, anna):
    page = admin_client.post(f"{LIST}{anna.pk}/change/", {"password": "ä"})
    assert "A password has 1 to 128 characters, all of them ASCII." in page.content.decode()


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_are_in_both_languages(admin_client, anna, language):
    page = admin_client.get(LIST, headers={"Accept-Language": language}).content.decode()
    expected = {"en": "Reset to the sample set", "de": "Auf den Anfangsbestand zurücksetzen"}
    assert expected[language] in page


PAGES = ["", "add/", "credentials/", "{}/change/", "{}/import/", "{}/mbox/", "{}/delete/"]


@pytest.mark.parametrize("page", PAGES)
def test_strangers_are_sent_to_the_login(client, anna, page):
    response = client.get(LIST + page.format(anna.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("page", PAGES)
def test_staff_without_permissions_see_nothing(client, anna, page):
    client.force_login(User.objects.create(username="staff", is_staff=True))
    assert client.get(LIST + page.format(anna.pk)).status_code == 403


def test_who_may_only_view_cannot_change(client, anna):
    viewer = User.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_account"))
    client.force_login(viewer)
    before = Message.objects.count()
    assert client.get(f"{LIST}{anna.pk}/change/").status_code == 200
    for action in ("reset", "fill", "empty", "delete_selected"):
        do(client, action, anna, count="1", post="yes")
    assert client.get(f"{LIST}{anna.pk}/import/").status_code == 403
    assert Message.objects.count() == before
