"""What every MailStore must do. A subclass gives the fixture `place`; the tests are inherited."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from protocols.framing import dot_stuff
from protocols.store import (
    ANSWERED,
    DELETED,
    INBOX,
    SEEN,
    Account,
    FlagChange,
    HasChildren,
    InvalidMailboxName,
    MailboxExists,
    MaildropLocked,
    MailStore,
    MessageGone,
    NewMessage,
    NoSuchMailbox,
)
from tests.protocols.mails import BARE, DOTS, HELLO, SLIDES, UNENDED

DATE = datetime(2004, 10, 18, 2, 11, 45, tzinfo=UTC)


@dataclass
class Place:
    """A store under test, and what drives its coroutines.

    `add_account(address, password, contents, realm)` makes an account, its INBOX filled.
    """

    store: MailStore
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    add_account: Callable[[str, str, Sequence[bytes], str], Account]

    def account(
        self, *contents: bytes, address: str = "ann@lab.example", realm: str = ""
    ) -> Account:
        return self.add_account(address, "geheim", contents, realm)


@dataclass(eq=False)
class Ear:
    """A listener that writes down what it hears."""

    heard: list[tuple[str, list[int]]] = field(default_factory=list)

    def added(self, messages):
        self.heard.append(("added", [m.uid for m in messages]))

    def flagged(self, messages):
        self.heard.append(("flagged", [m.uid for m in messages]))

    def expunged(self, messages):
        self.heard.append(("expunged", [m.uid for m in messages]))


def uids(mailbox) -> list[int]:
    return [message.uid for message in mailbox.messages]


class StoreSuite:
    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    # Accounts

    def test_account_is_found_in_any_case(self, place):
        account = place.account(SLIDES)
        assert place.run(place.store.account("ANN@Lab.Example")) is account
        assert (account.address, account.password) == ("ann@lab.example", "geheim")

    def test_unknown_account_is_none(self, place):
        assert place.run(place.store.account("nobody@lab.example")) is None

    def test_realm_goes_before_what_all_share(self, place):
        shared, own = place.account(), place.account(realm="guest")
        find = place.store.account
        assert place.run(find("ann@lab.example", "guest")) is own
        assert place.run(find("ann@lab.example", "other")) is shared
        assert place.run(find("ann@lab.example")) is shared

    def test_local_domains(self, place):
        assert place.store.is_local(f"x@{place.store.domains[0].upper()}")
        assert not place.store.is_local("x@elsewhere.invalid")

    # Messages

    def test_new_account_has_an_empty_inbox(self, place):
        account = place.account()
        assert list(account.mailboxes) == [INBOX]
        assert (account.inbox.messages, account.inbox.uid_next) == ([], 1)

    def test_append_gives_ascending_uids(self, place):
        inbox = place.account(SLIDES).inbox
        added = place.run(inbox.append([NewMessage(HELLO), NewMessage(DOTS)]))
        assert [m.uid for m in added] == [2, 3]
        assert (uids(inbox), inbox.uid_next) == ([1, 2, 3], 4)

    def test_append_keeps_flags_date_size_and_content(self, place):
        inbox = place.account().inbox
        [message] = place.run(inbox.append([NewMessage(SLIDES, frozenset({SEEN, "$x"}), DATE)]))
        assert (message.flags, message.internal_date) == ({SEEN, "$x"}, DATE)
        assert (message.size, message.summary.header_size) == (241, 214)
        assert place.run(inbox.content(message)) == SLIDES

    def test_append_without_a_date_takes_one_with_a_zone(self, place):
        [message] = place.run(place.account().inbox.append([NewMessage(BARE)]))
        assert message.internal_date.utcoffset() is not None

    def test_append_of_nothing_is_silent(self, place):
        inbox = place.account().inbox
        inbox.listeners.add(ear := Ear())
        assert place.run(inbox.append([])) == []
        assert (ear.heard, inbox.uid_next) == ([], 1)

    def test_uids_are_never_used_again(self, place):
        inbox = place.account(SLIDES, HELLO).inbox
        place.run(inbox.expunge(inbox.messages))
        [message] = place.run(inbox.append([NewMessage(DOTS)]))
        assert message.uid == 3

    def test_expunge_returns_what_it_removed(self, place):
        inbox = place.account(SLIDES, HELLO, DOTS).inbox
        first, second, _ = inbox.messages
        assert place.run(inbox.expunge([second])) == [second]
        assert place.run(inbox.expunge([first, second])) == [first]
        assert uids(inbox) == [3]

    def test_content_of_an_expunged_message_is_gone(self, place):
        inbox = place.account(SLIDES).inbox
        [message] = inbox.messages
        place.run(inbox.expunge([message]))
        with pytest.raises(MessageGone):
            place.run(inbox.content(message))

    @pytest.mark.parametrize("content", [HELLO, DOTS, BARE, UNENDED, b""])
    def test_stuffed_content_is_the_same_every_time(self, place, content):
        inbox = place.account(content).inbox
        found = [place.run(inbox.stuffed_content(inbox.messages[0])) for _ in range(2)]
        assert found == [dot_stuff(content)] * 2

    @pytest.mark.parametrize("content", [HELLO, DOTS, BARE, UNENDED, b"\n", b""])
    def test_sizes_are_those_of_the_message_and_of_the_lines_sent(self, place, content):
        inbox = place.account(content).inbox
        [message] = inbox.messages
        place.run(inbox.copy([message], inbox))
        sent = len(place.run(inbox.stuffed_content(message)).replace(b"\r\n..", b"\r\n."))
        assert [(m.size, m.sent_size) for m in inbox.messages] == [(len(content), sent)] * 2

    def test_flags(self, place):
        inbox = place.account(SLIDES).inbox
        messages, [message] = inbox.messages, inbox.messages
        assert place.run(inbox.set_flags(messages, FlagChange.ADD, [SEEN, ANSWERED])) == messages
        assert message.flags == {SEEN, ANSWERED}
        assert place.run(inbox.set_flags(messages, FlagChange.REMOVE, [SEEN])) == messages
        assert message.flags == {ANSWERED}
        assert place.run(inbox.set_flags(messages, FlagChange.REPLACE, [DELETED])) == messages
        assert message.flags == {DELETED}

    def test_flags_that_do_not_change_are_not_told(self, place):
        inbox = place.account(SLIDES, HELLO).inbox
        first, second = inbox.messages
        place.run(inbox.set_flags([first], FlagChange.ADD, [SEEN]))
        inbox.listeners.add(ear := Ear())
        assert place.run(inbox.set_flags([first, second], FlagChange.ADD, [SEEN])) == [second]
        assert place.run(inbox.set_flags([first, second], FlagChange.ADD, [SEEN])) == []
        assert ear.heard == [("flagged", [2])]

    def test_copy_keeps_flags_date_and_order(self, place):
        account = place.account()
        inbox, target = account.inbox, place.run(account.create("Saved"))
        new = [NewMessage(c, frozenset({SEEN}), DATE) for c in (SLIDES, HELLO)]
        copies = place.run(inbox.copy(place.run(inbox.append(new)), target))
        assert copies == target.messages
        assert [(m.uid, m.flags, m.internal_date) for m in copies] == [
            (1, {SEEN}, DATE),
            (2, {SEEN}, DATE),
        ]
        assert [place.run(target.content(m)) for m in copies] == [SLIDES, HELLO]
        assert uids(inbox) == [1, 2]

    def test_flags_of_a_copy_are_its_own(self, place):
        inbox = place.account(SLIDES).inbox
        [copy] = place.run(inbox.copy(inbox.messages, inbox))
        place.run(inbox.set_flags([copy], FlagChange.ADD, [SEEN]))
        assert [m.flags for m in inbox.messages] == [frozenset(), {SEEN}]

    def test_listeners_hear_everything_in_order(self, place):
        inbox = place.account(SLIDES).inbox
        ears = Ear(), Ear()
        inbox.listeners.update(ears)
        place.run(inbox.append([NewMessage(HELLO), NewMessage(DOTS)]))
        place.run(inbox.set_flags(inbox.messages[1:], FlagChange.ADD, [DELETED]))
        place.run(inbox.expunge(inbox.messages[1:]))
        place.run(inbox.copy(inbox.messages, inbox))
        heard = [("added", [2, 3]), ("flagged", [2, 3]), ("expunged", [2, 3]), ("added", [4])]
        assert [ear.heard for ear in ears] == [heard, heard]

    # Mailboxes

    def test_inbox_in_any_case(self, place):
        account = place.account()
        assert account.mailbox("iNbOx") is account.inbox

    def test_other_names_keep_their_case(self, place):
        account = place.account()
        place.run(account.create("Saved"))
        with pytest.raises(NoSuchMailbox):
            account.mailbox("saved")

    def test_create_makes_superiors(self, place):
        account = place.account()
        made = place.run(account.create("a/b/c/"))
        assert made is account.mailbox("a/b/c")
        assert sorted(account.mailboxes) == [INBOX, "a", "a/b", "a/b/c"]

    def test_create_below_inbox(self, place):
        account = place.account()
        place.run(account.create("inbox/x"))
        assert sorted(account.mailboxes) == [INBOX, "INBOX/x"]

    @pytest.mark.parametrize("name", ["inbox", "a", "a/b"])
    def test_create_twice(self, place, name):
        account = place.account()
        place.run(account.create("a/b"))
        with pytest.raises(MailboxExists):
            place.run(account.create(name))

    @pytest.mark.parametrize("name", ["", "/", "a//b", "/a", "a*", "%", "a\x00", "x" * 201])
    def test_create_under_a_bad_name(self, place, name):
        account = place.account()
        with pytest.raises(InvalidMailboxName):
            place.run(account.create(name))
        assert list(account.mailboxes) == [INBOX]

    def test_delete(self, place):
        account = place.account()
        place.run(account.create("a"))
        place.run(account.delete("a"))
        assert list(account.mailboxes) == [INBOX]

    def test_delete_tells_of_the_messages(self, place):
        account = place.account(SLIDES)
        mailbox = place.run(account.create("a"))
        place.run(account.inbox.copy(account.inbox.messages, mailbox))
        mailbox.listeners.add(ear := Ear())
        place.run(account.delete("a"))
        assert ear.heard == [("expunged", [1])]

    @pytest.mark.parametrize(
        ("name", "error"),
        [("a", HasChildren), ("b", NoSuchMailbox), ("Inbox", InvalidMailboxName)],
    )
    def test_delete_refused(self, place, name, error):
        account = place.account(SLIDES)
        place.run(account.create("a/b"))
        with pytest.raises(error):
            place.run(account.delete(name))
        assert sorted(account.mailboxes) == [INBOX, "a", "a/b"]
        assert uids(account.inbox) == [1]

    def test_mailbox_made_again_has_a_larger_uid_validity(self, place):
        account = place.account()
        before = place.run(account.create("a")).uid_validity
        place.run(account.delete("a"))
        assert place.run(account.create("a")).uid_validity > before

    def test_rename_takes_inferiors_and_messages_along(self, place):
        account = place.account(SLIDES)
        mailbox = place.run(account.create("a/b"))
        place.run(account.inbox.copy(account.inbox.messages, mailbox))
        place.run(account.rename("a", "x/y"))
        assert sorted(account.mailboxes) == [INBOX, "x", "x/y", "x/y/b"]
        assert uids(account.mailbox("x/y/b")) == [1]
        assert place.run(mailbox.content(mailbox.messages[0])) == SLIDES

    def test_rename_leaves_names_that_only_begin_alike(self, place):
        account = place.account()
        place.run(account.create("a"))
        place.run(account.create("ab"))
        place.run(account.rename("a", "c"))
        assert sorted(account.mailboxes) == [INBOX, "ab", "c"]

    def test_rename_of_inbox_moves_its_messages(self, place):
        account = place.account(SLIDES, HELLO)
        place.run(account.rename("INBOX", "old"))
        assert uids(account.inbox) == []
        old = account.mailbox("old")
        assert [place.run(old.content(m)) for m in old.messages] == [SLIDES, HELLO]

    @pytest.mark.parametrize(
        ("old", "new", "error"),
        [
            ("nope", "x", NoSuchMailbox),
            ("a", "b", MailboxExists),
            ("a", "inbox", MailboxExists),
            ("a", "x*", InvalidMailboxName),
        ],
    )
    def test_rename_refused(self, place, old, new, error):
        account = place.account()
        place.run(account.create("a"))
        place.run(account.create("b"))
        with pytest.raises(error):
            place.run(account.rename(old, new))
        assert sorted(account.mailboxes) == [INBOX, "a", "b"]

    def test_subscriptions_outlive_mailboxes(self, place):
        account = place.account()
        place.run(account.create("a"))
        place.run(account.subscribe("a"))
        place.run(account.subscribe("inbox"))
        place.run(account.delete("a"))
        assert account.subscribed == {"a", INBOX}
        place.run(account.subscribe("a", False))
        place.run(account.subscribe("never", False))
        assert account.subscribed == {INBOX}

    # The maildrop

    def test_lock_is_exclusive(self, place):
        account = place.account(SLIDES)
        maildrop = place.run(account.lock_maildrop())
        assert (maildrop.inbox, maildrop.messages) == (account.inbox, account.inbox.messages)
        assert account.maildrop is maildrop
        with pytest.raises(MaildropLocked):
            place.run(account.lock_maildrop())
        assert account.maildrop is maildrop

    def test_lock_can_be_taken_again(self, place):
        account = place.account()
        place.run(account.lock_maildrop())
        account.unlock_maildrop()
        account.unlock_maildrop()
        assert account.maildrop is None
        assert place.run(account.lock_maildrop()).messages == []

    def test_locked_maildrop_is_a_fixed_list(self, place):
        account = place.account(SLIDES, HELLO)
        maildrop = place.run(account.lock_maildrop())
        place.run(place.store.deliver([account], [DOTS]))
        place.run(account.inbox.expunge(account.inbox.messages[:1]))
        assert [m.uid for m in maildrop.messages] == [1, 2]
        assert uids(account.inbox) == [2, 3]

    # Delivery

    def test_deliver_each_its_content(self, place):
        ann, bob = place.account(), place.account(address="bob@lab.example")
        place.run(place.store.deliver([ann, bob], [HELLO, SLIDES]))
        contents = [place.run(a.inbox.content(a.inbox.messages[0])) for a in (ann, bob)]
        assert contents == [HELLO, SLIDES]
        assert [uids(a.inbox) for a in (ann, bob)] == [[1], [1]]

    def test_deliver_to_the_same_account_twice(self, place):
        account = place.account()
        place.run(place.store.deliver([account, account], [HELLO, SLIDES]))
        assert uids(account.inbox) == [1, 2]

    def test_deliver_tells_listeners(self, place):
        account = place.account(SLIDES)
        account.inbox.listeners.add(ear := Ear())
        place.run(place.store.deliver([account], [HELLO]))
        assert ear.heard == [("added", [2])]
