"""The commands to copy, and the hints of transcripts, as a shell and Python understand them."""

import base64
import hashlib
import hmac
import re
import shutil
import subprocess

import pytest

from mailedu.lab.guests import Guest
from mailedu.lab.programs import APOP, CURL, PLAIN, POPLIB, typed
from protocols.texts import catalogue

# Printable ASCII, as passwords may be; what printf, a shell or Python would take for an order.
PASSWORDS = (
    "tulpe-4821", "7", "0123", "%s%d%%", "it's", "''", 'say "hi"', r"back\slash\n", "\\", "$HOME",
    "`id`", "a b", "!x", "-n", "{x}", "p" * 128, "".join(map(chr, range(32, 127))),
)  # fmt: skip
NAMES = ("anna-4821@lab.example", "7o'neil$%s`{|}!@lab.example")
# Where a hint stands, and what in it stands for name and password.
HINTS = [
    (hint, language, name, password)
    for hint in ("pop3.AUTH.not-base64", "imap.AUTHENTICATE.malformed")
    for language, name, password in (
        ("en", "'name'", "'password'"),
        ("de", "'name'", "'passwort'"),
    )
]
each_password = pytest.mark.parametrize("password", PASSWORDS)
each_name = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(params=["sh", "bash"])
def shell(request) -> str:
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    return request.param


def said(shell: str, command: str) -> bytes:
    return subprocess.run([shell, "-c", command], capture_output=True, check=True).stdout


def plain(name: str, password: str) -> bytes:
    """RFC 4616 2."""
    return base64.b64encode(f"\0{name}\0{password}".encode())


def word(text: str) -> str:
    """By the rule of the hints."""
    return "'" + text.replace("'", r"'\''") + "'"


def command_in(text: str) -> str:
    return re.search(r"`(printf .*?)`", text)[1]


@each_name
@each_password
def test_the_word_for_auth_plain_is_right(shell, name, password):
    command = PLAIN.format(**typed(Guest("", name, password)))
    assert said(shell, command) == plain(name, password)


@each_password
def test_the_digest_for_apop_is_right(shell, password):
    command = APOP.format(**typed(Guest("", NAMES[0], password)))
    stamped = f"<stamp of the greeting>{password}".encode()
    assert said(shell, command).split()[-1].decode() == hashlib.md5(stamped).hexdigest()


@each_password
@pytest.mark.parametrize(("id", "language", "name_there", "password_there"), HINTS)
def test_the_hint_for_auth_plain_is_right(
    shell, id, language, name_there, password_there, password
):
    command = command_in(catalogue(language)[id].more)
    command = command.replace(name_there, word(NAMES[1])).replace(password_there, word(password))
    assert said(shell, command) == plain(NAMES[1], password)


@each_password
@pytest.mark.parametrize(("language", "there"), [("en", "'password'"), ("de", "'passwort'")])
def test_the_hint_for_cram_md5_is_right(shell, language, there, password):
    challenge = "<1.2@lab.example>"
    hint = catalogue(language)["sasl.cram-md5-challenge"].next
    command = command_in(hint).format(decoded=challenge).replace(there, word(password))
    digest = hmac.digest(password.encode(), challenge.encode(), "md5").hex()
    assert said(shell, command).split()[-1].decode() == digest


@each_password
def test_a_double_quoted_password_reaches_its_program(shell, password):
    command = CURL.format(**typed(Guest("", NAMES[1], password))).replace(
        "curl -v --user", "printf %s"
    )
    assert said(shell, command) == f"{NAMES[1]}:{password}".encode()


@each_name
@each_password
def test_python_is_told_name_and_password_as_they_are(name, password):
    values = {"host": "localhost", "port": 110, **typed(Guest("", name, password))}
    texts = re.findall(r"server\.(?:user|pass_)\((.*)\)", POPLIB.format(**values))
    assert [eval(text) for text in texts] == [name, password]  # noqa: S307  it is our own text
