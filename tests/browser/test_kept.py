"""What a console keeps over a reload or another language: step mode, and mail not sent yet."""

import pytest
from chromium import greeted, say, try_it
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ENVELOPE = ("EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<receiver@example.com>", "DATA")
LETTER = "Subject: Long\n\nIt took an hour to write <this>."


@pytest.fixture
def editor(page: Page) -> Locator:
    """With a letter in it, after DATA."""
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE)
    editor = page.locator("[data-ref=text]")
    editor.fill(LETTER)
    return editor


def kept(page: Page) -> str:
    return page.evaluate("JSON.stringify(sessionStorage)")


def step(page: Page, pane: int = 0) -> Locator:
    return page.locator(".pane").nth(pane).locator("[data-ref=step]")


def other_language(page: Page) -> None:
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("come_back", [Page.reload, other_language])
def test_a_mail_that_is_not_sent_stays_in_the_editor(page: Page, editor: Locator, come_back):
    come_back(page)
    expect(editor).to_have_value(LETTER)
    expect(page.locator("[data-ref=count]")).to_contain_text("54")
    page.locator("[data-ref=finish]").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    assert LETTER[-9:] not in kept(page)
    page.reload()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    expect(editor).to_be_hidden()


def test_a_second_mail_is_not_lost_with_the_first(page: Page, editor: Locator):
    page.locator("[data-ref=finish]").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    say(page, *ENVELOPE[1:])
    expect(editor).to_have_value("")
    editor.fill("Subject: Second")
    page.reload()
    expect(editor).to_have_value("Subject: Second")


def test_a_mail_outlives_its_connection(page: Page, editor: Locator):
    page.locator("[data-ref=again]").click()
    expect(page.locator(".row.c")).to_have_count(0)
    greeted(page)
    say(page, *ENVELOPE)
    expect(editor).to_have_value(LETTER)


def test_a_literal_is_kept_for_mail_alone(page: Page):
    try_it(page, "/console/imap/")
    field, editor = page.locator("[data-ref=input]"), page.locator("[data-ref=text]")
    field.fill("a1 LOGIN wiki@example.com {20}")
    field.press("Enter")
    editor.fill("passwort_im_klartext")
    assert "passwort" not in kept(page)
    page.locator("[data-ref=finish]").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("a1 OK")
    field.fill("a2 APPEND INBOX {20}")
    field.press("Enter")
    editor.fill("Subject: by literal")
    page.reload()
    expect(editor).to_have_value("Subject: by literal")


def test_who_puts_the_mailbox_away_leaves_no_mail_behind(page: Page, editor: Locator):
    assert "an hour" in kept(page)
    tab = page.context.new_page()
    tab.goto("/mailbox/")
    tab.get_by_role("button", name="Put the mailbox away").click()
    expect(page.get_by_role("button", name="Try it now")).to_be_visible()
    assert "an hour" not in kept(page)


def test_another_guest_finds_no_mail_of_the_one_before(page: Page, editor: Locator):
    page.goto("/nowhere/")
    assert "an hour" in kept(page)  # an error page does not know whose it is
    page.context.clear_cookies()
    page.goto("/learn/")
    assert "an hour" not in kept(page)


def test_step_mode_stays_on_and_the_answer_is_held(console: Page):
    step(console).click()
    console.locator("[data-ref=input]").fill("CAPA")
    console.keyboard.press("Enter")
    banner = console.locator("[data-ref=banner]")
    expect(banner).to_be_visible()
    other_language(console)
    expect(step(console)).to_have_attribute("aria-pressed", "true")
    expect(banner).to_be_visible()
    expect(console.locator(".row.c .raw")).to_have_text(["CAPA"])
    expect(console.locator(".row.s")).to_have_count(1)
    console.locator("[data-ref=input]").press("Enter")
    expect(console.locator(".row.s")).to_have_count(2)


def test_each_pane_keeps_its_own(page: Page):
    try_it(page, "/console/pop3/?beside=pop3")
    greeted(page)
    step(page, 1).click()
    page.reload()
    expect(step(page, 1)).to_have_attribute("aria-pressed", "true")
    expect(step(page)).to_have_attribute("aria-pressed", "false")
    page.locator(".pane").first.locator("[data-ref=shut]").click()
    expect(page.locator(".pane")).to_have_count(1)
    page.reload()
    expect(step(page)).to_have_attribute("aria-pressed", "true")
    step(page).click()
    page.reload()
    greeted(page)
    expect(step(page)).to_have_attribute("aria-pressed", "false")
