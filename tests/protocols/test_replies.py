import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.replies import Refused, ReplyCatalogue


@pytest.fixture
def replies():
    catalogue = ReplyCatalogue()
    catalogue.define("x.USER.ok", "+OK fine")
    catalogue.define("x.PASS.ok", "+OK fine")
    catalogue.define("x.STAT.ok", "+OK {count} {octets}")
    catalogue.define("x.LIST.one", "+OK {number} {octets}")
    catalogue.define("x.odd", "(a+) [b] {value}.")
    return catalogue


def test_text_with_values(replies):
    reply = next(r for r in replies if r.id == "x.STAT.ok")
    assert reply.text(count=1, octets=241) == "+OK 1 241"


def test_reply_is_defined_once(replies):
    with pytest.raises(ValueError, match="x.odd is defined twice"):
        replies.define("x.odd", "else")


def test_catalogue_keeps_the_order_of_definition(replies):
    assert [r.id for r in replies] == [
        "x.USER.ok",
        "x.PASS.ok",
        "x.STAT.ok",
        "x.LIST.one",
        "x.odd",
    ]


@pytest.mark.parametrize(
    ("text", "command", "id", "values"),
    [
        ("+OK fine", "PASS", "x.PASS.ok", {}),
        ("+OK fine", "", "x.USER.ok", {}),
        ("+OK 1 2", "STAT", "x.STAT.ok", {"count": "1", "octets": "2"}),
        ("+OK 1 2", "LIST", "x.LIST.one", {"number": "1", "octets": "2"}),
        ("(a+) [b] 1.5.", "", "x.odd", {"value": "1.5"}),
    ],
)
def test_recognise(replies, text, command, id, values):
    reply, found = replies.recognise(text, command)
    assert (reply.id, found) == (id, values)


@pytest.mark.parametrize("text", ["", "+OK", "+OK Fine", "aa [b] 1.", "-ERR x"])
def test_recognise_nothing(replies, text):
    assert replies.recognise(text) is None


@given(st.text(), st.text())
def test_recognise_never_raises(text, command):
    ReplyCatalogue().recognise(text, command)


@given(st.text(), st.text())
def test_what_was_written_is_read_back(a, b):
    catalogue = ReplyCatalogue()
    reply = catalogue.define("x", "* {a} (is) {b}")
    found, values = catalogue.recognise(reply.text(a=a, b=b))
    assert found is reply
    assert reply.text(**values) == reply.text(a=a, b=b)


def test_refused_carries_reply_and_values(replies):
    reply = next(r for r in replies if r.id == "x.LIST.one")
    assert Refused(reply, number=1, octets=2).text == "+OK 1 2"
