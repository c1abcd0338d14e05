"""A process that delivers until it is killed; it prints the number of each acknowledged message."""

import asyncio
import itertools
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "mailedu.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from mailedu.mail.models import Account  # noqa: E402
from mailedu.mail.rows import insert_mailboxes  # noqa: E402
from mailedu.mail.store import DjangoStore  # noqa: E402
from protocols.store import INBOX  # noqa: E402

ADDRESS = "anna@lab.example"
# Deliveries under way at any time.
AT_ONCE = 20


def prepare() -> None:
    from django.db import connection, transaction

    call_command("migrate", verbosity=0)
    if not Account.objects.exists():
        with transaction.atomic(), connection.cursor() as cursor:
            account = Account.objects.create(address=ADDRESS, password="x", uid_validity=1)
            insert_mailboxes(cursor, account.id, [INBOX])


async def deliver(first: int) -> None:
    store = DjangoStore(("lab.example",))
    await store.start()
    anna = await store.account(ADDRESS)
    numbers = itertools.count(first)

    async def one_after_another() -> None:
        for number in numbers:
            await store.deliver([anna], [b"Subject: %d\r\n\r\n%b\r\n" % (number, b"x" * 500)])
            print(number, flush=True)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))


prepare()
asyncio.run(deliver(int(sys.argv[1])))
