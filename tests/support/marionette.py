"""Firefox and Thunderbird without a screen, driven by Marionette.

Marionette is JSON on a TCP socket, each message behind its length in characters and a colon
(https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

OLDEST = 140  # what older ones call inside, these tests do not know
PATIENCE = 60  # seconds: a first start on a busy machine
# Nobody has to be welcomed; what is asked of others ends on this machine, where nobody listens.
SETTINGS = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}
# An answer of `run`: what the script returns, or what went wrong in it.
_SCRIPT = """
const [args, done] = arguments;
(async () => {%s})().then((value) => done({value}), (error) => done({error: String(error)}));
"""


class Driver:
    """A running program, asked to do things."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        self._asked = 0
        self._read()
        self.ask("WebDriver:NewSession", capabilities={"unhandledPromptBehavior": "ignore"})
        self.ask("WebDriver:SetTimeouts", script=PATIENCE * 1000)

    def ask(self, command: str, **parameters: object) -> object:
        self._asked += 1
        message = json.dumps([0, self._asked, command, parameters])
        self._socket.sendall(f"{len(message)}:{message}".encode())
        _, _, error, result = self._read()
        assert error is None, error
        return result["value"] if result and "value" in result else result

    def run(self, script: str, *args: object) -> object:
        """What the body of an async function returns for `args`. Fails with its error."""
        ended = self.ask("WebDriver:ExecuteAsyncScript", script=_SCRIPT % script, args=[args],
                         sandbox="system", newSandbox=False)  # fmt: skip
        assert "error" not in ended, ended
        return ended.get("value")

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _read(self) -> list:
        length = b""
        while not length.endswith(b":"):
            octet = self._file.read(1)
            assert octet, "the program has ended"
            length += octet
        return json.loads(self._file.read(int(length[:-1])))


@contextmanager
def running(program: str, folder: Path) -> Iterator[Driver]:
    """`program` with a profile of its own in `folder`; skips where it is missing or old."""
    path = _installed(program)
    profile = folder / "profile"
    profile.mkdir()
    lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in SETTINGS.items()]
    (profile / "user.js").write_text("".join(lines))
    with open(folder / "output.txt", "wb") as output:
        process = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", profile, "--marionette",
             "--remote-allow-system-access"],
            env={**os.environ, "HOME": str(folder)}, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        driver = Driver(_port(process, profile))
        yield driver
        driver.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _installed(program: str) -> str:
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"(\d+)\.", said)
    if not version or int(version[1]) < OLDEST:
        pytest.skip(f"{program} is older than {OLDEST}")
    return path


def _port(process: subprocess.Popen, profile: Path) -> int:
    """Where it listens, once it has written that down."""
    file, end = profile / "MarionetteActivePort", monotonic() + PATIENCE
    while not file.exists() or not file.read_text():
        assert process.poll() is None and monotonic() < end, "it did not start"
        sleep(0.1)
    return int(file.read_text())
