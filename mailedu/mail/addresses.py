"""What people type for accounts: an address, a pattern for many, a password."""

import re

from django.conf import settings
from django.utils.translation import gettext as _

from mailedu.mail.errors import MailError

# Accounts made at once: a whole school year. Mail that arrives waits for all of them.
MAX_AT_ONCE = 200
# RFC 5321 4.5.3.1: 64 for the local part, 255 for the domain, 256 with < and > for both.
MAX_ADDRESS = 254

# RFC 5322 3.2.3: dot-atom, in the letters that every keyboard has.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?=.{{1,64}}@){_ATOM}(\.{_ATOM})*@[a-z0-9.-]+")
_RANGE = re.compile(r"([^@]*?)(\d+)\.\.([^@]*?)(\d+)(@[^@]*)")


def check_address(address: str) -> str:
    """In lower case. Raises MailError."""
    address = address.strip().lower()
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        text = _("“{address}” is no e-mail address.")
        raise MailError(text.format(address=address[:MAX_ADDRESS]))
    if address.rpartition("@")[2] not in settings.LAB_DOMAINS:
        text = _("The lab delivers to these domains only: {domains}.")
        raise MailError(text.format(domains=", ".join(settings.LAB_DOMAINS)))
    return address


def check_password(password: str) -> str:
    """Raises MailError for one that some mail protocol cannot carry."""
    if not 0 < len(password) <= 128 or not (password.isascii() and password.isprintable()):
        raise MailError(_("A password has 1 to 128 characters, all of them ASCII."))
    return password


def expand(pattern: str) -> list[str]:
    """`pupil01..pupil30@class.example` -> thirty addresses; another text is one address.

    Raises MailError.
    """
    pattern = pattern.strip()
    found = _RANGE.fullmatch(pattern)
    if not found:
        return [check_address(pattern)]
    name, first, again, last, domain = found.groups()
    if again not in ("", name):
        raise MailError(_("The names before and after “..” are different."))
    # A number of more digits than MAX_AT_ONCE needs is no number of pupils.
    numbers = range(int(first), int(last) + 1) if len(first + last) < 12 else range(0)
    if not 0 < len(numbers) <= MAX_AT_ONCE:
        text = _("“{first}..{last}” does not stand for 1 to {count} accounts.")
        raise MailError(text.format(first=first[:12], last=last[:12], count=MAX_AT_ONCE))
    return [check_address(f"{name}{number:0{len(first)}}{domain}") for number in numbers]
