"""The engine of one server-side conversation: bytes in, bytes out; no socket, no clock."""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from math import ceil
from typing import ClassVar

from protocols.conversation import Conversation, Ending, MailHost
from protocols.framing import Octets, Reader
from protocols.replies import Refused, Reply
from protocols.storage import Share
from protocols.store import Account
from protocols.strikes import Strikes

# In a row: a learner errs often but not always; a program that lost its place only errs.
MAX_BAD_COMMANDS = 30
# In all: a lesson has some dozens, and a right one now and then must not do for ever.
MAX_BAD_IN_ALL = 1000

# RFC 9110 9.3, RFC 5789 2
_METHOD = rb"(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH)"
# The first line may be too long to be seen whole.
_FIRST_LINE = re.compile(_METHOD + rb"(?![!-~])")
_REQUEST_LINE = re.compile(_METHOD + rb" [^\r\n]* HTTP/")


class Session(ABC):
    """`state` is one of the table's states; once `closing`, the connection ends after the answer.

    `proven`: a command has succeeded, so the client speaks this protocol. `hopeless`: it errs so
    much that the connection has to end.

    Once `wants_tls`, the answer is followed by a handshake and a new session: everything that this
    one knew is forgotten with it.

    The connection calls `feed` with what came and then exhausts `answers`; it never runs two at
    once. A session with something to say unasked calls `notify` and is then asked for its
    `updates`, until there are none.
    """

    idle_limit: ClassVar[float]  # seconds
    amid = False  # what was said last is part of an answer, into which nothing else may be said

    def __init__(self, host: MailHost, conversation: Conversation) -> None:
        self.host = host
        self.conversation = conversation
        self.reader = Reader()
        self.closing = False
        self.proven = False
        self._begun = False  # a line has come
        self._bad = self._bad_in_all = 0
        self.hopeless = False
        self.wants_tls = False
        self.strikes = Strikes(self)
        self.share = Share(host.storage, conversation)
        self.notify: Callable[[], None] = lambda: None

    @abstractmethod
    def greeting(self) -> bytes: ...

    @abstractmethod
    def answers(self) -> AsyncIterator[Octets]:
        """Answer every complete command that was fed, piece by piece, in order."""

    @abstractmethod
    def farewell(self, ending: Ending) -> bytes:
        """The protocol's own last words when the server ends the conversation."""

    @abstractmethod
    def tls_refused(self) -> bytes:
        """The answer in place of the one that invites to TLS, when more came behind the command.

        That might be anybody's: what was sent in the clear must not be taken for sealed afterwards.
        """

    @property
    def tls_offered(self) -> bool:
        return self.host.tls is not None and self.conversation.tls is None

    @property
    def plain_logins(self) -> bool:
        """Whether a login may show the password: sealed, or where the lab lets everybody see it."""
        return self.host.plain_logins or self.conversation.tls is not None

    def begin_tls(self, active: Reply, unavailable: Reply) -> None:
        """What STLS and STARTTLS ask for. Raises Refused with one of these."""
        if self.conversation.tls:
            raise Refused(active)
        if not self.tls_offered:
            raise Refused(unavailable)
        self.wants_tls = True

    def logged_in(self, account: Account) -> None:
        """Announce a login, once nothing else can fail."""
        if not len(self.reader):  # what came behind it is recorded, and would be taken for it
            self.conversation.recorder.proved()
        self.conversation.authenticated(account)

    def pausing(self, seconds: float) -> None:
        """Say in the transcript that the client has to wait."""
        self.conversation.recorder.event("wire.pause", seconds=str(ceil(seconds)))
        self.conversation.heard()

    def judged(self, right: bool) -> None:
        """A command was right or wrong."""
        if right:
            self._bad = 0
            return
        self._bad, self._bad_in_all = self._bad + 1, self._bad_in_all + 1
        self.hopeless = self._bad >= MAX_BAD_COMMANDS or self._bad_in_all >= MAX_BAD_IN_ALL

    def is_browser(self, line: bytes) -> bool:
        """Whether `line` begins what a web browser says.

        A page can make its reader's browser send a request to any port, with mail commands in its
        body: whoever refused the lines before them would obey them all the same.
        """
        pattern = _REQUEST_LINE if self._begun else _FIRST_LINE
        self._begun = True
        return not self.proven and pattern.match(line) is not None

    def turned_away(self, line: bytes) -> bytes:
        """The last words to a browser that says `line`; none to everybody else."""
        if not self.is_browser(line):
            return b""
        self.closing = True
        return self.farewell(Ending.BROWSER)

    def worded(self, reply: str) -> str:
        """A planned reply as this client may hear it."""
        return reply

    def feed(self, data: bytes) -> None:
        self.reader.feed(data)

    def updates(self) -> bytes:
        return b""

    def lost(self) -> None:
        """The connection is gone: give back what is held."""
        self.share.hold(0)
