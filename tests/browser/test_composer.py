"""The editors: a message after 354, a literal, one line of base64."""

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ENVELOPE = ("EHLO me", "MAIL FROM:<a@example.org>", "RCPT TO:<receiver@example.com>", "DATA")


def test_a_message_is_counted_stuffed_and_ended(page: Page):
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE)
    editor = page.locator("[data-ref=text]")
    editor.fill("Subject: Dots\n\n.hidden\nfine")
    count = page.locator("[data-ref=count]")
    # 13 + 0 + 8 + 4 + 1 octets in 5 lines, each with CRLF; one dot is put before .hidden
    expect(count).to_contain_text("5 lines, 36 octets")
    expect(count).to_contain_text("1 line begins with a dot")
    page.get_by_text("as it crosses the wire").click()
    expect(page.locator("[data-ref=wire]")).to_contain_text("..hidden")
    editor.press("Control+Enter")
    expect(page.locator(".row.c .raw.end")).to_have_text(".")
    expect(page.locator(".row.c .raw").nth(6)).to_have_text("..hidden")
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    expect(page.locator("[data-ref=input]")).to_be_focused()


def test_a_message_can_be_typed_line_by_line(page: Page):
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE)
    page.get_by_role("button", name="type it line by line").click()
    for line in ("Subject: one", "", "two", "."):
        page.locator("[data-ref=input]").fill(line)
        page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw").last).to_contain_text("250")


@pytest.mark.parametrize("service", ["smtp", "smtps"])
def test_a_message_with_an_attachment_arrives_whole(page: Page, service: str):
    try_it(page, f"/console/smtp/?service={service}")
    login = ("AUTH PLAIN AHdpa2lAZXhhbXBsZS5jb20AcGFzc3dvcnRfaW1fa2xhcnRleHQ=",)
    sender = "MAIL FROM:<wiki@example.com>"
    say(page, "EHLO me", *(login if service == "smtps" else ()), sender, *ENVELOPE[2:])
    body = "Subject: big\n\n" + ("ä" * 37 + "\n") * 4000
    page.locator("[data-ref=text]").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", body
    )
    expect(page.locator("[data-ref=count]")).to_contain_text("304,019 octets")
    page.locator("[data-ref=finish]").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    expect(page.locator(".row.c .raw.end")).to_have_text(".")


def test_what_is_too_big_for_the_console_is_not_sent(page: Page):
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE)
    page.locator("[data-ref=text]").evaluate(
        "field => { field.value = 'x'.repeat(600000); field.dispatchEvent(new Event('input')); }"
    )
    expect(page.locator("[data-ref=count]")).to_contain_text("at most 524,288 octets")
    expect(page.locator("[data-ref=finish]")).to_be_disabled()
    page.locator("[data-ref=text]").fill("Subject: small")
    page.locator("[data-ref=finish]").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")


def test_a_literal_says_how_many_octets_it_wants(page: Page):
    try_it(page, "/console/imap/")
    say(page, "a1 LOGIN wiki@example.com passwort_im_klartext", "a2 APPEND INBOX {11}")
    editor, count = page.locator("[data-ref=text]"), page.locator("[data-ref=count]")
    editor.fill("To: a")
    expect(count).to_contain_text("octets: 5 of 11")
    expect(count).to_contain_text("6 to go")
    editor.fill("To: ä\n\nx")
    expect(count).to_contain_text("exactly right")
    page.get_by_role("button", name="Send the octets").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("a2 OK")


def test_an_editor_for_any_literal_proposes_no_mail(page: Page):
    try_it(page, "/console/imap/")
    page.locator("[data-ref=input]").fill("a1 LOGIN {16}")
    page.keyboard.press("Enter")
    expect(page.locator("[data-ref=text]")).to_be_visible()
    expect(page.locator("[data-ref=text]")).to_have_attribute("placeholder", "")


def test_a_chunk_says_how_many_octets_it_owes(page: Page):
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE[:-1])
    page.locator("[data-ref=input]").fill("BDAT 22 LAST")
    page.keyboard.press("Enter")
    editor, count = page.locator("[data-ref=text]"), page.locator("[data-ref=count]")
    expect(count).to_contain_text("octets: 0 of 22")
    editor.fill("Subject: hi\n\n")
    expect(count).to_contain_text("7 to go")
    page.get_by_role("button", name="Send anyway").click()
    expect(count).to_contain_text("octets: 0 of 7")
    editor.fill("hello\n")
    expect(count).to_contain_text("exactly right")
    page.get_by_role("button", name="Send the octets").click()
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    expect(page.locator("[data-ref=input]")).to_be_focused()


def test_an_empty_last_chunk_owes_nothing(page: Page):
    try_it(page, "/console/smtp/")
    say(page, *ENVELOPE[:-1], "BDAT 0 LAST")
    expect(page.locator(".row.s .raw").last).to_contain_text("250")
    expect(page.locator("[data-ref=text]")).to_be_hidden()


def test_base64_is_made_and_read_on_demand(page: Page):
    try_it(page, "/console/smtp/")
    say(page, "EHLO me.example")
    page.locator("[data-ref=input]").fill("AUTH LOGIN")
    page.keyboard.press("Enter")
    prompt = page.locator(".raw", has_text="334")
    prompt.click()
    page.get_by_role("button", name="decode base64").click()
    expect(page.locator(".decoded code")).to_have_text("Username:")
    page.get_by_text("base64 helper").click()
    page.get_by_label("Text, \\0 for a NUL octet").fill("wiki@example.com")
    page.get_by_role("button", name="put into the line").click()
    expect(page.locator("[data-ref=input]")).to_have_value("d2lraUBleGFtcGxlLmNvbQ==")
