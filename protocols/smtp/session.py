"""The SMTP engine: executes the table; no socket, no clock."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from protocols.commands import Command
from protocols.conversation import Conversation, Ending, MailHost
from protocols.faults import plain_reply
from protocols.framing import LineTooLong
from protocols.replies import Refused
from protocols.sasl import MAX_RESPONSE_LINE
from protocols.session import Session
from protocols.smtp import replies
from protocols.smtp.data import Chunks, Content, Problem
from protocols.smtp.envelope import Envelope
from protocols.smtp.grammar import TRAILING, read_chunk_size, read_text, split_command
from protocols.smtp.replies import Answer
from protocols.smtp.table import (
    BDAT,
    CONNECTED,
    DATA,
    END_OF_DATA,
    GREETED,
    MAX_MESSAGE,
    NOT_IMPLEMENTED,
    TABLE,
    missing,
)
from protocols.store import Account, StoreError

log = logging.getLogger(__name__)

# RFC 5321 4.5.3.1.4 asks for 512; parameters and addresses in UTF-8 need more (RFC 6531 3.4).
MAX_LINE = 2048
# RFC 2034 4
_HELLOS = ("HELO", "EHLO")
# Octets of a message that are looked at between two glances at the rest.
BLOCK = 256 * 1024

_FAREWELLS = {
    Ending.IDLE: replies.IDLE,
    Ending.CROWDED: replies.CROWDED,
    Ending.TOO_LONG: replies.TOO_LONG,
    Ending.SHUTDOWN: replies.SHUTDOWN,
    Ending.FAILURE: replies.FAILURE,
    Ending.BROWSER: replies.BROWSER,
}

Step = Callable[[str], Awaitable[Answer]]


@dataclass(slots=True)
class Chunk:
    """A BDAT of which `left` octets are to come; unless they are `kept`, they are read away."""

    argument: str
    left: int
    last: bool
    kept: bool


class SmtpSession(Session):
    """`exchange`, if set, takes the next line in place of a command (AUTH).

    On a port for submission a client has to log in and to write as itself (RFC 6409).
    """

    idle_limit: ClassVar[float] = 300  # RFC 5321 4.5.3.2.7

    def __init__(
        self,
        host: MailHost,
        conversation: Conversation,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(host, conversation)
        self.now = now
        self.state = CONNECTED
        self.helo = ""  # the client's name of itself
        self.extended = False  # it said EHLO
        self.account: Account | None = None
        self.envelope: Envelope | None = None
        self.exchange: Step | None = None
        self.message: Content | None = None
        self._chunk: Chunk | None = None
        self._verb = ""  # of the command in hand

    @property
    def submission(self) -> bool:
        return self.conversation.service.submission

    @property
    def enhanced(self) -> bool:
        """Whether the client was promised enhanced codes (RFC 2034 3); aiosmtpd's is not.

        No reply to HELO or EHLO has one (RFC 2034 4).
        """
        promised = self.extended and not self.conversation.service.serve
        return promised and self._verb not in _HELLOS

    def greeting(self) -> bytes:
        return self._encode(Answer(replies.GREETING, {"host": self.host.name}))

    def farewell(self, ending: Ending) -> bytes:
        return self._encode(self._last_words(ending))

    async def answers(self) -> AsyncIterator[bytes]:
        while not self.closing and not self.wants_tls and (step := self._next()):
            if answer := await self._guarded(step):
                yield self.strikes.cut(self._encode(answer))
            if self.hopeless and not self.closing:
                self.closing = True
                yield self._encode(Answer(replies.TOO_MANY_ERRORS, {"host": self.host.name}))

    def tls_refused(self) -> bytes:
        self.state = GREETED  # where STARTTLS was said
        return self._encode(Answer(replies.STARTTLS_PIPELINED))

    def worded(self, reply: str) -> str:
        return reply if self.enhanced else plain_reply(reply)

    def reset(self) -> None:
        """Forget the mail transaction (RFC 5321 4.1.1.5)."""
        self.envelope = None
        self.message = None
        self.share.hold(0)

    def end_transaction(self) -> None:
        self.reset()
        self.state = GREETED

    def _next(self) -> Awaitable[Answer | None] | None:
        """The work that what has come asks for, or None while it is incomplete."""
        self._verb = ""
        if self.state == DATA:
            return self._end_of_data() if self._read_message() else None
        if self._chunk:
            return self._end_of_chunk() if self._read_chunk(self._chunk) else None
        try:
            line = self.reader.line(MAX_RESPONSE_LINE if self.exchange else MAX_LINE)
        except LineTooLong as long:
            return self._too_long(long.start)
        return None if line is None else self._line(line)

    def _read_message(self) -> bool:
        while block := self.reader.some(BLOCK):
            if self.strikes.cuts_content(len(block)):
                return False
            rest = self.message.feed(block)
            self._hold()
            if rest is not None:
                self.reader.unread(rest)
                return True
        return False

    def _read_chunk(self, chunk: Chunk) -> bool:
        while chunk.left and (block := self.reader.some(min(BLOCK, chunk.left))):
            chunk.left -= len(block)
            if chunk.kept:
                self.message.feed(block)
                self._hold()
        return not chunk.left

    def _hold(self) -> None:
        """Account for what has come of the message."""
        if not self.share.hold(self.message.size):
            self.message.refuse(Problem.NO_STORAGE)

    async def _line(self, line: bytes) -> Answer | None:
        if not self.proven and self.is_browser(line):
            return self._last_words(Ending.BROWSER)
        step, self.exchange = self.exchange, None
        if not line.endswith(b"\r\n"):  # RFC 5321 2.3.8
            raise Refused(replies.LINE_END)
        text = read_text(line[:-2], "" if step else TRAILING)
        if text is None:
            raise Refused(replies.NOT_TEXT)
        if step:
            return await step(text)
        verb, argument = split_command(text)
        self._verb = verb
        if verb == BDAT and self._begin_chunk(argument):
            return None
        return await self._command(verb, argument)

    async def _command(self, verb: str, argument: str) -> Answer:
        row = TABLE.get(verb)
        if row is None:
            raise Refused(replies.NOT_HERE if verb in NOT_IMPLEMENTED else replies.UNKNOWN)
        if not row.allowed_in(self.state):
            first = missing(verb, self.state)
            raise Refused(replies.MISSING, missing=first) if first else Refused(replies.TRANSACTION)
        answer = await self._perform(row, argument)
        self.state = row.when[self.state]
        return answer

    def _perform(self, row: Command, argument: str) -> Awaitable[Answer]:
        accounts, sender = [self.account] if self.account else [], ""
        if self.envelope:
            sender = self.envelope.sender.address
            accounts += () if row.name == "RCPT" else self.envelope.accounts
        if self.strikes.begin(accounts, row.name, argument, sender):
            return self._struck(row, argument)
        return row.handler(self, argument)

    async def _struck(self, row: Command, argument: str) -> Answer:
        await self.strikes.strike()
        return await row.handler(self, argument)

    async def _end_of_data(self) -> Answer:
        """The transaction is over, whatever the answer (RFC 5321 4.1.1.4)."""
        try:
            return await self._perform(TABLE[END_OF_DATA], "")
        finally:
            self.end_transaction()

    def _begin_chunk(self, argument: str) -> bool:
        """Octets follow a BDAT whatever its answer, and are not commands (RFC 3030 2).

        Not even where BDAT was never offered: what one side sends as a message must not be
        commands to the other.
        """
        size = read_chunk_size(argument)
        if not size:
            return False
        kept = self.extended and TABLE[BDAT].allowed_in(self.state)
        if kept:
            self.message = self.message or Chunks(MAX_MESSAGE)
            self.message.expect(size.octets)
            if not self.share.fits(self.message.size + size.octets):
                self.message.refuse(Problem.NO_STORAGE)
        self._chunk = Chunk(argument, size.octets, size.last, kept)
        return True

    async def _end_of_chunk(self) -> Answer:
        """A chunk has come whole; one that is refused takes the transaction with it."""
        chunk, self._chunk = self._chunk, None
        try:
            answer = await self._command(BDAT, chunk.argument)
        except Exception:
            if chunk.kept:
                self.end_transaction()
            raise
        if not chunk.last:
            return answer
        self.message.end()
        return await self._end_of_data()

    async def _too_long(self, start: bytes) -> Answer:
        if self.is_browser(start):
            return self._last_words(Ending.BROWSER)
        reply = replies.AUTH_TOO_LONG if self.exchange else replies.LINE_TOO_LONG
        self.exchange = None
        raise Refused(reply)

    async def _guarded(self, step: Awaitable[Answer | None]) -> Answer | None:
        """The answer of `step`; every exception becomes one too."""
        try:
            answer = await step
        except Refused as refused:
            if refused.erred:
                self.judged(right=False)
            return Answer(refused.reply, refused.values)
        except StoreError:
            log.warning("SMTP: the store refused", exc_info=True)
            return Answer(replies.STORE_FAILED)
        except Exception:
            log.exception("SMTP command failed")
            return Answer(replies.FAILED)
        if answer:
            self.judged(right=True)
            self.proven = True
        return answer

    def _last_words(self, ending: Ending) -> Answer:
        self.closing = True
        return Answer(_FAREWELLS[ending], {"host": self.host.name})

    def _encode(self, answer: Answer) -> bytes:
        return answer.encode(self.enhanced)
