"""manage.py serve and runserver as the user starts them."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from lab_process import environment, read_ready

from protocols import PROTOCOLS

ROOT = Path(__file__).parent.parent
MAIL = ["aiosmtpd", "imap", "imaps", "pop3", "pop3s", "smtp", "smtps", "submission"]
SEALED = ["imaps", "pop3s", "smtps"]


def greets(name: str, address: tuple[str, int]) -> bool:
    """All three protocols begin with a line of the server's, three services with a handshake."""
    with socket.create_connection(address, timeout=20) as mail:
        if name in SEALED:
            mail = ssl._create_unverified_context().wrap_socket(mail)
        return mail.makefile("rb").readline().endswith(b"\r\n")


def test_all_ports_answer(lab):
    assert sorted(lab.ports) == sorted(["http", *MAIL])
    assert all(greets(name, lab.ports[name]) for name in MAIL)
    with urlopen(f"{lab.url}/admin/login/") as page:
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_every_file_that_a_page_names_is_served(lab):
    with urlopen(f"{lab.url}/admin/login/") as page:
        names = [word for word in page.read().decode().split('"') if word.startswith("/static/")]
    assert names
    for name in names:
        with urlopen(lab.url + name) as file:
            assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_secrets_are_made_once(start_lab):
    first = start_lab()
    key = first.data_dir / "secret_key"
    secret = key.read_text()
    assert len(secret) > 50
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600
    assert first.admin_password
    assert first.stop() == 0
    second = start_lab()
    assert (key.read_text(), second.admin_password) == (secret, "")
    assert second.stop(signal.SIGINT) == 0


def free_offset() -> int:
    """An offset at which no mail port is taken just now."""
    for offset in range(20_000, 60_000, 1_000):
        try:
            for service in (one for protocol in PROTOCOLS for one in protocol.services):
                socket.create_server(("127.0.0.1", service.port + offset)).close()
        except OSError:
            continue
        return offset
    pytest.skip("no free ports")


@pytest.fixture
def runserver(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    started = []

    def start(**more: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "runserver"],
            cwd=ROOT,
            env=environment(tmp_path, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # a Ctrl-C reaches parent and child, as in a terminal
            preexec_fn=heed_ctrl_c,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def heed_ctrl_c() -> None:
    """Also where the tests run in the background of a shell, which has them ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="sends a signal to a process group")
def test_runserver_reloads_the_mail_ports_too(runserver):
    process = runserver(MAILEDU_PORT_OFFSET=str(free_offset()))
    first = next_ready(process)
    assert sorted(first) == sorted(["http", *MAIL])
    os.utime(ROOT / "mailedu" / "urls.py")
    second = next_ready(process)
    assert [second[name] for name in MAIL] == [first[name] for name in MAIL]
    assert all(greets(name, second[name]) for name in MAIL)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 0


def next_ready(process: subprocess.Popen) -> dict[str, tuple[str, int]]:
    return read_ready(next(line for line in process.stdout if line.startswith("READY ")))
