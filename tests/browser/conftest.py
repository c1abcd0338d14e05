"""A real browser at the real process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import DESKTOP, launch, try_it
from lab_process import Lab
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: from the first on, Playwright's event loop runs in this thread."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_context(browser: Browser, lab: Lab) -> Iterator:
    """Make a browser of one's own: cookies, language, colours, size. It must stay on the lab."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    mistakes: list[str] = []

    def make(language: str = "en", colors: str = "light", size: dict = DESKTOP) -> BrowserContext:
        context = browser.new_context(
            base_url=lab.url,
            locale=language,
            color_scheme=colors,
            viewport=size,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: mistakes.append(str(error.error)))
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((lab.url, "blob:"))] == []
    assert mistakes == []


@pytest.fixture
def page(open_context) -> Page:
    return open_context().new_page()


@pytest.fixture
def console(page: Page) -> Page:
    """A fresh guest at the POP3 console, connected and greeted."""
    try_it(page)
    return page
