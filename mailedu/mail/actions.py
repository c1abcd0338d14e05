"""All that the pages and commands do to accounts; running stores are told after the commit.

Texts of a MailError are for people, in their language.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mailedu.mail import rows, samples
from mailedu.mail.addresses import MAX_AT_ONCE, check_address, check_password
from mailedu.mail.errors import MailError
from mailedu.mail.imports import dated, read_mail
from mailedu.mail.mailbox import MAX_MESSAGES, MAX_OCTETS, OVERHEAD
from mailedu.mail.mbox import write_mbox
from mailedu.mail.models import CARD, Account, Content, Message
from mailedu.mail.passwords import pseudonym, readable_password
from mailedu.mail.store import RUNNING
from protocols.faults import MAX_FAULTS, Fault, write_faults
from protocols.mime import Summary, summarize
from protocols.store import INBOX, NewMessage

# What every new mailbox begins with.
STANDARD = "standard"
# Sample messages put in at once.
MAX_FILL = 1000


class _New(NamedTuple):
    """Messages to be stored, and the summary of each content: the same octets are stored once."""

    messages: Sequence[NewMessage]
    summaries: dict[bytes, Summary]


def create_account(
    address: str,
    password: str | None = None,
    *,
    sample_set: str = "",
    sample_mail: int = 0,
    owner: AbstractBaseUser | None = None,
) -> Account:
    """With the sample set's messages and `sample_mail` more. Raises MailError."""
    account = _staffs(address, password, sample_set=sample_set, owner=owner)
    return _create(_load(sample_set) + _cycle(sample_mail), [account])[0]


def create_many(
    addresses: Sequence[str],
    password: str | None = None,
    *,
    sample_set: str = "",
    owner: AbstractBaseUser | None = None,
) -> list[Account]:
    """All or none; without `password` each gets one of its own. Raises MailError."""
    if len(addresses) > MAX_AT_ONCE:
        raise MailError(_("At most {count} accounts at once.").format(count=MAX_AT_ONCE))
    accounts = [_staffs(a, password, sample_set=sample_set, owner=owner) for a in addresses]
    return _create(_load(sample_set), accounts)


def reset(account: Account) -> None:
    """To its sample set, as it was when it was made."""
    new = _summarized(_load(account.sample_set))
    with _changing(account) as cursor:
        _add(cursor, [rows.clear_account(cursor, account.id)], new)


def fill(account: Account, count: int) -> None:
    """`count` sample messages more. Raises MailError."""
    _put(account, _cycle(count))


def import_messages(account: Account, file: BinaryIO, name: str) -> int:
    """Into the INBOX, all or none; returns how many. Raises MailError."""
    new = read_mail(file, name)
    _put(account, new)
    return len(new)


def export_mbox(account: Account) -> Iterator[bytes]:
    """All folders in one file, in pieces."""
    found = (
        Message.objects.filter(mailbox__account=account)
        .order_by("mailbox__name", "uid")
        .values_list("content__octets", "internal_date")
    )
    return write_mbox((bytes(octets), date) for octets, date in found.iterator(chunk_size=20))


def empty(account: Account) -> None:
    """All folders stay, without messages."""
    with _changing(account) as cursor:
        rows.empty_mailboxes(cursor, rows.mailbox_ids(cursor, account.id).values())


def delete_message(message: Message) -> None:
    with _changing(message.mailbox.account) as cursor:
        rows.delete_messages(cursor, message.mailbox_id, [message.uid])


def delete(accounts: Iterable[Account]) -> None:
    with _writing() as cursor:
        for account in accounts:
            rows.delete_account(cursor, account.id)


def change(account: Account) -> None:
    """Save what a form changed. Raises MailError."""
    check_password(account.password)
    with _changing(account):
        account.save(update_fields=["password", "sample_set", "owner"])


def plan(account: Account, faults: Sequence[Fault]) -> None:
    """These are now the account's planned faults; none of them has struck yet. Raises MailError."""
    if len(faults) > MAX_FAULTS:
        text = _("At most {count} faults for one account.")
        raise MailError(text.format(count=MAX_FAULTS))
    account.faults = write_faults(faults, secrets.token_hex(8)) if faults else ""
    with _changing(account) as cursor:
        rows.plan(cursor, account.id, account.faults)


def ensure_private_copy(address: str, realm: str) -> Account | None:
    """The realm's own copy of a shared account, fresh if it has to be made; None without one."""
    own = Account.objects.filter(address=address.lower(), realm=realm).first()
    shared = Account.objects.filter(address=address.lower(), realm="").first()
    if own or not shared:
        return own
    copy = Account(
        address=shared.address, password=shared.password, sample_set=shared.sample_set,
        realm=realm, private=True,
    )  # fmt: skip
    return _create(_load(shared.sample_set), [copy])[0]


