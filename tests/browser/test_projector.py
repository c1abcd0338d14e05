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
