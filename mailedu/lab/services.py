"""What runs beside the web server: store, mail ports, hub, keeper of transcripts."""

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from django.conf import settings

from mailedu import places
from mailedu.handles import complain_briefly
from mailedu.lab import trust
from mailedu.lab.guests import Guest
from mailedu.lab.hub import Address, Hub
from mailedu.lab.keeper import Keeper
from mailedu.lab.openpages import OpenPages
from mailedu.lab.parking import Parking
from mailedu.mail.store import DjangoStore
from protocols import PROTOCOLS
from protocols.conversation import MailHost
from protocols.guard import LONGEST_DELAY, TooManyWaiting
from protocols.limits import Limits
from protocols.listeners import Listeners
from protocols.tls import ServerTls

# Seconds that the last answers get to leave, and the connections to close.
FAREWELL = 2
# Seconds that a page waits for something on the event loop.
PATIENCE = 10
# Seconds between two looks at the certificate: a laptop takes another address, a school's own one
# is renewed, the lab's ends after a year.
LOOK = 60 * 60

Value = TypeVar("Value")
_current: "Services | None" = None


def build(
    bind: str,
    port_offset: int | None,
    tls: ServerTls | None = None,
    limits: Limits = Limits(),  # noqa: B008  it is frozen
    trusting: ssl.SSLContext | None = None,
) -> "Services":
    return Services(bind, port_offset, tls, limits, trusting)


def current() -> "Services | None":
    """The services of this process; None where it does not serve."""
    return _current


def judge(who: str, name: str, right: bool) -> bool:
    """What the guard of all logins says of a password that a page was given.

    A page does not wait in line, it is told for how long. Raises MustWait.
    """
    return _current.judge(who, name, right) if _current else right


def put_away(guest: Guest | None, browser: str) -> None:
    """A browser has put a guest's mailbox away: its consoles and pages go."""
    if guest and _current:
        _current.call(_current.put_away, guest.realm, browser)


class MustWait(Exception):
    """After wrong passwords; `seconds` until the next is looked at."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _refuse(seconds: float) -> None:
    raise MustWait(seconds)


class Services:
    """`open` and `close` on the event loop. Raises OSError, naming the port, where one is taken.

    `trusting` is whom the consoles of this process trust, as clients of `tls`.
    """

    def __init__(
        self,
        bind: str,
        port_offset: int | None,
        tls: ServerTls | None,
        limits: Limits,
        trusting: ssl.SSLContext | None,
    ) -> None:
        self.trusting = trusting
        self.store = DjangoStore(settings.LAB_DOMAINS)
        self.hub = Hub()
        self.parking = Parking()
        self.pages = OpenPages()
        self._keeper = Keeper(self.hub)
        self._host = MailHost(
            self.store,
            self.hub,
            time.monotonic,
            settings.LAB_HOST_NAME,
            tls=tls,
            limits=limits,
            plain_logins=settings.LAB_PLAIN_LOGINS,
            sleep=asyncio.sleep,
            lock=asyncio.Lock,
            aside=self.store.aside,
        )
        self._listeners = Listeners(self._host, PROTOCOLS, bind, port_offset)

    @property
    def ports(self) -> dict[str, Address]:
        """Service -> (host, real port)."""
        return self.hub.ports

    async def open(self) -> dict[str, Address]:
        global _current
        self._loop = asyncio.get_running_loop()
        complain_briefly(self._loop)
        async with AsyncExitStack() as ends:
            await self.store.start()
            ends.push_async_callback(self.store.stop)
            self.hub.ports |= await self._listeners.open()
            ends.callback(asyncio.ensure_future(self._look_after_tls()).cancel)
            self._keeper.start()
            ends.push_async_callback(self._keeper.stop)
            ends.push_async_callback(self._all_gone)
            ends.push_async_callback(self._listeners.close)
            self._ends = ends.pop_all()
        _current = self
        places.serve(self.ports)
        return self.ports

    async def close(self) -> None:
        """Farewells first, then the last lines of the transcripts, the store at the end."""
        global _current
        if _current is self:
            _current = None
            places.serve({})
            await self._ends.aclose()

    async def renew_tls(self) -> None:
        """Offer another certificate, to new connections, where the one in use is not good any more.

        That is for a thread: files are read, keys may be made.
        """
        if renewed := await asyncio.to_thread(trust.renewed, self._host.tls.certificate):
            self._host.tls, self.trusting = renewed

    def call(self, function: Callable[..., Value], *arguments: object) -> Value:
        """Call `function` on the event loop from a view's thread."""

        async def on_loop() -> Value:
            return function(*arguments)

        return self._result(on_loop())

    def judge(self, who: str, name: str, right: bool) -> bool:
        try:
            judged = self._host.guard.judge(who, name, lambda: right, _refuse, lambda work: work)
            return self._result(judged)
        except TooManyWaiting:
            raise MustWait(LONGEST_DELAY) from None

    def put_away(self, realm: str, browser: str) -> None:
        self.pages.put_away(realm, browser)
        self.parking.clear(realm)

    def _result(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _look_after_tls(self) -> None:
        while self._host.tls:
            await asyncio.sleep(LOOK)
            await self.renew_tls()

    async def _all_gone(self) -> None:
        end = self._loop.time() + FAREWELL
        while self._host.conversations and self._loop.time() < end:
            await asyncio.sleep(0.01)
