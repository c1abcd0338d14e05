"""File handles: how many the process may have, and what happens when they run out anyway.

Every connection takes one; the system gives a process 256 to 1024 of them unless it asks for more.
"""

import asyncio
import errno
import logging

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None

from protocols.limits import CONNECTIONS

log = logging.getLogger(__name__)

# A console takes three: its websocket, and both ends of its connection to our own port.
PER_CONNECTION = 3
# Database, ports, threads, static files, pages under way.
RESERVE = 128
# Even where that leaves nothing, a few people can be served.
FEWEST = 10
# Seconds between two complaints.
QUIET = 60


def make_room() -> int:
    """Raise this process's limit as far as the lab can use; returns the connections it allows."""
    if not resource:
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS * PER_CONNECTION + RESERVE
    if soft not in (resource.RLIM_INFINITY, hard) and soft < wanted:
        soft = _raised(soft, wanted if hard == resource.RLIM_INFINITY else min(hard, wanted), hard)
    return CONNECTIONS if soft == resource.RLIM_INFINITY else connections(soft)


def connections(handles: int) -> int:
    """How many mail connections so many handles carry, if each is a console's."""
    return min(CONNECTIONS, max(FEWEST, (handles - RESERVE) // PER_CONNECTION))


def _raised(soft: int, wanted: int, hard: int) -> int:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS allows less than it says
        return soft
    return wanted


def complain_briefly(loop: asyncio.AbstractEventLoop) -> None:
    """One line a minute when handles run out: asyncio would print a traceback for each try.

    Whoever comes then waits in the system's queue until somebody leaves; asyncio asks each second.
    """
    complained = -QUIET

    def handle(loop: asyncio.AbstractEventLoop, context: dict) -> None:
        nonlocal complained
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
        elif loop.time() - complained >= QUIET:
            complained = loop.time()
            log.warning("out of file handles: new connections have to wait")

    loop.set_exception_handler(handle)
