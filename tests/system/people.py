"""Who uses the lab in these tests: guests in browsers, and their mail programs."""

import html
import re
from dataclasses import dataclass

from lab_process import Lab

from tests.lab.web import Browser, Socket

_CREDENTIALS = re.compile(r'server\.login\("([^"]+)", "([^"]+)"\)')


@dataclass(frozen=True)
class Account:
    address: str
    password: str


@dataclass(frozen=True)
class Guest:
    browser: Browser
    account: Account

    def page(self, language: str = "en") -> Socket:
        """One more browser of the same guest, with another language."""
        browser = Browser(self.browser.address, language)
        browser.cookies = dict(self.browser.cookies)
        return browser.socket()


def create(lab: Lab, address: str, *options: str) -> Account:
    """An account made by the command, as a script makes it."""
    made = lab.manage("create_account", address, "--password", "geheim", *options)
    assert made.stdout == f"{address} geheim\n", made.stderr
    return Account(address, "geheim")


def new_guest(lab: Lab) -> Guest:
    """Presses Try it now, and reads the credentials where a person reads them."""
    browser = Browser(lab.http).try_it()
    page = html.unescape(browser.get("/connect/").text)
    return Guest(browser, Account(*_CREDENTIALS.search(page).groups()))


def lines(page: Socket, conversation: str) -> list[tuple[str, str]]:
    """(side, text) of each line, once the conversation is closed."""
    closed(page, conversation)
    return [(e["side"], e["text"]) for e in page.entries(conversation) if e["side"] != "-"]


def closed(page: Socket, conversation: str) -> list[dict]:
    """All entries of a conversation that ends."""
    page.until(lambda m: m["type"] == "closed" and m["conversation"] == conversation)
    return page.entries(conversation)


def conversations(page: Socket) -> list[str]:
    """The ids of those the page was told of, in order."""
    told = [m["conversation"]["id"] for m in page.heard if m["type"] == "conversation"]
    return list(dict.fromkeys(told))
