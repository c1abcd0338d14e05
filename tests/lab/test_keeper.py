"""Transcripts in the database: when they are written, what is kept, when they go."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from mailedu.lab import keeper as keeper_module
from mailedu.lab.keeper import KEEP_DAYS, Change, Keeper, delete_old, write_changes
from mailedu.lab.models import Part, Transcript
from mailedu.lab.stored import from_text
from protocols.transcript import KEEP_FIRST, KEEP_LAST, Entry, Kind, Side
from tests.lab.stage import stage

pytestmark = pytest.mark.django_db(transaction=True)


def row(id="1", **more):
    now = datetime.now(UTC)
    values = {"owner": "anna", "protocol": "pop3", "port": 110, "origin": "console", "written": now}
    return Transcript(id=id, opened=now, **(values | more))


def lines(first, last):
    return [
        Entry(Side.CLIENT, Kind.COMMAND, f"NOOP {n}", "pop3.NOOP", seq=n)
        for n in range(first, last + 1)
    ]


def stored(id="1"):
    return [e for part in Part.objects.filter(transcript=id) for e in from_text(part.entries)]


def test_a_growing_transcript_is_appended_to():
    write_changes([Change(row(), lines(1, 3))])
    write_changes([Change(row(account="a@b.example"), lines(4, 5))])
    assert stored() == lines(1, 5)
    assert Transcript.objects.get().account == "a@b.example"


def test_writing_again_changes_nothing():
    for _ in range(2):
        write_changes([Change(row(), lines(1, 3))])
    assert stored() == lines(1, 3)


def test_a_very_long_one_keeps_its_beginning_and_its_end():
    last = KEEP_FIRST + KEEP_LAST + 400
    for first in range(1, last, 100):
        write_changes([Change(row(), lines(first, first + 99))])
    numbers = [entry.seq for entry in stored()]
    assert numbers == [*range(1, KEEP_FIRST + 1), *range(last - KEEP_LAST + 1, last + 1)]


def test_old_ones_go():
    now = datetime.now(UTC)
    old = row("old", written=now - timedelta(days=KEEP_DAYS, seconds=1))
    write_changes([Change(old, lines(1, 1)), Change(row("new"), lines(1, 1))])
    delete_old(now)
    assert [t.id for t in Transcript.objects.all()] == ["new"]
    assert [part.transcript_id for part in Part.objects.all()] == ["new"]


def test_a_conversation_is_written_while_it_lives_and_when_it_ends():
    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            keeper.start()
            pane = await made.pane("anna")
            id = pane.live.conversation.id
            await keeper.write()
            assert await asyncio.to_thread(Transcript.objects.get, pk=id)
            pane.send(b"QUIT\r\n")
            while not pane.live.closed:
                await asyncio.sleep(0)
            await keeper.stop()
            return pane.live.conversation

    conversation = asyncio.run(play())
    found = Transcript.objects.get()
    assert (found.id, found.owner, found.protocol) == (conversation.id, "anna", "pop3")
    assert found.closed is not None
    assert stored(found.id) == conversation.recorder.entries


def test_a_row_is_written_again_only_when_it_changed():
    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            pane = await made.pane("anna")
            live = pane.live
            await keeper.write()
            untouched = live.unwritten
            live.conversation.heard()
            await keeper.write()
            wiki = made.store.add_account("wiki@example.com", "geheim")
            live.conversation.authenticated(wiki)
            assert (untouched, live.unwritten) == (False, True)
            await keeper.write()
            keeper.start()
            await keeper.stop()

    asyncio.run(play())
    assert Transcript.objects.get().account == "wiki@example.com"


def test_what_nobody_owns_is_not_written():
    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            keeper.start()
            client = await made.outside()
            await client.say("CAPA")
            client.leave()
            await keeper.stop()

    asyncio.run(play())
    assert Transcript.objects.count() == 0


def test_a_row_does_not_keep_the_owner_that_its_conversation_has_lost():
    owners = []

    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            made.store.add_account("claire@lab.example", "geheim").realm = "anna"
            client = await made.outside("smtp")
            await client.say("EHLO x")
            while not (await client.answer()).startswith("250 "):
                pass
            await client.say("AUTH PLAIN AGNsYWlyZUBsYWIuZXhhbXBsZQBnZWhlaW0=")
            [conversation] = made.host.conversations
            for happens in (lambda: None, conversation.forget_login):
                happens()
                made.hub.secured(conversation)
                await keeper.write()
                owners.append((await asyncio.to_thread(Transcript.objects.get)).owner)
            client.leave()
            keeper.start()
            await keeper.stop()

    asyncio.run(play())
    assert owners == ["anna", ""]


def test_the_password_of_a_login_is_stored_as_its_owners():
    entries = lines(1, 2)
    entries[1].secret, entries[1].proved = (5, 6), True
    write_changes([Change(row(), entries)])
    assert [entry.proved for entry in stored()] == [False, True]


def test_what_could_not_be_written_is_written_the_next_time(monkeypatch, caplog):
    def full(changes):
        raise DatabaseError("disk is full")

    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            keeper.start()
            pane = await made.pane("anna")
            with monkeypatch.context() as patch:
                patch.setattr(keeper_module, "write_changes", full)
                await keeper.write()
            assert made.hub.unwritten == {pane.live}
            await keeper.stop()
            return pane.live.conversation

    conversation = asyncio.run(play())
    assert stored(conversation.id)[0].id == "wire.opened"
    assert "disk is full" in caplog.text


def test_others_have_their_turns_while_much_is_explained_and_the_end_loses_nothing(monkeypatch):
    explained, change = [], keeper_module._change
    monkeypatch.setattr(keeper_module, "Turn", lambda clock: Always())
    monkeypatch.setattr(keeper_module, "_change", lambda live: explained.append(1) or change(live))

    async def play():
        async with stage() as made:
            keeper = Keeper(made.hub)
            keeper.start()
            panes = [await made.pane("anna") for _ in range(3)]
            writing = asyncio.create_task(keeper.write())
            keeper._tasks.append(writing)
            while not explained:
                await asyncio.sleep(0)
            done = len(explained)
            await keeper.stop()
            return done, writing.cancelled(), len(panes)

    assert asyncio.run(play()) == (1, True, 3)
    assert Transcript.objects.count() == 3


class Always:
    def over(self):
        return True
