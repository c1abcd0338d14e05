"""Who hears what: claims, order, owners, wakes, bounds."""

import asyncio

import pytest

from mailedu.lab import hub as hub_module
from mailedu.lab.rules import Viewer
from tests.lab.stage import MAIL, Page, stage

ANNA, BEN, STAFF, NOBODY = Viewer("anna"), Viewer("ben"), Viewer(staff=True), Viewer()


def on_stage(test):
    def run():
        async def play():
            async with stage() as made:
                made.store.add_account("anna@lab.example", "pw", [MAIL], realm="anna")
                made.store.add_account("wiki@example.com", "pw", [MAIL])
                made.store.add_account("wiki@example.com", "pw", [MAIL], realm="anna")
                await test(made)

        asyncio.run(play())

    run.__name__ = test.__name__
    return run


def watching(made, viewer):
    page = Page(made.hub, viewer)
    made.hub.watch(page.follower)
    return page


@on_stage
async def test_a_page_gets_both_sides_in_the_order_of_the_wire(made):
    page = Page(made.hub, ANNA)
    pane = await made.pane("anna")
    page.follower.follow(pane.live)
    for line in ("USER wiki@example.com", "PASS pw", "STAT", "QUIT"):
        pane.send(line.encode() + b"\r\n")
    id = await page.until("+OK bye")
    commands = [text for text in page.texts[id] if not text.startswith("+OK") and text]
    assert commands == ["USER wiki@example.com", "PASS pw", "STAT", "QUIT"]
    assert page.seqs[id] == list(range(1, len(page.seqs[id]) + 1))


@on_stage
async def test_a_claim_may_come_before_the_server_accepted(made):
    reader, writer = await asyncio.open_connection(*made.hub.ports["pop3"])
    address = writer.get_extra_info("sockname")[:2]
    live = await made.hub.claim("pop3", address, "anna")
    assert (live.origin, live.owner, live.conversation.realm) == ("console", "anna", "anna")
    writer.close()


@on_stage
async def test_a_claim_may_come_after_the_server_accepted(made):
    client = await made.outside()
    live = await made.hub.claim("pop3", client.address, "ben")
    assert (live.origin, live.owner) == ("console", "ben")
    client.leave()


