"""Two or three views of one mailbox against what each client was told."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.imap import view as view_module
from protocols.imap.grammar.sets import read_set
from protocols.imap.view import MOST, MailboxView
from protocols.memory import MemoryStore
from protocols.store import SEEN, FlagChange, NewMessage
from tests.protocols.dialogs import run
from tests.protocols.mails import HELLO


class Client:
    """Believes only what it is told: `uids[n - 1]` for message n, None where it never asked."""

    def __init__(self, view: MailboxView) -> None:
        self.view = view
        self.uids: list[int | None] = [message.uid for message in view.messages]
        self.flags = {message.uid: message.flags for message in view.messages}
        self.keywords: set[str] = set()

    def hear(self, expunge: bool) -> None:
        self._hear(expunge)
        while self.view.more(expunge):
            self._hear(expunge)

    def _hear(self, expunge: bool) -> None:
        updates = self.view.take_updates(expunge)
        assert expunge or not updates.expunged
        for number in updates.expunged:
            del self.uids[number - 1]
        if updates.exists is not None:
            assert updates.exists > len(self.uids)
            self.uids += [None] * (updates.exists - len(self.uids))
        new = {flag for flag in self.view.keywords if flag not in self.keywords}
        assert (updates.keywords, self.keywords | new) == (bool(new), self.view.keywords)
        self.keywords |= new
        for number, message in updates.flagged:
            assert message.flags <= {SEEN, *self.keywords}
            assert self.uids[number - 1] in (None, message.uid)
            self.flags[message.uid] = message.flags
        assert max(len(updates.expunged), len(updates.flagged)) <= view_module.MOST
        assert len(self.uids) == len(self.view.messages)

    def fetch_all(self) -> None:
        if not self.uids:
            return
        for number, message in self.view.by_number(read_set("1:*")):
            assert self.uids[number - 1] in (None, message.uid)
            self.uids[number - 1] = message.uid
            assert self.view.number(message) == number
            if self.view.unheard(message):
                self.view.told([message])
            self.flags[message.uid] = message.flags


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["append", "expunge", "flag", "hear", "hear-numbers", "fetch"]),
              st.integers(0, 2), st.integers(0, 9)),
    max_size=40,
)  # fmt: skip


# A message that comes, is flagged and goes before anybody has heard of it
UNHEARD = [("append", 0, 1), ("flag", 0, 3), ("expunge", 0, 0), ("expunge", 0, 0)]


@settings(max_examples=150)
@given(OPERATIONS, st.integers(2, 3), st.sampled_from([1, 2, MOST]))
@example([*UNHEARD, ("hear-numbers", 0, 0)], 2, MOST)
def test_numbers_agree_with_what_each_client_was_told(operations, views, most):
    """`most` changes are told at once."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(view_module, "MOST", most)
        play(operations, views)


def play(operations, views):
    mailbox = MemoryStore().add_account("a@lab.example", "x", [HELLO] * 3).inbox
    clients = [Client(MailboxView(mailbox, False, lambda: None)) for _ in range(views)]
    for name, who, which in operations:
        client = clients[who % views]
        some = mailbox.messages[which : which + 2]
        match name:
            case "append":
                run(mailbox.append([NewMessage(HELLO)] * (which % 3)))
            case "expunge":
                run(mailbox.expunge(some))
            case "flag":
                change = FlagChange.ADD if which % 2 else FlagChange.REMOVE
                run(mailbox.set_flags(some, change, [SEEN, f"k{which // 3}"]))
            case "hear":
                client.hear(expunge=True)
            case "hear-numbers":
                client.hear(expunge=False)
            case "fetch":
                client.fetch_all()
        assert all(len(c.uids) == len(c.view.messages) for c in clients)
    for client in clients:
        client.hear(expunge=True)
        client.fetch_all()
        assert client.uids == [message.uid for message in mailbox.messages]
        assert {uid: client.flags[uid] for uid in client.uids} == {
            message.uid: message.flags for message in mailbox.messages
        }
        client.hear(expunge=True)  # keywords that it met in a FETCH
        assert {flag for flags in client.flags.values() for flag in flags} <= {
            SEEN,
            *client.keywords,
        }
        assert client.view.is_quiet


@given(st.integers(0, 5), st.lists(st.booleans(), min_size=1, max_size=4))
def test_each_message_is_recent_in_one_writable_view_only(count, read_only):
    mailbox = MemoryStore().add_account("a@lab.example", "x", [HELLO] * count).inbox
    views = [MailboxView(mailbox, only, lambda: None) for only in read_only]
    writable = [view for view in views if not view.read_only]
    assert sum(len(view.recent) for view in writable) == (count if writable else 0)
    run(mailbox.append([NewMessage(HELLO)]))
    for view in views:
        view.take_updates(expunge=True)
    [*_, new] = mailbox.messages
    assert sum(new in view.recent for view in writable) == (1 if writable else 0)


def test_a_closed_view_hears_nothing():
    mailbox = MemoryStore().add_account("a@lab.example", "x", [HELLO]).inbox
    heard = []
    view = MailboxView(mailbox, False, lambda: heard.append(1))
    view.close()
    run(mailbox.append([NewMessage(HELLO)]))
    assert heard == []
    assert mailbox.listeners == set()


def test_uids_that_name_nothing_are_passed_over():
    mailbox = MemoryStore().add_account("a@lab.example", "x", [HELLO] * 4).inbox
    run(mailbox.expunge(mailbox.messages[1:2]))
    view = MailboxView(mailbox, False, lambda: None)
    assert [(n, m.uid) for n, m in view.by_uid(read_set("2:3,9"))] == [(2, 3)]
    assert [(n, m.uid) for n, m in view.by_uid(read_set("9:*"))] == [(3, 4)]
