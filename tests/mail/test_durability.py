"""kill -9 in mid-load loses no acknowledged message."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KILLS = 3
# Messages acknowledged before each kill.
ACKNOWLEDGED = 300


def test_killed_under_load(tmp_path):
    acknowledged = []
    for kill in range(KILLS):
        acknowledged += deliver_and_kill(tmp_path, first=kill * 1_000_000)
        assert set(acknowledged) <= set(stored(tmp_path))
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED


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


def stored(data_dir: Path) -> list[int]:
    with sqlite3.connect(data_dir / "mailedu.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute(
            "SELECT octets FROM mail_message m JOIN mail_content c ON c.id = m.content_id"
        ).fetchall()
    return [int(re.match(rb"Subject: (\d+)", octets)[1]) for (octets,) in rows]
