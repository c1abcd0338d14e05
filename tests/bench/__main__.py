"""`python3 lab.py bench [--quick] [row ...]` prints a table.

Exit code 1 where a target is missed.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab_process import running_lab

from tests.bench.processes import allow_many_files
from tests.bench.sessions import SESSIONS, measure
from tests.bench.table import Line, head, printed

NAMES = [row.name for row in SESSIONS]
MAKE_ACCOUNTS = "from tests.bench.accounts import make_accounts; make_accounts()"


def main() -> int:
    options = parse()
    if not os.path.exists("/proc/self/schedstat"):
        print("mailedu: the bench reads a server's time on the CPU from /proc, as on Linux")
        return 1
    allow_many_files()
    print(head(), flush=True)
    missed = 0
    for line in lines(options.rows or NAMES, options.quick):
        print(printed(line), flush=True)
        missed += not line.met
    print(f"{missed} targets missed" if missed else "all targets met")
    return bool(missed)


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
        with running_lab(folder / "lab") as lab:
            lab.manage("shell", "-c", MAKE_ACCOUNTS).check_returncode()
            for row in SESSIONS:
                if row.name in names:
                    yield from measure(row, lab, folder, quick)


if __name__ == "__main__":
    sys.exit(main())
