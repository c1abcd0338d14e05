"""What the console shows and how one speaks in it."""

import pytest
from chromium import PHONE, say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LOGIN = ("USER wiki@example.com", "PASS passwort_im_klartext")


def test_the_state_map_lights_up_and_answers_why_not(console: Page):
    say(console, "RETR 1")
    now = console.locator(".map [aria-current=step]")
    expect(now).to_contain_text("AUTHORIZATION")
    expect(console.locator(".map .wanted")).to_contain_text("TRANSACTION")
    expect(console.locator("#explain .why-not")).to_contain_text("RETR works in TRANSACTION")
    say(console, *LOGIN)
    expect(now).to_contain_text("TRANSACTION")
    expect(console.locator(".map .done")).to_contain_text("AUTHORIZATION")
    console.locator(".map button", has_text="UPDATE").click()
    expect(console.locator("#explain h2")).to_have_text("State UPDATE")


def test_a_selected_line_stays_explained_until_escape(console: Page):
    say(console, "USER wiki@example.com")
    console.locator(".row.s .raw").first.click()
    expect(console.locator("#explain .line-shown")).to_contain_text("+OK mailedu")
    assert console.url.endswith("#L2")
    console.keyboard.press("Escape")
    expect(console.locator("#explain .line-shown")).to_have_text("+OK Please enter password")


def test_command_and_answer_light_up_together(console: Page):
    say(console, "CAPA")
    command = console.locator(".row.c .raw")
    command.hover()
    expect(console.locator(".row.s .raw.tied").first).to_contain_text("+OK")


def test_a_password_is_covered_until_its_owner_asks(console: Page):
    say(console, *LOGIN)
    line = console.locator(".row.c .raw").nth(1)
    expect(line).not_to_contain_text("passwort_im_klartext")
    line.locator("xpath=../..").get_by_role("button", name="what an eavesdropper sees").click()
    expect(line).to_have_text("PASS passwort_im_klartext")
    console.get_by_role("button", name="hide it again").click()
    expect(line).not_to_contain_text("passwort_im_klartext")


def test_a_long_listing_folds_and_its_end_stays_visible(page: Page):
    try_it(page)
    address, password = page.locator(".credentials dd:nth-of-type(1)").all_text_contents()
    say(page, f"USER {address}", f"PASS {password}", "LIST")
    unit = page.locator(".row.s").last
    expect(unit.locator(".raw.end")).to_be_visible()
    expect(unit.locator(".raw.data").last).to_be_hidden()
    unit.get_by_role("button", name="show all").click()
    expect(unit.locator(".raw.data").last).to_be_visible()
    unit.get_by_role("button", name="fold").click()
    expect(unit.locator(".raw.data").last).to_be_hidden()


def test_completion_ghost_and_chips(console: Page):
    say(console, *LOGIN)
    field, ghost = console.locator("[data-ref=input]"), console.locator("[data-ref=ghost]")
    field.press_sequentially("re")
    expect(ghost).to_have_text("reTR msg")
    field.press("Tab")
    expect(field).to_have_value("RETR ")
    expect(console.locator("[data-ref=hint]")).to_contain_text("msg")
    console.locator("[data-ref=chips] button", has_text="STAT").click()
    expect(field).to_have_value("STAT")
    field.press("Enter")
    expect(console.locator(".row.s .raw").last).to_have_text("+OK 1 241")
    expect(console.locator("[data-ref=chips] button", has_text="USER")).to_have_count(0)


def test_imap_offers_the_next_tag_and_ties_it_to_the_answer(page: Page):
    try_it(page, "/console/imap/")
    field = page.locator("[data-ref=input]")
    expect(field).to_have_value("a1 ")
    field.press_sequentially("noop")
    field.press("Enter")
    expect(page.locator(".row.s .raw .tag")).to_have_text("a1")
    expect(field).to_have_value("a2 ")
    field.press("ArrowUp")
    expect(field).to_have_value("a2 noop")


