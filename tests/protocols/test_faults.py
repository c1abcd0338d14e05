"""What a fault may be, when a plan strikes, and how plans are written down."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols import faults
from protocols.faults import BadFault, Cut, Fault, FaultPlan, Problem, plain_reply

GREYLIST = Fault("smtp", "RCPT", each=True, reply="451 4.7.1 come back later")
TEMPORARY = Fault("pop3", "PASS", reply="-ERR [SYS/TEMP] try again", times=2)
SLOW = Fault("pop3", delay=5, times=0)

printable = st.characters(min_codepoint=32, max_codepoint=126)
replies = {
    "smtp": st.from_regex(r"\A[45][0-5][0-9] [a-z][a-z ]{0,60}\Z"),
    "pop3": st.from_regex(r"\A-ERR( [a-z][a-z ]{0,60})?\Z"),
}


@st.composite
def a_fault(draw) -> Fault:
    protocol = draw(st.sampled_from(sorted(replies)))
    return Fault(
        protocol,
        draw(st.sampled_from(["", "RCPT", "RETR", "."])),
        draw(st.text(printable, max_size=20)),
        draw(st.integers(0, faults.MAX_TIMES)),
        draw(st.booleans()),
        draw(replies[protocol]),
        draw(st.floats(0, faults.MAX_DELAY)),
        draw(st.sampled_from(list(Cut))),
        draw(st.integers(0, faults.MAX_OCTETS)),
        draw(st.booleans()),
    )


@given(st.lists(a_fault(), max_size=faults.MAX_FAULTS))
def test_what_is_written_is_read_back(some):
    assert faults.read_faults(faults.write_faults(some)) == tuple(some)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
names = st.sampled_from(list(Fault.__slots__))


@given(st.lists(st.dictionaries(names, json_values)).map(json.dumps) | st.text())
@example("[" * 100_000)
@example('[{"protocol": "pop3", "delay": 1e999}]')
@example('[{"protocol": "imap", "reply": "a1 NO"}]')
@example('{"faults": 7}')
@example("{}")
def test_what_is_no_plan_is_left_out(text):
    assert all(isinstance(fault, Fault) for fault in faults.read_faults(text))


def test_a_broken_row_leaves_the_others():
    rows = [{"protocol": "imap", "delay": 1}, {"protocol": "pop3", "delay": 1}, 7]
    for text in (json.dumps(rows), json.dumps({"planned": "x", "faults": rows})):
        assert faults.read_faults(text) == (Fault("pop3", delay=1),)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"protocol": "imap", "delay": 1}, Problem.PROTOCOL),
        ({"protocol": "smtp", "command": "rcpt", "delay": 1}, Problem.COMMAND),
        ({"protocol": "smtp", "argument": "a\n", "delay": 1}, Problem.ARGUMENT),
        ({"protocol": "smtp", "argument": "a" * 201, "delay": 1}, Problem.ARGUMENT),
        ({"protocol": "smtp", "times": -1, "delay": 1}, Problem.TIMES),
        ({"protocol": "smtp", "times": 1001, "delay": 1}, Problem.TIMES),
        ({"protocol": "smtp", "delay": 301}, Problem.DELAY),
        ({"protocol": "smtp", "delay": -1}, Problem.DELAY),
        ({"protocol": "smtp", "delay": float("nan")}, Problem.DELAY),
        ({"protocol": "smtp", "cut": Cut.INSIDE, "octets": -1}, Problem.OCTETS),
        ({"protocol": "smtp"}, Problem.NOTHING),
    ],
)
def test_what_is_no_fault(values, problem):
    with pytest.raises(BadFault) as bad:
        Fault(**values)
    assert bad.value.problem is problem


LEGAL = [
    ("smtp", "451 4.7.1 try again later"),
    ("smtp", "421 service not available"),
    ("smtp", "550 no"),
    ("smtp", "554 " + "x" * 506),
    ("pop3", "-ERR"),
    ("pop3", "-ERR no such message"),
    ("pop3", "-ERR [SYS/TEMP] disk on fire"),
    ("pop3", "-ERR [IN-USE]"),
]
ILLEGAL = [
    ("smtp", "250 OK"),
    ("smtp", "354 go on"),
    ("smtp", "451"),
    ("smtp", "451 "),
    ("smtp", "451-several"),
    ("smtp", "471 no such second digit"),
    ("smtp", "451 5.7.1 another class"),
    ("smtp", "550 4.2.2 another class"),
    ("smtp", "550 no\r\n250 yes"),
    ("smtp", "550 no\n"),
    ("smtp", "550 nö"),
    ("smtp", "554 " + "x" * 507),
    ("smtp", "-ERR no"),
    ("pop3", "+OK"),
    ("pop3", "-err no"),
    ("pop3", "-ERRno"),
    ("pop3", "-ERR [SYS TEMP] x"),
    ("pop3", "-ERR [SYS/TEMP]x"),
    ("pop3", "-ERR [] x"),
    ("pop3", "-ERR x\r\n+OK"),
    ("pop3", "550 no"),
]


@pytest.mark.parametrize(("protocol", "reply"), LEGAL)
def test_legal_replies(protocol, reply):
    assert Fault(protocol, reply=reply).reply == reply


@pytest.mark.parametrize(("protocol", "reply"), ILLEGAL)
def test_illegal_replies(protocol, reply):
    with pytest.raises(BadFault) as bad:
        Fault(protocol, reply=reply)
    assert bad.value.problem is Problem.REPLY


@given(st.sampled_from(sorted(replies)), st.text(max_size=40))
def test_no_reply_breaks_out_of_its_line(protocol, text):
    prefix = {"smtp": "451 ", "pop3": "-ERR "}[protocol]
    try:
        line = Fault(protocol, reply=prefix + text).reply
    except BadFault:
        return
    assert line.isascii()
    assert line.isprintable()


def struck(plan: FaultPlan, *asked: tuple[str, str], by: str = "") -> list[Fault | None]:
    """What struck at each command, of plans in which one alone can."""
    found = [plan.strike("smtp", command, argument, by) for command, argument in asked]
    assert max(map(len, found)) <= 1
    return [faults[0] if faults else None for faults in found]


def test_the_first_times():
    fault = Fault("smtp", "RCPT", times=2, reply="451 no")
    assert struck(FaultPlan([fault]), *[("RCPT", "")] * 3) == [fault, fault, None]


def test_always():
    fault = Fault("smtp", "RCPT", times=0, reply="451 no")
    assert struck(FaultPlan([fault]), *[("RCPT", "")] * 9) == [fault] * 9


def test_only_its_command_protocol_and_argument():
    fault = Fault("smtp", "RCPT", "Ann@Lab", times=0, delay=1)
    plan = FaultPlan([fault])
    asked = [
        ("RCPT", "TO:<ann@lab.example>"),
        ("RCPT", "TO:<bob@lab.example>"),
        ("MAIL", "ann@lab"),
    ]
    assert struck(plan, *asked) == [fault, None, None]
    assert plan.strike("pop3", "RCPT", "ann@lab", "") == []


def test_any_command():
    fault = Fault("smtp", times=0, delay=1)
    assert struck(FaultPlan([fault]), ("RCPT", "x"), (".", "")) == [fault, fault]


def test_one_after_the_other():
    first = Fault("smtp", "RCPT", reply="451 a")
    second = replace(first, reply="452 b")
    plan = FaultPlan([first, second])
    assert struck(plan, *[("RCPT", "")] * 3) == [first, second, None]


def test_what_only_delays_lets_the_next_strike_too():
    refused, other = Fault("pop3", "PASS", reply="-ERR a"), Fault("pop3", "PASS", reply="-ERR b")
    plan = FaultPlan([SLOW, refused, other])
    assert plan.strike("pop3", "PASS", "", "") == [SLOW, refused]
    assert plan.strike("pop3", "PASS", "", "") == [SLOW, other]
    assert plan.strike("pop3", "PASS", "", "") == [SLOW]


def test_greylisting_counts_each_client_sender_and_recipient():
    plan, ann, bob = FaultPlan([GREYLIST]), ("RCPT", "TO:<ann@x>"), ("RCPT", "TO:<bob@x>")
    assert struck(plan, ann, bob, ann, bob, by="1.1.1.1 c@x") == [GREYLIST, GREYLIST, None, None]
    assert struck(plan, ann, ann, by="2.2.2.2 c@x") == [GREYLIST, None]
    assert struck(plan, ("RCPT", "TO:<ANN@X>"), by="1.1.1.1 c@x") == [None]


@pytest.mark.parametrize(
    ("argument", "same"),
    [
        ("TO:<ann@x> NOTIFY=NEVER", True),
        ("to: <Ann@X>", True),
        ("TO:<ann@xx>", False),
        ('TO:<"ann> "@x>', False),
        ("TO:ann@x", False),
        ("", False),
    ],
)
def test_greylisting_knows_a_recipient_by_its_path(argument, same):
    plan = FaultPlan([GREYLIST])
    first, again = struck(plan, ("RCPT", "TO:<ann@x>"), ("RCPT", argument), by="1.1.1.1 c@x")
    assert (first, again) == (GREYLIST, None if same else GREYLIST)


def test_counts_are_bounded(monkeypatch):
    monkeypatch.setattr(faults, "MAX_COUNTED", 3)
    plan = FaultPlan([GREYLIST])
    assert struck(plan, *[("RCPT", f"{n}") for n in range(4)]) == [GREYLIST] * 4
    assert struck(plan, ("RCPT", "3"), ("RCPT", "0")) == [None, GREYLIST]


@pytest.mark.parametrize(
    ("reply", "plain"),
    [
        ("451 4.7.1 later", "451 later"),
        ("451 later 4.7.1 x", "451 later 4.7.1 x"),
        ("421 bye", "421 bye"),
    ],
)
def test_without_enhanced_code(reply, plain):
    assert plain_reply(reply) == plain


def test_only_421_closes():
    assert [f.closes for f in (Fault("smtp", reply="421 bye"), GREYLIST, SLOW)] == [
        True, False, False,
    ]  # fmt: skip
