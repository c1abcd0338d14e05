"""LabServer: Daphne's web server and the mail ports in one event loop."""

from daphne.server import Server  # isort:skip  installs the asyncio reactor before Twisted is used

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from twisted.internet import defer, reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

log = logging.getLogger(__name__)

# A console's frame is one line or one small message; the mail servers' own limits are far above.
MAX_FRAME = 64 * 1024
# RFC 6455 7.4.1: the server is going away.
GOING_AWAY = 1001
# Seconds that consumers get to finish at the end, and views after them.
LAST_WORDS = 5
# A garbage collection walks all tracked objects; after start-up most of them live for ever.
GC_THRESHOLDS = (50_000, 20, 50)

Address = tuple[str, int]


class Services(Protocol):
    """The mail side of the process. `open` raises OSError with a text that names a taken port."""

    async def open(self) -> dict[str, Address]: ...
    async def close(self) -> None: ...


class LabServer(Server):
    """`run` returns after a clean end; `exit_code` is 0 then, 1 when a port could not be opened."""

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
        interface = bind.replace(":", "\\:")
        super().__init__(
            application,
            endpoints=[f"tcp:port={port}:interface={interface}"],
            signal_handlers=False,
            websocket_max_message_size=MAX_FRAME,
            websocket_max_frame_size=MAX_FRAME,
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

    def listen_error(self, failure) -> None:
        # Stock Daphne ends silently and with success.
        self.exit_code = 1
        reason = (
            failure.value.socketError if hasattr(failure.value, "socketError") else failure.value
        )
        text = getattr(reason, "strerror", None) or reason
        if "in use" in str(text):
            text = f"port {self._port} (HTTP) on {self._bind} is taken by another program"
        print(f"mailedu: {text}", file=sys.stderr)
        self.stop()

    def _start(self) -> None:
        if self._signals:
            self._catch_signals()
        self._starting = asyncio.ensure_future(self._open())

    async def _open(self) -> None:
        if not self.listening_addresses:  # listen_error has ended it
            return
        try:
            ports = await self._services.open()
        except OSError as error:
            self.exit_code = 1
            print(f"mailedu: {error.strerror or error}", file=sys.stderr)
            self.stop()
            return
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        self._announce({"http": self.listening_addresses[0], **ports})

    def _catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: reactor.callFromThread(self._signalled))

    def _signalled(self) -> None:
        # The next Ctrl-C ends at once, in case something hangs.
        signal.signal(signal.SIGINT, lambda *_: os._exit(1))
        self.stop()

    def kill_all_applications(self) -> defer.Deferred:
        """Runs before the reactor stops; stock Daphne would cancel, so no consumer could finish."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        for protocol in list(self.connections):
            if hasattr(protocol, "serverClose"):
                protocol.serverClose(GOING_AWAY)
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        if running:
            _, late = await asyncio.wait(running, timeout=LAST_WORDS)
            for task in late:
                task.cancel()
        await self._services.close()

    async def handle_reply(self, protocol, message) -> None:
        """Send, then wait while the browser does not read: Daphne would fill memory instead."""
        if message["type"] == "websocket.accept":
            protocol.outlet = Outlet(protocol.transport)
        await super().handle_reply(protocol, message)
        if message["type"] == "websocket.send":
            await protocol.outlet.drained()

    def protocol_disconnected(self, protocol) -> None:
        if outlet := getattr(protocol, "outlet", None):
            outlet.stopProducing()
        super().protocol_disconnected(protocol)


@implementer(IPushProducer)
class Outlet:
    """Knows whether the transport of one websocket wants more (Twisted calls the first three)."""

    def __init__(self, transport) -> None:
        self._open = asyncio.Event()
        self._open.set()
        transport.unregisterProducer()  # the HTTP channel that the websocket grew out of
        transport.registerProducer(self, True)

    def pauseProducing(self) -> None:  # noqa: N802
        self._open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._open.set()

    async def drained(self) -> None:
        await self._open.wait()


def ready_line(ports: dict[str, Address]) -> str:
    """`READY http=127.0.0.1:8000 smtp=...`: for programs; IPv6 addresses in brackets."""
    return "READY " + " ".join(f"{name}={host_port(*address)}" for name, address in ports.items())


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
