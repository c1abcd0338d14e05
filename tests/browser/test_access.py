"""axe finds nothing on any page, light and dark, wide and narrow."""

from pathlib import Path

import pytest
from chromium import DESKTOP, PHONE, greeted, say, try_it
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[1] / "vendor/axe-core-4.14.1/axe.min.js").read_text("utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATHS = (
    "/learn/",
    "/watch/",
    "/connect/",
    "/trust/",
    "/mailbox/",
    "/reference/pop3/",
    "/reference/smtp/",
    "/reference/imap/",
    "/privacy/",
    "/nowhere/",
    "/",
)


def findings(page: Page) -> str:
    """What axe finds, once nothing moves any more."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(AXE)
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", STANDARDS
    )
    return "\n".join(
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"]
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_every_page(open_context, colors: str, size: dict):
    page = open_context(colors=colors, size=size).new_page()
    for path in ("/", "/console/smtp/", "/watch/", "/connect/", "/mailbox/", "/trust/"):
        page.goto(path)
        assert findings(page) == "", f"{path} without a mailbox"
    try_it(page)
    for path in PATHS:
        page.goto(path)
        assert findings(page) == "", path


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("colors", ["light", "dark"])
def test_the_console_in_use(open_context, colors: str, size: dict):
    page = open_context(colors=colors, size=size).new_page()
    try_it(page)
    say(page, "RETR 1", "USER wiki@example.com", "PASS passwort_im_klartext", "DELE 1", "LIST")
    assert findings(page) == ""
    page.locator(".row.s .raw").nth(2).click()
    assert findings(page) == "", "a line selected"
    page.keyboard.press("Escape")
    page.goto("/console/imap/?beside=smtp")
    greeted(page)
    say(page, "EHLO me", "MAIL FROM:<a@b.example>", "RCPT TO:<wiki@example.com>", "DATA", pane=1)
    assert findings(page) == "", "two panes, one with the editor"
    page.locator("[data-ref=permalink]").first.evaluate("a => a.removeAttribute('target')")
    page.locator("[data-ref=permalink]").first.evaluate("a => a.click()")
    page.locator(".row.s .raw").first.wait_for()
    assert findings(page) == "", "a transcript"
