"""The websocket of a console or watch page: lines in, explained lines out.

It knows no protocol. What the page sends goes to a mail port, what it shows comes from the hub.
"""

import asyncio
import logging
from collections.abc import Iterator
from functools import partial

from django.utils import translation

from mailedu.consumers import LabConsumer
from mailedu.lab import mistakes, services
from mailedu.lab.claims import Claim
from mailedu.lab.followers import Follower, News
from mailedu.lab.identity import (
    address_of,
    browser_of,
    guest_of,
    language_of,
    page_of,
    viewer_now,
    viewer_of,
)
from mailedu.lab.mistakes import Mistake, octets_of, string
from mailedu.lab.pace import CONNECTION, Pace
from mailedu.lab.panel import Panel
from mailedu.lab.panes import Pane
from mailedu.lab.parking import TooManyConsoles
from mailedu.lab.rendering import entry_json, live_json
from mailedu.lab.rules import owns, sees_password
from protocols.framing import to_crlf
from protocols.store import Account, StoreError
from protocols.turns import Turn

log = logging.getLogger(__name__)

# Consoles on one page: each protocol twice.
MAX_PANES = 6
# Entries in one frame, so that a long transcript does not hold up the page in one piece.
CHUNK = 100
# Seconds for which the staff is taken for the staff: what is not theirs is told to nobody else.
LOOK_AGAIN = 1
# Messages that wait for a page that does not read, beside the lines, which wait in the recorder.
MAX_WAITING = 500
# RFC 6455 7.4.1, and the registry's "try again later"
INTERNAL_ERROR, TRY_AGAIN_LATER = 1011, 1013


