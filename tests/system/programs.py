"""Mail programs of the distribution: how each is told server, way, account and whom to trust."""

import os
import pty
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from lab_process import Lab

from mailedu.certificates import ca_certificate
from tests.system.people import Account
from tests.system.sealed import NAME

PATIENCE = 20
WAYS = ("plain", "starttls", "sealed")
_SEALED = {"submission": "smtps", "pop3": "pop3s", "imap": "imaps"}


@dataclass(frozen=True)
class Desk:
    """A folder with the CA's certificate, an account, and the way that its programs take."""

    lab: Lab
    account: Account
    way: str
    folder: Path

    @classmethod
    def make(cls, lab: Lab, account: Account, way: str, folder: Path) -> "Desk":
        (folder / "ca.pem").write_bytes(ca_certificate(lab.data_dir))
        return cls(lab, account, way, folder)

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def secure(self) -> bool:
        return self.way != "plain"

    def scheme(self, service: str) -> str:
        """As URLs name it: smtp, smtps, pop3, pop3s, imap, imaps."""
        sealed = self.way == "sealed"
        return _SEALED[service] if sealed else service.replace("submission", "smtp")

    def port(self, service: str) -> int:
        return self.lab.ports[_SEALED[service] if self.way == "sealed" else service][1]

    def place(self, service: str) -> str:
        return f"{NAME}:{self.port(service)}"

    def url(self, service: str, scheme: str = "") -> str:
        user, password = quote(self.account.address, ""), quote(self.account.password, "")
        return f"{scheme or self.scheme(service)}://{user}:{password}@{self.place(service)}"

    def write(self, name: str, text: str) -> Path:
        """A file that only its owner may read, as the programs want it."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def run(self, *command: object, input: bytes = b"") -> bytes:
        """What the program says; skips where it is not installed, fails where it fails."""
        installed(str(command[0]))
        done = subprocess.run(
            [str(part) for part in command], input=input, cwd=self.folder,
            env=self.environment, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")
        return done.stdout

    def run_in_terminal(self, *command: object) -> None:
        """For a program that insists on a screen; what it draws is thrown away."""
        installed(str(command[0]))
        screen, end = pty.openpty()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=self.folder, env=self.environment,
            stdin=end, stdout=end, stderr=end, start_new_session=True,
        )  # fmt: skip
        os.close(end)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        drawn = _drain(screen)
        watchdog.cancel()
        os.close(screen)
        assert process.wait(PATIENCE) == 0, drawn.decode("utf-8", "replace")

    @property
    def environment(self) -> dict[str, str]:
        """A home of its own: nobody's settings take part."""
        return {**os.environ, "HOME": str(self.folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"}

    def maildir(self) -> Path:
        folder = self.folder / "Maildir"
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        return folder


def installed(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def _drain(screen: int) -> bytes:
    drawn = b""
    while True:
        try:
            piece = os.read(screen, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            return drawn
        if not piece:
            return drawn
        drawn += piece
