"""Makes the accounts and guests of the bench; runs inside `manage.py shell`, beside the server."""

from io import BytesIO

from django.contrib.sessions.backends.db import SessionStore

from mailedu.lab.guests import welcome
from mailedu.mail import actions
from tests.bench.mail import LONG, MANY, PASSWORD, SHORT, WORKERS, address, message


def make_accounts() -> None:
    for number in range(WORKERS):
        _make(address("none", number), 0, SHORT)
        _make(address("one", number), 1, SHORT)
        _make(address("many", number), MANY, LONG)


def make_guests(count: int) -> None:
    """Prints the key of each one's session. Each comes from an address of its own."""
    for number in range(count):
        session = SessionStore()
        welcome(session, f"bench {number}")
        session.save()
        print(session.session_key)


def _make(name: str, count: int, size: int) -> None:
    account = actions.create_account(name, PASSWORD)
    if count:
        actions.import_messages(account, BytesIO(_mbox(count, size)), "bench.mbox")


def _mbox(count: int, size: int) -> bytes:
    one = b"From bench@elsewhere.example Thu Jan  1 00:00:00 2026\n" + message(size) + b"\n"
    return one * count
