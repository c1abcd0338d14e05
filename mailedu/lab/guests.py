"""Guests: in one click a mailbox of one's own, and own copies of the slides' accounts.

Whoever holds the card of a mailbox that the staff made is a guest with that one. The browser's
session holds the realm and the credentials; nothing else is known about a guest. Who came with a
card keeps the mailbox only while its password stays the one on the card.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from hmac import compare_digest

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache

from mailedu.mail import actions
from mailedu.mail.models import CARD, Account

SESSION_KEY = "guest"
# Tells one browser from others with the same card, also after a sign-in has renewed the session.
BROWSER_KEY = "browser"
# The accounts of the slides' sessions; each guest gets copies, so that thirty can play at once.
SLIDES_ACCOUNTS = ("wiki@example.com", "receiver@example.com")
# A guest's mailbox serves as long as the browser's session, which holds its credentials.
KEEP_DAYS = settings.SESSION_COOKIE_AGE // (24 * 60 * 60)
# New guests from one address in ten minutes: several classes behind one router, each pupil twice.
MAX_NEW = 300
WINDOW = 600


class TooManyGuests(Exception):
    """This address has made MAX_NEW guests within WINDOW seconds."""


class WrongCard(Exception):
    """There is no such mailbox, or its password is another."""


class SharedByAll(Exception):
    """An account of the slides: nobody's card."""


@dataclass(frozen=True, slots=True)
class Guest:
    """`password` is the one by which the guest came, or that the mailbox had when it was made."""

    realm: str
    address: str
    password: str
    by_card: bool = field(default=False, compare=False)

    @property
    def needs_password(self) -> bool:
        """Who made the mailbox with a click needs none."""
        return self.by_card or self.made_by_staff

    @property
    def made_by_staff(self) -> bool:
        """Came with a card that the staff has handed out: such a mailbox does not expire."""
        return self.realm.startswith(CARD)


def claim_of(session: SessionBase) -> Guest | None:
    """Whom the session takes for its guest; the card may hold no more."""
    values = session.get(SESSION_KEY)
    return Guest(**values) if values else None


def guest_of(session: SessionBase) -> Guest | None:
    """The session's guest, also one whose mailbox is gone by now."""
    claim = claim_of(session)
    return claim if claim and not is_outdated(claim) else None


def browser_of(session: SessionBase) -> str:
    return session.get(BROWSER_KEY, "")


def is_outdated(claim: Guest) -> bool:
    """The guest came with a card, and the mailbox has another password now."""
    account = _account(claim) if claim.needs_password else None
    return account is not None and not is_same(account.password, claim.password)


def is_same(password: str, other: str) -> bool:
    """In a time that tells nothing."""
    return compare_digest(password.encode(), other.encode())


def living(guest: Guest | None) -> Guest | None:
    """With the password of now; None without a mailbox."""
    account = guest and _account(guest)
    return replace(guest, password=account.password) if account else None


def _account(guest: Guest) -> Account | None:
    return Account.objects.filter(address=guest.address, realm=guest.realm).first()


def welcome(session: SessionBase, peer: str) -> Guest:
    """The session's guest; a new one where there is none or its mailbox is gone.

    `peer` is the browser's address. Raises TooManyGuests.
    """
    if guest := living(guest_of(session)):
        return guest
    _count(peer)
    return _settle(session, actions.create_guest(secrets.token_hex(8)))


def come_with_card(
    session: SessionBase, address: str, password: str, judge: Callable[[bool], bool]
) -> Guest:
    """The session is from now on that of whoever holds the card of a mailbox.

    `judge` may refuse to say whether a password is right. Raises WrongCard, SharedByAll.
    """
    if address in SLIDES_ACCOUNTS:
        raise SharedByAll
    if "\0" in address:  # which PostgreSQL would not even look for
        raise WrongCard
    account = Account.objects.filter(address=address, private=False).first()
    known = account.password if account else ""
    if not judge(is_same(known, password) and account is not None):
        raise WrongCard
    if not account.realm:
        actions.give_realm(account)
    session.cycle_key()
    return _settle(session, account, by_card=True)


def in_session(session: SessionBase) -> dict:
    """All that it holds of its guest."""
    return {key: session[key] for key in (SESSION_KEY, BROWSER_KEY) if key in session}


def put_away(session: SessionBase) -> None:
    """The browser knows nothing of the mailbox any more; who is signed in as staff stays so."""
    session.pop(SESSION_KEY, None)
    session.pop(BROWSER_KEY, None)
    if session.keys():
        session.cycle_key()
    else:
        session.flush()


def _settle(session: SessionBase, account: Account, *, by_card: bool = False) -> Guest:
    """With copies of the slides' accounts in the realm of one's own mailbox."""
    for address in SLIDES_ACCOUNTS:
        actions.ensure_private_copy(address, account.realm)
    guest = Guest(account.realm, account.address, account.password, by_card)
    session[SESSION_KEY] = asdict(guest)
    session[BROWSER_KEY] = browser_of(session) or secrets.token_hex(8)
    return guest


def addresses(realms: Iterable[str]) -> dict[str, str]:
    """Realm -> the address of the guest who is known by it; none where the mailbox is gone."""
    known = Account.objects.filter(realm__in=realms, private=False).exclude(realm="")
    return dict(known.values_list("realm", "address"))


def reset_mailboxes(guest: Guest) -> None:
    """Everything of the guest's realm as it was at the beginning."""
    for account in Account.objects.filter(realm=guest.realm):
        actions.reset(account)


def _count(peer: str) -> None:
    key = f"new-guests-{peer}"
    cache.add(key, 0, WINDOW)
    if cache.incr(key) > MAX_NEW:
        raise TooManyGuests
