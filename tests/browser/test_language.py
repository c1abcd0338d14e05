"""German pages are German, English ones English."""

import re

import pytest
from chromium import say, try_it
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# Whatever stands in these crossed the wire, or is a name, or belongs there untranslated.
WIRE = (
    "code, pre, kbd, .raw, .line-shown, .ghost, .time, .tokens dt, .chip, .chips, .legal, "
    ".personal, .map button, .mails tbody, .folder strong, .credentials dd, .who, .when, .rfc, "
    ".years a, .sources, [lang]:not(html), script, style, textarea, input, output"
)
SAME = {
    *("mailedu", "POP", "POP3", "IMAP", "SMTP", "Client", "Server", "Link", "Codes", "Code"),
    *("Text", "Port", "Tutor", "Ctrl+Enter", "live", "telnet", "curl", "openssl"),
    *("Python", "Thunderbird", "Post Office Protocol", "Internet Message Access Protocol"),
    *("Simple Mail Transfer Protocol", "fetchmail, msmtp, mutt, swaks", "aiosmtpd"),
    "Transport Layer Security",
}
# RFC 1939 5, (RFC 7888), \Seen, → TRANSACTION, RCPT, IMAP4rev2, POP3S · fetchmail
NAMES = re.compile(
    r"\(?RFC [\d .]+\)?|\\\w+|(→ )?[A-Z0-9_ -]+|IMAP4rev\d"
    r"|(POP3|IMAP|SMTP|Submission)S?( · [\w ]+)?"
)
PATHS = (
    "/learn/",
    "/connect/",
    "/reference/pop3/",
    "/reference/smtp/",
    "/reference/imap/",
    "/mailbox/",
    "/privacy/",
    "/nowhere/",
)

READ = """(wire) => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const text = node.textContent.replace(/\\s+/g, ' ').trim();
        if (!node.parentElement.closest(wire)) found.add(text);
    }
    for (const node of document.querySelectorAll('[title], [aria-label], [placeholder]')) {
        if (node.closest('[lang]:not(html), .map, .chips, .mails, .ghost')) continue;
        for (const name of ['title', 'aria-label']) found.add(node.getAttribute(name) ?? '');
    }
    found.add(document.title.split(' · ')[0]);
    return [...found];
}"""


def words(page: Page) -> set[str]:
    """Every sentence a person can meet on the page, without numbers and names."""
    texts = page.evaluate(READ, WIRE)
    texts = (re.sub(r"^[\s·:,.–]+|[\s·:,.]+$", "", text) for text in texts)
    spoken = {text for text in texts if re.search(r"[A-Za-z]{4}", text)}
    return {text for text in spoken - SAME if not NAMES.fullmatch(text)}


def both(open_context, visit) -> tuple[set[str], set[str]]:
    found = []
    for language in ("en", "de"):
        page = open_context(language=language).new_page()
        found.append(visit(page))
    return found[0], found[1]


def test_no_english_is_left_on_german_pages(open_context):
    def visit(page: Page) -> set[str]:
        page.goto("/")
        found = words(page)
        page.goto("/console/pop3/")
        found |= words(page)
        try_it(page)
        for path in PATHS:
            page.goto(path)
            found |= words(page)
        return found

    english, german = both(open_context, visit)
    assert len(english) > 300
    assert ", ".join(english & german) == ""


def test_no_english_is_left_on_a_german_console(open_context):
    def visit(page: Page) -> set[str]:
        try_it(page)
        found = words(page)
        say(page, "RETR 1", "USER wiki@example.com", "PASS passwort_im_klartext", "RETR 2", "LIST")
        for line in page.locator(".raw").all():
            line.click()
            found |= words(page)
        page.locator(".map button").first.click()
        found |= words(page)
        say(page, "DELE 1", "QUIT")
        return found | words(page)

    english, german = both(open_context, visit)
    assert ", ".join(english & german) == ""


def test_the_doors_stay_in_another_language(console: Page):
    console.locator("[data-service=pop3s]").click()
    console.locator(".handshake").wait_for()
    console.locator("[data-ref=beside] summary").click()
    console.locator("[data-beside=smtp]").first.click()
    say(console, "HELO me.example", pane=1)
    spoken = console.locator(".raw").all_text_contents()
    console.get_by_role("button", name="Deutsch").click()
    expect(console.locator("html")).to_have_attribute("lang", "de")
    expect(console.locator(".raw")).to_have_count(len(spoken))
    assert console.locator(".raw").all_text_contents() == spoken
    assert console.url.endswith("/console/pop3/?service=pop3s&beside=smtp")


def test_the_language_can_be_switched_where_a_card_was_refused(page: Page):
    page.goto("/")
    page.get_by_text("I have a card").click()
    page.get_by_label("Address").fill("nobody@lab.example")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("button", name="This is my mailbox").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("button", name="Jetzt ausprobieren")).to_be_visible()


def test_the_language_is_switched_and_stays(console: Page):
    say(console, "USER wiki@example.com")
    console.get_by_role("button", name="Deutsch").click()
    expect(console.locator("html")).to_have_attribute("lang", "de")
    assert console.url.endswith("/console/pop3/")
    console.locator(".row.s .raw").first.wait_for()
    say(console, "PASS passwort_im_klartext")  # the session goes on
    expect(console.locator(".row.s .raw").last).to_have_text("+OK mailbox locked and ready")
    expect(console.locator(".row.s .meaning").first).not_to_contain_text("The server")
    console.goto("/")
    expect(console.get_by_role("link", name="Lernen")).to_be_visible()
    console.get_by_role("button", name="English").click()
    expect(console.get_by_role("link", name="Learn", exact=True)).to_be_visible()
