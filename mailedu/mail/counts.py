"""What the list of accounts tells about each: folders, messages, unseen, octets, in one query."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from mailedu.mail.models import Account, Mailbox, Message
from protocols.store import SEEN


def with_counts(accounts: QuerySet) -> QuerySet:
    folders = Mailbox.objects.filter(account=OuterRef("pk")).order_by().values("account")
    messages = (
        Message.objects.filter(mailbox__account=OuterRef("pk"))
        .order_by()
        .values("mailbox__account")
    )
    # No other flag contains this one's name: keywords have no backslash (RFC 3501 9).
    unseen = messages.exclude(flags__contains=SEEN)
    return accounts.annotate(
        folder_count=_number(folders, Count("pk")),
        message_count=_number(messages, Count("pk")),
        unseen_count=_number(unseen, Count("pk")),
        octets=_number(messages, Sum("content__size")),
    )


def with_guests(accounts: QuerySet) -> QuerySet:
    """`guest` is the address that a guest is known by, whose realm an account belongs to."""
    own = Account.objects.filter(realm=OuterRef("realm"), private=False).exclude(realm="")
    return accounts.annotate(guest=Subquery(own.values("address")[:1]))


def _number(rows: QuerySet, aggregate) -> Coalesce:
    value = rows.annotate(number=aggregate).values("number")
    return Coalesce(Subquery(value, output_field=IntegerField()), 0)
