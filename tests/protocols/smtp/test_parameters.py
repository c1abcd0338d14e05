import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smtp import parameters
from protocols.smtp.parameters import DELAY, FAILURE, NEVER, SUCCESS


def xtext(text: str) -> str:
    """RFC 3461 4, word for word."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30)


@given(printable)
def test_xtext_comes_back(text):
    assert parameters.envelope_id({"ENVID": xtext(text)}) == text
    assert parameters.original_recipient({"ORCPT": f"rfc822;{xtext(text)}"}) == f"rfc822;{text}"


@given(st.text(max_size=60))
def test_whatever_comes_is_a_value_or_an_error(text):
    for read, name in (
        (parameters.size, "SIZE"),
        (parameters.returned, "RET"),
        (parameters.envelope_id, "ENVID"),
        (parameters.notify, "NOTIFY"),
        (parameters.original_recipient, "ORCPT"),
        (parameters.check_submitter, "AUTH"),
    ):
        try:
            value = read({name: text})
        except ValueError:
            continue
        assert not isinstance(value, str) or value.isprintable()


def test_without_parameters():
    assert parameters.size({}) == 0
    assert parameters.returned({}) == "HDRS"
    assert parameters.envelope_id({}) == parameters.original_recipient({}) == ""
    assert parameters.notify({}) == {FAILURE}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("never", {NEVER}),
        ("SUCCESS", {SUCCESS}),
        ("Failure,success,DELAY", {SUCCESS, FAILURE, DELAY}),
    ],
)
def test_notify(text, wanted):
    assert parameters.notify({"NOTIFY": text}) == wanted


@pytest.mark.parametrize(
    "text", ["", "NEVER,FAILURE", "SUCCESS,", "DELAY,DELAY", "ALWAYS", "NEVER,NEVER"]
)
def test_no_notify(text):
    with pytest.raises(ValueError):
        parameters.notify({"NOTIFY": text})


@pytest.mark.parametrize("text", ["<>", "a@b.example", "a+2Bb@c.example", "+22a+20b+22@c.example"])
def test_submitter(text):
    assert parameters.check_submitter({"AUTH": text}) is None


@pytest.mark.parametrize("text", ["", "a", "<a@b>", "a@b.example+20SIZE=1", "a+2@b", "a@b+3E+20X"])
def test_no_submitter(text):
    with pytest.raises(ValueError):
        parameters.check_submitter({"AUTH": text})


@pytest.mark.parametrize(
    "text", ["+0A", "+0D+0Ax", "+7F", "a=b", "+4", "+4g", "a b", "", "x" * 101, "+E9", "\u00e9"]
)
def test_no_envelope_id(text):
    with pytest.raises(ValueError):
        parameters.envelope_id({"ENVID": text})


@pytest.mark.parametrize("address", ["+E9@b.example", "\u00e9@b.example"])
def test_an_original_recipient_beyond_ascii_has_its_own_type(address):
    """In a report of RFC 3464 it would be no header field."""
    with pytest.raises(ValueError):
        parameters.original_recipient({"ORCPT": f"rfc822;{address}"})
    known = parameters.original_recipient({"ORCPT": f"utf-8;{address}"})
    assert known == "utf-8;\u00e9@b.example"
