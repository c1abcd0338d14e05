"""Servers that people know, each an instance of its own on own files, where they are installed."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.client import Wrong
from tests.bench.processes import Server, tree_cpu

DOVECOT, POSTFIX = "Dovecot", "Postfix"
# Seconds until a server has opened its port.
START = 20
PLACES = os.pathsep.join((os.defpath, "/usr/sbin", "/usr/local/sbin"))


def program(name: str) -> str | None:
    return shutil.which(name.lower(), path=PLACES)


def why_missing(name: str) -> str:
    """Why a peer cannot be measured; empty where it can."""
    if not program(name):
        return "not installed"
    return "runs only as root" if name == POSTFIX and os.geteuid() else ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, **more: object) -> Iterator[Server]:
    """A server in the foreground. Raises Wrong when it does not open its port."""
    quiet = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    process = subprocess.Popen(command, **quiet, **more)
    address = ("127.0.0.1", port)
    try:
        end = time.monotonic() + START
        while not _is_open(address):
            if process.poll() is not None or time.monotonic() > end:
                raise Wrong(f"{command[0]} does not start")
            time.sleep(0.05)
        yield Server(process.pid, address, tree_cpu)
    finally:
        process.terminate()
        process.wait()


def _is_open(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except OSError:
        return False
    return True
