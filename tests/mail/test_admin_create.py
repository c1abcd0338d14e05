"""Creating accounts on a page, one and many."""

import pytest

from mailedu.mail import actions, samples
from mailedu.mail.models import Account, Message

pytestmark = pytest.mark.django_db

ADD = "/admin/mail/account/add/"


def create(client, **data):
    return client.post(ADD, {"pattern": "", "password": "", "sample_set": "", "owner": "", **data})


def test_a_class(admin_client):
    response = create(admin_client, pattern="pupil01..pupil30@class.example", sample_set="slides")
    sheet = admin_client.get(response["Location"]).content.decode()
    accounts = Account.objects.all()
    assert len(accounts) == Message.objects.count() == 30
    assert [a.address in sheet and a.password in sheet for a in accounts] == [True] * 30
    assert sheet.index("pupil01@") < sheet.index("pupil02@") < sheet.index("pupil30@")


def test_a_class_or_nobody(admin_client):
    actions.create_account("pupil07@class.example")
    page = create(admin_client, pattern="pupil01..pupil30@class.example").content.decode()
    assert "There is an account pupil07@class.example already." in page
    assert "None of the accounts was created." in page
    assert Account.objects.count() == 1


def test_one(admin_client, admin_user):
    create(admin_client, pattern="anna@lab.example", password="secret", owner=admin_user.pk,
           sample_set="standard")  # fmt: skip
    account = Account.objects.get()
    assert (account.address, account.password, account.owner) == (
        "anna@lab.example", "secret", admin_user,
    )  # fmt: skip
    assert Message.objects.count() == len(samples.load("standard"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "This field is required."),
        ({"pattern": "x"}, "“x” is no e-mail address."),
        ({"pattern": "taken@lab.example"}, "There is an account taken@lab.example already."),
        ({"pattern": "p1..p999@class.example"}, "“1..999” does not stand for 1 to 200 accounts."),
        ({"pattern": "a@lab.example", "password": "ü"}, "A password has 1 to 128 characters"),
        ({"pattern": "<b>@lab.example"}, "“&lt;b&gt;@lab.example” is no e-mail address."),
    ],
)
def test_mistakes_are_named(admin_client, data, reason):
    actions.create_account("taken@lab.example")
    assert reason in create(admin_client, **data).content.decode()
    assert Account.objects.count() == 1
