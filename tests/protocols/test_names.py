import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.names import MAX_DEPTH, MAX_NAME, check_mailbox_name, inferiors, superiors
from protocols.store import INBOX, InvalidMailboxName


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("inbox", "INBOX"),
        ("InBox/Sub", "INBOX/Sub"),
        ("a/inbox", "a/inbox"),
        ("a/", "a"),
        ("Entwürfe", "Entwürfe"),
        ("a b&c", "a b&c"),
        ("x" * MAX_NAME, "x" * MAX_NAME),
        ("/".join("a" * MAX_DEPTH), "/".join("a" * MAX_DEPTH)),
    ],
)
def test_good_names(name, canonical):
    assert check_mailbox_name(name) == canonical


@pytest.mark.parametrize(
    "name",
    ["", "/", "//", "/a", "a//b", "a*", "%", "a\nb", "a\x00", "\x7f", "a\u202eb"]
    + ["x" * (MAX_NAME + 1), "/".join("a" * (MAX_DEPTH + 1))],
)
def test_bad_names(name):
    with pytest.raises(InvalidMailboxName):
        check_mailbox_name(name)


@given(st.text())
def test_checked_name_is_checked_again_to_itself(name):
    try:
        checked = check_mailbox_name(name)
    except InvalidMailboxName:
        return
    assert check_mailbox_name(checked) == checked
    assert checked == INBOX or checked.upper() != INBOX


def test_superiors():
    assert superiors("a/b/c") == ["a", "a/b"]
    assert superiors("a") == []


def test_inferiors():
    assert inferiors("a", ["a", "a/b", "ab", "a/b/c", "b/a"]) == ["a/b", "a/b/c"]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5))
def test_superiors_and_inferiors_agree(levels):
    name = "/".join(levels)
    assert all(inferiors(superior, [name]) == [name] for superior in superiors(name))
