"""Moves bytes between a socket, a Session and a Recorder."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from protocols.conversation import Conversation, Ending, MailHost
from protocols.protocol import MailProtocol
from protocols.session import Session
from protocols.transcript import Side

log = logging.getLogger(__name__)

# Octets that may wait for a busy session before its client has to wait: a pipelined batch fits.
MAX_WAITING = 256 * 1024
# Seconds that a client has to close after our end of the connection is closed.
LINGER = 1


class Connection(asyncio.Protocol):
    """The TCP side of a Session. No task and no stream pair: an idle connection costs little."""

    def __init__(
        self,
        host: MailHost,
        protocol: MailProtocol,
        session: Callable[[MailHost, Conversation], Session],
    ) -> None:
        self._host = host
        self._protocol = protocol
        self._new_session = session
        self._busy = False
        self._drained: asyncio.Future[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._hung_up = False
        self._ended = False  # the last word is said; what still comes is read away

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        peer = transport.get_extra_info("peername") or ("", 0)
        self.conversation = self._host.open(self._protocol, peer[:2])
        self.conversation.end = self.end
        self.session = self._new_session(self._host, self.conversation)
        self.session.notify = lambda: self._loop.call_soon(self._update)
        self._touch()
        self._send(self.session.greeting())

    def data_received(self, data: bytes) -> None:
        self._active = self._loop.time()
        if self._ended:
            return
        self._record(Side.CLIENT, data)
        self.session.feed(data)
        if not self._busy:
            self._busy = True
            run_eagerly(self._answer(), self._answered)
        elif len(self.session.reader) > MAX_WAITING:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._hung_up = True
        return self._busy  # a client may half-close and still read the answers under way

    def connection_lost(self, error: Exception | None) -> None:
        self._idle.cancel()
        self.resume_writing()
        self._host.close(self.conversation)
        if not self._busy:
            self.session.lost()

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained and not drained.done():
            drained.set_result(None)
        if drained and not self._busy:
            self._update()

    def end(self, ending: Ending) -> None:
        """Say farewell and close; what is being answered is cut after the current piece."""
        if self._open:
            if ending is Ending.IDLE:
                minutes = str(round(self.session.idle_limit / 60))
                self.conversation.recorder.event("wire.idle", minutes=minutes)
            self._send(self.session.farewell(ending))
            self._close()
        if ending is Ending.SHUTDOWN:
            self._transport.close()

    async def _answer(self) -> None:
        async for answer in self.session.answers():
            if self.conversation.gate:
                await self.conversation.gate()
            self._send(answer)
            if self._drained:
                await self._drained
            if not self._open:
                return

    def _answered(self, error: BaseException | None) -> None:
        self._busy = False
        if error:
            log.error("%s session failed", self._protocol.title, exc_info=error)
            self.end(Ending.FAILURE)
        if self.conversation.closed:
            self.session.lost()
        elif self.session.closing or self._hung_up:
            self._close()
        elif self._open:
            self._transport.resume_reading()
            self._update()

    def _update(self) -> None:
        if self._busy or self._drained or not self._open:
            return
        if data := self.session.updates():
            self._send(data)

    def _send(self, data: bytes) -> None:
        if not self._open:
            return
        self._record(Side.SERVER, data)
        self._transport.write(data)

    @property
    def _open(self) -> bool:
        return not self._ended and not self._transport.is_closing()

    def _close(self) -> None:
        # Unread input would turn a close into a reset that eats the last reply: read it away
        if self._open:
            self._ended = True
            try:
                self._transport.write_eof()
            except OSError:  # the client was faster
                self._transport.abort()
            self._transport.resume_reading()
            self._idle.cancel()
            self._idle = self._loop.call_later(LINGER, self._transport.close)
            if not self._busy:
                self.session.lost()  # a lock must not wait for the client to hang up

    def _record(self, side: Side, data: bytes) -> None:
        self.conversation.recorder.record(side, data)
        self.conversation.heard()

    def _touch(self) -> None:
        self._active = self._loop.time()
        self._idle = self._loop.call_later(self.session.idle_limit, self._check_idle)

    def _check_idle(self) -> None:
        left = self._active + self.session.idle_limit - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._check_idle)
        else:
            self.end(Ending.IDLE)


def run_eagerly(
    coroutine: Coroutine[object, None, None], done: Callable[[BaseException | None], None]
) -> None:
    """Run at once up to the first real wait, then go on whenever that is over.

    Most commands never wait; a Task for each would cost more than the command.
    """
    try:
        waited = coroutine.send(None)
    except StopIteration:
        return done(None)
    except BaseException as error:  # noqa: BLE001  handed on to `done`
        return done(error)
    if waited is None:
        asyncio.get_running_loop().call_soon(run_eagerly, coroutine, done)
        return None
    waited._asyncio_future_blocking = False
    waited.add_done_callback(lambda _: run_eagerly(coroutine, done))
    return None
