import pytest

from protocols.memory import MemoryStore
from protocols.store import MaildropLocked
from tests.protocols.dialogs import run
from tests.protocols.store_suite import Place, StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def place(self):
        store = MemoryStore()
        return Place(store, run, store.add_account)

    def test_account_of_a_realm_is_unknown_outside(self, place):
        place.account(realm="guest")
        assert run(place.store.account("ann@lab.example")) is None

    def test_store_names_the_address_whose_maildrop_is_locked(self, place):
        account = place.account()
        run(account.lock_maildrop())
        with pytest.raises(MaildropLocked) as caught:
            run(account.lock_maildrop())
        assert caught.value.name == "ann@lab.example"
