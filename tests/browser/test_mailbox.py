"""A message of the mailbox panel, read in the console's dialog."""

import pytest
from chromium import PHONE, say, try_it
from playwright.sync_api import Page, expect

from tests.browser.test_access import findings

pytestmark = pytest.mark.browser

LOGIN = ("USER wiki@example.com", "PASS passwort_im_klartext")


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "narrow"])
def test_a_message_is_opened_read_and_left_by_keyboard(open_context, size):
    page = open_context(**({"size": size} if size else {})).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    try_it(page)
    say(page, *LOGIN)
    link, dialog = page.locator("#mailbox tbody a"), page.locator("#message")
    expect(link).to_have_text("Test-E-Mail")
    link.focus()
    page.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_have_text("Test-E-Mail")
    expect(dialog.locator("h1")).to_be_focused()
    expect(page.get_by_role("dialog", name="Test-E-Mail")).to_contain_text("nothing is marked")
    assert findings(page) == ""
    dialog.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(dialog.locator("pre")).to_contain_text("Subject: Test-E-Mail")
    assert findings(page) == "", "with its source"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    assert page.locator("#mailbox .unseen").count() == 1
    assert said == []


def test_the_focus_comes_back_to_a_row_that_was_made_anew(console: Page):
    say(console, *LOGIN)
    link = console.locator("#mailbox tbody a")
    link.focus()
    console.keyboard.press("Enter")
    expect(console.locator("#message h1")).to_be_focused()
    console.evaluate(
        """() => {
            const input = document.querySelector('[data-ref=input]');
            input.value = 'DELE 1'; input.form.requestSubmit();
        }"""
    )
    expect(console.locator("#mailbox .marked")).to_be_attached()
    console.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_a_message_that_is_gone_meanwhile_says_so(console: Page):
    say(console, *LOGIN)
    path = console.locator("#mailbox tbody a").get_attribute("href")
    say(console, "DELE 1", "QUIT")
    expect(console.locator("#mailbox")).to_contain_text("No message")
    console.evaluate("path => htmx.ajax('GET', path, '#message-shown')", path)
    dialog = console.get_by_role("dialog", name="No such message")
    expect(dialog).to_contain_text("Perhaps it was deleted meanwhile")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_message_is_a_page_of_its_own_in_a_new_tab(console: Page):
    say(console, *LOGIN)
    with console.context.expect_page() as opened:
        console.locator("#mailbox tbody a").click(modifiers=["Control"])
    expect(opened.value.locator("main h1")).to_have_text("Test-E-Mail")
    assert findings(opened.value) == ""
    expect(console.locator("#message")).to_be_hidden()
