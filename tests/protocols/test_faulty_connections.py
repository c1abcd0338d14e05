"""Planned delays and cuts over sockets."""

import asyncio
import socket
import ssl

import pytest

from mailedu.certificates import server_tls
from protocols.faults import Cut, Fault, FaultPlan
from tests.protocols.conftest import MailLab
from tests.protocols.mails import SLIDES

ANN = "ann@lab.example"


@pytest.fixture
def naps(mail_lab):
    """The planned delays under way; each ends when its future gets a result."""
    under_way: list[asyncio.Future] = []

    async def sleep(seconds: float) -> None:
        under_way.append(mail_lab.loop.create_future())
        await under_way[-1]

    mail_lab.host.sleep = sleep
    return under_way


def account(lab):
    return lab.run(lab.store.account(ANN))


def plan(lab, *faults: Fault) -> None:
    account(lab).faults = FaultPlan(faults)


def reading(lab):
    client = lab.connect("pop3")
    client.line()
    client.ask(f"USER {ANN}".encode())
    assert client.ask(b"PASS geheim").startswith(b"+OK")
    return client


def wake(lab, naps) -> None:
    lab.call(lambda: naps[-1].set_result(None))


def test_a_delay_holds_up_nobody_else(mail_lab, naps):
    plan(mail_lab, Fault("pop3", "STAT", delay=300))
    client, other = reading(mail_lab), mail_lab.connect("pop3")
    client.send(b"STAT\r\nNOOP\r\n")
    mail_lab.until(lambda: len(naps) == 1)
    other.line()
    assert other.ask(b"CAPA") == b"+OK capability list follows\r\n"
    wake(mail_lab, naps)
    assert client.line().startswith(b"+OK 2 ")
    assert client.line() == b"+OK nothing done\r\n"
    client.close()
    other.close()


def test_who_leaves_during_a_delayed_login_leaves_no_lock(mail_lab, naps):
    plan(mail_lab, Fault("pop3", "PASS", delay=300))
    client = mail_lab.connect("pop3")
    client.line()
    client.ask(f"USER {ANN}".encode())
    client.send(b"PASS geheim\r\n")
    mail_lab.until(lambda: len(naps) == 1)
    client.close()
    wake(mail_lab, naps)
    mail_lab.until(lambda: not mail_lab.host.conversations)
    mail_lab.until(lambda: not mail_lab.host.logins)
    assert account(mail_lab).maildrop is None


def test_the_server_ends_during_a_delay(mail_lab, naps):
    plan(mail_lab, Fault("pop3", "STAT", delay=300))
    client = reading(mail_lab)
    client.send(b"STAT\r\n")
    mail_lab.until(lambda: len(naps) == 1)
    mail_lab.run(mail_lab.listeners.close())
    assert client.line().startswith(b"-ERR [SYS/TEMP] server is shutting down")
    assert client.rest() == b""
    client.close()


@pytest.mark.parametrize(
    ("cut", "heard"),
    [
        (Cut.BEFORE, b""),
        (Cut.INSIDE, b"+OK message follows\r\n" + SLIDES[:9]),
        (Cut.AFTER, b"+OK message follows\r\n" + SLIDES + b".\r\n"),
    ],
)
def test_a_cut_leaves_so_much(mail_lab, cut, heard):
    plan(mail_lab, Fault("pop3", "RETR", cut=cut, octets=30))
    client = reading(mail_lab)
    client.send(b"RETR 1\r\nNOOP\r\n")
    assert client.rest() == heard
    client.close()
    ann = account(mail_lab)
    mail_lab.until(lambda: ann.maildrop is None)


def test_a_cut_of_a_sealed_connection_looks_like_an_accident(tmp_path):
    lab = MailLab(tls=server_tls(tmp_path, ("localhost",)))
    plan(lab, Fault("pop3", "STAT", cut=Cut.BEFORE))
    context = ssl._create_unverified_context()
    with socket.create_connection(lab.ports["pop3s"]) as plain:
        sealed = context.wrap_socket(plain, suppress_ragged_eofs=False)
        for line in (f"USER {ANN}", "PASS geheim", "STAT"):
            assert sealed.recv(200).startswith(b"+OK")
            sealed.sendall(f"{line}\r\n".encode())
        with pytest.raises(ssl.SSLEOFError):
            sealed.recv(200)
        sealed.close()
    lab.close()


def test_a_cut_in_the_middle_of_a_message_stores_nothing(mail_lab):
    plan(mail_lab, Fault("smtp", "DATA", cut=Cut.INSIDE, octets=1000))
    before = len(account(mail_lab).inbox.messages)
    client = mail_lab.connect("smtp")
    client.line()
    client.ask(b"HELO c")
    client.ask(b"MAIL FROM:<a@b.example>")
    client.ask(f"RCPT TO:<{ANN}>".encode())
    assert client.ask(b"DATA").startswith(b"354")
    client.send(b"Subject: x\r\n\r\n" + b"x\r\n" * 400 + b".\r\n")
    assert client.rest() == b""
    client.close()
    mail_lab.until(lambda: not mail_lab.host.conversations)
    assert len(account(mail_lab).inbox.messages) == before


def test_421_says_so_and_closes(mail_lab):
    plan(mail_lab, Fault("smtp", "RCPT", reply="421 4.3.2 not now"))
    client = mail_lab.connect("smtp")
    client.line()
    client.send(f"HELO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{ANN}>\r\nDATA\r\n".encode())
    assert client.rest().splitlines()[-1] == b"421 not now"
    client.close()
