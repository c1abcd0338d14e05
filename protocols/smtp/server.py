"""SMTP on aiosmtpd: its SMTP class keeps the connection, our session answers."""

import asyncio
import logging

from aiosmtpd.smtp import SMTP

from protocols.conversation import Ending, MailHost
from protocols.protocol import MailProtocol
from protocols.smtp.session import SmtpSession
from protocols.transcript import Side

log = logging.getLogger(__name__)

# Octets read at once. aiosmtpd awaits every line of DATA, which is most of its cost.
BLOCK = 256 * 1024


class SmtpServer(SMTP):
    """aiosmtpd's streams, flow control and timers around an SmtpSession.

    aiosmtpd finds commands as methods by their names; here `_handle_client` hands everything to
    the session, so that the table alone decides. The tap is in `data_received` and `push`.
    """

    line_length_limit = BLOCK  # the stream pauses the client at twice this many waiting octets

    def __init__(self, protocol: MailProtocol, host: MailHost) -> None:
        super().__init__(
            None,
            hostname=host.name,
            timeout=SmtpSession.idle_limit,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        self._protocol = protocol
        self._host = host
        self._gated = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        peer = transport.get_extra_info("peername") or ("", 0)
        self.conversation = self._host.open(self._protocol, peer[:2])
        self.conversation.end = self.end
        self.engine = SmtpSession(self._host, self.conversation)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._record(Side.CLIENT, data)
        self._reset_timeout()
        super().data_received(data)

    def eof_received(self) -> bool:
        # aiosmtpd would stop here; a client may half-close and still read the answers under way,
        # but not one that is held back
        return asyncio.StreamReaderProtocol.eof_received(self) and not self._gated

    def connection_lost(self, error: Exception | None) -> None:
        self._host.close(self.conversation)
        # aiosmtpd would cancel the session: a delivery under way must come to its end
        handler = self._handler_coroutine
        self._handler_coroutine = handler if self._gated else self.loop.create_future()
        super().connection_lost(error)
        self._handler_coroutine = handler

    def end(self, ending: Ending) -> None:
        """Say farewell and close; what is being answered is cut after the current piece."""
        if self.transport and not self.transport.is_closing():
            farewell = self.engine.farewell(ending)
            self._record(Side.SERVER, farewell)
            self.transport.write(farewell)
            self.transport.close()

    async def push(self, answer: bytes) -> None:
        """Sends whole lines, once the conversation's gate lets them pass."""
        if self.conversation.gate:
            self._gated = True
            await self.conversation.gate()
            self._gated = False
        if not self.transport or self.transport.is_closing():
            raise ConnectionResetError
        self._record(Side.SERVER, answer)
        self._writer.write(answer)
        await self._writer.drain()

    def _timeout_cb(self) -> None:
        if self._gated:  # the client waits for us
            self._reset_timeout()
        else:
            self.end(Ending.IDLE)

    async def _handle_client(self) -> None:
        try:
            await self._converse()
            self._writer.close()
        except ConnectionError:
            self._writer.close()
        except Exception:
            log.exception("SMTP session failed")
            self.end(Ending.FAILURE)
        finally:
            self.engine.lost()

    async def _converse(self) -> None:
        await self.push(self.engine.greeting())
        while not self.engine.closing and (data := await self._reader.read(BLOCK)):
            self.engine.feed(data)
            async for answer in self.engine.answers():
                await self.push(answer)

    def _record(self, side: Side, data: bytes) -> None:
        self.conversation.recorder.record(side, data)
        self.conversation.heard()
