"""The page that tells mail programs where the lab is, and the way to it."""

import pytest
from chromium import DESKTOP, PHONE, try_it
from playwright.sync_api import Page, expect

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


@pytest.mark.parametrize("language", ["en", "de"])
def test_on_a_phone_no_column_is_beyond_the_edge(open_context, language):
    page: Page = open_context(language=language, size=PHONE).new_page()
    page.goto("/connect/")
    page.get_by_role("tab", name="Thunderbird").click()
    tables = page.locator(".plain").all()
    assert len(tables) == 2
    for table in tables:
        assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0


@pytest.mark.parametrize("path", ["/learn/", "/watch/", "/reference/pop3/"])
def test_on_a_phone_the_menu_shows_where_one_is(open_context, path):
    page: Page = open_context(language="de", size=PHONE).new_page()
    page.goto(path)
    expect(page.locator(".top nav [aria-current]")).to_be_in_viewport(ratio=1)


def test_on_a_phone_the_printed_sessions_fill_the_page(open_context):
    page: Page = open_context(size=PHONE).new_page()
    page.goto("/learn/")
    for line in ("USER wiki@example.com", "HELO foobar.example.net"):
        said = page.locator(".printed .raw", has_text=line)
        assert said.bounding_box()["height"] < 40, "it breaks"


def test_on_a_phone_the_way_to_the_mailbox_is_an_icon(open_context):
    page: Page = open_context(size=PHONE).new_page()
    try_it(page)
    page.get_by_role("banner").get_by_role("link", name="Your mailbox").click()
    expect(page.get_by_role("heading", name="Your mailbox")).to_be_visible()