class LabSocket(LabConsumer):
    """One of the OpenPages."""

    async def connect(self) -> None:
        self._services = services.current()
        self._guest = await guest_of(self.scope)
        self._viewer = await viewer_of(self.scope)
        self.realm, self.address = self._viewer.realm, address_of(self.scope)
        self.browser = await browser_of(self.scope)
        self._is_put_away = False
        self._page = page_of(self.scope)
        self._language = language_of(self.scope)
        self._panes: dict[str, Pane] = {}
        self._clock = asyncio.get_running_loop().time
        self._looked = self._clock()
        self._pace = Pace(self._clock)
        self._waiting: list[dict] = []
        self._news = asyncio.Event()
        self._follower = Follower(self._viewer, self._news.set)
        self._panel = Panel(self._panel_changed)
        self._panel_due = False
        self._claim = Claim(self._guest, self.put_away)
        self._welcome = await self._come()
        if not self._welcome:
            await self.close(TRY_AGAIN_LATER)
            return
        self._hub, self._parking = self._services.hub, self._services.parking
        await self.accept()
        self._sender = asyncio.create_task(self._send_news())

    async def disconnect(self, code: int) -> None:
        if not self._welcome:
            return
        self._services.pages.leave(self)
        self._claim.drop()
        self._sender.cancel()
        self._hub.leave(self._follower)
        self._panel.show(None)
        for pane in self._panes.values():
            self._parking.leave(pane)

    async def _come(self) -> bool:
        """False: there are too many pages, or the mailbox was put away meanwhile."""
        if not self._services or not self._services.pages.enter(self):
            return False
        if await self._is_known():
            return True
        self._services.pages.leave(self)
        self._claim.drop()
        return False

    async def _is_known(self) -> bool:
        """What happens to the guest's claim from now on reaches this page."""
        try:
            await self._claim.follow(self._services.store)
        except StoreError:
            return False
        return not self._guest or await viewer_now(self.scope) == self._viewer

    def put_away(self) -> None:
        for pane in self._panes.values():
            self._parking.close(pane)
        self._panes.clear()
        self._is_put_away = True
        self._news.set()

    async def receive(self, message: dict) -> None:
        if self._is_put_away:
            return
        try:
            if not self._pace.allows(CONNECTION if message.get("do") == "open" else 1):
                if self._pace.ignored:
                    await self.close(TRY_AGAIN_LATER)
                raise Mistake(mistakes.TOO_FAST)
            action = ACTIONS.get(string(message, "do"))
            if not action:
                raise Mistake(mistakes.NOT_UNDERSTOOD)
            await action(self, message)
        except Mistake as mistake:
            with translation.override(self._language):
                text = str(mistake.args[0])
            refused = {"refused": message.get("pane")} if message.get("do") == "open" else {}
            self._tell({"type": "error", "text": text, **refused})

    # What the page asks for

    async def open_pane(self, message: dict) -> None:
        name, service = string(message, "pane"), string(message, "service")
        if not self._guest:
            raise Mistake(mistakes.NO_GUEST)
        if service not in self._hub.ports:
            raise Mistake(mistakes.NOT_UNDERSTOOD)
        realm = self._guest.realm
        self._parking.clear(realm)
        self._make_room(name)
        trusting = self._services.trusting
        try:
            with self._parking.room(realm):
                pane = await Pane.open(self._hub, service, realm, trusting, self._guest.address)
                if self._is_put_away:
                    pane.close()
                    return
                self._have(name, pane)
        except TooManyConsoles:
            raise Mistake(mistakes.TOO_MANY_CONSOLES) from None
        except OSError:
            raise Mistake(mistakes.UNREACHABLE) from None
        self._tell({"type": "opened", "pane": name, "conversation": live_json(pane.live)})
        self._follower.follow(pane.live)

    async def resume(self, message: dict) -> None:
        """Go on with a console that the page had before: told from line `seq` on."""
        name, id = string(message, "pane"), string(message, "conversation")
        pane = self._guest and self._parking.take(id, self._guest.realm, self._page)
        if not pane:
            self._tell({"type": "gone", "pane": name, "conversation": id})
            return
        self._make_room(name)
        self._have(name, pane)
        self._tell({"type": "resumed", "pane": name, "conversation": live_json(pane.live)})
        if pane.gate.is_holding:
            self._held(id, True)
        self._follower.follow(pane.live, _seq(message), announce=True)

    async def send_line(self, message: dict) -> None:
        text = string(message, "text")
        if "\n" in text or "\r" in text:
            raise Mistake(mistakes.NOT_ONE_LINE)
        self._write(message, octets_of(text) + b"\r\n")

    async def send_octets(self, message: dict) -> None:
        octets = to_crlf(octets_of(string(message, "text")))
        await self._pane(message).ready()  # pieces of one long message come at once
        self._write(message, octets)

    async def close_pane(self, message: dict) -> None:
        if pane := self._panes.pop(string(message, "pane"), None):
            self._parking.close(pane)

    async def step(self, message: dict) -> None:
        self._pane(message).gate.turn(message.get("on") is True)

    async def next_answer(self, message: dict) -> None:
        self._pane(message).gate.let_through()

    async def watch(self, message: dict) -> None:
        """`known` is what the page takes for open: it may have missed how that ended."""
        self._hub.watch(self._follower)
        for id in _ids(message):
            if not self._hub.find(id, self._viewer):
                self._tell({"type": "closed", "conversation": id})

    async def since(self, message: dict) -> None:
        id = string(message, "conversation")
        if live := self._hub.find(id, self._viewer):
            self._follower.follow(live, _seq(message))
        else:
            self._tell({"type": "closed", "conversation": id})

    async def mailbox(self, message: dict) -> None:
        if not self._guest:
            raise Mistake(mistakes.NO_GUEST)
        if not self._panel.account:
            await self._show_own_account()
            for account in self._logged_in:
                self._panel.show(account)
        self._panel_changed()

    # What the page is told

    async def _send_news(self) -> None:
        try:
            while True:
                await self._news.wait()
                if not await self._is_who_it_was():
                    await self.send_json({"type": "stranger"})
                    await self.close(TRY_AGAIN_LATER)
                    return
                self._news.clear()
                turn = Turn(self._clock)
                for message in self._collect():
                    if self._is_put_away:  # for a slow browser there may be much
                        break
                    await self.send_json(message)
                    if turn.over():
                        await asyncio.sleep(0)
                if self._news.is_set():  # a long transcript comes in pieces: others in between
                    await asyncio.sleep(0)
        except Exception:
            log.exception("a page's websocket failed")
            await self.close(INTERNAL_ERROR)

    async def _is_who_it_was(self) -> bool:
        """Asked again for the staff alone: they may have logged out on another page."""
        if self._is_put_away:
            return False
        now = self._clock()
        if not self._viewer.staff or now - self._looked < LOOK_AGAIN:
            return True
        self._looked = now
        return await viewer_now(self.scope) == self._viewer

    def _collect(self) -> Iterator[dict]:
        waiting, self._waiting = self._waiting, []
        yield from waiting
        for news in self._follower.take():
            yield from self._rendered(news)
        if self._panel_due and self._panel.account:
            self._panel_due = False
            own = owns(self._viewer, self._panel.account.realm)
            yield {"type": "mailbox", "mailbox": {**self._panel.picture(), "own": own}}

    def _rendered(self, news: News) -> Iterator[dict]:
        live = news.live
        bare = partial(sees_password, self._viewer, live.owner, live.origin)
        if news.changed:
            self._turn_panel(news)
            yield {"type": "conversation", "conversation": live_json(live)}
        for n in range(0, len(news.entries), CHUNK):
            entries = [entry_json(e, self._language, bare(e)) for e in news.entries[n : n + CHUNK]]
            yield {"type": "entries", "conversation": live.conversation.id, "entries": entries}
        if news.closed:
            self._let_go(news)
            yield {"type": "closed", "conversation": live.conversation.id}

    def _tell(self, message: dict) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(message)
            self._news.set()

    def _held(self, id: str, on: bool) -> None:
        self._tell({"type": "waiting", "conversation": id, "on": on})

    def _let_go(self, news: News) -> None:
        """An answer that is still held back must not keep a closed conversation's lock."""
        for pane in self._panes.values():
            if pane.live is news.live:
                pane.gate.turn(False)

    # The mailbox panel

    def _panel_changed(self) -> None:
        self._panel_due = True
        self._news.set()

    def _turn_panel(self, news: News) -> None:
        """Show the account that a console of this page logged in to, else where it delivered to."""
        lives = [pane.live for pane in self._panes.values()]
        if news.live not in lives or not self._panel.account:
            return
        account = news.live.conversation.account
        if not self._logged_in:
            account = news.live.delivered_to
            if account and not owns(self._viewer, account.realm):
                return  # writing to somebody must not open their mailbox
        if account and account is not self._panel.account:
            self._panel.show(account)

    @property
    def _logged_in(self) -> list[Account]:
        """The accounts that open consoles of this page are logged in to."""
        lives = (pane.live for pane in self._panes.values())
        accounts = (live.conversation.account for live in lives if not live.closed)
        return [account for account in accounts if account]

    async def _show_own_account(self) -> None:
        try:
            account = await self._services.store.account(self._guest.address, self._guest.realm)
        except StoreError:
            account = None
        if not account:
            raise Mistake(mistakes.NO_MAILBOX)
        self._panel.show(account)

    # The consoles of this page

    def _make_room(self, name: str) -> None:
        if old := self._panes.pop(name, None):
            self._parking.close(old)
        if len(self._panes) >= MAX_PANES:
            raise Mistake(mistakes.TOO_MANY_PANES)

    def _have(self, name: str, pane: Pane) -> None:
        self._panes[name] = pane
        pane.gate.waiting = partial(self._held, pane.live.conversation.id)
        self._parking.enter(pane, self._page, partial(self._panes.pop, name))

    def _pane(self, message: dict) -> Pane:
        try:
            return self._panes[string(message, "pane")]
        except KeyError:
            raise Mistake(mistakes.NO_SUCH_PANE) from None

    def _write(self, message: dict, octets: bytes) -> None:
        pane = self._pane(message)
        if pane.live.closed:
            raise Mistake(mistakes.NO_SUCH_PANE)
        if not pane.send(octets):
            raise Mistake(mistakes.NOT_READING)


def _seq(message: dict) -> int:
    seq = message.get("seq")
    return seq if isinstance(seq, int) and seq > 0 else 0


def _ids(message: dict) -> list[str]:
    known = message.get("known")
    return [id for id in known if isinstance(id, str)] if isinstance(known, list) else []


ACTIONS = {
    "open": LabSocket.open_pane,
    "resume": LabSocket.resume,
    "send": LabSocket.send_line,
    "octets": LabSocket.send_octets,
    "close": LabSocket.close_pane,
    "step": LabSocket.step,
    "next": LabSocket.next_answer,
    "watch": LabSocket.watch,
    "since": LabSocket.since,
    "mailbox": LabSocket.mailbox,
}
