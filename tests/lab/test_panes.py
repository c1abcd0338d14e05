"""A console's connection speaks TLS exactly where the service, or its answer, begins it."""

import asyncio

import pytest

from mailedu import certificates
from mailedu.lab.rules import Viewer
from protocols import PROTOCOLS
from tests.lab.stage import MAIL, Page, stage

SEALED = [s.name for protocol in PROTOCOLS for s in protocol.services if s.tls]
# Service, a line before TLS, the one that begins it, and one after.
UPGRADES = [
    ("pop3", "CAPA", "STLS", "USER wiki@example.com"),
    ("imap", "a1 NOOP", "a2 STARTTLS", "a3 NOOP"),
    ("smtp", "EHLO x", "STARTTLS", "EHLO y"),
    ("submission", "EHLO x", "STARTTLS", "EHLO y"),
]


@pytest.fixture(scope="module")
def lab_tls(tmp_path_factory):
    """The server's side, the console's, and that of a client who trusts somebody else."""
    folder, other = (tmp_path_factory.mktemp(name) for name in ("lab", "other"))
    server = certificates.server_tls(folder, ("localhost",))
    certificates.server_tls(other, ("localhost",))
    return server, certificates.client_context(folder), certificates.client_context(other)


def play(test, server):
    async def run():
        async with stage(server) as made:
            made.store.add_account("wiki@example.com", "pw", [MAIL])
            await test(made)

    asyncio.run(run())


def followed(made, pane):
    page = Page(made.hub, Viewer("anna"))
    page.follower.follow(pane.live)
    return page


def entries(pane):
    return pane.live.conversation.recorder.entries


@pytest.mark.parametrize("service", SEALED)
def test_tls_from_the_first_octet(lab_tls, service):
    server, trusting, _ = lab_tls

    async def test(made):
        pane = await made.pane("anna", service, trusting)
        page = followed(made, pane)
        pane.send(b"NOOP\r\n")  # before the handshake is done: it waits
        await page.until("NOOP")
        ids = [entry.id for entry in entries(pane)]
        assert ids[:2] == ["wire.opened.tls", "wire.tls.first"]
        lines = [entry for entry in entries(pane) if entry.side != "-"]
        assert lines[0].side == "S"
        assert [entry.sealed is not None for entry in lines] == [True] * len(lines)
        assert pane.live.conversation.tls.version == "TLSv1.3"

    play(test, server)


@pytest.mark.parametrize("service, before, upgrade, after", UPGRADES)
def test_tls_after_the_answer(lab_tls, service, before, upgrade, after):
    server, trusting, _ = lab_tls

    async def test(made):
        pane = await made.pane("anna", service, trusting)
        page = followed(made, pane)
        pane.send(before.encode() + b"\r\n")
        await page.until(before)
        pane.send(upgrade.encode() + b"\r\n")
        while not pane.live.conversation.tls:
            await asyncio.sleep(0.001)
        pane.send(after.encode() + b"\r\n")
        await page.until(after)
        secured = next(entry.seq for entry in entries(pane) if entry.id == "wire.tls")
        lines = [entry for entry in entries(pane) if entry.side != "-"]
        assert [entry.sealed is not None for entry in lines] == [e.seq > secured for e in lines]
        said = [entry.text for entry in lines if entry.side == "C"]
        assert said == [before, upgrade, after]

    play(test, server)


def test_what_is_typed_during_the_handshake_waits_for_its_end(lab_tls):
    server, trusting, _ = lab_tls

    async def test(made):
        pane = await made.pane("anna", "smtp", trusting)
        page = followed(made, pane)
        upgrading = pane.live.conversation.upgrading

        def typing(octets):
            upgrading(octets)
            pane.send(b"EHLO y\r\n")

        pane.live.conversation.upgrading = typing
        pane.send(b"EHLO x\r\n")
        await page.until("250 ")
        pane.send(b"STARTTLS\r\n")
        await page.until("EHLO y")
        assert next(e for e in entries(pane) if e.text == "EHLO y").sealed is not None

    play(test, server)


def test_what_is_typed_behind_a_held_answer_crosses_in_the_clear(lab_tls):
    """Step mode: the server has answered, but the client cannot know that yet."""
    server, trusting, _ = lab_tls

    async def test(made):
        pane = await made.pane("anna", "pop3", trusting)
        page = followed(made, pane)
        pane.gate.turn(True)
        pane.send(b"STLS\r\n")
        await page.until("STLS")
        pane.send(b"NOOP\r\n")
        await page.until("NOOP")
        pane.gate.turn(False)
        await page.until("login")
        assert "pop3.STLS.pipelined" in [entry.id for entry in entries(pane)]
        assert pane.live.conversation.tls is None
        assert not any(entry.sealed for entry in entries(pane))

    play(test, server)


@pytest.mark.parametrize("service, first", [("smtps", None), ("smtp", b"EHLO x\r\nSTARTTLS\r\n")])
def test_a_certificate_that_is_not_trusted_ends_it(lab_tls, service, first):
    server, _, distrusting = lab_tls

    async def test(made):
        pane = await made.pane("anna", service, distrusting)
        page = followed(made, pane)
        if first:
            await page.until("220")
            pane.send(b"EHLO x\r\n")
            await page.until("250 ")
            pane.send(b"STARTTLS\r\n")
        while not pane.live.closed:
            await asyncio.sleep(0.001)
        assert [e.id for e in entries(pane)][-2:] == ["wire.tls-failed.unknown-ca", "wire.closed"]

    play(test, server)


def test_without_anybody_to_trust_there_is_no_tls(lab_tls):
    async def test(made):
        pane = await made.pane("anna", "pop3s")
        while not pane.live.closed:
            await asyncio.sleep(0.001)
        told = [entry.id for entry in entries(pane)]
        assert told == ["wire.opened.tls", "wire.tls-failed.unbegun", "wire.closed"]

    play(test, lab_tls[0])
