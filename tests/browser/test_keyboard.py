"""The keyboard alone suffices."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    for _ in range(limit):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} is not reached by Tab")


def test_from_the_start_page_to_an_explained_answer(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, "[data-try]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-ref=input]")).to_be_focused()
    page.locator(".row.s .raw").first.wait_for()
    page.keyboard.type("us")
    page.keyboard.press("Tab")
    page.keyboard.type("wiki@example.com")
    page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw").last).to_have_text("+OK Please enter password")
    page.keyboard.type("PASS wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw .bad")).to_have_text("-ERR")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-ref=input]")).to_have_value("USER wiki@example.com")


def test_pasted_lines_are_sent_one_by_one(console: Page):
    field = console.locator("[data-ref=input]")
    console.evaluate("navigator.clipboard.writeText('USER wiki@example.com\\nNOOP\\r\\nQUIT\\n')")
    field.focus()
    console.keyboard.press("Control+V")
    expect(field).to_have_value("USER wiki@example.com")
    for now, after in (("USER wiki@example.com", "NOOP"), ("NOOP", "QUIT"), ("QUIT", "")):
        console.keyboard.press("Enter")
        expect(console.locator(".row.c .raw").last).to_have_text(now)
        expect(field).to_have_value(after)


def test_lines_are_walked_and_left_by_keys(console: Page):
    console.keyboard.type("CAPA")
    console.keyboard.press("Enter")
    console.locator(".raw.end").wait_for()
    newest = console.locator("#explain .line-shown").text_content()
    console.keyboard.press("Alt+ArrowUp")
    expect(console.locator("#explain .line-shown")).not_to_have_text(newest)
    console.keyboard.press("Escape")
    expect(console.locator("[data-ref=input]")).to_be_focused()
    console.locator(".raw[tabindex='0']").focus()
    console.keyboard.press("Home")
    expect(console.locator("#explain h2")).to_have_text("Connected")
    console.keyboard.press("ArrowDown")
    expect(console.locator("#explain .line-shown")).to_contain_text("+OK mailedu")
    console.keyboard.press("ArrowDown")
    expect(console.locator("#explain .line-shown")).to_have_text("CAPA")
    expect(console.locator(".row.c .raw")).to_be_focused()


def test_menus_and_help_open_and_close(console: Page):
    summary = console.locator("[data-ref=sessions] summary")
    summary.focus()
    console.keyboard.press("Enter")
    expect(console.locator("[data-play]").first).to_be_visible()
    console.keyboard.press("Escape")
    expect(console.locator("[data-play]").first).to_be_hidden()
    expect(summary).to_be_focused()
    console.keyboard.press("?")
    expect(console.get_by_role("dialog", name="Keys")).to_be_visible()
    console.keyboard.press("Escape")
    console.keyboard.press("/")
    expect(console.locator("[data-ref=input]")).to_be_focused()


def test_nothing_traps_the_tab_key(console: Page):
    console.keyboard.type("zz")
    console.keyboard.press("Tab")
    assert not console.evaluate("document.activeElement.matches('[data-ref=input]')")