@on_stage
async def test_a_claim_is_for_one_protocol_only(made):
    client = await made.outside("pop3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub_module, "CLAIM_WAIT", 0)
        with pytest.raises(TimeoutError):
            await made.hub.claim("smtp", client.address, "ben")
    client.leave()


@on_stage
async def test_many_consoles_at_once_each_get_their_own(made):
    realms = [f"realm{n}" for n in range(40)]
    panes = await asyncio.gather(*(made.pane(realm) for realm in realms))
    assert [pane.live.owner for pane in panes] == realms
    ports = {pane.live.conversation.peer for pane in panes}
    assert len(ports) == 40


@on_stage
async def test_a_console_sees_its_realms_own_copy(made):
    pane, page = await made.pane("anna"), Page(made.hub, ANNA)
    page.follower.follow(pane.live)
    pane.send(b"USER wiki@example.com\r\nPASS pw\r\n")
    await page.until("locked")
    assert pane.live.conversation.account.realm == "anna"


@on_stage
async def test_nobody_else_sees_a_console(made):
    others = [watching(made, viewer) for viewer in (BEN, NOBODY)]
    staff, own = watching(made, STAFF), watching(made, ANNA)
    pane = await made.pane("anna")
    pane.send(b"CAPA\r\n")
    await own.until("CAPA")
    await staff.until("CAPA")
    for page in others:
        page.take()
    assert [page.texts for page in others] == [{}, {}]
    id = pane.live.conversation.id
    assert [made.hub.find(id, v) is pane.live for v in (ANNA, STAFF, BEN, NOBODY)] == [
        True, True, False, False,
    ]  # fmt: skip


@on_stage
async def test_a_session_from_outside_attaches_at_login_with_all_its_lines(made):
    anna, ben = watching(made, ANNA), watching(made, BEN)
    account = made.store.add_account("claire@lab.example", "pw", realm="")
    account.realm = "anna"  # reachable by all, owned by one, as a guest's account is
    client = await made.outside()
    await client.say("CAPA")
    anna.take()
    assert anna.texts == {}
    while await client.answer() != ".":
        pass
    await client.say("USER claire@lab.example", "PASS pw")
    id = await anna.until("locked")
    assert "CAPA" in anna.texts[id]
    ben.take()
    assert ben.texts == {}
    client.leave()


@on_stage
async def test_mail_from_outside_shows_to_whom_it_was_delivered(made):
    account = made.store.add_account("claire@lab.example", "pw")
    account.realm = "anna"
    anna, ben = watching(made, ANNA), watching(made, BEN)
    client = await made.outside("smtp")
    await client.say(
        "HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<claire@lab.example>", "DATA", "Hi\r\n."
    )
    id = await anna.until("DATA")
    assert "HELO x" in anna.texts[id]
    ben.take()
    assert ben.texts == {}
    client.leave()


@on_stage
async def test_a_login_outranks_a_delivery(made):
    for name, realm in (("claire", "anna"), ("dora", "ben")):
        made.store.add_account(f"{name}@lab.example", "pw").realm = realm
    anna = watching(made, ANNA)
    client = await made.outside("smtp")
    await client.say(
        "EHLO x", "MAIL FROM:<a@b.example>", "RCPT TO:<claire@lab.example>", "DATA", "Hi\r\n."
    )
    id = await anna.until("DATA")
    live = made.hub.find(id, STAFF)
    conversation = live.conversation
    conversation.authenticated(await made.store.account("dora@lab.example"))
    assert [made.hub.find(id, viewer) is live for viewer in (ANNA, BEN)] == [False, True]
    assert anna.follower not in live.followers
    client.leave()


@on_stage
async def test_watching_does_not_repeat_what_a_page_knows(made):
    pane, page = await made.pane("anna"), Page(made.hub, ANNA)
    page.follower.follow(pane.live)
    pane.send(b"QUIT\r\n")
    id = await page.until("bye")
    made.hub.watch(page.follower)
    other = await made.pane("anna")
    other.send(b"NOOP\r\n")
    await page.until("NOOP")
    assert page.seqs[id] == sorted(set(page.seqs[id]))


@on_stage
async def test_any_number_of_lines_in_one_turn_is_one_wake(made):
    pane, page = await made.pane("anna"), Page(made.hub, ANNA)
    page.follower.follow(pane.live)
    page.take()
    page.wakes = 0
    for _ in range(100):
        pane.live.conversation.heard()
    assert page.wakes == 1


@on_stage
async def test_a_slow_page_loses_no_line(made):
    quick, slow = Page(made.hub, ANNA), Page(made.hub, ANNA)
    pane = await made.pane("anna")
    for page in (quick, slow):
        page.follower.follow(pane.live)
    for n in range(300):
        pane.send(b"USER name%d\r\n" % n)
    id = await quick.until("name299")
    pane.send(b"QUIT\r\n")
    await quick.until("bye")
    slow.take()
    assert slow.texts[id] == quick.texts[id]


@on_stage
async def test_what_was_missed_can_be_asked_for(made):
    page, late = Page(made.hub, ANNA), Page(made.hub, ANNA)
    pane = await made.pane("anna")
    page.follower.follow(pane.live)
    pane.send(b"NOOP\r\nQUIT\r\n")
    id = await page.until("bye")
    late.follower.follow(pane.live, 3)
    late.take()
    assert late.seqs[id] == page.seqs[id][3:]


@on_stage
async def test_closed_conversations_leave_memory_once_they_are_written(made):
    page = Page(made.hub, ANNA)
    pane = await made.pane("anna")
    id = pane.live.conversation.id
    page.follower.follow(pane.live)
    pane.send(b"QUIT\r\n")
    await page.until("bye")
    while not pane.live.closed:
        await asyncio.sleep(0)
    made.hub._drop(pane.live)
    assert made.hub.find(id, ANNA) is pane.live  # not written yet
    made.hub.unwritten.clear()
    made.hub._drop(pane.live)
    assert made.hub.find(id, ANNA) is None
    page.take()
    assert page.follower not in pane.live.followers


@on_stage
async def test_what_nobody_owns_or_follows_leaves_at_once(made):
    client = await made.outside()
    [live] = made.hub.visible(STAFF)
    client.leave()
    while made.hub.visible(STAFF):
        await asyncio.sleep(0)
    assert live.closed is not None


@on_stage
async def test_a_page_that_leaves_is_forgotten(made):
    page = watching(made, ANNA)
    pane = await made.pane("anna")
    assert page.follower in pane.live.followers
    made.hub.leave(page.follower)
    assert page.follower not in pane.live.followers
    other = await made.pane("anna")
    assert other.live.followers == set()
