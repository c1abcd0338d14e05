"""Accounts, mailboxes and messages as tables; what happens to them is in `actions.py`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# What the realm of somebody begins with who has a mailbox on a card, and came with it.
CARD = "card-"


class AccountQuerySet(models.QuerySet):
    def made_by_staff(self) -> "AccountQuerySet":
        """Those on cards, and what all share."""
        return self.filter(_MADE_BY_STAFF)

    def of_guests(self) -> "AccountQuerySet":
        """Their mailboxes and copies, and the copies of those who came with a card."""
        return self.exclude(_MADE_BY_STAFF)


_MADE_BY_STAFF = models.Q(realm="") | models.Q(realm__startswith=CARD, private=False)


class Account(models.Model):
    """A login with its address. `realm` names the guest to whom it belongs; "" is what all share.

    One that the staff made gets a realm once somebody comes with its card. A `private` account is
    known in its realm only: a guest's own copy of a shared account. All other addresses are
    unique, so a guest's mailbox can be reached from everywhere.
    `password` is readable on purpose: APOP and CRAM-MD5 compute with the password itself
    (RFC 1939 7, RFC 2195 2), and pupils get theirs on paper. No real person's password belongs
    here. `revision` counts the changes that the running store did not make itself: it looks here
    for them. `uid_validity` is the last one handed out; it starts with the time, so an account
    made again never repeats one (RFC 3501 2.3.1.1). `faults` are the planned ones, as
    `protocols.faults.write_faults` writes them.
    """

    address = models.CharField(_("address"), max_length=254)
    password = models.CharField(_("password"), max_length=128)
    realm = models.CharField(_("realm"), max_length=64, blank=True, default="", db_index=True)
    private = models.BooleanField(_("private"), default=False, editable=False)
    sample_set = models.CharField(_("sample set"), max_length=40, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("owner")
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    last_used = models.DateTimeField(_("last used"), null=True, editable=False)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    uid_validity = models.PositiveBigIntegerField(editable=False)
    faults = models.TextField(blank=True, default="", editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["address", "realm"]
        constraints = [
            models.UniqueConstraint(fields=["address", "realm"], name="one_address_per_realm"),
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(private=False), name="one_public_address"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class Mailbox(models.Model):
    """`uid_next` is the UID that the next message gets; it only grows (RFC 3501 2.3.1.1)."""

    account = models.ForeignKey(Account, models.CASCADE, db_index=False)
    name = models.CharField(_("name"), max_length=254)
    uid_validity = models.PositiveBigIntegerField()
    uid_next = models.PositiveBigIntegerField(default=1)

    class Meta:
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="one_mailbox_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """A name, not a mailbox: it may outlive the mailbox (RFC 3501 6.3.6)."""

    account = models.ForeignKey(Account, models.CASCADE, db_index=False)
    name = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="one_subscription_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class Content(models.Model):
    """What never changes of a message; copies share it.

    `octets` has CRLF line ends and stands last: SQLite then reads the summary without it, and its
    length. `size` is that of the lines that POP3 sends: it counts a line end also for a last line
    that has none.
    """

    size = models.PositiveBigIntegerField()
    header_size = models.PositiveBigIntegerField()
    envelope = models.BinaryField()
    bodystructure = models.BinaryField()
    body = models.BinaryField()
    octets = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.size} octets"


class Message(models.Model):
    """`flags` as in RFC 3501 2.3.2, sorted, with a space between."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, db_index=False)
    uid = models.PositiveBigIntegerField("UID")
    content = models.ForeignKey(Content, models.PROTECT)
    flags = models.TextField(_("flags"), blank=True, default="")
    internal_date = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["mailbox", "uid"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid"], name="one_message_of_a_uid")
        ]

    def __str__(self) -> str:
        return f"UID {self.uid}"
