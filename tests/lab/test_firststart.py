"""What the first start makes, and what later starts leave alone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate

from mailedu.lab.firststart import prepare, refill, take_back
from mailedu.mail.actions import empty
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


def test_a_mailbox_emptied_in_a_lesson_is_filled_when_nobody_uses_it_any_more():
    prepare()
    wiki = Account.objects.get(address="wiki@example.com")
    empty(wiki)
    used = wiki.last_used = datetime.now(UTC)
    wiki.save()
    inside = Message.objects.filter(mailbox__account=wiki)
    refill(used - timedelta(minutes=1))
    assert inside.count() == 0
    refill(used)
    assert inside.count() == 1
