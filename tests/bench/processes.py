"""The servers that are measured, each a process of its own, and what they cost (Linux, /proc)."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab_process import ROOT, Lab, read_ready

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Server:
    """One port of a process."""

    pid: int
    address: Address


def port_of(lab: Lab, name: str) -> Server:
    return Server(lab.process.pid, lab.ports[name])


@contextmanager
def running(*command: str, given: str = "") -> Iterator[Server]:
    """A Python server that reads `given`, prints READY with its address first, and never ends."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
        text=True,
    )
    try:
        process.stdin.write(given)
        process.stdin.close()
        addresses = read_ready(process.stdout.readline())
        yield Server(process.pid, next(iter(addresses.values())))
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def cpu(pid: int) -> float:
    """Microseconds that all threads of a process have run."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1000


def resident(pid: int) -> int:
    """Octets of memory that a process holds."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def allow_many_files() -> None:
    """Thousands of connections, here and in the servers that are started from here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
