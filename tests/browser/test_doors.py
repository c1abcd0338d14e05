"""The ports of a protocol: chosen on the page, kept in the address, sealed where TLS is spoken."""

import pytest
from chromium import greeted, say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def door(page: Page, name: str, pane: int = 0):
    return page.locator(".pane").nth(pane).locator(f"[data-service={name}]")


def test_the_console_speaks_tls_on_995(page: Page):
    try_it(page, "/console/pop3/?service=pop3s")
    expect(page.locator("h1")).to_contain_text("POP3S")
    band = page.locator(".handshake")
    expect(band).to_contain_text("Encrypted from here: TLSv1.3")
    expect(page.locator("[data-ref=sealed]")).to_have_text("TLSv1.3")
    say(page, "USER wiki@example.com")
    rows = page.locator(".row")
    expect(rows.locator(".seal")).to_have_count(rows.count())
    expect(rows.last.get_by_text("crossed the wire encrypted")).to_be_attached()
    expect(page.locator("[data-ref=chips]")).not_to_contain_text("STLS")


def test_the_handshake_is_explained(page: Page):
    try_it(page, "/console/imap/?service=imaps")
    page.locator(".handshake .told").click()
    agreed = page.locator("#explain .agreed")
    expect(agreed.locator("dt")).to_have_count(7)
    expect(agreed.locator("dt").first).to_have_text("Version TLSv1.3")
    expect(agreed).to_contain_text("mailedu teaching CA")
    expect(agreed.locator("dt").nth(4)).to_contain_text("Names in it lab.example, ")
    expect(agreed.locator("dt").nth(4)).to_contain_text("127.0.0.1")
    page.keyboard.press("Escape")
    expect(page.locator("#explain .line-shown")).to_contain_text("* OK")


@pytest.mark.parametrize(
    ("path", "lines", "after"),
    [
        ("/console/pop3/", ["STLS"], "USER wiki@example.com"),
        ("/console/imap/", ["a1 STARTTLS"], "a2 NOOP"),
        ("/console/smtp/?service=submission", ["EHLO x.example", "STARTTLS"], "EHLO x.example"),
    ],
)
def test_tls_is_asked_for_by_hand(page: Page, path: str, lines: list[str], after: str):
    try_it(page, path)
    upgrade = lines[-1].split()[-1]
    for line in lines:
        say(page, line)
    page.locator(".handshake").wait_for()
    expect(page.locator(".row .seal")).to_have_count(0)
    expect(page.locator("[data-ref=chips]")).not_to_contain_text(upgrade)
    expect(page.locator("#explain h2")).to_have_text("Encrypted from here on")
    say(page, after)
    expect(page.locator(".row.c .seal")).to_have_count(1)
    expect(page.locator("[data-ref=chips]")).not_to_contain_text(upgrade)


def test_a_chip_offers_tls_while_it_is_not_there(console: Page):
    chip = console.locator("[data-ref=chips] button", has_text="STLS")
    chip.click()
    expect(console.locator("[data-ref=input]")).to_have_value("STLS")


def test_a_server_without_tls_is_not_asked_for_it(page: Page):
    try_it(page, "/console/smtp/?service=aiosmtpd")
    say(page, "EHLO x.example")
    chips = page.locator("[data-ref=chips]")
    expect(chips).to_contain_text("MAIL")
    expect(chips).not_to_contain_text("STARTTLS")


def test_another_door_is_another_connection(console: Page):
    say(console, "CAPA")
    door(console, "pop3s").click()
    console.locator(".handshake").wait_for()
    expect(door(console, "pop3s")).to_have_attribute("aria-pressed", "true")
    expect(door(console, "pop3")).to_have_attribute("aria-pressed", "false")
    greeted(console)
    expect(console.locator(".row.c")).to_have_count(0)
    assert console.url.endswith("/console/pop3/?service=pop3s")
    console.reload()
    console.locator(".handshake").wait_for()


def test_the_back_button_leads_back_to_the_door_before(console: Page):
    door(console, "pop3s").press("Enter")
    console.locator(".handshake").wait_for()
    console.go_back()
    expect(console.locator(".handshake")).to_have_count(0)
    greeted(console)
    expect(door(console, "pop3")).to_have_attribute("aria-pressed", "true")
    console.go_forward()
    console.locator(".handshake").wait_for()


def test_two_panes_have_a_door_each(page: Page):
    try_it(page, "/console/pop3/?service=pop3s&beside=smtps")
    expect(page.locator(".handshake")).to_have_count(2)
    door(page, "smtp", pane=1).click()
    expect(page.locator(".handshake")).to_have_count(1)
    assert "service=pop3s&beside=smtp" in page.url
    page.reload()
    expect(page.locator(".handshake")).to_have_count(1)
    expect(door(page, "smtp", pane=1)).to_have_attribute("aria-pressed", "true")


def test_with_two_panes_the_explanation_is_in_sight(page: Page):
    try_it(page, "/console/pop3/?beside=smtp")
    box = page.locator("#explain").bounding_box()
    assert box["y"] + 200 < page.viewport_size["height"]


def test_a_sample_session_goes_to_its_door(page: Page):
    try_it(page, "/console/smtp/")
    page.locator("[data-ref=sessions] summary").click()
    page.locator("[data-play=smtp-submission]:not([data-auto])").click()
    expect(door(page, "submission")).to_have_attribute("aria-pressed", "true")
    field = page.locator("[data-ref=input]")
    expect(field).to_have_value("EHLO laptop.example")
    field.press("Enter")
    expect(field).to_have_value("STARTTLS")
    field.press("Enter")
    expect(field).to_have_value("EHLO laptop.example")
    expect(page.locator(".handshake")).to_be_visible()
