import pytest

from tests.system.clients import imap
from tests.system.people import Account, create


@pytest.fixture(scope="session")
def ines(lab) -> Account:
    return create(lab, "ines@lab.example")


@pytest.fixture
def account(lab, ines) -> Account:
    """An account with an empty mailbox, the same one in each test."""
    with imap(lab, ines) as client:
        if client.select()[1] != [b"0"]:
            client.store("1:*", "+FLAGS.SILENT", "\\Deleted")
        client.close()
    return ines
