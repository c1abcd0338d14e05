"""The websockets that are open: bounded for each guest, and for each address of visitors."""

from typing import Protocol

# Pages that one guest may have open at once: nobody finds the way back in so many.
MAX_PAGES = 20
# Pages of visitors without a mailbox from one address: several classes behind one router.
MAX_VISITORS = 300


class OpenPage(Protocol):
    realm: str  # the guest's, "" for a visitor
    address: str
    browser: str

    def put_away(self) -> None:
        """It must show nothing more of the guest's."""


class OpenPages:
    """For the event loop."""

    def __init__(self) -> None:
        self._pages: dict[str, set[OpenPage]] = {}

    def enter(self, page: OpenPage) -> bool:
        """False: there are too many already."""
        pages = self._pages.setdefault(_owner(page), set())
        if len(pages) >= (MAX_PAGES if page.realm else MAX_VISITORS):
            return False
        pages.add(page)
        return True

    def leave(self, page: OpenPage) -> None:
        pages = self._pages[_owner(page)]
        pages.discard(page)
        if not pages:
            del self._pages[_owner(page)]

    def put_away(self, realm: str, browser: str) -> None:
        """The browser has put the realm's mailbox away."""
        for page in [p for p in self._pages.get(realm, ()) if p.browser == browser]:
            page.put_away()


def _owner(page: OpenPage) -> str:
    return page.realm or f"visitor {page.address}"
