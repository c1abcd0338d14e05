"""What the first start makes, and what later starts leave alone."""

import re

import pytest
from django.contrib.auth import authenticate

from mailedu.lab.firststart import prepare, take_back
from mailedu.mail.models import Account, Message

pytestmark = pytest.mark.django_db


def test_the_first_start_makes_the_shared_accounts_and_tells_the_password_once(capsys):
    prepare()
    [line] = capsys.readouterr().out.splitlines()
    password = re.search(r"password (\S+)$", line)[1]
    assert authenticate(username="admin", password=password).is_superuser
    accounts = {account.address: account for account in Account.objects.all()}
    assert set(accounts) == {
        "wiki@example.com", "receiver@example.com", "postmaster@lab.example",
    }  # fmt: skip
    assert accounts["wiki@example.com"].password == "passwort_im_klartext"
    [message] = Message.objects.filter(mailbox__account__address="wiki@example.com")
    assert message.content.size == 241


def test_later_starts_leave_alone_what_was_changed(capsys):
    prepare()
    capsys.readouterr()
    Account.objects.get(address="receiver@example.com").delete()
    prepare()
    assert capsys.readouterr().out == ""
    assert not Account.objects.filter(address="receiver@example.com").exists()


def test_a_first_start_that_came_to_nothing_leaves_the_password_to_the_next(capsys):
    assert prepare()
    take_back()
    assert prepare()
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert not prepare()


def test_a_later_start_refills_the_slides_mailbox_only_when_it_is_empty():
    prepare()
    inside = Message.objects.filter(mailbox__account__address="wiki@example.com")
    [before] = inside
    prepare()
    assert list(inside) == [before]
    inside.delete()
    prepare()
    [after] = inside
    assert after.content.size == 241
    assert after.uid > before.uid
