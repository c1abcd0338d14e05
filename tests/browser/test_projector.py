"""Projector mode: large text, and most of the screen for the conversation."""

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SCREENS = [{"width": 1280, "height": 860}, {"width": 1280, "height": 720}]
TLS = ("EHLO me.example", "STARTTLS")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", SCREENS)
def test_the_conversation_has_most_of_the_screen(open_context, language, size):
    page: Page = open_context(language=language, size=size).new_page()
    page.goto("/")
    page.locator("[data-projector-switch]").click()
    try_it(page, "/console/smtp/?service=submission")
    say(page, *TLS)
    page.locator(".handshake").wait_for()
    box = {ref: page.locator(f"[data-ref={ref}]").bounding_box() for ref in ("doors", "map")}
    middle = [round(one["y"] + one["height"] / 2) for one in box.values()]
    assert abs(middle[0] - middle[1]) <= 1
    assert page.locator("[data-ref=scroll]").bounding_box()["height"] >= 0.45 * size["height"]
    expect(page.locator("[data-ref=input]")).to_be_in_viewport(ratio=1)
    label = page.locator("[data-ref=eavesdrop] .label")
    assert label.bounding_box()["width"] > 100
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize(("path", "tab"), [("/connect/", "curl"), ("/trust/", "Python")])
def test_the_commands_on_a_projector_are_those_of_the_slides(console: Page, path: str, tab: str):
    address, _, password = console.locator(".credentials dd").all_text_contents()[:3]
    console.goto(path)
    console.get_by_role("tab", name=tab, exact=True).click()
    panel = console.get_by_role("tabpanel")
    copy = panel.get_by_role("button", name="Copy", exact=True)
    expect(panel).to_contain_text(password, use_inner_text=True)
    copy.first.click()
    assert password in console.evaluate("navigator.clipboard.readText()")
    console.locator("[data-projector-switch]").click()
    expect(panel).not_to_contain_text(password, use_inner_text=True)
    expect(panel).not_to_contain_text(address, use_inner_text=True)
    expect(panel).to_contain_text("passwort_im_klartext", use_inner_text=True)
    copy.first.click()
    assert "passwort_im_klartext" in console.evaluate("navigator.clipboard.readText()")
