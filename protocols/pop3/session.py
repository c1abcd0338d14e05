"""The POP3 engine: executes the table; no socket, no clock."""

import hmac
from collections.abc import AsyncIterator, Callable
from typing import ClassVar

from protocols.commands import Command
from protocols.conversation import Conversation, Ending, MailHost
from protocols.framing import LineTooLong, strip_line_end
from protocols.login import LoginFailed, TooManyLogins, log_in
from protocols.pop3 import replies
from protocols.pop3.grammar import MAX_COMMAND_LINE, arguments, is_text, split_command
from protocols.pop3.replies import Response
from protocols.pop3.table import AUTHORIZATION, NOT_OFFERED, TABLE, missing
from protocols.replies import Refused, Reply
from protocols.session import Session
from protocols.store import Account, Maildrop, MaildropLocked, StoreError

# In a row: a learner errs often but not always; a program that lost its place only errs.
MAX_BAD_COMMANDS = 30

Proof = Callable[[str], str]  # what a client must send to show that it knows a password

_FAREWELLS = {
    Ending.CROWDED: replies.CROWDED,
    Ending.TOO_LONG: replies.TOO_LONG_HERE,
    Ending.SHUTDOWN: replies.SHUTDOWN,
    Ending.FAILURE: replies.FAILURE,
}


class Pop3Session(Session):
    """`user` is the name that USER gave; after the login `account` and `maildrop` are its own."""

    idle_limit: ClassVar[float] = 600  # RFC 1939 3: at least ten minutes

    def __init__(self, host: MailHost, conversation: Conversation) -> None:
        super().__init__(host, conversation)
        self.state = AUTHORIZATION
        self.stamp = f"<{conversation.id}@{host.name}>"  # RFC 1939 7: unique for each greeting
        self.user = ""
        self.maildrop: Maildrop | None = None
        self.account: Account | None = None
        self._bad = 0

    def greeting(self) -> bytes:
        return Response(replies.GREETING.text(stamp=self.stamp)).encode()

    def farewell(self, ending: Ending) -> bytes:
        # RFC 1939 3: the autologout sends no response
        return Response(_FAREWELLS[ending].text()).encode() if ending in _FAREWELLS else b""

    async def answers(self) -> AsyncIterator[bytes]:
        while not self.closing and not self.wants_tls:
            try:
                line = self.reader.line(MAX_COMMAND_LINE)
            except LineTooLong:
                yield self._refuse(Refused(replies.TOO_LONG)).encode()
                continue
            if line is None:
                return
            yield self.strikes.cut((await self._answer(strip_line_end(line))).encode())

    def tls_refused(self) -> bytes:
        return self._refuse(Refused(replies.STLS_PIPELINED)).encode()

    def lost(self) -> None:
        """RFC 1939 6: without QUIT nothing is deleted."""
        account, self.account, self.maildrop = self.account, None, None
        if account:
            account.unlock_maildrop()

    async def enter(
        self, name: str, secret: str, proof: Proof, denied: Reply, in_use: Reply
    ) -> None:
        """Log in and lock the maildrop, if `secret` is the `proof` of the account's password.

        An unknown name gets the answer of a wrong password, after the same comparison.
        """

        def knows(password: str) -> bool:
            return hmac.compare_digest(secret.encode(), proof(password).encode())

        try:
            account = await log_in(self, name, knows)
        except LoginFailed:
            raise Refused(denied) from None
        except TooManyLogins:
            raise Refused(in_use) from None
        try:
            self.maildrop = await account.lock_maildrop()  # RFC 1939 4
        except MaildropLocked:
            raise Refused(in_use) from None
        self.account = account
        self.conversation.authenticated(account)

    async def _answer(self, line: bytes) -> Response:
        try:
            response = await self._obey(line)
        except Refused as refused:
            return self._refuse(refused)
        except StoreError:
            return self._refuse(Refused(replies.UNAVAILABLE))
        self._bad = 0
        return response

    async def _obey(self, line: bytes) -> Response:
        if not is_text(line):
            raise Refused(replies.NOT_TEXT)
        keyword, rest = split_command(line.decode("ascii"))
        row = self._row(keyword)
        given = arguments(row.syntax, rest)
        if given is None:
            raise Refused(replies.SYNTAX, usage=row.usage)
        await self.strikes.ask([self.account] if self.account else [], row.name, rest)
        response = await row.handler(self, *given)
        self.state = row.when[self.state]
        return response

    def _row(self, keyword: str) -> Command:
        """The table's row for `keyword`. Raises Refused unless it is allowed now."""
        row = TABLE.get(keyword)
        if row is None and keyword in NOT_OFFERED:
            raise Refused(replies.NOT_OFFERED, command=keyword)
        if row is None:
            raise Refused(replies.UNKNOWN)
        if wanted := missing(row, self.state, self.user):
            reply = replies.PASS_NEEDS_USER if keyword == "PASS" else replies.NEEDS_LOGIN
            raise Refused(reply, command=keyword, missing=wanted)
        if not row.allowed_in(self.state):
            raise Refused(replies.LOGGED_IN, command=keyword)
        return row

    def _refuse(self, refused: Refused) -> Response:
        self._bad += 1
        if self._bad < MAX_BAD_COMMANDS:
            return Response(refused.text)
        self.closing = True
        return Response(replies.TOO_MANY.text())
