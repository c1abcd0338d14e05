"""The IMAP engine: executes the table; no socket, no clock."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import ClassVar

from protocols.commands import Command
from protocols.conversation import Conversation, Ending, MailHost
from protocols.framing import LineTooLong, strip_line_end
from protocols.imap import replies
from protocols.imap.grammar.command import Literal, split_name, split_tag
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.expected import Malformed
from protocols.imap.intake import MAX_LINE, Intake, Unfit
from protocols.imap.refusals import GUESSES, refusal_of
from protocols.imap.responses import Continue, Tagged, line, untagged, update_data
from protocols.imap.table import (
    COUNTING,
    NOT_AUTHENTICATED,
    NOT_OFFERED,
    TABLE,
    capabilities,
    missing,
)
from protocols.imap.view import MailboxView
from protocols.replies import Refused
from protocols.session import Session
from protocols.store import Account, StoreError
from protocols.turns import Turn

log = logging.getLogger(__name__)

# 10 MiB, as SMTP takes it: a photo or a lesson's handout fits.
MAX_MESSAGE = 10 * 1024 * 1024
# Of all other literals: names, passwords, search strings (RFC 7888 5 has the same limit).
MAX_LITERAL = 4096
# Octets of an answer that go to the connection at once: a short answer is one write.
BLOCK = 32 * 1024

_FAREWELLS = {
    Ending.IDLE: replies.IDLE_BYE,
    Ending.CROWDED: replies.CROWDED,
    Ending.TOO_LONG: replies.TOO_LONG,
    Ending.SHUTDOWN: replies.SHUTDOWN,
    Ending.FAILURE: replies.FAILURE,
    Ending.BROWSER: replies.BROWSER,
}


@dataclass(slots=True)
class _Running:
    """A command under way. Its handler yields octets and Continues, and at last a Tagged.

    No octets: nothing to say yet, the others' turn may have come.
    """

    tag: str
    row: Command
    handler: AsyncGenerator[bytes | Continue | Tagged, str | None]


class ImapSession(Session):
    idle_limit: ClassVar[float] = 1800  # RFC 3501 5.4: at least 30 minutes

    def __init__(self, host: MailHost, conversation: Conversation) -> None:
        super().__init__(host, conversation)
        self.state = NOT_AUTHENTICATED
        self.account: Account | None = None
        self.view: MailboxView | None = None
        self._intake = Intake(self.reader, self._literal_limit, self._check_room)
        self._waiting: _Running | None = None  # for the client's next line
        self.tls_tag = ""  # of the STARTTLS that is being answered

    def greeting(self) -> bytes:
        words = capabilities(self.state, self.tls_offered, self.plain_logins)
        return untagged(replies.GREETING, host=self.host.name, capabilities=" ".join(words))

    def farewell(self, ending: Ending) -> bytes:
        return untagged(_FAREWELLS[ending])

    async def answers(self) -> AsyncIterator[bytes]:
        while not self.closing and not self.wants_tls:
            pieces = self._resumed() if self._waiting else self._next()
            if pieces is None:
                return
            async for piece in pieces:
                yield piece
            if self.hopeless and not self.closing:
                self.closing = True
                yield untagged(replies.TOO_MANY)

    def tls_refused(self) -> bytes:
        return line(f"{self.tls_tag} {replies.STARTTLS_PIPELINED.text()}")

    def updates(self) -> bytes:
        """Only a client that idles is told unasked (RFC 2177 3)."""
        return self._news(expunge=True) if self._idles else b""

    def lost(self) -> None:
        super().lost()
        self._waiting = None
        self.unselect()

    # For handlers

    def unselect(self) -> None:
        """Whatever was selected no longer is; nothing is expunged."""
        if self.view:
            self.view.close()
            self.view = None

    def heard(self) -> None:
        """The selected mailbox has changed."""
        if self._idles:
            self.notify()

    async def aside(self, work: Callable[[], object]) -> None:
        """Do what may take long where it holds up nobody, unless the client leaves before."""
        await self.conversation.wait(self.host.aside(work))

    # The road of a command

    @property
    def _idles(self) -> bool:
        return self._waiting is not None and self._waiting.row.name == "IDLE"

    def _next(self) -> AsyncIterator[bytes] | None:
        found = self._intake.next()
        if found is None:
            if not self.share.hold(self._intake.octets):
                self._intake.drop(Refused(replies.APPEND_NO_STORAGE))
            return None
        if isinstance(found, Literal):
            return _said(line(replies.CONTINUE_LITERAL.text(octets=found.octets)))
        if isinstance(found, Unfit):
            last_words = self.turned_away(found.start or found.dropped)
            return _said(last_words or self._refusal(split_tag(found.start)[0], found.refused))
        return self._command(found)

    def _resumed(self) -> AsyncIterator[bytes] | None:
        try:
            text = self.reader.line(MAX_LINE)
        except LineTooLong:
            text = b"\0"  # no handler takes it for a response
        if text is None:
            return None
        running, self._waiting = self._waiting, None
        return self._run(running, strip_line_end(text).decode("utf-8", "replace"))

    async def _command(self, octets: bytes) -> AsyncIterator[bytes]:
        tag, rest = split_tag(octets)
        try:
            row, cursor = self._row(tag, rest)
        except Refused as refused:
            # Not before: GET may be a client's tag
            yield self.turned_away(octets) or self._refusal(tag, refused)
            return
        async for piece in self._run(_Running(tag, row, row.handler(self, cursor)), None):
            yield piece

    async def _run(self, running: _Running, response: str | None) -> AsyncIterator[bytes]:
        """Let a handler go on, to its end or until it waits for the client."""
        held: list[bytes] = []
        size, turn = 0, Turn(self.host.clock)
        async for piece in self._steps(running, response):
            if size and len(piece) >= BLOCK:  # not joined: a stored message need not be copied
                yield b"".join(held)
                held, size = [], 0
            held.append(piece)
            size += len(piece)
            if size >= BLOCK or turn.over():
                yield b"".join(held) if len(held) > 1 else piece
                held, size = [], 0
        if held:
            yield b"".join(held)

    async def _steps(self, running: _Running, response: str | None) -> AsyncIterator[bytes]:
        end = None
        try:
            while True:
                piece = await running.handler.asend(response)
                response = None
                if isinstance(piece, Continue):
                    self._waiting = running
                    yield line(piece.text)
                    return
                if isinstance(piece, Tagged):
                    end = piece
                else:
                    yield piece
        except StopAsyncIteration:
            last = self._completed(running, end)
        except (Refused, Malformed, StoreError) as error:
            last = self._refusal(running.tag, refusal_of(error))
        except Exception:
            if self.amid:  # a NO would be taken for a part of the answer: the connection ends
                raise
            log.exception("IMAP command failed")
            last = self._refusal(running.tag, Refused(replies.FAILED))
        expunge = running.row.name not in COUNTING
        while (news := self._news(expunge)) and self.view.more(expunge):
            yield news
        yield news + last

    def _completed(self, running: _Running, end: Tagged) -> bytes:
        self.judged(right=True)
        self.proven = True
        self.state = running.row.when[self.state]
        self.tls_tag = running.tag if self.wants_tls else ""
        return line(f"{running.tag} {end.text}")

    def _refusal(self, tag: str, refused: Refused) -> bytes:
        """RFC 3501 7.1.3: without a tag the BAD is untagged."""
        text = refused.text
        clumsy = text.startswith("BAD") or refused.reply in GUESSES
        self.judged(right=not clumsy)
        return line(f"{tag or '*'} {text}")

    def _news(self, expunge: bool) -> bytes:
        """What the client has to learn, or as much of it as is told at once."""
        if not self.view or self.view.is_quiet:
            return b""
        return update_data(self.view, self.view.take_updates(expunge))

    def _row(self, tag: str, rest: bytes) -> tuple[Command, Cursor]:
        """The table's row and a cursor on its arguments. Raises Refused unless allowed now."""
        name, cursor = split_name(rest)
        row = TABLE.get(name)
        if not tag or not rest:
            raise Refused(replies.NO_COMMAND if tag else replies.NO_TAG)
        if row is None:
            offered = Refused(replies.NOT_OFFERED, command=name)
            raise offered if name in NOT_OFFERED else Refused(replies.UNKNOWN)
        if not row.allowed_in(self.state):
            raise self._not_now(name)
        if name == "LOGIN" and not self.plain_logins:  # before its literals are asked for
            raise Refused(replies.NEEDS_TLS)
        return row, cursor

    def _not_now(self, name: str) -> Refused:
        first = missing(name, self.state)
        if not first:
            return Refused(replies.LOGGED_IN, command=name)
        reply = replies.NEEDS_MAILBOX if first == "SELECT" else replies.NEEDS_LOGIN
        return Refused(reply, command=name, missing=first)

    def _literal_limit(self, start: bytes) -> int:
        row, _ = self._row(*split_tag(start))
        return MAX_MESSAGE if row.name == "APPEND" else MAX_LITERAL

    def _check_room(self, octets: int) -> None:
        """Whether a message of `octets` can be taken. Raises Refused, OverQuota."""
        if not self.share.fits(octets):
            raise Refused(replies.APPEND_NO_STORAGE)
        self.account.check_quota([octets])


async def _said(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
