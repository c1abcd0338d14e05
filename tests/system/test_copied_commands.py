"""The commands of /connect/, as they stand there for who opens it at the lab's default address."""

import html
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from lab_process import Lab

from mailedu.lab.trusting import FILE_NAME
from tests.lab.web import Browser
from tests.system.clients import MAIL, deliver
from tests.system.people import Account, Guest, new_guest
from tests.system.programs import PATIENCE, installed

# Those that end by themselves; what shows that the mailbox was reached, or mail handed in.
COMMANDS = {
    "curl-pop3": "Subject:",
    "curl-pop3-stls": "Subject:",
    "curl-pop3s": "Subject:",
    "curl-imap-starttls": "Subject:",
    "curl-imaps": "Subject:",
    "curl-smtp": "< 250 ",
    "curl-submission-starttls": "< 250 ",
    "curl-smtps": "< 250 ",
    "unix-pop3s-fetchmail": "Subject:",
    "unix-pop3-fetchmail": "Subject:",
    "unix-submission-msmtp": "<-- 250 ",
    "unix-submission-swaks": "<~  250 ",
}
MODULES = {
    "python-pop3": "Subject:",
    "python-pop3s": "Subject:",
    "python-imap-starttls": "ENVELOPE",
    "python-submission-starttls": "250",
}


# What a shell and Python would not leave alone; fetchmail has rules of its own.
ODD = Account("o'neil$1`@class.example", r"""7%s'"\n$x `!b #""")
OWN_RULES = ("unix-pop3s-fetchmail", "unix-pop3-fetchmail")


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Guest:
    return new_guest(lab)


@pytest.fixture(scope="module")
def odd_guest(lab: Lab) -> Guest:
    """Whose card holds what a teacher has thought out."""
    made = lab.manage("create_account", ODD.address, "--password", ODD.password)
    assert made.returncode == 0, made.stderr
    deliver(lab, ODD, MAIL)
    browser = Browser(lab.http)
    assert browser.post("/card/", **asdict(ODD)).status == 302
    return Guest(browser, ODD)


@pytest.fixture
def folder(guest: Guest, tmp_path: Path) -> Path:
    """Where somebody works who has downloaded the CA's certificate."""
    (tmp_path / FILE_NAME).write_text(guest.browser.get("/trust/ca.crt").text)
    return tmp_path


def snippet(guest: Guest, id: str) -> str:
    page = guest.browser.get("/connect/").text
    return html.unescape(re.search(rf'<code id="s-{id}">(.*?)</code>', page, re.S)[1])


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, said
    return said


@pytest.mark.parametrize("id", COMMANDS)
def test_a_command_does_what_it_is_there_for(guest, folder, id):
    installed(id.rpartition("-")[2] if id.startswith("unix-") else "curl")
    assert COMMANDS[id] in run(folder, "sh", "-c", snippet(guest, id))


@pytest.mark.parametrize("id", [id for id in COMMANDS if id not in OWN_RULES])
def test_a_command_holds_for_an_odd_name_and_password(odd_guest, folder, id):
    test_a_command_does_what_it_is_there_for(odd_guest, folder, id)


@pytest.mark.parametrize("id", MODULES)
def test_a_python_program_holds_for_an_odd_name_and_password(odd_guest, folder, id):
    test_a_python_program_does_what_it_is_there_for(odd_guest, folder, id)


@pytest.mark.parametrize("id", MODULES)
def test_a_python_program_does_what_it_is_there_for(guest, folder, id):
    assert MODULES[id] in run(folder, sys.executable, "-c", snippet(guest, id))
