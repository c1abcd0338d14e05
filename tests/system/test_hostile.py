"""Junk in every state of every protocol, against the real process while a teacher watches."""

import socket
import struct
import threading

import pytest
from lab_process import running_lab

from mailedu.mail.samples import load
from tests.lab.web import Browser
from tests.protocols.conftest import Wire
from tests.system.clients import imap
from tests.system.hostile import ATTACKS, STATES, assert_proper, walk
from tests.system.people import create, new_guest

WELL_BEHAVED = {
    "pop3": (("USER {address}", "PASS {password}"), b"NOOP", b"+OK nothing done\r\n"),
    "smtp": (("HELO c.example",), b"NOOP", b"250 OK\r\n"),
    "imap": (("a1 LOGIN {address} {password}",), b"a NOOP", b"a OK NOOP completed\r\n"),
}


class Bystanders:
    """One session of each protocol that goes on all the time."""

    def __init__(self, lab, account) -> None:
        self._wires = {name: Wire(lab.ports[name]) for name in WELL_BEHAVED}
        for name, (steps, *_) in WELL_BEHAVED.items():
            self._wires[name].line()
            for step in steps:
                self._wires[name].ask(step.format(**vars(account)).encode())

    def answers(self) -> list[bytes]:
        return [self._wires[n].ask(ask) for n, (_, ask, _) in WELL_BEHAVED.items()]

    def close(self) -> None:
        for wire in self._wires.values():
            wire.close()


@pytest.fixture(scope="module")
def hostile_lab(tmp_path_factory):
    """A process of its own; at the end it still lives and has complained of nothing."""
    with running_lab(tmp_path_factory.mktemp("hostile")) as lab:
        yield lab
        assert lab.stop() == 0
        assert (lab.data_dir / "stderr.txt").read_text() == ""


@pytest.fixture(scope="module")
def resident(hostile_lab):
    return new_guest(hostile_lab).account


@pytest.fixture
def victim(hostile_lab, resident, protocol):
    """For POP3 a new one each time, because the last attacker may still hold the lock."""
    return new_guest(hostile_lab).account if protocol == "pop3" else resident


@pytest.fixture(scope="module")
def bystanders(hostile_lab):
    made = Bystanders(hostile_lab, create(hostile_lab, "beside@lab.example"))
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def teacher(hostile_lab):
    """Watches everything, so that every octet of the attacks is explained and shown."""
    browser = Browser(hostile_lab.http)
    browser.get("/admin/login/")
    browser.post("/admin/login/", username="admin", password=hostile_lab.admin_password)
    page = browser.socket()
    page.say("watch")
    reader = threading.Thread(target=page.until, args=[lambda m: m["type"] == "error"])
    reader.start()
    yield page
    page.say("nonsense")
    reader.join()
    page.close()
    shown = [e for m in page.heard if m["type"] == "entries" for e in m["entries"]]
    assert {entry["side"] for entry in shown} == {"C", "S", "-"}
    assert {entry["id"] for entry in shown if not entry["short"]} == set()


@pytest.fixture(autouse=True)
def undisturbed(bystanders):
    yield
    assert bystanders.answers() == [answer for _, _, answer in WELL_BEHAVED.values()]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("protocol, state", STATES)
def test_junk_gets_proper_answers_or_a_close(hostile_lab, victim, protocol, state, attack):
    wire = Wire(hostile_lab.ports[protocol])
    walk(wire, protocol, state, victim)
    wire.send(ATTACKS[attack])
    wire.socket.shutdown(socket.SHUT_WR)
    assert_proper(protocol, wire.rest())
    wire.close()


@pytest.mark.parametrize("protocol, state", STATES)
def test_half_a_line_and_silence_disturbs_nobody(hostile_lab, victim, bystanders, protocol, state):
    wire = Wire(hostile_lab.ports[protocol])
    walk(wire, protocol, state, victim)
    wire.send(b"NO")
    assert bystanders.answers() == [answer for _, _, answer in WELL_BEHAVED.values()]
    wire.send(b"OP\r\n")
    wire.socket.shutdown(socket.SHUT_WR)
    answer = wire.rest()
    assert_proper(protocol, answer)
    if state not in ("DATA", "literal"):
        assert answer != b""
    wire.close()


@pytest.mark.parametrize("how", ["end of file", "reset"])
@pytest.mark.parametrize("protocol, state", STATES)
def test_a_cut_is_taken_calmly(hostile_lab, victim, protocol, state, how):
    wire = Wire(hostile_lab.ports[protocol])
    walk(wire, protocol, state, victim)
    wire.send(b"Subject: half a message\r\n\r\nhalf a li")
    if how == "reset":
        linger_nothing = struct.pack("ii", 1, 0)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
    wire.close()
    with imap(hostile_lab, victim) as client:
        assert client.select() == ("OK", [b"%d" % len(load("standard"))])
