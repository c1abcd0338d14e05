"""The mail ports of all protocols on MemoryStore, in an event loop of their own thread."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from mailedu.tls.authority import make_ca, make_server
from protocols import PROTOCOLS
from protocols.conversation import MailHost, NoAudience
from protocols.listeners import Listeners
from protocols.memory import MemoryStore
from protocols.protocol import MailProtocol
from protocols.tls import Certificate, ServerTls, TlsLayer
from tests.protocols.mails import HELLO, SLIDES

# Seconds after which a test that waits for the other side has failed.
PATIENCE = 20

Address = tuple[str, int]


class MailLab:
    """`ports` by protocol name; `errors` are what the loop and the servers could not handle.

    It holds `wiki@example.com` / `passwort_im_klartext` with the slides' message, and
    `ann@lab.example` / `geheim` with two.
    """

    def __init__(
        self, protocols: Sequence[MailProtocol] = PROTOCOLS, tls: ServerTls | None = None
    ) -> None:
        self.store = MemoryStore()
        self.store.add_account("wiki@example.com", "passwort_im_klartext", [SLIDES])
        self.store.add_account("ann@lab.example", "geheim", [SLIDES, HELLO])
        self.host = MailHost(self.store, NoAudience(), monotonic, tls=tls, lock=asyncio.Lock)
        self.listeners = Listeners(self.host, protocols, "127.0.0.1", None)
        self.errors: list[str] = []
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda _, context: self.errors.append(str(context)))
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.ports: dict[str, Address] = self.run(self.listeners.open())

    def run(self, coroutine: Any) -> Any:
        """The result of a coroutine that runs in the loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def call(self, function: Callable[[], Any]) -> Any:
        """The result of a function that runs in the loop."""
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(function())
            except BaseException as error:  # noqa: BLE001  raised again by result()
                done.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return done.result(PATIENCE)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition`, asked in the loop, is true."""
        end = monotonic() + PATIENCE
        while not self.call(condition):
            assert monotonic() < end, "waited in vain"

    def tick(self) -> None:
        """From now on a millisecond goes by with each look at the loop's clock, and only then."""
        ticks = count(int(self.loop.time() * 1000))
        self.call(lambda: setattr(self.loop, "time", lambda: next(ticks) / 1000))

    def connect(self, name: str, **options: Any) -> "Wire":
        return Wire(self.ports[name], **options)

    def close(self) -> None:
        self.run(self.listeners.close())
        self.until(lambda: not self.host.conversations)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Wire:
    """A client's bare socket. `receive_buffer` makes it a slow reader."""

    def __init__(self, address: Address, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        self._file = self.socket.makefile("rb")

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> bytes:
        """The next line, or b"" once the server has closed."""
        return self._file.readline()

    def rest(self) -> bytes:
        """Everything up to the server's close."""
        return self._file.read()

    def ask(self, line: bytes) -> bytes:
        self.send(line + b"\r\n")
        return self.line()

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class TlsWire(Wire):
    """A client whose records the test sends itself, as `seal` gives them."""

    def __init__(
        self, address: Address, context: ssl.SSLContext, name: str = "localhost", **options: Any
    ) -> None:
        super().__init__(address, **options)
        self.layer = TlsLayer(context, name)
        self._text = b""

    def shake_hands(self) -> None:
        """Ends with the client's last flight still in `layer`."""
        self.layer.shake_hands()
        while not self.layer.handshake:
            self.send(self.layer.outgoing())
            self._text += self.layer.receive(self.socket.recv(65536))

    def seal(self, text: bytes) -> bytes:
        return self.layer.seal(text)

    def line(self) -> bytes:
        while b"\n" not in self._text and (octets := self.socket.recv(65536)):
            self._text += self.layer.receive(octets)
        line, end, self._text = self._text.partition(b"\n")
        return line + end

    def rest(self) -> bytes:
        """Raises TlsFailed where the server ends with an alert."""
        text, self._text = self._text, b""
        while octets := self.socket.recv(65536):
            text += self.layer.receive(octets)
        self.layer.receive(b"")
        return text

    def ask(self, line: bytes) -> bytes:
        self.send(self.seal(line + b"\r\n"))
        return self.line()


NOW = datetime.now(UTC)  # OpenSSL reads the clock as well
CA = make_ca(NOW, ("localhost",))


@pytest.fixture(scope="session")
def server_context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(make_server(CA, ("localhost",), NOW).pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    """A client's that trusts the CA which has signed `server_context`'s certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(
        cadata=CA.certificate.public_bytes(serialization.Encoding.PEM).decode()
    )
    return context


@pytest.fixture(scope="session")
def client_context() -> ssl.SSLContext:
    return trusting()


@pytest.fixture
def sealed_lab(server_context: ssl.SSLContext) -> Iterator[MailLab]:
    names = ("localhost", "127.0.0.1")
    certificate = Certificate("CN=a", "CN=b", "2030-01-01", "", names)
    lab = MailLab(tls=ServerTls(server_context, certificate))
    yield lab
    lab.close()
    assert lab.errors == []


@pytest.fixture
def mail_lab(caplog: pytest.LogCaptureFixture) -> Iterator[MailLab]:
    lab = MailLab()
    try:
        yield lab
    finally:
        lab.close()
    assert lab.errors == []
    told = caplog.get_records("call")  # of the test: those of its end are others
    assert [record.getMessage() for record in told if record.levelname == "ERROR"] == []
