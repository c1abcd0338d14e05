"""What the store's interface does by itself; `store_suite.py` tests whole stores."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import store
from protocols.memory import MemoryStore
from protocols.mime import summarize
from protocols.store import FlagChange, Message, StoreError, canonical

NAMES = st.frozensets(st.sampled_from("abcd"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("inbox", "INBOX"), ("iNBOX/a", "INBOX/a"), ("inboxes", "inboxes"), ("a/inbox", "a/inbox")],
)
def test_canonical(name, expected):
    assert canonical(name) == expected


@given(NAMES, NAMES)
def test_flag_changes(old, flags):
    assert FlagChange.REPLACE.apply(old, flags) == flags
    assert FlagChange.ADD.apply(old, flags) == old | flags
    assert FlagChange.REMOVE.apply(old, flags) == old - flags


def test_errors_name_what_they_are_about():
    kinds = StoreError.__subclasses__()
    assert {kind.__name__ for kind in kinds} == {
        "NoSuchMailbox",
        "MailboxExists",
        "InvalidMailboxName",
        "HasChildren",
        "MaildropLocked",
        "MessageGone",
        "OverQuota",
        "StoreUnavailable",
    }
    assert [kind("x").name for kind in kinds] == ["x"] * len(kinds)


def mailbox(*uids):
    inbox = MemoryStore().add_account("a@lab.example", "x").inbox
    date = datetime(2004, 10, 18, tzinfo=UTC)
    inbox.apply_added([Message(uid, frozenset(), date, 0, summarize(b"")) for uid in uids])
    return inbox


def test_uid_next_is_above_every_uid():
    assert mailbox(3, 7).uid_next == 8
    assert mailbox().uid_next == 1


def test_messages_are_told_apart_by_identity():
    inbox = mailbox(1)
    [message] = inbox.messages
    twin = Message(1, message.flags, message.internal_date, 0, message.summary)
    assert message != twin


def test_listener_may_leave_while_it_hears():
    inbox = mailbox()
    heard = []

    class Once:
        def added(self, messages):
            heard.append(len(messages))
            inbox.listeners.discard(self)

    inbox.listeners.add(Once())
    inbox.apply_added(mailbox(1).messages)
    inbox.apply_added(mailbox(2).messages)
    assert heard == [1]


def test_system_flags_are_the_five_of_the_rfc_that_clients_may_set():
    assert set(store.SYSTEM_FLAGS) == {
        "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft",
    }  # fmt: skip
