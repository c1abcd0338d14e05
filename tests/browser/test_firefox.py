"""Firefox, where it is installed: the slides' POP3 session typed, in the clear and sealed."""

from collections.abc import Iterator

import pytest
from lab_process import Lab
from marionette import Driver, running

pytestmark = pytest.mark.browser

ENTER = "\ue007"
INPUT = "[data-ref=input]"
ASKED = ("USER wiki@example.com", "PASS passwort_im_klartext", "STAT", "DELE 1", "QUIT")
ANSWERED = (
    "+OK Please enter password",
    "+OK mailbox locked and ready",
    "+OK 1 241",
    "+OK message marked for delete",
    "+OK bye",
)
# The words of what is found, once there is as much as `args[1]`.
WORDS = """
const words = () => [...document.querySelectorAll(args[0])].map((one) => one.textContent);
while (words().length < args[1]) await new Promise((go) => setTimeout(go, 50));
return words();
"""
# What went wrong in the lab's own scripts.
MISTAKES = """
return Services.console.getMessageArray()
  .filter((one) => one instanceof Ci.nsIScriptError && one.sourceName.startsWith(args[0]))
  .filter((one) => !(one.flags & Ci.nsIScriptError.warningFlag))
  .map((one) => one.message);
"""


@pytest.fixture
def firefox(lab: Lab, tmp_path) -> Iterator[Driver]:
    with running("firefox-esr", tmp_path) as program:
        yield program
        program.ask("Marionette:SetContext", value="chrome")
        assert program.run(MISTAKES, lab.url) == []


def find(firefox: Driver, selector: str) -> str:
    found = firefox.ask("WebDriver:FindElement", using="css selector", value=selector)
    return next(iter(found.values()))


def click(firefox: Driver, selector: str) -> None:
    firefox.ask("WebDriver:ElementClick", id=find(firefox, selector))


def lane(firefox: Driver, side: str, count: int) -> list[str]:
    return firefox.run(WORDS, f".row.{side} .raw", count)


@pytest.mark.parametrize(
    ("service", "handshakes", "overheard"),
    [("pop3", 0, "PASS passwort_im_klartext"), ("pop3s", 1, "17 03 03 ")],
)
def test_a_session(lab, firefox, service, handshakes, overheard):
    firefox.ask("WebDriver:Navigate", url=f"{lab.url}/console/pop3/?service={service}")
    click(firefox, "[data-try]")
    lane(firefox, "s", 1)
    for count, line in enumerate(ASKED, 2):
        firefox.ask("WebDriver:ElementSendKeys", id=find(firefox, INPUT), text=line + ENTER)
        lane(firefox, "s", count)
    asked, answered = lane(firefox, "c", 5), lane(firefox, "s", 6)
    assert (asked[0], *asked[2:]) == (ASKED[0], *ASKED[2:])
    assert "passwort" not in asked[1]
    assert tuple(answered[1:]) == ANSWERED
    assert len(firefox.run(WORDS, ".handshake", handshakes)) == handshakes
    click(firefox, "[data-ref=eavesdrop]")
    assert lane(firefox, "c", 5)[1].startswith(overheard)
