"""The POP3 engine: executes the table; no socket, no clock."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import ClassVar

from protocols.commands import Command
from protocols.conversation import Conversation, Ending, MailHost
from protocols.framing import LineTooLong, Octets, strip_line_end
from protocols.guard import TooManyWaiting
from protocols.login import Knows, LoginFailed, TooManyLogins, log_in, worded
from protocols.pop3 import replies
from protocols.pop3.grammar import (
    MAX_COMMAND_LINE,
    arguments,
    is_text,
    split_command,
    takes_utf8,
)
from protocols.pop3.replies import Response
from protocols.pop3.table import AUTHORIZATION, NOT_OFFERED, TABLE, after, missing
from protocols.replies import Refused, Reply
from protocols.sasl import MAX_RESPONSE_LINE
from protocols.session import Session
from protocols.store import Account, Maildrop, MaildropLocked, StoreError

Step = Callable[[str], Awaitable[Response]]

_FAREWELLS = {
    Ending.CROWDED: replies.CROWDED,
    Ending.TOO_LONG: replies.TOO_LONG_HERE,
    Ending.SHUTDOWN: replies.SHUTDOWN,
    Ending.FAILURE: replies.FAILURE,
    Ending.BROWSER: replies.BROWSER,
}


class Pop3Session(Session):
    """`user` is the name that USER gave; after the login `account` and `maildrop` are its own.

    `utf8` tells that the client asked for UTF-8; `exchange`, if set, takes the next line (AUTH).
    """

    idle_limit: ClassVar[float] = 600  # RFC 1939 3: at least ten minutes

    def __init__(self, host: MailHost, conversation: Conversation) -> None:
        super().__init__(host, conversation)
        self.state = AUTHORIZATION
        self.stamp = f"<{conversation.id}@{host.name}>"  # RFC 1939 7: unique for each greeting
        self.user = ""
        self.utf8 = False
        self.exchange: Step | None = None
        self.maildrop: Maildrop | None = None
        self.account: Account | None = None
        self._after = AUTHORIZATION  # the state once the command in hand has succeeded

    def greeting(self) -> bytes:
        return Response(replies.GREETING.text(stamp=self.stamp)).encode()

    def farewell(self, ending: Ending) -> bytes:
        # RFC 1939 3: the autologout sends no response
        return Response(_FAREWELLS[ending].text()).encode() if ending in _FAREWELLS else b""

    async def answers(self) -> AsyncIterator[Octets]:
        while not self.closing and not self.wants_tls:
            try:
                line = self.reader.line(MAX_RESPONSE_LINE if self.exchange else MAX_COMMAND_LINE)
            except LineTooLong as long:
                self.exchange = None
                too_long = Refused(replies.TOO_LONG)
                yield self.turned_away(long.start) or self._refuse(too_long).encode()
                continue
            if line is None:
                return
            if not self.proven and (last_words := self.turned_away(line)):
                yield last_words
                return
            yield self.strikes.cut((await self._answer(strip_line_end(line))).encode())

    def tls_refused(self) -> bytes:
        return self._refuse(Refused(replies.STLS_PIPELINED)).encode()

    def lost(self) -> None:
        """RFC 1939 6: without QUIT nothing is deleted."""
        super().lost()
        account, self.account, self.maildrop = self.account, None, None
        if account:
            account.unlock_maildrop()

    async def enter(self, name: str, knows: Knows, denied: Reply, in_use: Reply) -> None:
        """Log in and lock the maildrop; an unknown name gets the answer of a wrong password."""
        account = await worded(log_in(self, name, knows), {LoginFailed: denied})
        await self.open(account, in_use)

    async def open(self, account: Account, in_use: Reply) -> None:
        """Lock the maildrop of the account that has logged in."""
        try:
            self.maildrop = await account.lock_maildrop()  # RFC 1939 4
        except MaildropLocked:
            raise Refused(in_use) from None
        self.account = account
        self.logged_in(account)

    async def _answer(self, line: bytes) -> Response:
        try:
            response = await self._obey(line)
        except Refused as refused:
            return self._refuse(refused)
        except TooManyLogins:
            return self._refuse(Refused(replies.CROWDED_ACCOUNT))
        except TooManyWaiting:
            return self._refuse(Refused(replies.TOO_MANY_WAITING))
        except StoreError:
            return self._refuse(Refused(replies.UNAVAILABLE))
        self.judged(right=True)
        self.proven = True
        return response

    async def _obey(self, line: bytes) -> Response:
        step, self.exchange = self.exchange, None
        utf8 = self.utf8 or takes_utf8(line)
        if not is_text(line, utf8):
            raise Refused(replies.NOT_UTF8 if utf8 else replies.NOT_TEXT)
        text = line.decode()
        response = await (step(text) if step else self._command(text))
        if not self.exchange:
            self.state = self._after
        return response

    async def _command(self, text: str) -> Response:
        keyword, rest = split_command(text)
        row = self._row(keyword)
        given = arguments(row.syntax, rest)
        if given is None:
            raise Refused(replies.SYNTAX, usage=row.usage)
        self.closing = row.name == "QUIT"  # RFC 1939 6: also where it fails
        if self.strikes.begin([self.account] if self.account else [], row.name, rest):
            await self.strikes.strike()
        self._after = after(row, given, self.state)
        return await row.handler(self, *given)

    def _row(self, keyword: str) -> Command:
        """The table's row for `keyword`. Raises Refused unless it is allowed now."""
        row = TABLE.get(keyword)
        if row is None and keyword in NOT_OFFERED:
            raise Refused(replies.NOT_OFFERED, command=keyword)
        if row is None:
            raise Refused(replies.UNKNOWN)
        if wanted := missing(row, self.state, self.user):
            raise self._too_early(keyword, wanted)
        if not row.allowed_in(self.state):
            raise Refused(replies.LOGGED_IN, command=keyword)
        return row

    def _too_early(self, keyword: str, wanted: str) -> Refused:
        if keyword != "PASS":
            return Refused(replies.NEEDS_LOGIN, command=keyword, missing=wanted)
        # The USER before it was refused: who sends both at once must not be told to send it
        return Refused(replies.PASS_NEEDS_USER if self.plain_logins else replies.NEEDS_TLS)

    def _refuse(self, refused: Refused) -> Response:
        if refused.erred:
            self.judged(right=False)
        if not self.hopeless:
            return Response(refused.text)
        self.closing = True
        return Response(replies.TOO_MANY.text())
