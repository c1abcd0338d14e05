"""Planning faults in the admin."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User

from mailedu.mail import actions
from mailedu.mail.planning import preset
from protocols.faults import MAX_FAULTS, Cut, Fault, read_faults

pytestmark = pytest.mark.django_db

LIST = "/admin/mail/account/"
OWN = {
    "do": "fault",
    "fault-protocol": "smtp",
    "fault-command": "rcpt",
    "fault-argument": "Bob",
    "fault-times": "2",
    "fault-each": "on",
    "fault-delay": "1.5",
    "fault-reply": "451 4.7.1 later",
    "fault-cut": "inside",
    "fault-octets": "7",
    "fault-announce": "on",
}


@pytest.fixture
def anna():
    return actions.create_account("anna@lab.example")


def page(account) -> str:
    return f"{LIST}{account.pk}/faults/"


def planned(account) -> tuple[Fault, ...]:
    account.refresh_from_db()
    return read_faults(account.faults)


def removals(client, account) -> list[str]:
    """What the page's buttons send to remove one fault each."""
    html = client.get(page(account)).content.decode()
    return [unescape(value) for value in re.findall(r'name="remove" value="([^"]*)"', html)]


def test_nothing_is_planned_at_first(admin_client, anna):
    html = admin_client.get(page(anna)).content.decode()
    assert "Nothing: this mailbox works as it should." in html
    assert page(anna) in admin_client.get(f"{LIST}{anna.pk}/change/").content.decode()


def test_a_preset(admin_client, anna):
    data = {"do": "preset", "preset-preset": "slow", "preset-announce": "on"}
    response = admin_client.post(page(anna), data)
    assert (response.status_code, response["Location"]) == (302, page(anna))
    assert planned(anna) == preset("slow", announce=True)
    html = admin_client.get(page(anna)).content.decode()
    assert "SMTP, any command; always; waits 5 s; the transcript tells" in html


def test_a_fault_of_ones_own(admin_client, anna):
    admin_client.post(page(anna), OWN)
    fault = Fault("smtp", "RCPT", "Bob", 2, True, "451 4.7.1 later", 1.5, Cut.INSIDE, 7, True)
    assert planned(anna) == (fault,)


def test_faults_are_added_and_removed(admin_client, anna):
    for name in ("greylisting", "mailbox-full", "lost-answer"):
        admin_client.post(page(anna), {"do": "preset", "preset-preset": name})
    assert [fault.reply[:3] for fault in planned(anna)] == ["451", "452", ""]
    buttons = removals(admin_client, anna)
    admin_client.post(page(anna), {"remove": buttons[1]})
    assert [fault.reply[:3] for fault in planned(anna)] == ["451", ""]
    admin_client.post(page(anna), {"do": "clear"})
    assert planned(anna) == ()


def test_two_pages_remove_what_they_show(admin_client, anna):
    for name in ("greylisting", "mailbox-full", "lost-answer"):
        admin_client.post(page(anna), {"do": "preset", "preset-preset": name})
    first, second, _ = removals(admin_client, anna)
    for button in (first, second, first):
        response = admin_client.post(page(anna), {"remove": button})
    assert "Nothing was changed: the page was out of date." in response.content.decode()
    assert [fault.command for fault in planned(anna)] == ["."]


@pytest.mark.parametrize("data", [{}, {"remove": "9"}, {"remove": "x"}, {"do": "x"}])
def test_what_means_nothing_changes_nothing(admin_client, anna, data):
    admin_client.post(page(anna), OWN)
    revision = actions.Account.objects.get().revision
    response = admin_client.post(page(anna), data)
    assert response.status_code == 200
    assert "Nothing was changed: the page was out of date." in response.content.decode()
    assert actions.Account.objects.get().revision == revision


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fault-protocol": "imap"}, "imap is not one of the available choices."),
        ({"fault-command": "RETR"}, "The SMTP server knows no command “RETR”."),
        ({"fault-command": "ehlo"}, "At EHLO the SMTP server does not know yet whose mailbox"),
        ({"fault-times": "-1"}, "Between 0 (always) and 1000 times."),
        ({"fault-times": "9" * 40}, "Between 0 (always) and 1000 times."),
        ({"fault-delay": "nan"}, "Enter a number."),
        ({"fault-delay": "301"}, "A delay is between 0 and 300 seconds."),
        ({"fault-reply": "250 OK"}, "A planned reply is one line of ASCII that refuses"),
        ({"fault-reply": "<b>"}, "A planned reply is one line of ASCII that refuses"),
        ({"fault-octets": "-1"}, "Between 0 and 104857600 octets."),
        ({"fault-argument": "a" * 201}, "Ensure this value has at most 200 characters"),
        (
            {"fault-reply": "", "fault-delay": "0", "fault-cut": ""},
            "This fault does nothing yet: give it a reply, a delay or a cut.",
        ),
    ],
)
def test_mistakes_are_named(admin_client, anna, changes, reason):
    response = admin_client.post(page(anna), OWN | changes)
    assert response.status_code == 200
    assert reason in response.content.decode()
    assert planned(anna) == ()


def test_too_many(admin_client, anna):
    actions.plan(anna, preset("greylisting", announce=False) * MAX_FAULTS)
    html = admin_client.post(page(anna), OWN).content.decode()
    assert "At most 20 faults for one account." in html
    assert len(planned(anna)) == MAX_FAULTS


def test_the_list_finds_accounts_with_a_plan(admin_client, anna):
    actions.create_account("bob@lab.example")
    actions.plan(anna, preset("slow", announce=False))
    html = admin_client.get(f"{LIST}?faults=some").content.decode()
    assert ("anna@lab.example" in html, "bob@lab.example" in html) == (True, False)


@pytest.mark.parametrize(("language", "title"), [("en", "Now planned"), ("de", "Jetzt geplant")])
def test_in_both_languages(admin_client, anna, language, title):
    html = admin_client.get(page(anna), headers={"Accept-Language": language}).content.decode()
    assert title in html


def test_who_may_only_view_cannot_plan(client, anna):
    viewer = User.objects.create(username="viewer", is_staff=True)
    client.force_login(viewer)
    assert client.get(page(anna)).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="view_account"))
    assert "<form method" not in client.get(page(anna)).content.decode().partition("plan")[2]
    assert client.post(page(anna), OWN).status_code == 403
    assert planned(anna) == ()


def test_strangers_are_sent_to_the_login(client, anna):
    assert client.get(page(anna))["Location"].startswith("/admin/login/")
