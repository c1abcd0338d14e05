"""What an eavesdropper sees: all of a plain line, nothing of a sealed one."""

import re

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LOGIN = ("USER wiki@example.com", "PASS passwort_im_klartext")
SEALED = re.compile(r"^17 03 03( [0-9a-f]{2}){21} …$")


def eavesdrop(page: Page) -> None:
    page.locator("[data-ref=eavesdrop]").click()


def test_a_plain_line_shows_all_its_password_included(console: Page):
    say(console, *LOGIN)
    line = console.locator(".row.c .raw").nth(1)
    expect(line).not_to_contain_text("passwort_im_klartext")
    eavesdrop(console)
    expect(line.locator(".revealed")).to_have_text("passwort_im_klartext")
    expect(console.locator(".row.s .raw").last).to_have_text("+OK mailbox locked and ready")
    eavesdrop(console)
    expect(line).not_to_contain_text("passwort_im_klartext")


def test_base64_is_no_secret(page: Page):
    try_it(page, "/console/smtp/")
    say(page, "EHLO x.example", "AUTH PLAIN AHdpa2lAZXhhbXBsZS5jb20AcGFzc3dvcnRfaW1fa2xhcnRleHQ=")
    eavesdrop(page)
    said = page.locator(".row.c .said").last
    expect(said).to_contain_text(r"Base64 is no secret: \0wiki@example.com\0passwort_im_klartext")


def test_a_sealed_line_shows_octets_only(page: Page):
    try_it(page, "/console/pop3/?service=pop3s")
    say(page, *LOGIN, "CAPA")
    texts = page.locator(".raw").all_text_contents()
    eavesdrop(page)
    line = page.locator(".row.c .raw").nth(1)
    expect(line).to_have_text(SEALED)
    expect(page.locator(".row.c .said").nth(1)).to_contain_text(
        "octets; only the first five say something"
    )
    expect(page.locator(".row.s .said").last).to_contain_text("other lines")
    expect(page.locator(".row.s").last.locator(".raw:visible")).to_have_count(1)
    expect(page.locator("#explain .line-shown")).to_have_text("+OK capability list follows")
    assert "passwort_im_klartext" not in page.locator(".pane").inner_text()
    eavesdrop(page)
    assert page.locator(".raw").all_text_contents() == texts


def test_what_comes_later_is_seen_the_same_way(page: Page):
    try_it(page)
    eavesdrop(page)
    say(page, "CAPA")
    expect(page.locator(".row.c .raw").last).to_have_text("CAPA")
    say(page, "STLS")
    page.locator(".handshake").wait_for()
    say(page, "CAPA")
    expect(page.locator(".row.c .raw").last).to_have_text(SEALED)


def test_every_line_is_explained_with_and_without_tls(page: Page):
    try_it(page)
    say(page, *LOGIN)
    page.locator(".row.c .raw").nth(1).click()
    page.locator("#explain").get_by_text("What an eavesdropper sees").click()
    looks = page.locator("#explain .look")
    expect(looks.first).to_have_text("PASS passwort_im_klartext")
    octets = len("PASS passwort_im_klartext\r\n") + 17
    expect(looks.last).to_have_text(f"17 03 03 00 {octets:02x} …")
    expect(page.locator("#explain .looks")).to_contain_text(
        f"the length; octets that follow: {octets}"
    )
    page.locator("[data-service=pop3s]").click()
    page.locator(".handshake").wait_for()
    say(page, LOGIN[0])
    page.locator(".row.c .raw").first.click()
    expect(looks.first).to_have_text("USER wiki@example.com")
    expect(looks.last).to_have_text(SEALED)


def test_the_transcripts_page_can_eavesdrop_too(page: Page):
    try_it(page, "/console/pop3/?service=pop3s")
    say(page, *LOGIN, "QUIT")
    page.goto(page.locator("[data-ref=permalink]").get_attribute("href"))
    expect(page.locator("[data-ref=sealed]")).to_have_text("TLSv1.3")
    eavesdrop(page)
    expect(page.locator(".row.c .raw").first).to_have_text(SEALED)


def test_the_watch_page_shows_the_lock_and_can_eavesdrop_too(page: Page):
    try_it(page, "/console/imap/?service=imaps")
    watch = page.context.new_page()
    watch.goto("/watch/")
    call = watch.locator("button.call")
    expect(call).to_contain_text("IMAPS")
    expect(call.get_by_text("TLSv1.3")).to_be_attached()
    expect(watch.locator(".row.s .raw")).to_contain_text("* OK")
    eavesdrop(watch)
    expect(watch.locator(".row.s .raw")).to_have_text(SEALED)
    expect(watch.locator("#explain .looks")).to_contain_text(
        "octets; only the first five say something"
    )