def create_guest(realm: str) -> Account:
    """A mailbox for somebody without a name, with the standard sample mail."""
    address = f"{pseudonym()}@{settings.LAB_DOMAINS[0]}"
    while Account.objects.filter(address=address).exists():
        address = f"{pseudonym()}@{settings.LAB_DOMAINS[0]}"
    account = Account(
        address=address, password=readable_password(), sample_set=STANDARD, realm=realm
    )
    return _create(_load(STANDARD), [account])[0]


def give_realm(account: Account) -> None:
    """One of its own for an account that all share, for whoever comes with its card."""
    realm = CARD + secrets.token_hex(8)
    with _changing(account):
        Account.objects.filter(pk=account.pk, realm="").update(realm=realm)
    account.refresh_from_db(fields=["realm"])


def expire_guests(age: timedelta) -> int:
    """Delete what guests have not used for `age`; returns how many accounts."""
    limit = timezone.now() - age
    guests = Account.objects.of_guests().filter(created__lt=limit)
    old = list(guests.exclude(last_used__gte=limit))
    delete(old)
    return len(old)


def _staffs(address: str, password: str | None, **fields) -> Account:
    """Not yet made. Raises MailError."""
    address, password = check_address(address), check_password(password or readable_password())
    return Account(address=address, password=password, **fields)


def _create(messages: Sequence[NewMessage], accounts: Sequence[Account]) -> list[Account]:
    """All or none, each with the same mail. Raises MailError.

    Mail that arrives has to wait meanwhile: a school year takes few statements, not some for each.
    """
    new = _summarized(messages)
    with _writing() as cursor:
        _check_free([account.address for account in accounts if not account.private])
        for account in accounts:
            account.uid_validity = int(timezone.now().timestamp())
        Account.objects.bulk_create(accounts)
        _add(cursor, rows.insert_inboxes(cursor, {a.id: a.uid_validity for a in accounts}), new)
    return list(accounts)


def _check_free(addresses: Sequence[str]) -> None:
    taken = Account.objects.filter(address__in=addresses, private=False).first()
    if taken:
        raise MailError(_("There is an account {address} already.").format(address=taken.address))


def _load(sample_set: str) -> list[NewMessage]:
    if not sample_set:
        return []
    if sample_set not in samples.SAMPLE_SETS:
        raise MailError(_("There is no sample set {name}; there are: {names}.").format(
            name=sample_set, names=", ".join(samples.SAMPLE_SETS)))  # fmt: skip
    return [
        NewMessage(s.content, s.flags, dated(s.content).internal_date)
        for s in samples.load(sample_set)
    ]


def _cycle(count: int) -> list[NewMessage]:
    if not 0 <= count <= MAX_FILL:
        raise MailError(_("Between 0 and {count} messages at once.").format(count=MAX_FILL))
    return [dated(content) for content in samples.cycle(count)]


def _check_room(account: Account, new: Sequence[NewMessage]) -> None:
    used = Content.objects.filter(message__mailbox__account=account).values_list("size", flat=True)
    sizes = [*used, *(len(message.content) for message in new)]
    if len(sizes) > MAX_MESSAGES:
        raise MailError(_("{address} would hold more than {count} messages.").format(
            address=account.address, count=MAX_MESSAGES))  # fmt: skip
    if sum(sizes) + OVERHEAD * len(sizes) > MAX_OCTETS:
        raise MailError(_("{address} would hold more than {size} MB.").format(
            address=account.address, size=MAX_OCTETS >> 20))  # fmt: skip


def _put(account: Account, messages: Sequence[NewMessage]) -> None:
    """Into the INBOX. Raises MailError."""
    _check_room(account, messages)
    new = _summarized(messages)
    with _changing(account) as cursor:
        _add(cursor, [rows.mailbox_ids(cursor, account.id)[INBOX]], new)


def _summarized(messages: Sequence[NewMessage]) -> _New:
    """Before the transaction, for which all mail that arrives has to wait."""
    return _New(messages, {m.content: summarize(m.content) for m in messages})


def _add(cursor, mailbox_ids: Sequence[int], new: _New) -> None:
    """The same messages to each mailbox."""
    ids = rows.insert_contents(cursor, list(new.summaries.items()))
    contents = dict(zip(new.summaries, ids, strict=True))
    messages = [rows.NewRow(contents[m.content], m.flags, m.internal_date) for m in new.messages]
    rows.insert_messages(cursor, dict.fromkeys(mailbox_ids, messages))


@contextmanager
def _changing(account: Account) -> Iterator:
    with _writing() as cursor:
        if not rows.touch(cursor, account.id):
            raise MailError(_("The account {address} is gone.").format(address=account.address))
        yield cursor


@contextmanager
def _writing() -> Iterator:
    with transaction.atomic(), connection.cursor() as cursor:
        yield cursor
        transaction.on_commit(_announce)


def _announce() -> None:
    for store in tuple(RUNNING):
        store.refresh()
