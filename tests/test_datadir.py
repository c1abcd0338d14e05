"""Who may read the data folder: its owner, and nobody else on the machine."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lab_process import ROOT, environment

from mailedu.datadir import keep_private, secret_key, writable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_folder_is_private(tmp_path):
    assert mode(writable(tmp_path / "new" / "data")) == 0o700


def test_a_folder_and_its_files_that_were_open_are_closed(tmp_path):
    files = [tmp_path / name for name in ("mailedu.sqlite3", "mailedu.sqlite3-wal", "notes.txt")]
    for file in files:
        file.write_text("")
    key = tmp_path / "secret_key"
    key.write_text("secret")
    tmp_path.chmod(0o2755)
    writable(tmp_path)
    assert secret_key(tmp_path) == "secret"
    assert mode(tmp_path) == 0o2700
    assert [mode(path) for path in (*files, key)] == [0o600, 0o600, 0o644, 0o600]


def test_a_folder_that_belongs_to_all_stays_open(tmp_path):
    tmp_path.chmod(0o1777)
    assert mode(writable(tmp_path)) == 0o1777


def test_what_is_not_there_is_nothing_to_close(tmp_path, capsys):
    keep_private(tmp_path / "nothing")
    assert capsys.readouterr().err == ""


def test_what_is_not_ours_is_told(tmp_path, capsys, monkeypatch):
    def chmod(path: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", chmod)
    tmp_path = writable(tmp_path / "new")
    os.chmod(tmp_path, 0o755)
    keep_private(tmp_path)
    line = f"mailedu: others on this machine may use {tmp_path}: Operation not permitted\n"
    assert capsys.readouterr().err == line


def test_what_serve_makes_is_private(start_lab):
    lab = start_lab()
    ours = {path for path in lab.data_dir.rglob("*") if path.name != "stderr.txt"}  # the test's
    assert {"mailedu.sqlite3", "mailedu.sqlite3-wal"} <= {path.name for path in ours}
    assert mode(lab.data_dir) == 0o700
    assert {mode(path) & 0o077 for path in ours} == {0}


def test_what_a_management_command_makes_is_private(tmp_path):
    folder = tmp_path / "data"
    command = [sys.executable, "manage.py", "migrate"]
    subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, capture_output=True)
    assert mode(folder) == 0o700
    assert mode(folder / "mailedu.sqlite3") == 0o600
