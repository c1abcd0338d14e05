"""kill -9 in mid-load loses no acknowledged message: neither the store alone nor the server."""

import os
import re
import smtplib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ADDRESS = "anna@lab.example"
KILLS = 3
# Messages acknowledged before each kill.
ACKNOWLEDGED = 300
CLIENTS = 8


def test_store_killed_under_load(tmp_path):
    acknowledged = []
    for kill in range(KILLS):
        acknowledged += deliver_and_kill(tmp_path, first=kill * 1_000_000)
        assert set(acknowledged) <= set(stored(tmp_path))
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED


def test_server_killed_while_clients_send(start_lab, tmp_path):
    acknowledged = []
    for kill in range(2):
        lab = start_lab(tmp_path)
        made = lab.manage("create_account", ADDRESS)
        assert made.returncode == kill  # the second time there is one already
        acknowledged += send_and_kill(lab, first=kill * 1_000_000)
        assert set(acknowledged) <= set(stored(tmp_path))
    assert len(acknowledged) >= 2 * ACKNOWLEDGED


def deliver_and_kill(data_dir: Path, first: int) -> list[int]:
    """The numbers of the acknowledged messages."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mail.delivering", str(first)],
        cwd=ROOT,
        env={**os.environ, "MAILEDU_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        lines = [process.stdout.readline() for _ in range(ACKNOWLEDGED)]
        process.kill()
        lines += process.stdout.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


def send_and_kill(lab, first: int) -> list[int]:
    """The numbers of the messages that got their 250."""
    acknowledged, enough = [], threading.Event()

    def send(number: int) -> None:
        try:
            with smtplib.SMTP(*lab.smtp, timeout=30) as client:
                while True:
                    client.sendmail(
                        "ben@example.com", [ADDRESS], f"Subject: {number}\r\n\r\nHi\r\n"
                    )
                    acknowledged.append(number)
                    number += CLIENTS
                    if len(acknowledged) >= ACKNOWLEDGED:
                        enough.set()
        except (smtplib.SMTPException, OSError):
            enough.set()  # killed; or broken, which the count shows

    clients = [threading.Thread(target=send, args=[first + n]) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    enough.wait()
    lab.process.kill()
    for client in clients:
        client.join()
    return acknowledged


def stored(data_dir: Path) -> list[int]:
    with sqlite3.connect(data_dir / "mailedu.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute(
            "SELECT octets FROM mail_message m JOIN mail_content c ON c.id = m.content_id"
        ).fetchall()
    numbers = (re.search(rb"^Subject: (\d+)\r$", octets, re.MULTILINE) for (octets,) in rows)
    return [int(number[1]) for number in numbers if number]
