"""Plans of faults reach the running store, and people get words for them."""

import pytest

from mailedu.mail import actions
from mailedu.mail.errors import MailError
from mailedu.mail.planning import (
    COMMANDS,
    PRESETS,
    TOO_EARLY,
    FaultRefused,
    describe,
    make_fault,
    preset,
)
from protocols.faults import MAX_FAULTS, Cut, Fault, read_faults
from tests.mail.test_django_store import elsewhere, settled
from tests.protocols.test_strikes import ANN, POP3, SECRET, SMTP, TO_ANN, Lab, say

ANNA = "anna@lab.example"
(GREYLIST,) = preset("greylisting", announce=False)


def test_a_plan_is_loaded_with_its_account(run):
    actions.plan(actions.create_account(ANNA), [GREYLIST])

    async def use(store):
        return (await store.account(ANNA)).faults.faults

    assert run(use) == (GREYLIST,)


def test_a_running_store_learns_a_plan_and_its_end(run):
    account = actions.create_account(ANNA)

    async def use(engine):
        anna, known = await engine.account(ANNA), []
        for faults in ([], [GREYLIST], []):
            elsewhere(lambda faults=faults: actions.plan(account, faults))
            await settled(engine)
            known.append(anna.faults.faults)
        return known

    assert run(use) == [(), (GREYLIST,), ()]


def test_other_changes_leave_the_counts(run):
    account = actions.create_account(ANNA)
    actions.plan(account, [GREYLIST])

    async def use(engine):
        anna = await engine.account(ANNA)
        first = anna.faults.strike("smtp", "RCPT", "x", "y")
        elsewhere(lambda: actions.fill(account, 1))
        await settled(engine)
        return len(anna.inbox.messages), *first, *anna.faults.strike("smtp", "RCPT", "x", "y")

    assert run(use) == (1, GREYLIST)


def test_a_plan_of_a_shared_account_reaches_the_copies_of_it(run):
    account = actions.create_account(ANNA)
    for realm in ("r1", "r2"):
        assert actions.ensure_private_copy(ANNA, realm).faults == ""

    async def use(engine):
        copies = [await engine.account(ANNA, realm) for realm in ("r1", "r2")]
        struck = []
        for faults in ([], [GREYLIST], [GREYLIST], []):
            elsewhere(lambda faults=faults: actions.plan(account, faults))
            await settled(engine)
            struck.append([copy.strike("smtp", "RCPT", "x", "y") for copy in copies])
        return struck

    assert run(use) == [[[], []], [[GREYLIST], [GREYLIST]], [[GREYLIST], [GREYLIST]], [[], []]]


def test_the_plan_of_a_shared_account_goes_with_it(run):
    account = actions.create_account(ANNA)
    actions.plan(account, [GREYLIST])
    actions.ensure_private_copy(ANNA, "r1")

    async def use(engine):
        copy = await engine.account(ANNA, "r1")
        planned = [copy.has_plan]
        elsewhere(lambda: actions.delete([account]))
        await settled(engine)
        return [*planned, copy.has_plan]

    assert run(use) == [True, False]


def test_a_plan_is_bounded(db):
    account = actions.create_account(ANNA)
    actions.plan(account, [GREYLIST] * MAX_FAULTS)
    with pytest.raises(MailError, match=r"^At most 20 faults for one account\.$"):
        actions.plan(account, [GREYLIST] * (MAX_FAULTS + 1))
    account.refresh_from_db()
    assert read_faults(account.faults) == (GREYLIST,) * MAX_FAULTS


