"""The servers that are measured, each a process of its own, and what they cost (Linux, /proc)."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab_process import ROOT, Lab, read_ready

Address = tuple[str, int]


def cpu(pid: int) -> float:
    """Microseconds that all threads of a process have run."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1000


def tree_cpu(pid: int) -> float:
    """Microseconds that a process and all it has started have run, also those that have ended.

    In steps of a hundredth of a second for each process.
    """
    stats = [_stat(path) for path in Path("/proc").glob("[0-9]*/stat")]
    family = {pid}
    for _ in stats:
        size = len(family)
        family |= {stat[0] for stat in stats if stat[1] in family}
        if len(family) == size:
            break
    ticks = sum(stat[2] for stat in stats if stat[0] in family)
    return ticks * 1e6 / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> tuple[int, int, int]:
    """(process, its parent, ticks of it and of its ended children); see proc(5)."""
    try:
        head, _, rest = path.read_text().rpartition(")")
    except OSError:  # it has just ended
        return (0, 0, 0)
    values = rest.split()
    return int(head.split()[0]), int(values[1]), sum(map(int, values[11:15]))


@dataclass(frozen=True, slots=True)
class Server:
    """One port of a process; `cpu` tells its microseconds."""

    pid: int
    address: Address
    cpu: Callable[[int], float] = cpu

    def spent(self) -> float:
        return self.cpu(self.pid)


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


def resident(pid: int) -> int:
    """Octets of memory that a process holds."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def allow_many_files() -> None:
    """Thousands of connections, here and in the servers that are started from here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
