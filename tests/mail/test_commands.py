"""Commands for scripts."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailedu.mail.models import Account, Message

pytestmark = pytest.mark.django_db

ANNA = "anna@lab.example"


def call(*arguments) -> str:
    call_command(*arguments, stdout=(out := StringIO()))
    return out.getvalue()


def test_create_account():
    arguments = ["--password", "tulpe", "--sample-mail", "2", "--sample-set", "slides"]
    assert call("create_account", "Anna@lab.example", *arguments) == f"{ANNA} tulpe\n"
    assert (Account.objects.get().password, Message.objects.count()) == ("tulpe", 3)


def test_create_account_makes_up_a_password():
    assert call("create_account", ANNA) == f"{ANNA} {Account.objects.get().password}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["x"], "“x” is no e-mail address."),
        ([ANNA, "--sample-set", "x"], "There is no sample set x; there are: standard, slides."),
        ([ANNA, "--sample-mail", "-1"], "Between 0 and 1000 messages at once."),
    ],
)
def test_create_account_names_the_mistake(arguments, reason):
    with pytest.raises(CommandError) as refused:
        call("create_account", *arguments)
    assert str(refused.value) == reason


def test_import_mail(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"Subject: a\n\nHi\n")
    call("create_account", ANNA)
    assert call("import_mail", "ANNA@lab.example", tmp_path / "a.eml") == (
        f"1 imported into {ANNA}\n"
    )
    assert bytes(Message.objects.get().content.octets) == b"Subject: a\r\n\r\nHi\r\n"


def test_import_mail_names_the_mistake(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"nothing")
    with pytest.raises(CommandError, match=r"^There is no account anna@lab\.example\.$"):
        call("import_mail", ANNA, tmp_path / "a.eml")
    call("create_account", ANNA)
    with pytest.raises(CommandError, match=r"^a\.eml is no e-mail: "):
        call("import_mail", ANNA, tmp_path / "a.eml")
    with pytest.raises(CommandError, match=r"^Cannot read .*b\.eml: No such file or directory\.$"):
        call("import_mail", ANNA, tmp_path / "b.eml")
    with pytest.raises(CommandError, match=r"^Cannot read .*: Is a directory\.$"):
        call("import_mail", ANNA, tmp_path)
