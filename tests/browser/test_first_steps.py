"""From the start page to the first answers, and the sample sessions by clicks alone."""

import pytest
from chromium import greeted, say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

POP3 = """\
C: USER wiki@example.com
S: +OK Please enter password
C: PASS passwort_im_klartext
S: +OK mailbox locked and ready
C: STAT
S: +OK 1 241
C: LIST
S: +OK mailbox has 1 messages (241 octets)
S: 1 241
S: .
C: RETR 1
S: +OK message follows
S: Date: Mon, 18 Oct 2004 04:11:45 +0200
S: From: Someone <someone@example.com>
S: To: wiki@example.com
S: Subject: Test-E-Mail
S: Content-Type: text/plain; charset=us-ascii; format=flowed
S: Content-Transfer-Encoding: 7bit
S:
S: Dies ist eine Test-E-Mail
S: .
C: DELE 1
S: +OK message marked for delete
C: QUIT
S: +OK bye"""
SMTP_CLIENT = """\
HELO foobar.example.net
MAIL FROM: <sender@example.org>
RCPT TO: <receiver@example.com>
DATA
From: <sender@example.org>
To: <receiver@example.com>
Subject: Testmail
Date: Thu, 26 Oct 2006 13:10:50 +0200

Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt ut labore et \
dolore magna aliqua
.
QUIT"""


def lines(page: Page) -> list[str]:
    """The conversation as C: and S: lines, passwords uncovered."""
    page.locator("[data-ref=eavesdrop]").click()
    voices = "all => all.map(a => (a.closest('.c') ? 'C: ' : 'S: ') + a.textContent)"
    return [line.rstrip() for line in page.eval_on_selector_all(".raw", voices)]


def play(page: Page, session: str) -> None:
    """Step by step, by clicks alone, until the server has closed."""
    page.locator("[data-ref=sessions] summary").click()
    page.locator(f"[data-play={session}]:not([data-auto])").click()
    page.locator(".banner").filter(has_text="Line 1 of").wait_for()
    total = int(page.locator(".banner p").text_content().split(" of ")[1].split(" ")[0])
    for number in range(1, total + 1):
        page.locator(".banner").filter(has_text=f"Line {number} of {total} is").wait_for()
        if page.locator("[data-ref=finish]").is_visible():
            page.locator("[data-ref=finish]").click()
        else:
            page.locator("[data-ref=send]").click()
    page.locator(".banner").filter(has_text="The server has closed").wait_for()


def check_every_line_is_explained(page: Page) -> None:
    for fold in page.locator(".fold").all():
        fold.click()
    for line in page.locator(".raw").all():
        line.click()
        assert page.locator("#explain h2").text_content().strip() not in ("", "…")
        assert page.locator("#explain p").first.text_content().strip()


def test_one_click_leads_to_a_greeted_console_with_credentials_and_mail(page: Page):
    page.goto("/")
    page.get_by_role("button", name="Try it now").click()
    greeted(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("POP3")
    expect(page.locator(".credentials dd").first).to_contain_text("@lab.example")
    expect(page.locator("#mailbox tbody tr").first).to_be_visible()
    page.locator("[data-ref=input]").fill("CAPA")
    page.keyboard.press("Enter")
    expect(page.locator(".row.s .raw").nth(1)).to_have_text("+OK capability list follows")


def test_the_slides_pop3_session_runs_as_printed(console: Page):
    play(console, "pop3-slides")
    assert "\n".join(lines(console)[1:]) == POP3
    check_every_line_is_explained(console)


def test_the_slides_smtp_session_runs_as_printed_and_the_mail_is_there(page: Page):
    try_it(page, "/console/smtp/")
    play(page, "smtp-slides")
    spoken = lines(page)
    assert "\n".join(line[3:] for line in spoken if line[0] == "C") == SMTP_CLIENT
    codes = [line[3:6] for line in spoken if line[0] == "S"]
    assert codes == ["220", "250", "250", "250", "354", "250", "221"]
    check_every_line_is_explained(page)
    expect(page.locator("#mailbox h2")).to_contain_text("receiver@example.com")
    expect(page.locator("#mailbox tbody tr").last).to_contain_text("Testmail")


def test_the_imap_session_plays_by_itself(page: Page):
    try_it(page, "/console/imap/")
    page.locator("[data-ref=sessions] summary").click()
    page.locator("[data-play=imap-sample][data-auto]").click()
    page.locator(".banner").filter(has_text="The server has closed").wait_for(timeout=30_000)
    spoken = lines(page)
    address = page.locator(".credentials dd").first.text_content()
    assert spoken[1].startswith(f"C: a1 LOGIN {address} ")
    assert spoken[-1].startswith("S: a7 OK")
    check_every_line_is_explained(page)


def test_a_lesson_leads_to_its_session(console: Page):
    console.goto("/learn/")
    console.get_by_role("link", name="Play this session step by step").first.click()
    expect(console.locator("[data-ref=input]")).to_have_value("USER wiki@example.com")


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_a_session_plays_after_something_was_said(page: Page, service: str):
    try_it(page, f"/console/pop3/?service={service}")
    say(page, "USER somebody", "CAPA")
    page.locator("[data-ref=sessions] summary").click()
    page.locator("[data-play=pop3-slides]:not([data-auto])").click()
    field = page.locator("[data-ref=input]")
    expect(page.locator(".banner")).to_contain_text("Line 1 of 7")
    expect(field).to_have_value("USER wiki@example.com")
    field.press("Enter")
    expect(field).to_have_value("PASS passwort_im_klartext")
