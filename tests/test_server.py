"""LabServer as a process of its own, over loopback: tests/support/probe.py is its application."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from websocket import BINARY, CLOSE, PING, TEXT, WebSocket, frame

from mailedu.requests import MAX_BODY
from mailedu.server import MAX_FRAME

ROOT = Path(__file__).parent.parent
PROBE = [sys.executable, str(ROOT / "tests" / "support" / "probe.py")]
# Octets that a browser which does not read may cost: Twisted's buffer of 64 KiB and one message.
MAX_BUFFERED = 200_000

Address = tuple[str, int]


class Running:
    """A probe that has said READY."""

    def __init__(self, bind: str = "127.0.0.1", http_port: int = 0, mail_port: int = 0) -> None:
        self.process = subprocess.Popen(
            [*PROBE, bind, str(http_port), str(mail_port)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready = self.process.stdout.readline().strip()

    def address(self, name: str) -> Address:
        places = dict(word.split("=") for word in self.ready.split()[1:])
        host, _, port = places[name].rpartition(":")
        return host.strip("[]"), int(port)

    def connect(self) -> WebSocket:
        return WebSocket(self.address("http"), "/ws/")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, list[str], str]:
        """(exit code, lines of stdout since READY, stderr)"""
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> tuple[int, list[str], str]:
        out, errors = self.process.communicate(timeout=30)
        return self.process.returncode, out.splitlines(), errors


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    started = []

    def start(*arguments, **options) -> Running:
        started.append(Running(*arguments, **options))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def test_ready_comes_when_all_ports_answer(start):
    running = start()
    assert [word.partition("=")[0] for word in running.ready.split()] == ["READY", "http", "echo"]
    with urlopen("http://{}:{}/page".format(*running.address("http"))) as answer:
        assert answer.read() == b'"/page"'
    with socket.create_connection(running.address("echo")) as mail:
        mail.sendall(b"NOOP\r\n")
        assert mail.makefile("rb").readline() == b"NOOP\r\n"
    assert running.end() == (0, ["mail closed"], "")


def test_ipv6(start):
    running = start("::1")
    assert running.ready.startswith("READY http=[::1]:")
    with WebSocket(running.address("http"), "/ws/").socket:
        pass
    assert running.end()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_is_polite(start, number):
    running = start()
    browsers = [running.connect() for _ in range(3)]
    running.process.send_signal(number)
    assert [browser.close_code() for browser in browsers] == [1001, 1001, 1001]
    assert running.finish() == (0, ["ended 1001"] * 3 + ["mail closed"], "")


def test_the_end_does_not_wait_for_a_browser_that_hangs(start):
    running = start()
    hanging = running.connect()
    assert running.end() == (0, ["ended 1006", "mail closed"], "")
    assert hanging.close_code() == 1001


def test_a_taken_http_port(start):
    host, port = start().address("http")
    line = f"mailedu: port {port} (HTTP) on {host} is taken by another program\n"
    assert start(http_port=port).finish() == (1, [], line)


def test_a_taken_mail_port(start):
    _, port = start().address("echo")
    line = f"mailedu: port {port} (Echo) is taken\n"
    refused = start(mail_port=port)
    assert (refused.ready, refused.finish()) == ("mail closed", (1, [], line))


def test_an_address_that_is_not_ours(start):
    code, _, errors = start("192.0.2.1").finish()
    assert (code, errors.count("\n")) == (1, 1)
    assert errors.startswith("mailedu: cannot open port 0 (HTTP) on 192.0.2.1: ")


def test_messages_are_json_objects(start):
    browser = start().connect()
    browser.send({"do": "echo", "text": "Grüße"})
    assert browser.receive() == {"do": "echo", "text": "Grüße"}


@pytest.mark.parametrize(
    "opcode, payload",
    [(TEXT, b"["), (TEXT, b"[]"), (TEXT, b"1"), (TEXT, b"[" * 60_000), (BINARY, b"{}")],
    ids=["broken", "list", "number", "deep", "binary"],
)
def test_anything_else_is_refused(start, opcode, payload):
    running = start()
    browser = running.connect()
    browser.send_frame(opcode, payload)
    assert browser.close_code() == 1003
    assert running.end() == (0, ["ended 1003", "mail closed"], "")


def test_a_frame_has_a_limit(start):
    running = start()
    largest = b'{"text":"%s"}' % (b"x" * (MAX_FRAME - 11))
    browser = running.connect()
    browser.send_frame(TEXT, largest)
    assert len(browser.receive()["text"]) == MAX_FRAME - 11
    browser.send_frame(TEXT, largest.replace(b"x", b"xx", 1))
    assert browser.close_code() == 1009


@pytest.mark.parametrize(
    "length", [f"Content-Length: {MAX_BODY + 1}", "Transfer-Encoding: chunked"]
)
def test_a_request_body_has_a_limit(start, length):
    form = "Content-Type: application/x-www-form-urlencoded"
    with socket.create_connection(start().address("http"), timeout=20) as browser:
        browser.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{form}\r\n{length}\r\n\r\n".encode())
        chunked = "chunked" in length
        browser.sendall(b"%x\r\n" % (MAX_BODY + 1) * chunked + b"a" * (MAX_BODY + 1))
        browser.sendall(b"\r\n0\r\n\r\n" * chunked)
        assert browser.recv(12) == b"HTTP/1.1 413"


def test_forms_are_the_applications_to_read(start):
    """Twisted would refuse this one: it would read all forms, for which everybody waits."""
    host, port = start().address("http")
    broken = {"Content-Type": "multipart/form-data"}
    assert urlopen(Request(f"http://{host}:{port}/form", b"x", broken)).read() == b'"/form"'


def test_what_the_server_sends_has_none(start):
    browser = start().connect()
    browser.send({"do": "big"})
    assert browser.receive() == {"big": "x" * (3 * MAX_FRAME)}


def test_a_failing_consumer_still_ends(start):
    running = start()
    browser = running.connect()
    browser.send({"do": "fail"})
    assert browser.close_code() == 1011
    code, lines, errors = running.end()
    assert (code, lines) == (0, ["ended 1011", "mail closed"])
    assert errors.endswith("ValueError: asked to fail\n")


def test_a_browser_that_does_not_read_costs_no_memory(start):
    running = start()
    dead, other = running.connect(), running.connect()
    dead.send({"do": "flood"})
    state = settled(other)
    assert state["sent"] > 0
    assert 0 < state["buffered"] < MAX_BUFFERED
    for _ in range(2 * state["sent"]):  # it reads again, so more is sent
        assert len(dead.receive()["filling"]) == 30_000
    assert running.end()[0] == 0


def test_a_browser_that_asks_and_does_not_read_is_not_read(start):
    """Each ping is answered, before anybody could wait (RFC 6455 5.5.2)."""
    running = start()
    dead, other = running.connect(), running.connect()
    dead.socket.setblocking(False)
    pings, sent, refused = frame(PING, b"x" * 125) * 1000, 0, 0
    while refused < 50:  # each time all that the server has to do is done
        try:
            sent = (sent + dead.socket.send(pings[sent:])) % len(pings)
            refused = 0
        except BlockingIOError:
            refused += 1
        other.send({"do": "buffered"})
        assert other.receive()["buffered"] < MAX_BUFFERED
    dead.close()
    assert running.end()[0] == 0


def settled(browser: WebSocket) -> dict:
    """What the server has sent and buffered once it has stopped sending."""
    before = None
    while True:
        browser.send({"do": "buffered"})
        state = browser.receive()
        if state == before and state["buffered"]:
            return state
        before = state


def test_a_dead_browser_is_forgotten_when_it_goes(start):
    running = start()
    dead, other = running.connect(), running.connect()
    dead.send({"do": "flood"})
    settled(other)
    dead.close()
    while True:
        other.send({"do": "buffered"})
        if not other.receive()["buffered"]:
            break
    other.send_frame(CLOSE, (1000).to_bytes(2, "big"))
    assert sorted(running.end()[1]) == ["ended 1000", "ended 1006", "mail closed"]
