"""Several people and programs on one mailbox."""

import poplib
import smtplib

import pytest
from chromium import greeted, say, try_it
from lab_process import Lab
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def credentials(page: Page) -> tuple[str, str]:
    address, password = page.locator(".credentials dl > div dd:nth-of-type(1)").all_text_contents()
    return address, password


def test_what_one_page_sends_the_other_sees_arrive(console: Page):
    address, password = credentials(console)
    reader = console.context.new_page()
    reader.goto("/console/imap/")
    greeted(reader)
    say(reader, f"a1 LOGIN {address} {password}", "a2 SELECT INBOX", "a3 IDLE")
    expect(reader.locator("[data-ref=chips] button")).to_have_text("DONE")
    console.goto("/console/smtp/")
    greeted(console)
    say(console, "HELO me.example", "MAIL FROM:<a@example.org>", f"RCPT TO:<{address}>", "DATA")
    console.locator("[data-ref=text]").fill("Subject: Fresh\n\nHello")
    console.get_by_role("button", name="Send and finish").click()
    expect(reader.locator(".row.s .raw").last).to_contain_text("RECENT")
    expect(reader.locator("#mailbox tbody tr").last).to_contain_text("Fresh")
    say(reader, "DONE")
    expect(reader.locator(".row.s .raw").last).to_contain_text("a3 OK")


def test_a_program_from_outside_appears_on_the_watch_page(console: Page, lab: Lab):
    address, password = credentials(console)
    console.goto("/watch/")
    client = poplib.POP3(*lab.pop3)
    client.user(address)
    client.pass_(password)
    outside = console.locator(".call", has_text="from outside")
    expect(outside).to_contain_text(address)
    outside.click()
    client.stat()
    expect(console.locator(".row.c .raw").last).to_have_text("STAT")
    expect(console.locator("#explain .short")).not_to_be_empty()
    client.quit()
    expect(outside.locator(".dot")).to_have_attribute("data-is", "closed")


def test_mail_from_outside_arrives_in_the_panel(console: Page, lab: Lab):
    address, _ = credentials(console)
    expect(console.locator("#mailbox tbody tr").first).to_be_visible()
    with smtplib.SMTP(*lab.smtp) as client:
        client.sendmail("a@example.org", [address], "Subject: From outside\r\n\r\nHello")
    arrived = console.locator("#mailbox tr", has_text="From outside")
    expect(arrived).to_have_class("unseen flash")


def test_nobody_sees_the_conversations_of_others(open_context, console: Page):
    say(console, "USER wiki@example.com")
    link = console.locator("[data-ref=permalink]").get_attribute("href")
    stranger = open_context().new_page()
    try_it(stranger)
    assert stranger.goto(link).status == 404
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is no such page.")
    stranger.goto("/watch/")
    expect(stranger.locator(".call", has_text="wiki@example.com")).to_have_count(0)
