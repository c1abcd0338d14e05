"""A thousand clients who want nothing, and a process that has no handles left."""

import socket
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from lab_process import running_lab

from mailedu.handles import connections
from protocols.limits import Limits
from tests.protocols.conftest import PATIENCE, Wire
from tests.system.sealed import hello, trusting

resource = pytest.importorskip("resource", reason="the system has no limit of file handles")

CROWD = 1000
# Octets that the crowd may cost: the design's 16 KiB each (measured: 7), and what OpenSSL keeps of
# a handshake under way (measured with it: 52 KiB).
SILENT = CROWD * 16 * 1024
HALF_OPEN = CROWD * 100 * 1024
HANDLES = 400


@pytest.fixture
def handles():
    """Room for this side of a crowd."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip("the system allows too few file handles")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def quiet_lab(tmp_path_factory):
    """One that at its end has complained of nothing."""
    with running_lab(tmp_path_factory.mktemp("quiet")) as lab:
        yield lab
        assert lab.stop() == 0
        assert (lab.data_dir / "stderr.txt").read_text() == ""


def memory(lab) -> int:
    """Octets that the process has in memory now."""
    status = Path(f"/proc/{lab.process.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells a process's memory so")
    [line] = [li for li in status.read_text().splitlines() if li.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def crowd(stack: ExitStack, address, size: int = CROWD) -> list[Wire]:
    wires = [Wire(address) for _ in range(size)]
    for wire in wires:
        stack.callback(wire.close)
    return wires


def assert_served(lab) -> None:
    """Each protocol has an answer for one more."""
    for service, ask, answer in (
        ("pop3", b"USER wiki@example.com", b"+OK"),
        ("imap", b"a NOOP", b"a OK"),
        ("smtp", b"NOOP", b"250"),
    ):
        wire = Wire(lab.ports[service])
        wire.line()
        assert wire.ask(ask).startswith(answer)
        wire.close()


@pytest.mark.parametrize("service", ["pop3", "imap", "smtp"])
def test_those_who_say_nothing_cost_little_and_disturb_nobody(quiet_lab, handles, service):
    assert_served(quiet_lab)
    with ExitStack() as stack:
        for wire in crowd(stack, quiet_lab.ports[service], 50):  # what is made once
            wire.line()
        before = memory(quiet_lab)
        for wire in crowd(stack, quiet_lab.ports[service]):
            assert wire.line() != b""
        assert_served(quiet_lab)
        assert memory(quiet_lab) - before < SILENT


def test_those_who_stay_in_the_handshake_disturb_nobody(quiet_lab, handles):
    begin = hello(trusting(quiet_lab))
    with ExitStack() as stack:
        before = memory(quiet_lab)
        for wire in crowd(stack, quiet_lab.imaps):
            wire.send(begin)
            assert wire.socket.recv(1) == b"\x16"
        assert_served(quiet_lab)
        assert memory(quiet_lab) - before < HALF_OPEN


def test_more_than_there_are_handles_for_are_refused_politely(tmp_path):
    prefix = ("sh", "-c", f'ulimit -n {HANDLES}; exec "$@"', "sh")
    allowed = Limits(connections=connections(HANDLES)).of_address("127.0.0.1")
    with running_lab(tmp_path / "data", prefix) as lab, ExitStack() as stack:
        wires = crowd(stack, lab.smtp, allowed + 20)
        codes = [wire.line()[:4] for wire in wires]
        assert codes == [b"220 "] * allowed + [b"421 "] * 20
        stack.close()
        assert_served(lab)
        assert lab.stop() == 0
        assert (lab.data_dir / "stderr.txt").read_text() == ""


def test_no_handle_left_is_one_line_in_the_log(tmp_path):
    """Browsers have used them up; who comes to a mail port then has to wait for one of them."""
    prefix = ("sh", "-c", f'ulimit -n {HANDLES}; exec "$@"', "sh")
    with running_lab(tmp_path / "data", prefix) as lab, ExitStack() as stack:
        for _ in range(HANDLES + 50):
            stack.enter_context(socket.create_connection(lab.http, PATIENCE))
        waiting = Wire(lab.pop3)
        log = lab.data_dir / "stderr.txt"
        end = monotonic() + PATIENCE
        while "out of file handles" not in log.read_text():
            assert monotonic() < end
        stack.close()
        assert waiting.line().startswith(b"+OK")
        waiting.close()
        assert_served(lab)
        assert lab.stop() == 0
        complaints = log.read_text().splitlines()
        assert complaints == [
            "WARNING mailedu.handles: out of file handles: new connections have to wait"
        ]
