"""DjangoStore: what it promises beyond the interface that both stores keep."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from mailedu.mail import actions, additions, rows
from mailedu.mail.models import Account, Content, Mailbox, Message
from mailedu.mail.store import MAX_ABSENT
from protocols import store
from protocols.store import DELETED, FLAGGED, SEEN, FlagChange, NewMessage

ANNA = "anna@lab.example"
BEN = "ben@lab.example"
HELLO = b"Subject: hello\r\n\r\nHi.\r\n"


class Diary:
    """Writes down what a mailbox or an account tells."""

    def __init__(self) -> None:
        self.lines = []

    def added(self, messages) -> None:
        self.lines.append(("added", [m.uid for m in messages]))

    def flagged(self, messages) -> None:
        self.lines.append(("flagged", [(m.uid, sorted(m.flags)) for m in messages]))

    def expunged(self, messages) -> None:
        self.lines.append(("expunged", [m.uid for m in messages]))

    def changed(self) -> None:
        self.lines.append("changed")


def elsewhere(action):
    """Run it in another thread, on another connection, as a page does."""
    error = []

    def work() -> None:
        try:
            action()
        except Exception as e:  # noqa: BLE001
            error.append(e)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert error == []


async def settled(engine) -> None:
    """Everything committed so far is applied afterwards."""
    await engine.writer.submit(lambda cursor: None)


def test_what_was_delivered_is_there_after_a_restart(run):
    actions.create_account(ANNA, "secret")

    async def deliver(engine):
        anna = await engine.account("Anna@Lab.example")
        await engine.deliver([anna, anna], [HELLO, HELLO + b"Again.\r\n"])
        await anna.inbox.append(
            [NewMessage(HELLO, frozenset({SEEN, "$Junk"}), datetime(2004, 10, 18, tzinfo=UTC))]
        )

    async def look(engine):
        anna = await engine.account(ANNA)
        return anna.inbox.messages, [await anna.inbox.content(m) for m in anna.inbox.messages]

    run(deliver)
    messages, contents = run(look)
    assert [m.uid for m in messages] == [1, 2, 3]
    assert contents == [HELLO, HELLO + b"Again.\r\n", HELLO]
    assert [m.size for m in messages] == [len(c) for c in contents]
    assert messages[2].flags == {SEEN, "$Junk"}
    assert messages[2].internal_date == datetime(2004, 10, 18, tzinfo=UTC)
    assert b'"hello"' in messages[0].summary.envelope


def test_both_sizes_are_the_same_after_a_restart(run):
    actions.create_account(ANNA, "secret")

    async def append(engine):
        anna = await engine.account(ANNA)
        await anna.inbox.append([NewMessage(HELLO), NewMessage(HELLO + b"no end")])
        return sizes(anna)

    async def look(engine):
        return sizes(await engine.account(ANNA))

    def sizes(account):
        return [(m.size, m.sent_size) for m in account.inbox.messages]

    assert run(append) == run(look) == [(len(HELLO),) * 2, (len(HELLO) + 6, len(HELLO) + 8)]


def test_an_account_in_memory_is_the_same_object_and_costs_no_wait(run):
    actions.create_account(ANNA, "secret")

    async def twice(engine):
        first, second = await asyncio.gather(engine.account(ANNA), engine.account(ANNA))
        try:
            engine.account(ANNA).send(None)
        except StopIteration as done:
            return first, second, done.value

    first, second, third = run(twice)
    assert first is second is third


def test_a_realms_copy_goes_before_the_shared_one(run):
    actions.create_account("wiki@example.com", "secret")
    actions.ensure_private_copy("wiki@example.com", "r1")

    async def realms(engine):
        found = [await engine.account("wiki@example.com", realm) for realm in ("r1", "", "r2")]
        loaded = [engine.loaded("wiki@example.com", realm) for realm in ("r1", "", "r2")]
        return [a.realm for a in found], [a and a.realm for a in loaded]

    assert run(realms) == (["r1", "", ""], ["r1", "", None])


def test_a_guests_mailbox_is_known_outside_its_realm(run):
    guest = actions.create_guest("r1")

    async def everywhere(engine):
        return [await engine.account(guest.address, realm) for realm in ("", "r1", "r2")]

    found = run(everywhere)
    assert [account.realm for account in found] == ["r1"] * 3
    assert found[0] is found[1] is found[2]


def test_unknown_address(run):
    assert run(lambda engine: engine.account("nobody@lab.example")) is None


def test_a_copy_shares_its_content_and_the_last_message_takes_it_along(run):
    actions.create_account(ANNA, "secret")

    async def copy_and_expunge(engine):
        anna = await engine.account(ANNA)
        work = await anna.create("work")
        await engine.deliver([anna], [HELLO])
        [copied] = await anna.inbox.copy(anna.inbox.messages, work)
        counts = [await _contents(engine)]
        await anna.inbox.expunge(anna.inbox.messages)
        assert await work.content(copied) == HELLO
        counts.append(await _contents(engine))
        await work.expunge(work.messages)
        return [*counts, await _contents(engine)]

    assert run(copy_and_expunge) == [1, 1, 0]


async def _contents(engine) -> int:
    def count(cursor):
        cursor.execute("SELECT COUNT(*) FROM mail_content")
        return cursor.fetchone()[0]

    return await engine.writer.submit(count)


def test_a_failed_job_spoils_no_other_of_its_batch(run):
    actions.create_account(ANNA, "secret")

    async def together(engine):
        anna = await engine.account(ANNA)
        return await asyncio.gather(
            anna.create("a"), anna.create("a"), anna.delete("none"), anna.create("b"),
            engine.deliver([anna], [HELLO]), return_exceptions=True,
        )  # fmt: skip

    results = run(together)
    assert [type(r).__name__ for r in results] == [
        "DjangoMailbox", "MailboxExists", "NoSuchMailbox", "DjangoMailbox", "NoneType",
    ]  # fmt: skip
    assert Mailbox.objects.count() == 3
    assert Message.objects.count() == 1


def test_a_database_error_is_store_unavailable_and_the_next_job_works(run):
    async def broken(engine):
        results = await asyncio.gather(
            engine.writer.submit(lambda cursor: cursor.execute("SELECT * FROM nowhere")),
            engine.writer.submit(lambda cursor: 7),
            return_exceptions=True,
        )
        return [type(results[0]), results[1]]

    assert run(broken) == [store.StoreUnavailable, 7]


def test_an_undone_transaction_acknowledges_nothing(run):
    as_a_full_disk_does = "INSERT OR ROLLBACK INTO mail_account (id) VALUES (NULL)"
    actions.create_account(ANNA, "secret")

    async def undone(engine):
        anna = await engine.account(ANNA)
        results = await asyncio.gather(
            engine.deliver([anna], [HELLO]),
            engine.writer.submit(lambda cursor: cursor.execute(as_a_full_disk_does)),
            engine.deliver([anna], [HELLO]),
            return_exceptions=True,
        )
        await engine.deliver([anna], [HELLO])
        return [type(r) for r in results], [m.uid for m in anna.inbox.messages]

    assert run(undone) == ([store.StoreUnavailable] * 3, [1])


def test_a_mistake_of_ours_does_not_stop_the_writer(run):
    account = actions.create_account(ANNA, "secret")

    async def broken(engine):
        anna = await engine.account(ANNA)
        refresh, anna.refresh = anna.refresh, None  # a bug in noticing changes
        del anna.revision
        elsewhere(lambda: actions.fill(account, 1))
        with pytest.raises(store.StoreUnavailable):
            await settled(engine)
        anna.refresh, anna.revision = refresh, 0
        await settled(engine)
        return len(anna.inbox.messages)

    assert run(broken) == 1


def test_stop_finishes_what_was_submitted_and_takes_nothing_after(run):
    actions.create_account(ANNA, "secret")

    async def stopped(engine):
        anna = await engine.account(ANNA)
        waiting = [asyncio.ensure_future(engine.deliver([anna], [HELLO])) for _ in range(300)]
        await asyncio.sleep(0)
        await engine.writer.stop()
        await asyncio.gather(*waiting)
        with pytest.raises(store.StoreUnavailable):
            await engine.deliver([anna], [HELLO])

    async def both(engine):
        await stopped(engine)
        engine.writer.stop = _nothing

    run(both)
    assert Message.objects.count() == 300


async def _nothing() -> None: ...


def test_uids_are_never_used_again(run):
    actions.create_account(ANNA, "secret")

    async def again(engine):
        anna = await engine.account(ANNA)
        await engine.deliver([anna, anna], [HELLO, HELLO])
        await anna.inbox.expunge(anna.inbox.messages)
        await engine.deliver([anna], [HELLO])
        return [m.uid for m in anna.inbox.messages]

    assert run(again) == [3]
    assert run(_uid_next) == 4


async def _uid_next(engine) -> int:
    return (await engine.account(ANNA)).inbox.uid_next


def test_a_mailbox_made_again_has_a_larger_uidvalidity(run):
    actions.create_account(ANNA, "secret")

    async def twice(engine):
        anna = await engine.account(ANNA)
        first = (await anna.create("work")).uid_validity
        await anna.delete("work")
        return first, (await anna.create("work")).uid_validity

    first, second = run(twice)
    assert first < second


def test_changes_by_others_reach_listeners_in_order(run):
    account = actions.create_account(ANNA, "secret")

    async def watched(engine):
        anna, diary = await engine.account(ANNA), Diary()
        await engine.deliver([anna, anna], [HELLO, HELLO])
        anna.inbox.listeners.add(diary)
        elsewhere(lambda: _change_by_hand(account))
        # The store's own change commits after the other's: UID 3 must come before UID 4.
        await engine.deliver([anna], [HELLO])
        return diary.lines, anna.inbox.uid_next

    assert run(watched) == (
        [("expunged", [1]), ("flagged", [(2, [FLAGGED])]), ("added", [3]), ("added", [4])],
        5,
    )


def _change_by_hand(account: Account) -> None:
    with actions._changing(account) as cursor:
        inbox = rows.mailbox_ids(cursor, account.id)["INBOX"]
        rows.delete_messages(cursor, inbox, [1])
        rows.update_flags(cursor, inbox, {2: frozenset({FLAGGED})})
        actions._add(cursor, [inbox], actions._summarized([actions.dated(HELLO)]))


def test_folders_by_others(run):
    account = actions.create_account(ANNA, "secret")

    def work() -> None:
        with actions._changing(account) as cursor:
            ids = rows.mailbox_ids(cursor, account.id)
            rows.insert_mailboxes(cursor, account.id, ["new"])
            rows.rename_mailboxes(cursor, {ids["old"]: "other"})
            rows.delete_mailboxes(cursor, [ids["gone"]])
            rows.subscribe(cursor, account.id, "new", True)

    async def watched(engine):
        anna, diary = await engine.account(ANNA), Diary()
        old, gone = await anna.create("old"), await anna.create("gone")
        await gone.append([NewMessage(HELLO)])
        gone.listeners.add(diary)
        anna.listeners.add(diary)
        elsewhere(work)
        await settled(engine)
        with pytest.raises(store.NoSuchMailbox):
            await gone.append([NewMessage(HELLO)])
        return sorted(anna.mailboxes), anna.mailboxes["other"] is old, anna.subscribed, diary.lines

    assert run(watched) == (
        ["INBOX", "new", "other"], True, {"new"}, [("expunged", [1]), "changed"],
    )  # fmt: skip


def test_a_deleted_account_refuses_without_a_traceback(run):
    account = actions.create_account(ANNA, "secret")

    async def watched(engine):
        anna, diary = await engine.account(ANNA), Diary()
        await engine.deliver([anna], [HELLO])
        work = await anna.create("work")
        message = anna.inbox.messages[0]
        anna.inbox.listeners.add(diary)
        elsewhere(lambda: actions.delete([account]))
        await settled(engine)
        attempts = [
            engine.deliver([anna], [HELLO]), work.append([NewMessage(HELLO)]),
            anna.create("more"), anna.delete("work"), anna.lock_maildrop(),
            anna.inbox.content(message), anna.subscribe("x"),
        ]  # fmt: skip
        results = await asyncio.gather(*attempts, return_exceptions=True)
        return (
            [type(r).__name__ for r in results],
            diary.lines, anna.inbox.messages, await engine.account(ANNA),
        )  # fmt: skip

    names, lines, messages, found = run(watched)
    assert names == [
        "StoreUnavailable", "NoSuchMailbox", "StoreUnavailable", "NoSuchMailbox",
        "StoreUnavailable", "MessageGone", "NoneType",
    ]  # fmt: skip
    assert lines == [("expunged", [1])]
    assert (messages, found) == ([], None)
    assert Content.objects.count() == 0


def test_a_quiet_store_notices_by_itself(run):
    account = actions.create_account(ANNA, "secret")

    class Arrived:
        def __init__(self) -> None:
            self.event = asyncio.Event()

        def added(self, messages) -> None:
            self.event.set()

        def flagged(self, messages) -> None: ...
        def expunged(self, messages) -> None: ...

    def work() -> None:
        announce, actions._announce = actions._announce, lambda: None  # as another process
        try:
            with actions._changing(account) as cursor:
                inbox = rows.mailbox_ids(cursor, account.id)["INBOX"]
                actions._add(cursor, [inbox], actions._summarized([actions.dated(HELLO)]))
        finally:
            actions._announce = announce

    async def watched(engine):
        anna, arrived = await engine.account(ANNA), Arrived()
        anna.inbox.listeners.add(arrived)
        elsewhere(work)
        await asyncio.wait_for(arrived.event.wait(), 10)
        return [m.uid for m in anna.inbox.messages]

    assert run(watched) == [1]


def test_flags_are_changed_in_the_database_not_from_memory(run):
    actions.create_account(ANNA, "secret")

    async def together(engine):
        anna = await engine.account(ANNA)
        await engine.deliver([anna], [HELLO])
        change = anna.inbox.set_flags
        changed = await asyncio.gather(
            change(anna.inbox.messages, FlagChange.ADD, [SEEN]),
            change(anna.inbox.messages, FlagChange.ADD, [DELETED]),
            change(anna.inbox.messages, FlagChange.ADD, [SEEN]),
        )
        return [len(c) for c in changed], anna.inbox.messages[0].flags

    assert run(together) == ([1, 1, 0], {SEEN, DELETED})
    assert Message.objects.get().flags == "\\Deleted \\Seen"


def test_a_full_account_says_so(run, monkeypatch):
    monkeypatch.setattr("mailedu.mail.account.MAX_OCTETS", 4000)
    actions.create_account(ANNA, "secret")

    async def fill(engine):
        anna = await engine.account(ANNA)
        await engine.deliver([anna], [HELLO])
        await engine.deliver([anna], [HELLO])
        await engine.deliver([anna], [HELLO])
        with pytest.raises(store.OverQuota) as refused:
            await engine.deliver([anna], [HELLO])
        await anna.inbox.expunge(anna.inbox.messages[:1])
        await engine.deliver([anna], [HELLO])
        return refused.value.name

    assert run(fill) == ANNA


def test_deliveries_at_the_same_moment_share_the_room(run, monkeypatch):
    monkeypatch.setattr("mailedu.mail.account.MAX_MESSAGES", 2)
    actions.create_account(ANNA, "secret")

    async def fill(engine):
        anna = await engine.account(ANNA)
        deliveries = [engine.deliver([anna], [HELLO]) for _ in range(4)]
        done = await asyncio.gather(*deliveries, return_exceptions=True)
        await anna.inbox.expunge(anna.inbox.messages[:1])
        await engine.deliver([anna], [HELLO])
        return [type(one) for one in done], len(anna.inbox.messages)

    assert run(fill) == ([type(None)] * 2 + [store.OverQuota] * 2, 2)


def test_an_account_holds_so_many_messages(run, monkeypatch):
    monkeypatch.setattr("mailedu.mail.account.MAX_MESSAGES", 2)
    actions.create_account(ANNA, "secret")

    async def fill(engine):
        anna = await engine.account(ANNA)
        await engine.deliver([anna, anna], [HELLO, HELLO])
        with pytest.raises(store.OverQuota):
            await anna.inbox.copy(anna.inbox.messages[:1], anna.inbox)
        await anna.inbox.expunge(anna.inbox.messages[:1])
        await anna.inbox.append([NewMessage(HELLO)])
        return [m.uid for m in anna.inbox.messages]

    assert run(fill) == [2, 3]


def test_what_many_get_is_stored_once(run):
    actions.create_account(ANNA, "secret")
    actions.create_account(BEN, "secret", sample_mail=2)

    async def deliver(engine):
        accounts = [await engine.account(address) for address in (ANNA, BEN, ANNA)]
        other = HELLO + b"Again.\r\n"
        await engine.deliver(accounts, [HELLO, HELLO, other])
        return await inboxes(*accounts)

    anna, ben, _ = run(deliver)
    assert anna == [(1, HELLO), (2, HELLO + b"Again.\r\n")]
    assert ben[-1] == (3, HELLO)
    assert Content.objects.filter(octets=HELLO).count() == 1


def test_what_comes_at_once_keeps_its_order_around_other_jobs(run):
    for address in (ANNA, BEN):
        actions.create_account(address, "secret")
    mails = [HELLO + b"%d\r\n" % number for number in range(4)]

    async def deliver(engine):
        anna, ben = await engine.account(ANNA), await engine.account(BEN)
        await asyncio.gather(
            engine.deliver([anna, ben], [mails[0], mails[0]]),
            engine.deliver([ben], [mails[0]]),
            engine.deliver([anna], [mails[1]]),
            anna.create("work"),
            engine.deliver([ben, anna], [mails[2], mails[3]]),
        )
        return await inboxes(anna, ben)

    async def look(engine):
        return await inboxes(await engine.account(ANNA), await engine.account(BEN))

    stored = [
        [(1, mails[0]), (2, mails[1]), (3, mails[3])],
        [(1, mails[0]), (2, mails[0]), (3, mails[2])],
    ]
    assert run(deliver) == stored
    assert run(look) == stored
    assert Content.objects.count() == len(mails)


def test_a_delivery_that_fails_spoils_no_other_of_its_batch(run):
    for address in (ANNA, BEN):
        actions.create_account(address, "secret")

    async def deliver(engine):
        anna, ben = await engine.account(ANNA), await engine.account(BEN)
        results = await asyncio.gather(
            engine.writer.submit(lambda cursor: rows.delete_account(cursor, ben.id)),
            engine.deliver([anna], [HELLO]), engine.deliver([ben], [HELLO]),
            engine.deliver([anna, ben], [HELLO, HELLO]), engine.deliver([anna], [HELLO]),
            return_exceptions=True,
        )  # fmt: skip
        return [type(r).__name__ for r in results], await inboxes(anna)

    names, [anna] = run(deliver)
    assert names == ["NoneType", "NoneType", "StoreUnavailable", "StoreUnavailable", "NoneType"]
    assert anna == [(1, HELLO), (2, HELLO)]


async def inboxes(*accounts) -> list[list[tuple[int, bytes]]]:
    return [[(m.uid, await a.inbox.content(m)) for m in a.inbox.messages] for a in accounts]


def test_what_many_get_is_read_once(run, monkeypatch):
    read = []
    summarize = additions.summarize
    monkeypatch.setattr(additions, "summarize", lambda c: read.append(c) or summarize(c))
    for address in (ANNA, BEN):
        actions.create_account(address, "secret")

    async def deliver(engine):
        accounts = [await engine.account(address) for address in (ANNA, BEN, ANNA)]
        await engine.deliver(accounts, [HELLO] * 3)
        return [m.summary for a in accounts[:2] for m in a.inbox.messages]

    assert run(deliver) == [summarize(HELLO)] * 3
    assert read == [HELLO]


def test_what_is_long_is_read_beside_the_loop(run, monkeypatch):
    """The message waits, in its place, and everybody else goes on."""
    may_end, summarize = threading.Event(), additions.summarize

    def slow(content):
        assert len(content) <= additions.SHORT or may_end.wait(20)
        return summarize(content)

    monkeypatch.setattr(additions, "summarize", slow)
    actions.create_account(ANNA, "secret")
    long = HELLO + b"x" * additions.SHORT

    async def deliver(engine):
        anna = await engine.account(ANNA)
        first = asyncio.ensure_future(engine.deliver([anna], [long]))
        await engine.deliver([anna], [HELLO])
        coming = anna._coming
        may_end.set()
        await first
        return coming, [m.summary for m in anna.inbox.messages]

    assert run(deliver) == (1, [summarize(HELLO), summarize(long)])


def test_a_delivery_to_an_account_that_is_gone_reaches_nobody(run):
    for address in (ANNA, BEN):
        actions.create_account(address, "secret")

    async def deliver(engine):
        anna, ben = await engine.account(ANNA), await engine.account(BEN)
        await engine.writer.submit(lambda cursor: rows.delete_account(cursor, ben.id))
        with pytest.raises(store.StoreUnavailable) as refused:
            await engine.deliver([anna, ben], [HELLO, HELLO])
        assert refused.value.name == BEN
        return anna.inbox.messages

    assert run(deliver) == []
    assert Content.objects.count() == Message.objects.count() == 0


def test_last_use_is_noted(run):
    actions.create_account(ANNA, "secret")
    assert Account.objects.get().last_used is None
    run(lambda engine: engine.account(ANNA))
    assert Account.objects.get().last_used is not None


def at_once(coroutine):
    """What it returns without waiting for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    pytest.fail("it waits")


