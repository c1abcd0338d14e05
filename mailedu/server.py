"""LabServer: Daphne's web server and the mail ports in one event loop."""

from daphne.server import Server  # isort:skip  installs the asyncio reactor before Twisted is used

import asyncio
import errno
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer, reactor
from twisted.internet.endpoints import quoteStringArgument
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from mailedu.requests import bound_requests

log = logging.getLogger(__name__)

# A console's frame is one line or one small message; the mail servers' own limits are far above.
MAX_FRAME = 64 * 1024
# Octets of a request's body that are handed on at once: each piece costs more than its octets.
PIECE = 1024 * 1024
# RFC 6455 7.4.1
NORMAL, GOING_AWAY = 1000, 1001
# Seconds that consumers and views get to finish at the end.
LAST_WORDS = 5
# A garbage collection walks all tracked objects; after start-up most of them live for ever.
GC_THRESHOLDS = (50_000, 5, 5)

Address = tuple[str, int]


class Services(Protocol):
    """The mail side of the process. `open` raises OSError with a text that names a taken port."""

    async def open(self) -> dict[str, Address]: ...
    async def close(self) -> None: ...


class LabServer(Server):
    """`run` returns at the end; `exit_code` is 0 then, 1 when a port could not be opened."""

    def __init__(
        self,
        application,
        services: Services,
        bind: str,
        port: int,
        *,
        signals: bool,
        announce: Callable[[dict[str, Address]], None],
    ) -> None:
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={quoteStringArgument(bind)}"],
            signal_handlers=False,
            websocket_max_message_size=MAX_FRAME,
            websocket_max_frame_size=MAX_FRAME,
            request_buffer_size=PIECE,
            ready_callable=lambda: reactor.callWhenRunning(self._start),
            server_name="mailedu",
            verbosity=0,
        )
        self.exit_code = 0
        self._services = services
        self._port = port
        self._bind = bind
        self._signals = signals
        self._announce = announce
        self._http = None

    def listen_success(self, port) -> None:
        super().listen_success(port)
        self._http = port
        bound_requests(self.http_factory)

    def listen_error(self, failure) -> None:
        """Stock Daphne ends silently and with success."""
        self._fail(_reason(failure.value, self._bind, self._port))

    def _fail(self, text: object) -> None:
        self.exit_code = 1
        print(f"mailedu: {text}", file=sys.stderr)
        self.stop()

    def _start(self) -> None:
        # What breaks the rules is told by a close code (1009: too big) before it is cut.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        if self._signals:
            self._catch_signals()
        self._starting = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        try:
            ports = await self._services.open()
        except OSError as error:
            self._fail(error.strerror or error)
            return
        except Exception:
            log.exception("the mail side cannot start")
            self._fail("the lab cannot start, for the reason above")
            return
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        self._announce({"http": self.listening_addresses[0], **ports})

    def _catch_signals(self) -> None:
        # Not loop.add_signal_handler, which Windows lacks.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: reactor.callFromThread(self._signalled))

    def _signalled(self) -> None:
        # The next Ctrl-C ends at once, in case something hangs.
        signal.signal(signal.SIGINT, lambda *_: os._exit(1))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.stop()

    def kill_all_applications(self) -> defer.Deferred:
        """Runs before the reactor stops; stock Daphne would cancel, so no consumer could finish."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        """The store goes last: what still runs may need it."""
        try:
            self._http.stopListening()
            await self._end_applications()
        finally:
            await self._services.close()

    async def _end_applications(self) -> None:
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                self._close(protocol, GOING_AWAY)
        instances = [details.get("application_instance") for details in self.connections.values()]
        running = [task for task in instances if task]
        for seconds in (LAST_WORDS, 1):  # a second more for what has to be cancelled
            running = [task for task in running if not task.done()]
            if running:
                await asyncio.wait(running, timeout=seconds)
            for task in running:
                task.cancel()

    async def handle_reply(self, protocol, message) -> None:
        """Send, then wait while the browser does not read: Daphne would fill memory instead."""
        match message["type"]:
            case "websocket.send":
                self._send(protocol, message["text"])
                await protocol.outlet.drained()
            case "websocket.close":
                self._close(protocol, message.get("code", NORMAL))
            case kind:
                if kind == "websocket.accept":
                    protocol.outlet = Outlet(protocol.transport)
                await super().handle_reply(protocol, message)

    def _send(self, protocol: WebSocketProtocol, text: str) -> None:
        """Of any size; Autobahn's own `sendMessage` keeps to MAX_FRAME, which is for browsers."""
        if protocol.state == protocol.STATE_OPEN:
            protocol.outlet.write(self.ws_factory.prepareMessage(text.encode()).payloadHybi)
        else:
            protocol.outlet.stopProducing()

    def _close(self, protocol: WebSocketProtocol, code: int) -> None:
        """With any code of RFC 6455 7.4.1; Autobahn's own `sendClose` keeps those to itself."""
        if "disconnected" in self.connections.get(protocol, {"disconnected"}):
            return
        if protocol.state == protocol.STATE_CONNECTING:
            protocol.serverReject()
        else:
            protocol.sendCloseFrame(code=code)
            protocol.onMessage = _ignored

    def protocol_disconnected(self, protocol) -> None:
        if outlet := getattr(protocol, "outlet", None):
            outlet.stopProducing()
        super().protocol_disconnected(protocol)


def _ignored(payload: bytes, is_binary: bool) -> None:
    """Until its own close frame comes, a browser may send on; nothing must pile up."""


@implementer(IPushProducer)
class Outlet:
    """What leaves by one websocket, as fast as its transport takes it.

    Who does not read is not read either: the answers to pings would pile up. Twisted
    calls `pauseProducing`, `resumeProducing` and `stopProducing`.
    """

    def __init__(self, transport) -> None:
        self._transport = transport
        self._open = asyncio.Event()
        self._open.set()
        self._gone = False
        transport.unregisterProducer()  # the HTTP channel that the websocket grew out of
        transport.registerProducer(self, True)

    def write(self, octets: bytes) -> None:
        """At once, as far as the system takes it: Twisted would first wait for the loop's word."""
        if self._transport not in reactor.getWriters():  # nothing waits that it would overtake
            sent = self._transport.writeSomeData(octets)
            octets = octets[sent:] if isinstance(sent, int) else octets
        self._transport.write(octets)

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()
        self._transport.resumeProducing()

    def stopProducing(self) -> None:  # noqa: N802
        self._gone = True
        self._open.set()

    async def drained(self) -> None:
        if self._gone:  # who goes on sending must not keep the loop from telling that it ended
            await asyncio.sleep(0)
        await self._open.wait()


def ready_line(ports: dict[str, Address]) -> str:
    """`READY http=127.0.0.1:8000 smtp=...`: for programs; IPv6 addresses in brackets."""
    return "READY " + " ".join(f"{name}={host_port(*address)}" for name, address in ports.items())


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: Exception, bind: str, port: int) -> str:
    cause = getattr(error, "socketError", error)  # Twisted's CannotListenError wraps it
    if getattr(cause, "errno", None) == errno.EADDRINUSE:
        return f"port {port} (HTTP) on {bind} is taken by another program"
    return f"cannot open port {port} (HTTP) on {bind}: {getattr(cause, 'strerror', None) or cause}"
