"""Pictures of every page in both languages, both colours and two sizes, for people to look at.

    python tests/browser/shots.py FOLDER [WORD ...]

With words, only pictures whose name has all of them.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

from chromium import DESKTOP, PHONE, greeted, launch, say  # noqa: E402
from lab_process import running_lab  # noqa: E402

SIZES = {"1280": DESKTOP, "390": PHONE}
PLAIN = {
    "learn": "/learn/",
    "connect": "/connect/",
    "trust": "/trust/",
    "reference": "/reference/imap/",
    "mailbox": "/mailbox/",
    "privacy": "/privacy/",
    "lost": "/nowhere/",
    "start-guest": "/",
}


def pop3(page: Page) -> None:
    page.goto("/console/pop3/")
    greeted(page)
    say(page, "STAT", "USER wiki@example.com", "PASS passwort_im_klartext", "STAT", "RETR 1")
    say(page, "RETR 2")
    page.locator("[data-ref=input]").press_sequentially("de")


def smtp(page: Page) -> None:
    page.goto("/console/smtp/")
    greeted(page)
    say(page, "HELLO", "EHLO me.example", "MAIL FROM: <a@example.org>")
    say(page, "RCPT TO:<receiver@example.com>", "DATA")
    page.locator("[data-ref=text]").fill("Subject: Dots\n\n.hidden\nfine")


def imap(page: Page) -> None:
    page.goto("/console/imap/")
    greeted(page)
    say(page, "a1 LOGIN wiki@example.com passwort_im_klartext", 'a2 LIST "" "*"', "a3 SELECT INBOX")
    say(page, "a4 FETCH 1 (FLAGS ENVELOPE)", "a5 STORE 1 +FLAGS (\\Flagged)", "a6 FETCH 1 BODY[]")


def sealed(page: Page) -> None:
    page.goto("/console/smtp/?service=submission")
    greeted(page)
    say(page, "EHLO me.example", "STARTTLS")
    page.locator(".handshake").wait_for()
    say(page, "EHLO me.example", "AUTH LOGIN")
    page.locator(".handshake .told").click()


def eavesdropper(page: Page) -> None:
    pop3(page)
    page.locator("[data-ref=input]").fill("")
    say(page, "QUIT")
    page.locator("[data-service=pop3s]").click()
    page.locator(".handshake").wait_for()
    say(page, "USER wiki@example.com", "PASS passwort_im_klartext", "LIST")
    page.locator("[data-ref=eavesdrop]").click()


def beside(page: Page) -> None:
    page.goto("/console/pop3/?beside=smtps")
    page.locator(".pane").nth(1).locator(".row.s .raw").first.wait_for()


def projector(page: Page) -> None:
    page.locator("[data-projector-switch]").click()
    pop3(page)


def selected(page: Page) -> None:
    pop3(page)
    page.locator("[data-ref=ends]").click()
    page.locator(".row.s .raw").nth(3).click()


def watch(page: Page) -> None:
    with page.context.expect_page() as opened:
        page.evaluate("open('/console/pop3/')")
    pop3(opened.value)
    page.goto("/watch/")
    page.locator("button.call").first.click()
    greeted(page)


def transcript(page: Page) -> None:
    pop3(page)
    say(page, "QUIT")
    page.goto(page.locator("[data-ref=permalink]").get_attribute("href") + "#L9")
    page.locator(".raw.current").wait_for()


SCENES: dict[str, Callable[[Page], None]] = {
    "console-pop3": pop3,
    "console-smtp": smtp,
    "console-imap": imap,
    "console-sealed": sealed,
    "console-eavesdropper": eavesdropper,
    "console-beside": beside,
    "console-projector": projector,
    "console-selected": selected,
    "watch": watch,
    "transcript": transcript,
    **{name: (lambda page, path=path: page.goto(path)) for name, path in PLAIN.items()},
}


def shoot(browser: Browser, url: str, folder: Path, words: list[str]) -> None:
    for language in ("en", "de"):
        for colors in ("light", "dark"):
            for size, viewport in SIZES.items():
                suffix = f"{language}-{colors}-{size}"
                names = [n for n in ("start", *SCENES) if all(w in f"{n}-{suffix}" for w in words)]
                if not names:
                    continue
                context = browser.new_context(
                    base_url=url, locale=language, color_scheme=colors, viewport=viewport
                )
                page = context.new_page()
                page.goto("/")
                if "start" in names:
                    page.screenshot(path=folder / f"start-{suffix}.png", full_page=True)
                page.locator("[data-try]").first.click()
                for name in names:
                    if name in SCENES:
                        SCENES[name](page)
                        page.wait_for_timeout(400)  # the last frame, and what flashes
                        whole = name in PLAIN and name != "reference"
                        page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=whole)
                        page.evaluate("localStorage.clear()")  # projector mode
                context.close()


def main(folder: str, *words: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        running_lab(Path(data)) as lab,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        shoot(browser, lab.url, Path(folder), list(words))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
