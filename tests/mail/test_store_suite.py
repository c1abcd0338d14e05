"""DjangoStore keeps the promises of every store."""

import asyncio

import pytest

from mailedu.mail.models import Account
from mailedu.mail.rows import insert_mailboxes
from mailedu.mail.store import DjangoStore
from protocols.store import INBOX
from tests.protocols.store_suite import Place, StoreSuite


class TestDjangoStore(StoreSuite):
    @pytest.fixture
    def place(self, transactional_db):
        store = DjangoStore(("lab.example",))

        async def add(address, password, contents, realm):
            await store.writer.submit(lambda cursor: _insert(cursor, address, password, realm))
            account = await store.account(address, realm)
            await store.deliver([account] * len(contents), contents)
            return account

        def add_account(*arguments):
            return runner.run(add(*arguments))

        with asyncio.Runner() as runner:
            runner.run(store.start())
            yield Place(store, runner.run, add_account)
            runner.run(store.stop())


def _insert(cursor, address: str, password: str, realm: str) -> None:
    account = Account.objects.create(
        address=address, password=password, realm=realm, private=bool(realm), uid_validity=1
    )
    insert_mailboxes(cursor, account.id, [INBOX])
