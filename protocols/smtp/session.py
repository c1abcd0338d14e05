"""The SMTP engine: executes the table; no socket, no clock."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from protocols.commands import Command
from protocols.conversation import Conversation, Ending, MailHost
from protocols.faults import plain_reply
from protocols.framing import LineTooLong, strip_line_end
from protocols.replies import Refused
from protocols.session import Session
from protocols.smtp import replies
from protocols.smtp.data import DotReader
from protocols.smtp.grammar import is_text, split_command
from protocols.smtp.replies import Answer
from protocols.smtp.table import CONNECTED, DATA, END_OF_DATA, NOT_IMPLEMENTED, TABLE, missing
from protocols.store import Account, StoreError

log = logging.getLogger(__name__)

# RFC 5321 4.5.3.1.4 asks for 512; parameters and addresses in UTF-8 need more (RFC 6531 3.4).
MAX_LINE = 2048
# RFC 4954 4: the longest line of an AUTH exchange.
MAX_AUTH_LINE = 12288
# In a row: a learner errs often but not always; a program that lost its place only errs.
MAX_BAD_COMMANDS = 30
# Octets of a message that are looked at between two glances at the rest.
BLOCK = 256 * 1024

_FAREWELLS = {
    Ending.IDLE: replies.IDLE,
    Ending.CROWDED: replies.CROWDED,
    Ending.TOO_LONG: replies.TOO_LONG,
    Ending.SHUTDOWN: replies.SHUTDOWN,
    Ending.FAILURE: replies.FAILURE,
}

Step = Callable[["SmtpSession", str], Awaitable[Answer]]


@dataclass(slots=True)
class Envelope:
    """What is known of a message before it comes; `recipients` are accounts by address as given."""

    reverse_path: str
    utf8: bool = False
    recipients: dict[str, Account] = field(default_factory=dict)


class SmtpSession(Session):
    """`exchange`, if set, takes the next line in place of a command (AUTH); `message` takes all."""

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
        self.message: DotReader | None = None
        self._errors = 0

    def greeting(self) -> bytes:
        return self._encode(Answer(replies.GREETING, {"host": self.host.name}))

    def farewell(self, ending: Ending) -> bytes:
        self.closing = True
        return self._encode(Answer(_FAREWELLS[ending], {"host": self.host.name}))

    async def answers(self) -> AsyncIterator[bytes]:
        while not self.closing and not self.wants_tls and (step := self._next()):
            answer = await self._guarded(step)
            yield self.strikes.cut(self._encode(answer))
            if self._errors >= MAX_BAD_COMMANDS and not self.closing:
                self.closing = True
                yield self._encode(Answer(replies.TOO_MANY_ERRORS, {"host": self.host.name}))

    def tls_refused(self) -> bytes:
        return self._encode(Answer(replies.STARTTLS_PIPELINED))

    def worded(self, reply: str) -> str:
        return reply if self.extended else plain_reply(reply)

    def reset(self) -> None:
        """Forget the mail transaction (RFC 5321 4.1.1.5)."""
        self.envelope = None
        self.message = None

    def _next(self) -> Awaitable[Answer] | None:
        """The work that what has come asks for, or None while it is incomplete."""
        if self.message:
            return self._end_of_data() if self._read_message() else None
        try:
            line = self.reader.line(MAX_AUTH_LINE if self.exchange else MAX_LINE)
        except LineTooLong:
            return self._refuse(replies.LINE_TOO_LONG)
        return None if line is None else self._line(line)

    def _read_message(self) -> bool:
        while block := self.reader.some(BLOCK):
            if self.strikes.cuts_content(len(block)):
                return False
            rest = self.message.feed(block)
            if rest is not None:
                self.reader.unread(rest)
                return True
        return False

    async def _line(self, line: bytes) -> Answer:
        step, self.exchange = self.exchange, None
        text = strip_line_end(line)
        if not line.endswith(b"\r\n"):  # RFC 5321 2.3.8
            raise Refused(replies.LINE_END)
        if not is_text(text):
            raise Refused(replies.NOT_TEXT)
        return await (step(self, text.decode()) if step else self._command(text.decode()))

    async def _command(self, text: str) -> Answer:
        verb, argument = split_command(text)
        row = TABLE.get(verb)
        if row is None:
            raise Refused(replies.NOT_HERE if verb in NOT_IMPLEMENTED else replies.UNKNOWN)
        if not row.allowed_in(self.state):
            first = missing(verb, self.state)
            raise Refused(replies.MISSING, missing=first) if first else Refused(replies.TRANSACTION)
        answer = await self._perform(row, argument)
        self.state = row.when[self.state]
        return answer

    async def _perform(self, row: Command, argument: str) -> Answer:
        own, sender = [self.account] if self.account else [], ""
        if self.envelope:
            sender = self.envelope.reverse_path
            own += () if row.name == "RCPT" else self.envelope.recipients.values()
        await self.strikes.ask(list(dict.fromkeys(own)), row.name, argument, sender)
        return await row.handler(self, argument)

    async def _end_of_data(self) -> Answer:
        """The lone dot: the transaction is over, whatever the answer (RFC 5321 4.1.1.4)."""
        try:
            return await self._perform(TABLE[END_OF_DATA], "")
        finally:
            self.reset()
            self.state = TABLE[END_OF_DATA].when[DATA]

    async def _refuse(self, reply: replies.Reply) -> Answer:
        self.exchange = None
        raise Refused(reply)

    async def _guarded(self, step: Awaitable[Answer]) -> Answer:
        """The answer of `step`; every exception becomes one too."""
        try:
            answer = await step
        except Refused as refused:
            self._errors += 1
            return Answer(refused.reply, refused.values)
        except StoreError:
            log.warning("SMTP: the store refused", exc_info=True)
            return Answer(replies.STORE_FAILED)
        except Exception:
            log.exception("SMTP command failed")
            return Answer(replies.FAILED)
        self._errors = 0
        return answer

    def _encode(self, answer: Answer) -> bytes:
        return answer.encode(self.extended)
