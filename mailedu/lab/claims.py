"""What a page that is open holds of its guest's mailbox: it ends when the card is an old one."""

from collections.abc import Callable

from mailedu.lab.guests import Guest, is_same
from mailedu.mail.store import DjangoStore
from protocols.store import Account


class Claim:
    """Listens to the mailbox; `lost` is called once when its password is another."""

    def __init__(self, guest: Guest | None, lost: Callable[[], None]) -> None:
        self._guest = guest if guest and guest.needs_password else None
        self._lost = lost
        self._account: Account | None = None

    async def follow(self, store: DjangoStore) -> None:
        """Raises StoreUnavailable."""
        if not self._guest:
            return
        self._account = await store.account(self._guest.address, self._guest.realm)
        if self._account:
            self._account.listeners.add(self)
            self.changed()

    def drop(self) -> None:
        if self._account:
            self._account.listeners.discard(self)

    def changed(self) -> None:
        if not is_same(self._account.password, self._guest.password):
            self.drop()
            self._lost()