def test_who_is_known_to_be_unknown_is_not_looked_for_again(run):
    async def play(engine):
        assert await engine.account(ANNA) is None
        assert at_once(engine.account(ANNA.upper())) is None
        assert await engine.account(ANNA, "realm") is None
        assert at_once(engine.account("x" * 1000)) is None

    run(play)


@pytest.mark.parametrize("realm", ["", "realm"])
def test_an_account_that_a_page_makes_is_found_at_once(run, realm):
    async def play(engine):
        assert await engine.account(ANNA, realm) is None
        await asyncio.to_thread(elsewhere, lambda: actions.create_account(ANNA, "secret"))
        assert (await engine.account(ANNA, realm)).address == ANNA

    run(play)


def test_an_account_that_another_process_makes_is_noticed(run):
    def create():
        actions.RUNNING.clear()  # nobody is told
        actions.create_account(ANNA, "secret")

    async def play(engine):
        assert await engine.account(ANNA) is None
        await asyncio.to_thread(elsewhere, create)
        await settled(engine)
        assert (await engine.account(ANNA)).address == ANNA

    run(play)


def test_not_every_unknown_name_is_remembered(run):
    async def play(engine):
        names = [f"{n}@lab.example" for n in range(MAX_ABSENT + 1)]
        await asyncio.gather(*map(engine.account, names))
        assert len(engine._absent) == MAX_ABSENT

    run(play)
