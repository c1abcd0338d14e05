"""Another SMTP server to compare with: aiosmtpd, in its own words.

Codes are the protocol's, sentences are each server's own. aiosmtpd reads the commands and answers
them; what becomes of the mail is decided by an engine of ours behind it, so that every rule of the
lab holds here too.
"""

import asyncio
import logging

from aiosmtpd.smtp import SMTP, Envelope, Session

from protocols.conversation import Ending, MailHost
from protocols.faults import plain_reply
from protocols.framing import dot_stuff
from protocols.protocol import MailProtocol, Service
from protocols.session import MAX_BAD_COMMANDS
from protocols.smtp.replies import NO_STORAGE, Answer
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE
from protocols.storage import Share
from protocols.transcript import Side
from protocols.turns import Turn

log = logging.getLogger(__name__)

_OK = "250 OK"
_FAILED = "451 local error in processing"


class Hooks:
    """aiosmtpd asks these before it answers. They hold nothing: the engine is the server's."""

    async def handle_HELO(  # noqa: N802  the names are aiosmtpd's
        self, server: "OtherServer", session: Session, envelope: Envelope, hostname: str
    ) -> str:
        session.host_name = hostname
        return await server.refusal(f"HELO {hostname}") or f"250 {server.hostname}"

    async def handle_EHLO(  # noqa: N802
        self,
        server: "OtherServer",
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        refusal = await server.refusal(f"EHLO {hostname}")
        return [refusal] if refusal else responses

    async def handle_MAIL(  # noqa: N802
        self,
        server: "OtherServer",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        # aiosmtpd refused a message itself, too big or a long line, or our engine its RSET
        if server.engine.envelope:
            server.engine.end_transaction()
        refusal = await server.refusal(" ".join((f"MAIL FROM:{_path(address)}", *options)))
        if not refusal:
            envelope.mail_from = address
        return refusal or _OK

    async def handle_RCPT(  # noqa: N802
        self,
        server: "OtherServer",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        refusal = await server.refusal(" ".join((f"RCPT TO:{_path(address)}", *options)))
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or _OK

    async def handle_DATA(  # noqa: N802
        self, server: "OtherServer", session: Session, envelope: Envelope
    ) -> str:
        content = dot_stuff(envelope.original_content or b"")
        return await server.refusal("DATA") or await server.ask(content + b".\r\n") or _OK

    async def handle_RSET(  # noqa: N802
        self, server: "OtherServer", session: Session, envelope: Envelope
    ) -> str:
        return await server.refusal("RSET") or _OK


def _path(address: str) -> str:
    """`address` in the brackets that aiosmtpd took off; the null path alone still has them."""
    return address if address == "<>" else f"<{address}>"


class OtherServer(SMTP):
    """One connection. The tap is in `data_received` and `push`; there is no TLS and no AUTH."""

    def __init__(self, host: MailHost, protocol: MailProtocol, service: Service) -> None:
        super().__init__(
            Hooks(),
            hostname=host.name,
            ident="aiosmtpd",
            data_size_limit=MAX_MESSAGE,
            enable_SMTPUTF8=True,
            timeout=SmtpSession.idle_limit,
            command_call_limit={"*": MAX_BAD_COMMANDS * 100},
            loop=asyncio.get_running_loop(),
        )
        self._host = host
        self._protocol = protocol
        self._service = service
        self._gated = False
        self._asking = False
        self._message: int | None = None  # octets since 354

    async def refusal(self, command: str) -> str:
        """What our engine answers to `command` if it refuses; "" if it agrees."""
        return await self.ask(command.encode("utf-8", "surrogateescape") + b"\r\n")

    async def ask(self, octets: bytes) -> str:
        """As `refusal`, for a command or a message as it travels."""
        self.engine.feed(octets)
        self._asking = True
        answers = [answer async for answer in self.engine.answers()]
        self._asking = False
        if self.engine.strikes.broken:
            self._break(b"".join(answers))
        line = answers[-1].decode().rstrip() if answers else _FAILED
        return line if line[0] in "45" else ""

    def _break(self, left: bytes) -> None:
        """A cut is planned: `left` is what still crosses the wire of our engine's answer."""
        if self.transport and not self.transport.is_closing():
            if not left.startswith(b"3"):  # aiosmtpd has invited to the message itself
                self._record(Side.SERVER, left)
                self.transport.write(left)
            self.transport.close()
        raise asyncio.CancelledError

    def connection_made(self, transport: asyncio.Transport) -> None:
        peer = transport.get_extra_info("peername") or ("", 0)
        self.conversation = self._host.open(self._protocol, self._service, peer[:2])
        self.conversation.end = self.end
        self.engine = self._protocol.session(self._host, self.conversation)
        self._turn = Turn(self.loop.time)
        self._share = Share(self._host.storage, self.conversation)
        super().connection_made(transport)
        if self._host.crowded(self.conversation):
            self.end(Ending.CROWDED)

    def data_received(self, data: bytes) -> None:
        self._record(Side.CLIENT, data)
        if self.engine.is_browser(data):
            self.end(Ending.BROWSER)
        elif self._keeps(len(data)):
            super().data_received(data)
        else:
            self._close(Answer(NO_STORAGE).encode(enhanced=False))

    def eof_received(self) -> bool:
        # aiosmtpd would stop here; a client may half-close and still read the answers under way
        return asyncio.StreamReaderProtocol.eof_received(self) and not self._gated

    def connection_lost(self, error: Exception | None) -> None:
        self._host.close(self.conversation)
        self.engine.lost()
        self._share.hold(0)
        super().connection_lost(error)

    def end(self, ending: Ending) -> None:
        """Say farewell and close."""
        if self.transport and not self.transport.is_closing():
            self._close(self.engine.farewell(ending))

    def _close(self, last_words: bytes) -> None:
        self._record(Side.SERVER, last_words)
        self.transport.write(last_words)
        self.transport.close()

    async def push(self, status: str | bytes) -> None:
        if self.conversation.gate:
            self._gated = True
            await self.conversation.gate()
            self._gated = False
        if not self.transport or self.transport.is_closing():
            raise ConnectionResetError
        text = status if isinstance(status, str) else status.decode()
        line = plain_reply(text).encode("utf-8", "surrogateescape")
        self._record(Side.SERVER, line + b"\r\n")
        self._message = 0 if line.startswith(b"354") else None
        self._keeps(0)
        await super().push(line)
        if self.engine.closing:
            self.transport.close()
        elif self._turn.over():
            await asyncio.sleep(0)

    async def handle_exception(self, error: Exception) -> str:
        if isinstance(error, EOFError):  # the client has said its last word
            self.transport.close()
            raise asyncio.CancelledError
        log.error("aiosmtpd's session failed", exc_info=error)
        return _FAILED

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        try:
            return super()._getaddr(arg)
        except (IndexError, UnboundLocalError):  # Python's parser stumbles over `<` and `a@`
            return None, None

    def _keeps(self, octets: int) -> bool:
        """Account for so much more of a message, which aiosmtpd gathers. False: no room for it."""
        self._message = None if self._message is None else self._message + octets
        return self._share.hold(self._message or 0)

    def _timeout_cb(self) -> None:
        if self._gated or self._asking:  # the client waits for us
            self._reset_timeout()
        elif self.transport.is_closing():  # and does not read what we have for it
            self.transport.abort()
        else:
            self.end(Ending.IDLE)
            self._reset_timeout()

    def _record(self, side: Side, data: bytes) -> None:
        self.conversation.recorder.record(side, data)
        self.conversation.heard()
