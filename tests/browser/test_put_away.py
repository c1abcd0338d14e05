"""Two pupils at one computer, one after the other."""

import pytest
from chromium import greeted, say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def address(page: Page) -> str:
    try_it(page)
    say(page, "CAPA")
    return page.locator(".credentials dd").first.text_content()


def put_away(tab: Page) -> None:
    tab.locator(".chip.personal").click()
    tab.get_by_role("button", name="Put the mailbox away").click()
    expect(tab.get_by_text("The mailbox is put away.")).to_be_visible()


def test_the_other_tab_shows_nothing_of_the_one_who_left(page: Page, address: str):
    tab = page.context.new_page()
    tab.goto("/")
    put_away(tab)
    expect(page.get_by_role("button", name="Try it now")).to_be_visible()
    assert address not in page.content()
    page.get_by_role("button", name="Try it now").click()
    greeted(page)
    assert page.locator(".credentials dd").first.text_content() != address


def test_the_way_back_shows_nothing_either(page: Page, address: str):
    put_away(page)
    for _ in range(3):
        page.go_back()
        expect(page.locator("main")).to_be_visible()
        assert address not in page.content()


def test_address_and_password_lead_back(page: Page, address: str):
    page.goto("/mailbox/")
    password = page.locator(".credentials dd").nth(2).text_content()
    put_away(page)
    page.get_by_text("I have a card").click()
    page.get_by_label("Address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="This is my mailbox").click()
    expect(page.locator(".chip.personal")).to_have_text(address)
