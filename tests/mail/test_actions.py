"""What pages and commands do to accounts."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from mailedu.mail import actions, samples
from mailedu.mail.errors import MailError
from mailedu.mail.models import Account, Content, Mailbox, Message
from mailedu.mail.rows import insert_mailboxes

pytestmark = pytest.mark.django_db

ANNA = "anna@lab.example"
HELLO = b"Subject: hello\nDate: Mon, 18 Oct 2004 04:05:06 +0000\n\nHi.\n"


def octets(account: Account) -> list[bytes]:
    found = Message.objects.filter(mailbox__account=account)
    return [bytes(m.content.octets) for m in found.select_related("content")]


def sample_octets(name: str) -> list[bytes]:
    return [sample.content for sample in samples.load(name)]


def test_a_new_account_has_its_sample_mail_with_flags_and_dates():
    account = actions.create_account(" Anna@Lab.Example", sample_set="slides")
    assert (account.address, account.realm) == (ANNA, "")
    assert octets(account) == sample_octets("slides")
    [message] = Message.objects.all()
    assert message.internal_date.date() == datetime(2004, 10, 18, tzinfo=UTC).date()
    assert (message.uid, message.mailbox.uid_next, message.content.size) == (1, 2, 241)


def test_flags_of_the_standard_set():
    account = actions.create_account(ANNA, sample_set="standard")
    flags = Message.objects.filter(mailbox__account=account).values_list("flags", flat=True)
    assert list(flags) == [" ".join(sorted(s.flags)) for s in samples.load("standard")]


def test_sample_mail_is_added_by_number():
    account = actions.create_account(ANNA, "secret", sample_mail=3)
    assert (account.password, octets(account)) == ("secret", list(samples.cycle(3)))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"address": "anna"}, "“anna” is no e-mail address."),
        ({"address": "a b@lab.example"}, "“a b@lab.example” is no e-mail address."),
        (
            {"address": "anna@school.test"},
            "The lab delivers to these domains only: lab.example, class.example, example.com.",
        ),
        ({"password": "ä"}, "A password has 1 to 128 characters, all of them ASCII."),
        ({"sample_set": "x"}, "There is no sample set x; there are: standard, slides."),
        ({"sample_mail": -1}, "Between 0 and 1000 messages at once."),
        ({"address": "TAKEN@lab.example"}, "There is an account taken@lab.example already."),
    ],
)
def test_an_account_that_cannot_be(arguments, reason):
    actions.create_account("taken@lab.example")
    with pytest.raises(MailError) as refused:
        actions.create_account(**{"address": ANNA, **arguments})
    assert str(refused.value) == reason
    assert Account.objects.count() == 1


def test_many_at_once_each_with_a_password():
    made = actions.create_many(["a@lab.example", "b@lab.example"], sample_set="slides")
    assert [a.address for a in made] == ["a@lab.example", "b@lab.example"]
    assert made[0].password != made[1].password
    assert Message.objects.count() == 2


def test_many_at_once_or_none():
    actions.create_account("b@lab.example")
    with pytest.raises(MailError):
        actions.create_many(["a@lab.example", "b@lab.example"])
    assert Account.objects.count() == 1


def test_a_school_year_holds_up_arriving_mail_for_few_statements(django_assert_max_num_queries):
    addresses = [f"p{n}@class.example" for n in range(actions.MAX_AT_ONCE)]
    with django_assert_max_num_queries(30):
        made = actions.create_many(addresses, sample_set="standard")
    assert [octets(a) for a in (made[0], made[-1])] == [sample_octets("standard")] * 2
    assert Content.objects.count() == len(samples.load("standard"))


def test_what_many_began_with_is_each_ones_own():
    first, second = actions.create_many(["a@lab.example", "b@lab.example"], sample_set="slides")
    actions.empty(first)
    assert (octets(first), octets(second)) == ([], sample_octets("slides"))
    actions.empty(second)
    assert Content.objects.count() == 0


def test_reset_leaves_the_sample_set_alone():
    account = actions.create_account(ANNA, sample_set="slides")
    actions.fill(account, 5)
    with actions._changing(account) as cursor:
        insert_mailboxes(cursor, account.id, ["work"])
    actions.reset(account)
    assert octets(account) == sample_octets("slides")
    assert Mailbox.objects.get().uid_next == 8
    assert Content.objects.count() == 1


def test_filling_past_the_quota(monkeypatch):
    account = actions.create_account(ANNA)
    monkeypatch.setattr(actions, "MAX_OCTETS", 1 << 20)
    monkeypatch.setattr(actions, "OVERHEAD", 600_000)
    actions.fill(account, 1)
    with pytest.raises(MailError, match=r"^anna@lab.example would hold more than 1 MB\.$"):
        actions.fill(account, 1)
    assert Message.objects.count() == 1


def test_filling_past_the_number_of_messages(monkeypatch):
    account = actions.create_account(ANNA)
    monkeypatch.setattr(actions, "MAX_MESSAGES", 2)
    actions.fill(account, 2)
    with pytest.raises(MailError, match=r"^anna@lab.example would hold more than 2 messages\.$"):
        actions.fill(account, 1)
    assert Message.objects.count() == 2


def test_import_and_export_are_each_others_reverse():
    account, other = actions.create_account(ANNA), actions.create_account("bob@lab.example")
    actions.fill(account, 20)
    data = b"".join(actions.export_mbox(account))
    assert actions.import_messages(other, BytesIO(data), "anna.mbox") == 20
    assert octets(other) == octets(account)
    assert b"".join(actions.export_mbox(other)) == data


def test_an_empty_account_exports_an_empty_file():
    assert b"".join(actions.export_mbox(actions.create_account(ANNA))) == b""


def test_empty_keeps_the_folders():
    account = actions.create_account(ANNA, sample_set="standard")
    actions.empty(account)
    assert (Mailbox.objects.count(), Message.objects.count(), Content.objects.count()) == (1, 0, 0)


def test_delete_takes_everything_of_it_and_nothing_else():
    account, other = actions.create_account(ANNA, sample_mail=2), actions.create_account(
        "bob@lab.example", sample_mail=2
    )  # fmt: skip
    actions.delete([account])
    assert list(Account.objects.all()) == [other]
    assert (Message.objects.count(), Content.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    "action",
    [actions.reset, actions.empty, actions.change, lambda account: actions.fill(account, 1)],
)
def test_an_account_that_is_gone_meanwhile(action):
    account = actions.create_account(ANNA)
    actions.delete(Account.objects.all())
    with pytest.raises(MailError, match=r"^The account anna@lab\.example is gone\.$"):
        action(account)
    actions.delete([account])


def test_an_account_made_again_has_other_uidvalidities():
    first = actions.create_account(ANNA).uid_validity
    assert first > datetime(2024, 1, 1, tzinfo=UTC).timestamp()


def test_private_copy():
    shared = actions.create_account("wiki@example.com", "passwort", sample_set="slides")
    actions.fill(shared, 2)
    copy = actions.ensure_private_copy("WIKI@example.com", "r1")
    assert (copy.address, copy.password, copy.realm) == (shared.address, "passwort", "r1")
    assert octets(copy) == sample_octets("slides")
    assert actions.ensure_private_copy("wiki@example.com", "r1") == copy
    assert actions.ensure_private_copy("nobody@example.com", "r1") is None
    assert Account.objects.count() == 2


def test_guest():
    guest = actions.create_guest("r1")
    assert (guest.realm, guest.address.rpartition("@")[2]) == ("r1", "lab.example")
    assert octets(guest) == sample_octets("standard")


def test_guests_expire_when_unused():
    shared = actions.create_account("wiki@example.com")
    old, used, new = (actions.create_guest(realm) for realm in ("old", "used", "new"))
    past = timezone.now() - timedelta(days=40)
    Account.objects.exclude(pk=new.pk).update(created=past, last_used=past)
    Account.objects.filter(pk=old.pk).update(last_used=None)
    Account.objects.filter(pk=used.pk).update(last_used=timezone.now())
    assert actions.expire_guests(timedelta(days=30)) == 1
    assert set(Account.objects.all()) == {shared, used, new}


def test_owner_may_go():
    teacher = User.objects.create(username="teacher")
    account = actions.create_account(ANNA, owner=teacher)
    teacher.delete()
    account.refresh_from_db()
    assert account.owner is None


def test_import_of_one_message():
    account = actions.create_account(ANNA)
    assert actions.import_messages(account, BytesIO(HELLO), "a.eml") == 1
    assert octets(account) == [HELLO.replace(b"\n", b"\r\n")]


def test_a_bad_file_imports_nothing():
    account = actions.create_account(ANNA)
    with pytest.raises(MailError):
        actions.import_messages(account, BytesIO(b"From x\n" + HELLO + b"\nFrom x\nbad"), "a.mbox")
    assert Message.objects.count() == 0
