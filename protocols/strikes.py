"""What planned faults do to one session: before a handler runs, and once its answer is ready."""

from typing import TYPE_CHECKING

from protocols.faults import Cut, Fault
from protocols.framing import Octets, joined
from protocols.replies import Refused, Reply
from protocols.store import Account, StoreError

if TYPE_CHECKING:
    from protocols.session import Session

# Not in any catalogue: a planned reply is explained as any other server's, by what it says.
_PLANNED = Reply("planned", "{line}")
# The command after whose answer the client sends so much that it can be cut inside.
_BEFORE_CONTENT = "DATA"


class Planned(Refused):
    """What was planned for the command in hand; whoever gets it has done nothing wrong."""

    erred = False


class Strikes:
    """`due` is the fault whose cut the next answer meets.

    One answer may be that of two rows of the table (BDAT LAST), and about several accounts: it
    waits as long as the slowest of them wants. Once `broken`, the connection ends as by an
    accident: without TLS's own farewell.
    """

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._command = self._argument = self._sender = ""
        self._asked: list[Account] = []
        self._left: int | None = None  # octets of content before the cut
        self._waited = 0.0  # seconds, before the answer to come
        self.due: Fault | None = None
        self.broken = False

    def begin(self, accounts: list[Account], command: str, argument: str, sender: str = "") -> bool:
        """A command is in hand; whether `strike` has something to do.

        `accounts` are those whose mail it is about, as far as that is known before it is read.
        """
        self._command, self._argument, self._sender = command, argument, sender
        self._asked, self._left = accounts, None
        return any([account.has_plan for account in accounts])

    async def strike(self) -> None:
        """Let happen what the accounts have planned for the command in hand. Raises Refused."""
        for account in dict.fromkeys(self._asked):
            if account.has_plan:
                await self._strike(account)

    async def named(self, account: Account) -> None:
        """As `strike`, now that the command in hand has named `account`. Raises Refused."""
        if account.has_plan and self._command and account not in self._asked:
            await self._strike(account)

    async def named_only(self, name: str) -> None:
        """As `named`, where the answer must not depend on whether there is such an account."""
        session = self._session
        try:
            account = await session.host.store.account(name, session.conversation.realm)
        except StoreError:
            return
        if account:
            await self.named(account)

    def cut(self, answer: Octets) -> Octets:
        """As much of `answer` as crosses the wire; the session ends after it."""
        fault, self.due, self._waited = self.due, None, 0.0
        if not fault:
            return answer
        if fault.cut is Cut.INSIDE and self._command == _BEFORE_CONTENT and not fault.reply:
            self._left = fault.octets
            return answer
        self._session.closing, self._session.wants_tls = True, False
        self.broken = True
        answer = joined(answer)
        octets = {Cut.BEFORE: 0, Cut.INSIDE: fault.octets, Cut.AFTER: len(answer)}
        return answer[: octets[fault.cut]]

    def cuts_content(self, octets: int) -> bool:
        """Whether the connection is cut by `octets` more of a message."""
        if self._left is None:
            return False
        self._left -= octets
        self._session.closing = self.broken = self._left <= 0
        return self._session.closing

    async def _strike(self, account: Account) -> None:
        conversation = self._session.conversation
        # Consoles all come from this machine, and a class sits behind one address
        by = f"{conversation.realm or conversation.peer[0]} {self._sender}"
        name, wanted = conversation.protocol.name, 0.0
        for fault in account.strike(name, self._command, self._argument, by):
            wanted += fault.delay
            await self._happen(fault, max(wanted - self._waited, 0.0))

    async def _happen(self, fault: Fault, delay: float) -> None:
        session = self._session
        if fault.cut:
            self.due = fault
        if fault.announce:
            self._announce(fault, waits=delay > 0)
        if delay:
            self._waited += delay
            await session.conversation.sleep(delay)
        if fault.reply:
            session.closing = session.closing or fault.closes
            raise Planned(_PLANNED, line=session.worded(fault.reply))

    def _announce(self, fault: Fault, waits: bool) -> None:
        event = self._session.conversation.recorder.event
        if waits:
            event("wire.fault.delay", seconds=f"{fault.delay:g}")
        if fault.reply:
            event("wire.fault.reply", command=self._command)
        if fault.cut:
            event("wire.fault.cut", command=self._command)
        self._session.conversation.heard()
