"""The real `manage.py serve` as a process, and how to read what it prints."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

Address = tuple[str, int]


@dataclass
class Lab:
    """A running `manage.py serve`; `ports` as its READY line gives them."""

    process: subprocess.Popen
    data_dir: Path
    ports: dict[str, Address]
    admin_password: str

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.ports["http"])

    def __getattr__(self, name: str) -> Address:
        try:
            return self.ports[name]
        except KeyError:
            raise AttributeError(name) from None

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a management command beside the running server, on the same data folder."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment(self.data_dir),
            capture_output=True,
            text=True,
        )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "MAILEDU_DATA_DIR": str(data_dir),
        "MAILEDU_BIND": "127.0.0.1",
        "MAILEDU_HTTP_PORT": "0",
        "MAILEDU_PORT_OFFSET": "any",
        **more,
    }


@contextmanager
def running_lab(data_dir: Path, prefix: Sequence[str] = (), **more: str) -> Iterator[Lab]:
    """`prefix` is a command that runs the lab under its own conditions; `more` its environment."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with open(data_dir / "stderr.txt", "a+") as errors:
        process = subprocess.Popen(
            [*prefix, sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(data_dir, **more),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("READY "):
                    break
            else:
                errors.seek(0)
                pytest.fail(f"no READY line: {''.join(lines)}{errors.read()}")
            yield Lab(process, data_dir, read_ready(lines[-1]), read_password("".join(lines)))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=30)
            process.stdout.close()


def read_ready(line: str) -> dict[str, Address]:
    pairs = (word.split("=") for word in line.split()[1:])
    return {
        name: (place.rpartition(":")[0], int(place.rpartition(":")[2])) for name, place in pairs
    }


def read_password(text: str) -> str:
    found = re.search(r"password (\S+)", text)
    return found[1] if found else ""
