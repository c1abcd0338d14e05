"""What a lab needs before anybody comes: the shared accounts, and an administrator."""

import secrets
from datetime import datetime

from django.contrib.auth import get_user_model

from mailedu.mail import actions
from mailedu.mail.models import Account, Message

# (address, password, sample set): the slides' accounts, and the one that RFC 5321 4.5.1 asks for.
SHARED = (
    ("wiki@example.com", "passwort_im_klartext", "slides"),
    ("receiver@example.com", "passwort_im_klartext", ""),
    ("postmaster@lab.example", "", ""),
)
ADMIN = "admin"


def prepare() -> bool:
    """Make what is missing on the first start; later ones only refill what was read empty.

    Whether it is the first. What an admin deleted stays deleted.
    """
    if get_user_model().objects.filter(is_superuser=True).exists():
        refill()
        return False
    for address, password, sample_set in SHARED:
        if not Account.objects.filter(address=address).exists():
            actions.create_account(address, password or None, sample_set=sample_set)
    password = secrets.token_urlsafe(9)
    get_user_model().objects.create_superuser(ADMIN, "", password)
    print(f"First start: the administration at /admin/ has the user {ADMIN}, password {password}",
          flush=True)  # fmt: skip
    return True


def take_back() -> None:
    """The first start came to nothing: the next one tells a password again."""
    get_user_model().objects.filter(username=ADMIN).delete()


def refill(unused_since: datetime | None = None) -> None:
    """Played from outside, the slides' session deletes its only message; others play it too.

    What was used after `unused_since` is left as its users expect it.
    """
    for address, _, sample_set in SHARED:
        account = Account.objects.filter(address=address, realm="").first()
        if not account or not sample_set or _used(account, unused_since):
            continue
        if not Message.objects.filter(mailbox__account=account).exists():
            actions.reset(account)


def _used(account: Account, since: datetime | None) -> bool:
    return bool(since and account.last_used and account.last_used > since)
