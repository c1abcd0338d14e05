"""Rows of the site: what a console's command costs, and how long a thousand of them wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from statistics import median, quantiles

from lab_process import ROOT, Lab

from tests.bench.client import PATIENCE
from tests.bench.page import REPLY, Page, say
from tests.bench.processes import Server, cpu, port_of, running
from tests.bench.table import Line

ONE, MANY = "console", "consoles"
NAMES = (ONE, MANY)

ROUNDS = 5
# Commands one after the other, over so many pages that none is faster than a page may be.
COMMANDS, PAGES = 2000, 20
# Microseconds of server time that a console's command may cost.
TARGET = 250
# Open consoles; commands a second in all, and for how many seconds.
CONSOLES, RATE, SECONDS = 1000, 1000, 10
# Milliseconds from a command to its explained reply, for 99 of 100.
PATIENT = 50
# Pages that open at once, as when a class begins.
AT_ONCE = 40
LOGIN = ("USER wiki@example.com", "PASS passwort_im_klartext")
NOOP = say(do="send", pane="a", text="NOOP")


def guests(lab: Lab, count: int) -> list[str]:
    """Cookies of that many new guests."""
    script = f"from tests.bench.accounts import make_guests; make_guests({count})"
    made = lab.manage("shell", "-v", "0", "-c", script)
    made.check_returncode()
    return [f"sessionid={key}" for key in made.stdout.split()]


def measure(name: str, lab: Lab, quick: bool) -> Iterator[Line]:
    if name == ONE:
        yield asyncio.run(_one(port_of(lab, "http"), guests(lab, PAGES)))
    else:
        cookies = guests(lab, CONSOLES // (5 if quick else 1))
        yield asyncio.run(_many(port_of(lab, "http"), cookies, SECONDS // (5 if quick else 1)))


async def _one(site: Server, cookies: list[str]) -> Line:
    """Each line is sent when the answer to the last one is there, as people type."""
    probe = [str(ROOT / "tests" / "support" / "probe.py"), "127.0.0.1", "0", "0"]
    waits: list[float] = []
    mine, floor = [], []
    with running(*probe) as echo:
        async with _consoles(site, cookies, waits) as pages, _echo(echo) as echoes:
            waits.clear()
            for _ in range(ROUNDS):
                floor.append(await _cost(echo, echoes, say(do="echo", pane="a", text="NOOP"), b""))
                mine.append(await _cost(site, pages, NOOP, b"+OK"))
    command, base = median(mine), median(floor)
    return Line(
        "console command",
        f"{command:.0f} us",
        f"websocket echo {base:.0f} us",
        ratio=command / base,
        measured=command,
        target=TARGET,
        unit="us",
        speed=f"p99 {_p99(waits):.1f} ms",
    )


async def _cost(server: Server, pages: list[Page], said: bytes, right: bytes) -> float:
    """Microseconds of server time a command."""
    count = COMMANDS // ROUNDS
    before = cpu(server.pid)
    for n in range(count):
        await pages[n % len(pages)].ask(said, right)
    return (cpu(server.pid) - before) / count


async def _many(site: Server, cookies: list[str], seconds: int) -> Line:
    waits: list[float] = []
    async with _consoles(site, cookies, waits) as pages:
        waits.clear()
        before, own = cpu(site.pid), time.process_time()
        start = time.perf_counter()
        late = await _at_rate(pages, start, RATE * seconds)
        elapsed = time.perf_counter() - start
        used, own = (cpu(site.pid) - before) / 1e6, time.process_time() - own
    p99, p50 = _p99(waits), median(waits) / 1000
    return Line(
        f"{len(pages)} consoles",
        f"p99 {p99:.1f} ms, p50 {p50:.1f} ms",
        f"{RATE} commands/s",
        measured=p99,
        target=PATIENT,
        unit="ms",
        speed=f"server {used / elapsed:.0%} of a core, "
        f"generator {own / elapsed:.0%}, late p99 {_p99(late):.1f} ms",
    )


async def _at_rate(pages: list[Page], start: float, count: int) -> list[float]:
    """Evenly spread; a wait counts from when the command was due, even if it went out late.

    Returns by how many microseconds each did.
    """
    asked, late = [], []
    for n in range(count):
        due = start + n / RATE
        if (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        late.append((time.perf_counter() - due) * 1e6)
        asked.append(pages[n % len(pages)].ask(NOOP, b"+OK", due))
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*asked)
    return late


@asynccontextmanager
async def _consoles(
    site: Server, cookies: list[str], waits: list[float]
) -> AsyncIterator[list[Page]]:
    """POP3 consoles that are logged in, each to its guest's own copy of the slides' account."""
    pages: list[Page] = []
    try:
        for n in range(0, len(cookies), AT_ONCE):
            new = [_page(site, cookie, REPLY, waits) for cookie in cookies[n : n + AT_ONCE]]
            pages += await asyncio.gather(*new)
            await asyncio.gather(*map(_login, pages[n:]))
        yield pages
    finally:
        for page in pages:
            page.close()


async def _login(page: Page) -> None:
    await page.ask(say(do="open", pane="a", service="pop3"), b"+OK")
    for line in LOGIN:
        await page.ask(say(do="send", pane="a", text=line), b"+OK")


@asynccontextmanager
async def _echo(server: Server) -> AsyncIterator[list[Page]]:
    page = await _page(server, "", b'"do":"echo"', [])
    yield [page]
    page.close()


async def _page(server: Server, cookies: str, mark: bytes, waits: list[float]) -> Page:
    loop = asyncio.get_running_loop()
    _, page = await loop.create_connection(
        lambda: Page(server.address, cookies, mark, waits), *server.address
    )
    await page.opened
    return page


def _p99(waits: list[float]) -> float:
    """Milliseconds, from microseconds."""
    return quantiles(waits, n=100)[98] / 1000
