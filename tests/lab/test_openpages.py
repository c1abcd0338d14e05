"""How many websockets may be open, and which of them a browser closes for all its tabs."""

from dataclasses import dataclass

import pytest

from mailedu.lab.openpages import MAX_PAGES, MAX_VISITORS, OpenPages


@dataclass(eq=False)
class Page:
    realm: str
    address: str = "10.0.0.1"
    browser: str = "one"
    gone: bool = False

    def put_away(self) -> None:
        self.gone = True


@pytest.mark.parametrize(("realm", "most"), [("anna", MAX_PAGES), ("", MAX_VISITORS)])
def test_there_is_room_for_so_many_and_for_one_more_when_one_has_gone(realm, most):
    pages = OpenPages()
    opened = [Page(realm) for _ in range(most)]
    assert [pages.enter(page) for page in opened] == [True] * most
    assert pages.enter(Page(realm)) is False
    pages.leave(opened[0])
    assert pages.enter(Page(realm)) is True
    assert pages.enter(Page(realm)) is False


def test_guests_and_the_visitors_of_an_address_take_nothing_from_each_other():
    pages = OpenPages()
    for _ in range(MAX_VISITORS):
        pages.enter(Page(""))
    others = Page("anna"), Page("", "10.0.0.2")
    assert [pages.enter(page) for page in others] == [True, True]


def test_a_mailbox_is_put_away_in_one_browser():
    pages = OpenPages()
    opened = [Page("anna"), Page("anna"), Page("anna", browser="two"), Page("ben")]
    for page in opened:
        pages.enter(page)
    pages.put_away("anna", "one")
    assert [page.gone for page in opened] == [True, True, False, False]
    pages.put_away("nobody", "one")
