"""The page that lists conversations, those of now and those of before."""

import re

import pytest
from chromium import say, try_it
from lab_process import Lab
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# A copy of a transcript, two days older; it waits until the transcript is written.
TWO_DAYS_BEFORE = """
import time
from datetime import timedelta
from mailedu.lab.models import Transcript
while not (row := Transcript.objects.filter(pk="{id}", closed__isnull=False).first()):
    time.sleep(0.1)
row.pk, row.opened = "old-{id}", row.opened - timedelta(days=2)
row.save(force_insert=True)
"""


def played(page: Page, service: str) -> str:
    """Play a short session; returns its id."""
    try_it(page, f"/console/pop3/?service={service}")
    say(page, "QUIT")
    return page.locator("[data-ref=permalink]").get_attribute("href").split("/")[2]


@pytest.mark.parametrize(
    ("language", "day"), [("en", r"[A-Z][a-z]{2} \d+, \d\d:\d\d"), ("de", r"\d+\. \S+, \d\d:\d\d")]
)
def test_what_was_earlier_has_its_day_and_its_lock(open_context, lab: Lab, language, day):
    page = open_context(language=language).new_page()
    id = played(page, "pop3s")
    made = lab.manage("shell", "-c", TWO_DAYS_BEFORE.format(id=id))
    assert made.returncode == 0, made.stderr
    page.goto("/watch/")
    old = page.locator(f"a.call[href='/transcripts/old-{id}/']")
    expect(old.locator(".when")).to_have_text(re.compile(rf"^{day}$"))
    expect(old.get_by_text("TLSv1.3")).to_be_attached()
