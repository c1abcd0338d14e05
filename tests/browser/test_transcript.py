"""Copies, downloads and links of a conversation."""

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

DIALOG = [
    "C: USER wiki@example.com",
    "S: +OK Please enter password",
    "C: PASS " + "•" * 20,
    "S: +OK mailbox locked and ready",
]


@pytest.fixture
def spoken(console: Page) -> Page:
    say(console, "USER wiki@example.com", "PASS passwort_im_klartext")
    return console


def clipboard(page: Page) -> str:
    expect(page.locator(".toast").last).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")


def test_the_conversation_is_copied_as_text(spoken: Page):
    spoken.get_by_role("button", name="Copy", exact=True).click()
    assert clipboard(spoken).splitlines()[1:] == DIALOG


def test_the_conversation_is_downloaded_as_text(spoken: Page):
    with spoken.expect_download() as download:
        spoken.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.startswith("pop3-")
    assert download.value.path().read_text("utf-8").splitlines()[1:] == DIALOG


def test_a_line_is_copied_and_linked(spoken: Page):
    spoken.locator(".row.s .raw").nth(1).click()
    spoken.get_by_role("button", name="copy line").click()
    assert clipboard(spoken) == "+OK Please enter password"
    spoken.get_by_role("button", name="copy link").click()
    spoken.locator(".toast", has_text="Link copied").wait_for()
    link = spoken.evaluate("navigator.clipboard.readText()")
    assert link.endswith("#L4")
    spoken.goto(link)
    expect(spoken.locator(".raw.current")).to_have_text("+OK Please enter password")
    expect(spoken.locator("#explain .line-shown")).to_have_text("+OK Please enter password")


def test_a_link_to_a_line_far_from_the_end_shows_that_line(spoken: Page):
    say(spoken, *["NOOP"] * 12, "QUIT")
    spoken.goto(spoken.locator("[data-ref=permalink]").get_attribute("href") + "#L4")
    line = spoken.locator(".raw.current")
    expect(line).to_have_text("+OK Please enter password")
    expect(spoken.locator("[data-ref=toNewest] button")).to_be_visible()
    expect(line).to_be_in_viewport()
    spoken.get_by_role("button", name="follow the newest line").click()
    expect(spoken.locator(".row.s .raw").last).to_be_in_viewport()


def test_an_open_conversation_goes_on_on_its_own_page(spoken: Page):
    with spoken.context.expect_page() as opened:
        spoken.locator("[data-ref=permalink]").click()
    reader = opened.value
    expect(reader.locator(".row.s .raw").last).to_have_text("+OK mailbox locked and ready")
    say(spoken, "STAT")
    expect(reader.locator(".row.s .raw").last).to_have_text("+OK 1 241")
    say(spoken, "QUIT")
    expect(reader.locator(".dot")).to_have_attribute("data-is", "closed")


def test_credentials_are_copied(page: Page):
    try_it(page)
    address = page.locator(".credentials dd").first.text_content()
    page.get_by_role("button", name="Copy the address").click()
    assert clipboard(page) == address
