"""The pages of the administration that are ours."""

import pytest
from chromium import DESKTOP, PHONE, sign_in
from lab_process import Lab
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ACCOUNTS = "/admin/mail/account/"
ADDRESS = "wiki@example.com"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("page_of", ["add/", "faults/", "import/"])
def test_no_page_is_wider_than_the_screen(open_context, lab: Lab, size, page_of):
    page: Page = open_context(language="de", size=size).new_page()
    sign_in(page, lab)
    page.goto(f"{ACCOUNTS}{page_of}" if page_of == "add/" else of_account(page) + page_of)
    page.locator(".mail-form").first.wait_for()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]


def of_account(page: Page) -> str:
    page.goto(f"{ACCOUNTS}?q={ADDRESS}")
    link = page.locator(".field-address a", has_text=ADDRESS).first
    return link.get_attribute("href").partition("change/")[0]