@pytest.mark.parametrize("name", PRESETS)
def test_presets_name_commands_that_exist(name):
    faults = preset(name, announce=True)
    assert faults != ()
    assert [f.command for f in faults if f.command not in ("", *COMMANDS[f.protocol])] == []
    assert [f.announce for f in faults] == [True] * len(faults)


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"protocol": "imap", "delay": 1}, "protocol", "Faults can be planned for POP3 and SMTP."),
        (
            {"protocol": "smtp", "command": "retr", "delay": 1},
            "command",
            "The SMTP server knows no command “RETR”.",
        ),
        (
            {"protocol": "smtp", "command": "ehlo", "delay": 1},
            "command",
            "At EHLO the SMTP server does not know yet whose mailbox it is about:"
            " a fault cannot strike there.",
        ),
        (
            {"protocol": "pop3", "command": "STLS", "delay": 1},
            "command",
            "At STLS the POP3 server does not know yet whose mailbox it is about:"
            " a fault cannot strike there.",
        ),
        (
            {"protocol": "smtp", "times": 1001, "delay": 1},
            "times",
            "Between 0 (always) and 1000 times.",
        ),
        ({"protocol": "smtp", "delay": 301}, "delay", "A delay is between 0 and 300 seconds."),
        (
            {"protocol": "smtp"},
            "",
            "This fault does nothing yet: give it a reply, a delay or a cut.",
        ),
    ],
)
def test_what_is_wrong_with_a_fault(values, field, text):
    with pytest.raises(FaultRefused) as refused:
        make_fault(**values)
    assert (refused.value.field, str(refused.value)) == (field, text)


# What comes before a command that cannot come first, and its argument.
BEFORE = {
    "pop3": [f"USER {ANN}", "PASS geheim"],
    "smtp": ["EHLO pc.example", "MAIL FROM:<c@b.example>", TO_ANN],
}
FIRST = {
    ("pop3", "USER"): [f"USER {ANN}"],
    ("pop3", "PASS"): BEFORE["pop3"],
    ("pop3", "APOP"): [f"APOP {ANN} 0"],
    ("pop3", "AUTH"): [f"AUTH PLAIN {SECRET}"],
    ("smtp", "AUTH"): ["EHLO pc.example", f"AUTH PLAIN {SECRET}"],
    ("smtp", "MAIL"): ["EHLO pc.example", f"AUTH PLAIN {SECRET}", f"MAIL FROM:<{ANN}>"],
    ("smtp", "RCPT"): BEFORE["smtp"],
    ("smtp", "VRFY"): ["EHLO pc.example", f"VRFY <{ANN}>"],
    ("smtp", "."): [*BEFORE["smtp"], "DATA", "."],
}
ARGUMENTS = {"RETR": " 1", "DELE": " 1", "TOP": " 1 0", "BDAT": " 0"}


@pytest.mark.parametrize("protocol", COMMANDS)
def test_what_may_be_planned_can_strike(protocol):
    reply = {"pop3": "-ERR planned", "smtp": "451 4.3.0 planned"}[protocol]
    for command in set(COMMANDS[protocol]) - set(TOO_EARLY[protocol]):
        lab = Lab(make_fault(protocol, command, times=0, reply=reply))
        client = lab._player({"pop3": POP3, "smtp": SMTP}[protocol])
        after = [*BEFORE[protocol], command + ARGUMENTS.get(command, "")]
        assert say(client, *FIRST.get((protocol, command), after)) == f"{reply}\r\n", command


def test_a_command_in_any_case():
    assert make_fault("smtp", " rcpt ", reply="451 x") == Fault("smtp", "RCPT", reply="451 x")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            GREYLIST,
            "SMTP RCPT; the first time for each client, sender and argument;"
            " 451 4.7.1 greylisted, try again later",
        ),
        (
            Fault("pop3", "RETR", "2", 3, cut=Cut.INSIDE, octets=1, announce=True),
            "POP3 RETR “2”; the first 3 times; cut after 1 octet; the transcript tells",
        ),
        (Fault("pop3", times=0, delay=1.5), "POP3, any command; always; waits 1.5 s"),
        (
            Fault("smtp", argument="{x}", cut=Cut.AFTER),
            "SMTP, any command “{x}”; the first time; cut after the answer",
        ),
    ],
)
def test_a_fault_in_words(fault, text):
    assert describe(fault) == text
