"""manage.py plan_fault."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailedu.mail import actions
from mailedu.mail.models import Account
from mailedu.mail.planning import preset
from protocols.faults import Cut, Fault, read_faults

pytestmark = pytest.mark.django_db

ANNA = "anna@lab.example"


@pytest.fixture(autouse=True)
def anna():
    return actions.create_account(ANNA)


def call(*arguments: str) -> str:
    call_command("plan_fault", *arguments, stdout=(out := StringIO()))
    return out.getvalue()


def planned() -> tuple[Fault, ...]:
    return read_faults(Account.objects.get().faults)


def test_a_preset():
    assert call("ANNA@lab.example", "--preset", "lost-answer", "--announce") == (
        f"{ANNA}: SMTP .; the first time; cut before the answer; the transcript tells\n"
    )
    assert planned() == preset("lost-answer", announce=True)


def test_a_fault_of_ones_own():
    values = ["--protocol", "pop3", "--command", "retr", "--argument", "2", "--times", "0"]
    more = ["--each", "--delay", "1.5", "--cut", "inside", "--octets", "7", "--announce"]
    call(ANNA, *values, *more, "--reply", "-ERR no")
    assert planned() == (
        Fault("pop3", "RETR", "2", 0, True, "-ERR no", 1.5, Cut.INSIDE, 7, announce=True),
    )


def test_list_add_and_clear():
    assert call(ANNA, "--list") == f"{ANNA}: nothing is planned\n"
    call(ANNA, "--preset", "mailbox-full")
    both = call(ANNA, "--preset", "lost-answer")
    assert both.count("\n") == 2
    assert call(ANNA, "--list") == both
    assert call(ANNA, "--clear", "--preset", "lost-answer") == both.splitlines(True)[1]
    assert call(ANNA, "--clear") == f"{ANNA}: nothing is planned\n"
    assert planned() == ()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["bob@lab.example", "--list"], "There is no account bob@lab.example."),
        ([ANNA], "What is planned? Give --preset, --protocol, --clear or --list."),
        ([ANNA, "--protocol", "smtp", "--command", "RETR", "--delay", "1"],
         "The SMTP server knows no command “RETR”."),
        ([ANNA, "--protocol", "pop3", "--command", "stls", "--delay", "1"],
         "At STLS the POP3 server does not know yet whose mailbox it is about: a fault cannot "
         "strike there."),
        ([ANNA, "--protocol", "smtp", "--delay", "999"], "A delay is between 0 and 300 seconds."),
        ([ANNA, "--protocol", "smtp"],
         "This fault does nothing yet: give it a reply, a delay or a cut."),
    ],
)  # fmt: skip
def test_mistakes_are_named(arguments, reason):
    with pytest.raises(CommandError) as refused:
        call(*arguments)
    assert str(refused.value) == reason
    assert planned() == ()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("--list --preset slow --clear", "--list only shows the plan: give it alone."),
        ("--list --clear", "--list only shows the plan: give it alone."),
        ("--list --times 1", "--list only shows the plan: give it alone."),
        ("--list --announce", "--list only shows the plan: give it alone."),
        ("--preset slow --protocol smtp --delay 3",
         "Give either --preset or a fault of your own, one after the other."),
        ("--preset slow --each",
         "Give either --preset or a fault of your own, one after the other."),
        ("--clear --delay 3", "A fault of your own needs its --protocol."),
        ("--clear --octets 0", "A fault of your own needs its --protocol."),
        ("--delay 3", "What is planned? Give --preset, --protocol, --clear or --list."),
        ("--clear --announce",
         "--announce needs something that is planned: --preset or --protocol."),
    ],
)  # fmt: skip
def test_what_would_be_passed_over_is_refused(arguments, reason):
    call(ANNA, "--preset", "lost-answer")
    with pytest.raises(CommandError) as refused:
        call(ANNA, *arguments.split())
    assert str(refused.value) == reason
    assert planned() == preset("lost-answer", announce=False)


def test_an_unknown_preset_is_named():
    with pytest.raises(CommandError, match="invalid choice: 'x'"):
        call(ANNA, "--preset", "x")
