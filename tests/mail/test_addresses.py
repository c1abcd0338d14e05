import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailedu.mail.addresses import MAX_AT_ONCE, check_address, expand
from mailedu.mail.errors import MailError


def test_a_range_keeps_the_leading_zeros():
    assert expand("pupil08..pupil11@class.example") == [
        "pupil08@class.example",
        "pupil09@class.example",
        "pupil10@class.example",
        "pupil11@class.example",
    ]


def test_the_second_name_may_be_left_out():
    assert expand("P1..2@class.example") == ["p1@class.example", "p2@class.example"]


def test_one_address():
    assert expand(" anna@lab.example ") == ["anna@lab.example"]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("pupil2..pupil1@class.example", "“2..1” does not stand for 1 to 200 accounts."),
        ("p1..p201@class.example", "“1..201” does not stand for 1 to 200 accounts."),
        ("p1..p99999999999999@class.example",
         "“1..999999999999” does not stand for 1 to 200 accounts."),
        ("a1..b2@class.example", "The names before and after “..” are different."),
        ("a1..a2", "“a1..a2” is no e-mail address."),
        ("", "“” is no e-mail address."),
    ],
)  # fmt: skip
def test_a_pattern_that_means_nothing(pattern, reason):
    with pytest.raises(MailError) as refused:
        expand(pattern)
    assert str(refused.value) == reason


@given(st.text() | st.from_regex(r"[^@]*\d+\.\.[^@]*\d+@class\.example"))
def test_any_pattern_gives_addresses_or_a_reason(pattern):
    try:
        addresses = expand(pattern)
    except MailError:
        return
    assert 1 <= len(addresses) <= MAX_AT_ONCE
    assert [check_address(address) for address in addresses] == addresses


@pytest.mark.parametrize(
    "address",
    ["a..b@lab.example", ".a@lab.example", "@lab.example", "a@b@lab.example", "ä@lab.example",
     "a\r\n@lab.example", f"{'a' * 65}@lab.example"],
)  # fmt: skip
def test_what_is_no_address(address):
    with pytest.raises(MailError):
        check_address(address)
