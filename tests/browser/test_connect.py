"""The page that tells mail programs where the lab is."""

import pytest
from chromium import DESKTOP, PHONE
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

COVERED = """() => {
    const meet = (a, b) =>
        a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
    const covered = (snippet) => {
        const text = document.createRange();
        text.selectNodeContents(snippet.querySelector('code'));
        const button = snippet.querySelector('button').getBoundingClientRect();
        return [...text.getClientRects()].some((line) => meet(line, button));
    };
    const shown = [...document.querySelectorAll('.snippet')].filter((one) => one.offsetParent);
    return shown.map((one) => [one.textContent, covered(one)]);
}"""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_no_command_is_under_its_button(open_context, language, size):
    page: Page = open_context(language=language, size=size).new_page()
    found = []
    for path in ("/connect/", "/trust/"):
        page.goto(path)
        for tab in page.get_by_role("tab").all():
            tab.click()
            found += page.evaluate(COVERED)
    assert len(found) > 30
    assert [text for text, covered in found if covered] == []