def test_step_mode_holds_an_answer_until_it_is_let_through(console: Page):
    console.get_by_role("button", name="Step mode").click()
    console.locator("[data-ref=input]").fill("CAPA")
    console.keyboard.press("Enter")
    console.locator(".row.c .raw").wait_for()
    console.locator(".banner").filter(has_text="answer ready").wait_for()
    expect(console.locator(".row.s")).to_have_count(1)
    console.get_by_role("button", name="Let it through").click()
    expect(console.locator(".row.s")).to_have_count(2)


def test_line_ends_are_shown_on_demand(console: Page):
    end = "a => getComputedStyle(document.querySelector('.raw'), '::after').content"
    assert console.evaluate(end) == "none"
    console.get_by_role("button", name="Line ends").click()
    assert console.evaluate(end) == '"CR LF"'


def test_the_mailbox_shows_marks_and_can_be_reset(console: Page):
    say(console, *LOGIN, "DELE 1")
    row = console.locator("#mailbox tbody tr")
    expect(row).to_contain_text("marked for deletion")
    expect(console.locator("#mailbox .chip")).to_contain_text("locked")
    say(console, "QUIT")
    expect(console.locator("#mailbox")).to_contain_text("No message")
    console.locator("[data-reset] button").click()
    expect(row).to_contain_text("Test-E-Mail")


def test_a_very_long_line_and_hundreds_of_lines_stay_usable(console: Page):
    say(console, "x" * 10_000)
    long = console.locator(".row.c .raw").first
    assert long.bounding_box()["height"] < 130
    console.evaluate(
        """async () => {
            const input = document.querySelector('[data-ref=input]');
            for (let n = 0; n < 20; n++) {
                input.value = 'CAPA'; input.form.requestSubmit();
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    expect(console.locator(".row.s").nth(21)).to_be_attached()
    assert console.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_newest_line_stays_in_sight_when_the_pane_grows_and_shrinks_at_once(console: Page):
    say(console, *["CAPA"] * 4)
    console.evaluate(
        """async () => {
            const part = (name) => document.querySelector(`[data-ref=${name}]`);
            await new Promise(requestAnimationFrame);
            part("may").hidden = true; // more room: the browser moves the lines down ...
            await new Promise((drawn) => setTimeout(drawn, 0));
            part("compose").hidden = false; // ... and the scroll event finds less
            await new Promise(requestAnimationFrame);
        }"""
    )
    say(console, "NOOP")
    expect(console.locator("[data-ref=toNewest]")).to_be_hidden()
    expect(console.locator(".row.s .raw").last).to_be_in_viewport()


def test_no_page_is_wider_than_a_phone(open_context):
    page = open_context(size=PHONE).new_page()
    try_it(page)
    say(page, *LOGIN, "RETR 1")
    paths = ("/", "/learn/", "/watch/", "/connect/", "/reference/smtp/", "/privacy/", "/nowhere/")
    for path in (page.url, *paths, "/mailbox/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_on_a_phone_a_line_raises_the_explanation(open_context):
    page = open_context(size=PHONE).new_page()
    try_it(page)
    expect(page.locator("#explain")).to_be_hidden()
    page.locator(".row.s .raw").first.click()
    expect(page.locator("#explain")).to_be_visible()
    page.get_by_role("button", name="close", exact=True).click()
    expect(page.locator("#explain")).to_be_hidden()


def test_projector_mode_shows_nothing_personal(console: Page):
    address = console.locator(".credentials dd").first.text_content()
    console.locator("[data-projector-switch]").click()
    assert console.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    expect(console.get_by_text(address).first).to_be_hidden()
    console.reload()
    expect(console.locator("[data-projector-switch]")).to_have_attribute("aria-pressed", "true")


def test_two_protocols_side_by_side(console: Page):
    console.locator("[data-ref=beside] summary").click()
    console.locator("[data-beside=smtp]").click()
    say(console, "NOOP", pane=1)
    first, second = (pane.bounding_box() for pane in console.locator(".pane").all())
    assert first["y"] == second["y"]
    assert "beside=smtp" in console.url
    console.set_viewport_size({"width": 1000, "height": 800})
    first, second = (pane.bounding_box() for pane in console.locator(".pane").all())
    assert first["x"] == second["x"] and second["y"] > first["y"]
    console.get_by_role("button", name="Close this pane").last.click()
    expect(console.locator(".pane")).to_have_count(1)
