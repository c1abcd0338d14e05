"""The browser that the browser tests drive, and the lab from its side."""

import os
import shutil

from lab_process import Lab
from playwright.sync_api import Browser, Page, Playwright

# A background service of the browser would ask other hosts; the tests watch that nothing does.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def launch(playwright: Playwright) -> Browser:
    named = os.environ.get("MAILEDU_CHROMIUM")
    path = named or shutil.which("chromium") or shutil.which("chromium-browser")
    return playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))


def try_it(page: Page, path: str = "/console/pop3/") -> None:
    """Become a guest and wait for the server's greeting."""
    page.goto(path)
    page.locator("[data-try]").first.click()
    greeted(page)


def sign_in(page: Page, lab: Lab) -> None:
    """As the administrator of `lab`."""
    page.goto(f"{lab.url}/admin/login/?next=/admin/")
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(lab.admin_password)
    page.locator("[type=submit]").click()
    page.locator("#user-tools").wait_for()


def greeted(page: Page) -> None:
    page.locator(".row.s .raw").first.wait_for()


def say(page: Page, *lines: str, pane: int = 0) -> None:
    """Type each line into a console and wait for the end of its answer."""
    box = page.locator(".pane").nth(pane)
    for line in lines:
        box.locator("[data-ref=input]").fill(line)
        sent = box.locator(".row.c").count()
        box.locator("[data-ref=input]").press("Enter")
        box.locator(".row.c").nth(sent).wait_for()
        box.locator(".row.c").last.locator(
            "xpath=following-sibling::li[@class='row s']"
        ).last.wait_for()
