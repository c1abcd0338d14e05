"""Opening and closing the mail side of the process."""

import asyncio
import hashlib
import socket

import pytest
from own_certificate import NAME, write

from mailedu.lab import services, trust
from mailedu.lab.services import build, current
from mailedu.places import ports

pytestmark = pytest.mark.django_db(transaction=True)


def test_while_it_is_open_the_pages_reach_it():
    async def play():
        made = build("127.0.0.1", None)
        opened = await made.open()
        assert (current(), ports()) == (made, opened)
        answer = await asyncio.to_thread(made.call, lambda number: number + 1, 1)
        await made.close()
        return answer

    assert asyncio.run(play()) == 2
    assert current() is None


def test_a_taken_port_is_named_and_nothing_stays_open(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        first = min(service.port for p in services.PROTOCOLS for service in p.services)

        async def play():
            made = build("127.0.0.1", port - first)
            with pytest.raises(OSError, match=f"port {port} .* is taken"):
                await made.open()
            await made.close()

        asyncio.run(play())
    assert current() is None


@pytest.mark.parametrize("allowed", [True, False])
def test_a_school_may_forbid_passwords_in_the_clear(settings, allowed):
    settings.LAB_PLAIN_LOGINS = allowed

    async def play():
        made = build("127.0.0.1", None)
        opened = await made.open()
        reader, writer = await asyncio.open_connection(*opened["imap"])
        greeting = await reader.readline()
        writer.close()
        await made.close()
        return greeting.split()

    greeting = asyncio.run(play())
    assert (b"LOGINDISABLED" in greeting, b"AUTH=PLAIN" in greeting) == (not allowed, allowed)


def test_a_certificate_that_the_school_renews_is_offered_without_a_restart(settings, tmp_path):
    settings.LAB_TLS_OWN, _ = write(tmp_path)
    tls, trusting = trust.server_tls(), trust.client_context()

    async def fingerprint(made):
        place = made.ports["pop3s"]
        _, writer = await asyncio.open_connection(*place, ssl=made.trusting, server_hostname=NAME)
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return hashlib.sha256(found).digest().hex(":").upper()

    async def play():
        made = build("127.0.0.1", None, tls, trusting=trusting)
        await made.open()
        await made.renew_tls()
        found = [await fingerprint(made)]
        write(tmp_path)
        await made.renew_tls()
        found.append(await fingerprint(made))
        settings.LAB_TLS_OWN.key.write_text("half")
        await made.renew_tls()
        found.append(await fingerprint(made))
        settings.LAB_TLS_OWN.certificate.write_text("half")
        await made.renew_tls()
        found.append(await fingerprint(made))
        await made.close()
        return found

    first, second, *later = asyncio.run(play())
    assert first == tls.certificate.fingerprint
    assert second != first
    assert later == [second, second]


def test_closing_says_farewell_and_twice_is_nothing():
    async def play():
        made = build("127.0.0.1", None)
        opened = await made.open()
        reader, writer = await asyncio.open_connection(*opened["pop3"])
        await reader.readline()
        await made.close()
        await made.close()
        said = await reader.read()
        writer.close()
        return said

    assert asyncio.run(play()).startswith(b"-ERR ")


def test_a_client_that_was_cut_off_does_not_disturb_the_end():
    """Its socket refuses even the end of the stream."""

    async def play():
        made = build("127.0.0.1", None)
        opened = await made.open()
        client = socket.create_connection(opened["pop3"])
        await asyncio.sleep(0)
        while not made.hub._live:
            await asyncio.sleep(0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()  # a reset, not a close
        await made.close()
        return made

    made = asyncio.run(play())
    assert made.store.writer._stopped.done()
