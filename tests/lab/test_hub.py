"""Who hears what: claims, order, owners, wakes, bounds."""

import asyncio
from base64 import b64encode

import pytest

from mailedu import certificates
from mailedu.lab import hub as hub_module
from mailedu.lab.rules import Viewer, sees_password
from protocols.transcript import mask
from tests.lab.stage import MAIL, Page, stage

CLAIRE, DORA = "claire@lab.example", "dora@lab.example"
ANNA, BEN, STAFF, NOBODY = Viewer("anna"), Viewer("ben"), Viewer(staff=True), Viewer()


def b64(text):
    return b64encode(text.encode()).decode()


def people(made):
    """Mailboxes that all know, of Anna, Ben and nobody."""
    for name, realm in (("claire", "anna"), ("dora", "ben"), ("shared", "")):
        made.store.add_account(f"{name}@lab.example", "pw").realm = realm


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
    anna.take()
    assert anna.texts == {}  # the next mail may be somebody else's
    await client.say("QUIT")
    client.leave()
    id = await anna.until("DATA")
    assert "HELO x" in anna.texts[id]
    ben.take()
    assert ben.texts == {}


def mail_to(*names):
    recipients = [f"RCPT TO:<{name}@lab.example>" for name in names]
    return "MAIL FROM:<a@b.example>", *recipients, "DATA", "Hi\r\n."


TO_ANNA, TO_BEN, TO_ALL = mail_to("claire"), mail_to("dora"), mail_to("shared")
AS_ANNA, AS_BEN = (f"AUTH PLAIN {b64(chr(0) + name + chr(0) + 'pw')}" for name in (CLAIRE, DORA))


@pytest.mark.parametrize(
    ("lines", "owner"),
    [
        ([*TO_ANNA], "anna"),
        ([*TO_ANNA, *TO_ANNA], "anna"),
        ([*TO_ANNA[:2], "RSET", "RCPT TO:<nobody@lab.example>", *TO_ANNA], "anna"),
        ([*TO_ANNA, *TO_BEN], ""),
        ([*mail_to("claire", "dora")], ""),
        ([*TO_ALL, *TO_ANNA], ""),
        ([*TO_ANNA, *TO_BEN[:2]], ""),
        ([*TO_BEN[:2], "RSET", *TO_ANNA], ""),
        ([*TO_ANNA[:2]], ""),
        ([*TO_ANNA, AS_ANNA], "anna"),
        ([*TO_BEN, AS_ANNA], ""),
        ([AS_ANNA, *TO_BEN], "anna"),
        ([AS_BEN, AS_ANNA], "ben"),
    ],
)
def test_what_concerns_more_than_one_realm_belongs_to_nobody(lines, owner):
    async def test(made):
        people(made)
        pages = {viewer.realm: watching(made, viewer) for viewer in (ANNA, BEN)}
        staff = watching(made, STAFF)
        client = await made.outside("smtp")
        await client.say("HELO x", "EHLO x")
        while not (await client.answer()).startswith("250 "):
            pass
        await client.say(*lines, "QUIT")
        client.leave()
        id = await staff.until("221")
        while not made.hub.find(id, STAFF).closed:
            await asyncio.sleep(0)
        for page in (*pages.values(), staff):
            page.take()
        shown = {realm: page.texts.get(id, []) for realm, page in pages.items()}
        seen = {realm: texts for realm, texts in shown.items() if texts}
        assert seen == ({owner: staff.texts[id]} if owner else {})

    on_stage(test)()


@on_stage
async def test_what_comes_behind_a_mail_is_not_shown_before_it_is_known_whose_it_is(made):
    people(made)
    anna = watching(made, ANNA)
    client = await made.outside("smtp")
    looked_up = made.store.account

    async def slowly(address, realm=""):
        if address == DORA:
            anna.take()
            assert anna.texts == {}
        return await looked_up(address, realm)

    made.store.account = slowly
    await client.say("HELO x", *TO_ANNA, "\r\n".join(TO_BEN))
    anna.take()
    assert anna.texts == {}
    client.leave()


def test_tls_on_command_makes_a_conversation_forget_its_owner(tmp_path):
    server = certificates.server_tls(tmp_path, ("localhost",))
    trusting = certificates.client_context(tmp_path)

    async def play():
        async with stage(server) as made:
            people(made)
            anna, ben, staff = (watching(made, viewer) for viewer in (ANNA, BEN, STAFF))
            client = await made.outside("smtp")
            await client.say("EHLO x")
            while not (await client.answer()).startswith("250 "):
                pass
            await client.say(AS_BEN, "STARTTLS")
            id = await ben.until("220 2.0.0")
            await client.secure(trusting)
            await client.say("EHLO y")
            while not (await client.answer()).startswith("250 "):
                pass
            assert made.hub.find(id, BEN) is None
            await client.say(AS_ANNA, *TO_ANNA, "QUIT")
            client.leave()
            await staff.until("221")
            for page in (anna, ben):
                page.take()
            assert (anna.texts, "EHLO y" in ben.texts[id]) == ({}, False)

    asyncio.run(play())


async def seen(made, viewer, *lines, service="pop3"):
    """What `viewer` sees of the lines that a program says from outside."""
    people(made)
    client = await made.outside(service)
    await client.say(*lines)
    [live] = made.hub.visible(viewer)
    client.leave()
    return [
        entry.text if sees_password(viewer, live.owner, live.origin, entry) else mask(entry)
        for entry in live.conversation.recorder.entries
        if entry.text in "\r\n".join(lines).split("\r\n")
    ]


@on_stage
async def test_the_password_of_the_login_is_its_owners_and_what_failed_is_nobodys(made):
    lines = f"USER {DORA}", "PASS px", f"USER {CLAIRE}", "PASS pw"
    assert await seen(made, ANNA, *lines) == [lines[0], "PASS ••", *lines[2:]]


@on_stage
async def test_the_staff_sees_no_password_of_a_login_that_succeeded(made):
    lines = f"USER {CLAIRE}", "PASS pw"
    assert await seen(made, STAFF, *lines) == [lines[0], "PASS ••"]


@pytest.mark.parametrize(
    "lines",
    [
        [f"a LOGIN {CLAIRE} pw"],
        [f"a LOGIN {CLAIRE} {{2+}}\r\npw"],
        ["a AUTHENTICATE PLAIN", b64(f"\0{CLAIRE}\0pw")],
        [f"a AUTHENTICATE PLAIN {b64(f'{chr(0)}{CLAIRE}{chr(0)}pw')}"],
    ],
)
def test_a_login_of_several_lines_is_its_owners_too(lines):
    @on_stage
    async def test(made):
        said = [line for text in lines for line in text.split("\r\n")]
        assert [t for t in await seen(made, ANNA, *lines, service="imap") if t] == said

    test()


@on_stage
async def test_a_login_behind_which_more_came_is_not_told_from_what_came(made):
    lines = f"USER {CLAIRE}\r\nPASS pw\r\nPASS px"
    assert await seen(made, ANNA, lines) == [f"USER {CLAIRE}", "PASS ••", "PASS ••"]


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
