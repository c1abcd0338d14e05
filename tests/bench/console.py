"""Server time of one console command, beside the floor of a bare websocket echo.

    .venv/bin/python tests/bench/console.py

Each line is sent when the answer to the last one is there, as people type. The time is the
process's own on the CPU (Linux, /proc), so other programs do not count; both servers are asked in
turn, because the machine's speed changes. Frames pass at the pace that a page may keep, so many
pages take turns.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from lab_process import read_ready, running_lab  # noqa: E402

from tests.lab.web import Browser, Socket  # noqa: E402

COMMANDS = 2000
ROUNDS = 5
# Of a page's 200 frames at once; the rest are for its login.
PER_PAGE = 190
# Microseconds of server time that a command may cost.
TARGET = 250
LOGIN = ("USER wiki@example.com", "PASS passwort_im_klartext")

Ask = Callable[[], None]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_lab(Path(folder)) as lab:
        probe = start_probe()
        try:
            measure(lab.process.pid, consoles(lab.http), probe.pid, echo(probe.address))
        finally:
            probe.terminate()
            probe.communicate()


def start_probe() -> subprocess.Popen:
    """The same kind of server with a consumer that sends back what it gets."""
    script = ROOT / "tests" / "support" / "probe.py"
    probe = subprocess.Popen(
        [sys.executable, str(script), "127.0.0.1", "0", "0"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    probe.address = read_ready(probe.stdout.readline())["http"]
    return probe


def measure(lab_pid: int, pages: list[Ask], probe_pid: int, echo: Ask) -> None:
    commands, floors = [], []
    for _ in range(ROUNDS):
        count = COMMANDS // ROUNDS
        floors.append(cost(probe_pid, [echo] * count))
        turn = [pages[n % len(pages)] for n in range(count)]
        commands.append(cost(lab_pid, turn))
    command, floor = median(commands), median(floors)
    print(f"console command  {command:6.1f} us of server time ({spread(commands)})")
    print(f"echo, the floor  {floor:6.1f} us of server time ({spread(floors)})")
    print(f"ratio            {command / floor:6.2f}")
    print(f"target           {TARGET} us: {'met' if command < TARGET else 'MISSED'}")


def spread(values: list[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f} in {len(values)} rounds"


def cost(pid: int, asks: list[Ask]) -> float:
    """Microseconds on the CPU for each of `asks`."""
    before = cpu(pid)
    for ask in asks:
        ask()
    return (cpu(pid) - before) / len(asks) / 1000


def cpu(pid: int) -> int:
    """Nanoseconds that all threads of a process have run."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def consoles(address: tuple[str, int]) -> list[Ask]:
    return [console(Browser(address).try_it().socket()) for _ in range(-(-COMMANDS // PER_PAGE))]


def console(page: Socket) -> Ask:
    """A POP3 console that is logged in; asks one NOOP and reads up to its explained answer."""
    id = page.open("a", "pop3")["id"]
    for line in LOGIN:
        page.say("send", pane="a", text=line)
    page.line("+OK mailbox locked")

    def ask() -> None:
        page.say("send", pane="a", text="NOOP")
        while not answered(page.next(), id):
            pass
        page.heard.clear()

    return ask


def answered(message: dict, id: str) -> bool:
    if message["type"] in ("close", "error"):
        sys.exit(f"the console says {message}")
    return message.get("conversation") == id and message["entries"][-1]["kind"] == "reply"


def echo(address: tuple[str, int]) -> Ask:
    """One frame of the same size, and one answer."""
    page = Socket(Browser(address))
    text = json.dumps({"do": "echo", "pane": "a", "text": "NOOP"})

    def ask() -> None:
        page.send_text(text)
        page.next()
        page.heard.clear()

    return ask


if __name__ == "__main__":
    main()
