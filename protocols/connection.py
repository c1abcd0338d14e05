"""Moves octets between a socket, a Session and a Recorder."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import TypeVar

from protocols.client_hello import FirstOctets
from protocols.conversation import Ending, MailHost
from protocols.deadlines import HANDSHAKE, Deadlines
from protocols.eager import gone, run_eagerly
from protocols.framing import Octets, joined, length
from protocols.protocol import MailProtocol, Service
from protocols.tls import HEADER, NOT_NOW, Sealed, Tap, TlsFailed, TlsLayer
from protocols.transcript import Side
from protocols.turns import Turn

log = logging.getLogger(__name__)

Value = TypeVar("Value")

# Octets that may wait for a busy session before its client has to wait: a pipelined batch fits.
MAX_WAITING = 256 * 1024
# What is read at once. All connections share it: each copies what came before another reads.
_READ = memoryview(bytearray(MAX_WAITING))
# Octets that are sealed, recorded and written at once: some ms, for which all others wait.
BLOCK = 256 * 1024
# Seconds that a client has to close after our end of the connection is closed ...
LINGER = 1
# ... and to read what we still have for it.
SLOW_LINGER = 30


class Connection(asyncio.BufferedProtocol):
    """The TCP side of a Session. No task and no stream pair: an idle connection costs little."""

    def __init__(self, host: MailHost, protocol: MailProtocol, service: Service) -> None:
        self._host = host
        self._protocol = protocol
        self._service = service
        self._tls: TlsLayer | None = None
        self._busy = False
        self._held = False  # an answer waits at the gate
        self._amid = False  # ... is said in part
        self._drained: asyncio.Future[None] | None = None
        self._hung_up = False
        self._is_one_too_many = False
        self._ended = False  # the last word is said; what still comes is read away
        self._sent = 0  # octets before TLS
        self._first = FirstOctets()
        self._lingers: asyncio.TimerHandle | None = None
        self._waits: asyncio.Future[object] | None = None  # of the answer, on purpose

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        peer = transport.get_extra_info("peername") or ("", 0)
        self.conversation = self._host.open(self._protocol, self._service, peer[:2])
        self.conversation.end = self.end
        self.conversation.sleep, self.conversation.wait = self._sleep, self._wait
        self._new_session()
        if self._service.tls:
            self._seal_from_here()
        self.deadlines = Deadlines(self, self._loop)
        if self._host.crowded(self.conversation):
            self._turn_away()
        self._send(self.session.greeting())  # waits for the handshake

    def get_buffer(self, sizehint: int) -> memoryview:
        return _READ

    def buffer_updated(self, octets: int) -> None:
        self.data_received(bytes(_READ[:octets]))

    def data_received(self, data: bytes) -> None:
        if self._ended:
            return
        if self._tls:
            self._unseal(data)
        elif self.session.proven:
            self._received(data)
        else:
            self._received_unless_hello(data)

    def eof_received(self) -> bool:
        self._nothing_follows()
        self._hung_up = True
        # A client may half-close and still read the answers under way, but not one held back
        if self._busy and not self._held:
            return True
        if not self._busy:
            self.session.lost()  # what was said may never be read
        if self._open:
            self._end_tls()
        self._linger()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.deadlines.stop()
        self._nothing_follows()
        if self.shaking_hands and not self._ended:
            self.conversation.recorder.event(self._tls.left, **self.conversation.certificate())
        if self._lingers:
            self._lingers.cancel()  # it would keep all this alive
        self.resume_writing()
        self._host.close(self.conversation)
        self.conversation.wait = gone
        self._tls = None  # OpenSSL's part is the biggest, and is not for the garbage collector
        self.session.reader.clear()
        if self._waits:
            self._waits.cancel()
        if not self._busy:
            self.session.lost()

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        self.deadlines.progress()
        if drained and not drained.done():
            drained.set_result(None)
        if drained:
            self._news()

    def end(self, ending: Ending) -> None:
        """Say farewell and close; what is being answered is cut after the current piece."""
        if self._open:
            self._nothing_follows()
            if ending is Ending.IDLE:
                self._note_silence()
            if not (self._amid or self.session.amid):  # it would be taken for a part of the answer
                self._send(self.session.farewell(ending))
            self._close()
        if ending is Ending.SHUTDOWN:
            self._transport.close()

    def _note_silence(self) -> None:
        if self.shaking_hands:
            self.conversation.recorder.event("wire.tls-failed.silence", seconds=str(HANDSHAKE))
        else:
            minutes = str(round(self.session.idle_limit / 60))
            self.conversation.recorder.event("wire.idle", minutes=minutes)

    @property
    def busy(self) -> bool:
        """The client waits for us, and reads what we send."""
        return self._busy and not self._drained

    @property
    def unread(self) -> int:
        """Octets that the client leaves with us."""
        return self._transport.get_write_buffer_size()

    @property
    def shaking_hands(self) -> bool:
        return self._tls is not None and not self._tls.handshake

    # What comes

    def _received_unless_hello(self, data: bytes) -> None:
        """Whoever has not shown yet that they speak the protocol may take the port for TLS's."""
        data, is_hello = self._first.take(data)
        if is_hello:
            self._refuse_hello(data)
        elif data:
            self._received(data)

    def _nothing_follows(self) -> None:
        if data := self._first.rest():
            self._received(data)

    def _received(self, data: bytes, sealed: Sealed | None = None) -> None:
        self._record(Side.CLIENT, data, sealed)
        self.session.feed(data)
        if not self._busy:
            self._busy = True
            run_eagerly(self._answer(), self._answered)
        elif len(self.session.reader) > MAX_WAITING:
            self._transport.pause_reading()

    def _refuse_hello(self, hello: bytes) -> None:
        """Without words: to its sender they are a broken handshake, to the observer it is lines."""
        head = hello[: HEADER + 1].hex(" ")
        self.conversation.recorder.event("wire.tls-failed.plain-port", head=head)
        self.conversation.heard()
        self._close()

    def _unseal(self, octets: bytes) -> None:
        for record, sealed in self._tap.records(octets):
            if not self._ended:
                self._unseal_record(record, sealed)

    def _unseal_record(self, record: bytes, sealed: Sealed | None) -> None:
        """A record or a part of one: only its last part, with `sealed`, can yield text."""
        begins = self.shaking_hands
        try:
            text = self._tls.receive(record)
        except TlsFailed as failed:
            self._tls_failed(failed)
            return
        if answer := self._tls.outgoing():
            self._transport.write(answer)
        if begins and self._tls.handshake:
            self._secured()
        if text and not self._ended:
            self._received(text, sealed)
        if self._tls.ended and not self._ended:
            self._hung_up = True
            if not self._busy:
                self._close()

    def _secured(self) -> None:
        self.conversation.secured(self._tls.handshake)
        self.conversation.heard()
        self.deadlines.progress()
        if self._is_one_too_many:
            self.end(Ending.CROWDED)
        elif self._service.tls:
            self._send(self.session.greeting())

    def _tls_failed(self, failed: TlsFailed) -> None:
        shown = self.conversation.certificate()
        self.conversation.recorder.event(failed.id, detail=failed.detail, **shown)
        self.conversation.heard()
        self._transport.write(self._tls.outgoing())  # the alert that tells the client why
        self._close()

    # What goes

    async def _answer(self) -> None:
        turn = Turn(self._loop.time)
        async for answer in self.session.answers():
            if self.conversation.gate and answer:  # an empty one gives way to the others
                self._held = True
                await self.conversation.gate()
                self._held = False
            if length(answer) > BLOCK:
                await self._say_in_blocks(joined(answer))
            else:
                self._say(answer)
            if self._drained:
                await self._drained
            if not self._open:
                return
            if self.session.wants_tls:
                self._start_tls()
                return
            if turn.over():
                await asyncio.sleep(0)

    async def _say_in_blocks(self, answer: bytes) -> None:
        """As fast as the client reads, and giving way to the others after each."""
        for start in range(0, len(answer), BLOCK):
            if not self._open:
                return
            self._amid = start + BLOCK < len(answer)
            self._say(answer[start : start + BLOCK])
            await (self._drained or asyncio.sleep(0))

    def _say(self, answer: Octets) -> None:
        if self.session.wants_tls and len(self.session.reader):
            self.session.wants_tls = False
            answer = self.session.tls_refused()
        if self.session.wants_tls:
            self.conversation.upgrading(self._sent + len(answer))
        self._send(answer)
        self.deadlines.progress()

    def _start_tls(self) -> None:
        self.session.lost()
        self.conversation.forget_login()
        self._new_session()
        self._seal_from_here()
        self.deadlines.restart()

    def _seal_from_here(self) -> None:
        self._tls, self._tap = TlsLayer(self._host.tls.context), Tap()

    def _answered(self, error: BaseException | None) -> None:
        self._busy = False
        if error and not isinstance(error, asyncio.CancelledError):  # by the client's leaving
            log.error("%s session failed", self._protocol.title, exc_info=error)
            self.end(Ending.FAILURE)
        if self.conversation.closed:
            self.session.lost()
        elif self.session.closing or self._hung_up:
            self._close()
        elif self._open:
            self.deadlines.answered(waits=self.session.reader.waiting)
            self._transport.resume_reading()
            self._news()

    async def _sleep(self, seconds: float) -> None:
        with suppress(asyncio.CancelledError):
            await self._wait(self._host.sleep(seconds))

    async def _wait(self, work: Coroutine[object, None, Value]) -> Value:
        self._waits = asyncio.ensure_future(work)
        try:
            return await self._waits
        finally:
            self._waits = None

    def _news(self) -> None:
        if self.update():
            self._later()

    def _later(self) -> None:
        """A hundred clients may hear of the same change."""
        self._host.rounds.enter(self.update, self._loop.time, self._loop.call_soon)

    def update(self) -> bool:
        """Say what the session has to say unasked, or a part of it; False: nothing."""
        if self._busy or self._drained or not self._open:
            return False
        if data := self.session.updates():
            self._send(data)
        return bool(data)

    def _send(self, text: Octets) -> None:
        if not self._open or not text or self.shaking_hands:
            return
        octets, sealed = joined(text), None
        if self._tls:
            octets = self._tls.seal(octets)
            sealed = self._tap.sent(octets)
        else:
            self._sent += len(octets)
        self._record(Side.SERVER, text, sealed)
        self._transport.write(octets)

    # The beginning and the end

    def _new_session(self) -> None:
        self.session = self._protocol.session(self._host, self.conversation)
        self.session.notify = self._later

    def _turn_away(self) -> None:
        if not self._tls:
            self.end(Ending.CROWDED)
        elif self._host.may_be_told():
            self._is_one_too_many = True  # which is said after the handshake
        else:
            self.conversation.recorder.event("wire.crowded")
            self.conversation.heard()
            self._transport.write(NOT_NOW)
            self._close()

    @property
    def _open(self) -> bool:
        return not self._ended and not self._transport.is_closing()

    def _close(self) -> None:
        # Unread input would turn a close into a reset that eats the last reply: read it away
        if self._open:
            self._ended = True
            self._end_tls()
            try:
                self._transport.write_eof()
            except OSError:  # the client was faster
                self._transport.abort()
            self._transport.resume_reading()
            self.deadlines.stop()
            self._lingers = self._loop.call_later(LINGER, self._linger)
            if not self._busy:
                self.session.lost()  # a lock must not wait for the client to hang up

    def _end_tls(self) -> None:
        # RFC 8446 6.1: who hears no close_notify cannot tell the end from a cut
        if self._tls and self._tls.handshake and not self.session.strikes.broken:
            self._transport.write(self._tls.close())

    def _linger(self) -> None:
        self._transport.close()
        if self.unread:
            self._lingers = self._loop.call_later(SLOW_LINGER, self._transport.abort)

    def _record(self, side: Side, data: Octets, sealed: Sealed | None) -> None:
        self.conversation.recorder.record(side, data, sealed)
        self.conversation.heard()
