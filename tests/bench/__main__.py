"""`python3 lab.py bench [--quick] [row ...]` prints a table.

Exit code 1 where a target is missed.
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab_process import Lab, running_lab

from tests.bench import consoles, idle, sessions
from tests.bench.client import Wrong
from tests.bench.idle import IDLE
from tests.bench.peers import DOVECOT, POSTFIX, why_missing
from tests.bench.processes import allow_many_files
from tests.bench.sessions import SESSIONS
from tests.bench.table import Line, head, printed

NAMES = [*(row.name for row in (*SESSIONS, *IDLE)), *consoles.NAMES]
MAKE_ACCOUNTS = "from tests.bench.accounts import make_accounts; make_accounts()"


def main() -> int:
    options = parse()
    allow_many_files()
    signal.signal(signal.SIGTERM, end)
    try:
        missed = report(lines(options.rows or NAMES, options.quick))
    except (Wrong, TimeoutError) as error:
        print(f"mailedu: {error or 'a server does not answer'}")
        return 1
    for name in (DOVECOT, POSTFIX):
        if why := why_missing(name):
            print(f"{name}: {why}")
    print(f"{missed} missed" if missed else "no target missed")
    return bool(missed)


def end(number: int, _: object) -> None:
    """By an exception, so that the servers end as well: Postfix would outlive the bench."""
    signal.signal(number, signal.SIG_IGN)  # a second one must not cut that short
    sys.exit(128 + number)


def report(found: Iterator[Line]) -> int:
    """Print each line as it comes; returns how many targets are missed."""
    missed = 0
    print(head(), flush=True)
    for line in found:
        print(printed(line), flush=True)
        missed += not line.met
    return missed


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab.py bench", description="measure the servers' cost")
    parser.add_argument("--quick", action="store_true", help="smaller counts, rougher figures")
    parser.add_argument("rows", nargs="*", metavar="row", help=", ".join(NAMES))
    options = parser.parse_args()
    if unknown := set(options.rows) - set(NAMES):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    return options


def lines(names: list[str], quick: bool) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for row in IDLE:
            if row.name in names:
                yield from idle.measure(row, folder, quick)
        if set(names) - {row.name for row in IDLE}:
            with running_lab(folder / "lab") as lab:
                yield from in_one_lab(lab, names, folder, quick)


def in_one_lab(lab: Lab, names: list[str], folder: Path, quick: bool) -> Iterator[Line]:
    lab.manage("shell", "-c", MAKE_ACCOUNTS).check_returncode()
    for row in SESSIONS:
        if row.name in names:
            yield from sessions.measure(row, lab, folder, quick)
    for name in consoles.NAMES:
        if name in names:
            yield from consoles.measure(name, lab, quick)


if __name__ == "__main__":
    sys.exit(main())
