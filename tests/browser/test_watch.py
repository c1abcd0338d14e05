"""The page that lists conversations, those of now and those of before."""

import re
import socket
import ssl

import pytest
from chromium import say, sign_in, try_it
from lab_process import Lab, running_lab
from playwright.sync_api import Browser, Page, expect

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


def test_what_is_over_is_no_conversation_of_now(console: Page):
    watch = console.context.new_page()
    watch.goto("/watch/")
    now, past = watch.locator("#calls button"), watch.locator("#past button")
    expect(now).to_have_count(1)
    expect(watch.locator("#nobody")).to_be_hidden()
    say(console, "QUIT")
    expect(past).to_have_count(1)
    expect(now).to_have_count(0)
    expect(watch.locator("#nobody")).to_be_visible()
    expect(watch.locator(".row.c .raw")).to_have_text("QUIT")


def test_the_staff_tells_pupils_apart(open_context, lab: Lab, console: Page):
    address = console.locator(".credentials dd").first.text_content()
    staff = open_context().new_page()
    sign_in(staff, lab)
    staff.goto("/watch/")
    mine = staff.locator(".call", has_text=address)
    expect(mine).to_contain_text("not logged in")
    say(console, "USER wiki@example.com", "PASS passwort_im_klartext")
    expect(mine).to_contain_text("wiki@example.com")


def test_where_a_handshake_fails_nothing_was_plain(open_context, lab: Lab):
    watch = open_context().new_page()
    sign_in(watch, lab)
    watch.goto("/watch/")
    client = socket.create_connection(lab.pop3s)
    call = watch.locator("#calls button", has_text="from outside").first
    call.click()
    expect(watch.locator("[data-ref=plainText]")).to_be_hidden()
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(client, server_hostname="localhost")
    expect(watch.locator("[data-ref=noTls]")).to_be_visible()
    expect(watch.locator("[data-ref=plainText]")).to_be_hidden()
    expect(watch.locator("[data-ref=sealed]")).to_be_hidden()


def test_who_scrolls_up_is_left_there(console: Page):
    say(console, *["CAPA"] * 4)
    watch = console.context.new_page()
    watch.goto("/watch/")
    newest = watch.locator(".row.s .raw").last
    expect(newest).to_be_in_viewport()
    watch.locator("[data-ref=scroll]").hover()
    watch.mouse.wheel(0, -300)
    expect(newest).not_to_be_in_viewport()
    say(console, "NOOP")
    watch.locator("[data-ref=toNewest] button").click()
    expect(newest).to_contain_text("-ERR NOOP")
    expect(newest).to_be_in_viewport()


def test_what_ended_with_the_lab_is_no_conversation_of_now(browser: Browser, tmp_path):
    with running_lab(tmp_path) as lab:
        port = str(lab.http[1])
        context = browser.new_context(base_url=lab.url, locale="en")
        console = context.new_page()
        try_it(console)
        watch = context.new_page()
        watch.goto("/watch/")
        expect(watch.locator("#calls button")).to_have_count(1)
        transcript = context.new_page()
        transcript.goto(console.locator("[data-ref=permalink]").get_attribute("href"))
        light = transcript.locator(".dot")
        expect(light).to_have_attribute("data-is", "open")
    expect(light).to_have_attribute("data-is", "connecting")
    console.close()
    lost = watch.get_by_text("This page has lost its connection to the lab.")
    expect(lost).to_be_visible()
    with running_lab(tmp_path, MAILEDU_HTTP_PORT=port):
        expect(lost).to_be_hidden(timeout=20_000)
        expect(watch.locator("#calls button")).to_have_count(0)
        expect(watch.locator("#past button")).to_have_count(1)
        expect(light).to_have_attribute("data-is", "closed", timeout=20_000)
        context.close()
