"""lab.py as a program, on a small project whose requirements need no network."""

import ast
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TELL = """
import os, sys
names = ("BIND", "HTTP_PORT", "PORT_OFFSET", "DATA_DIR", "TLS_CERT", "TLS_KEY", "CHROMIUM")
print(os.path.basename(sys.prefix), sys.argv[1:], os.getcwd())
print({name: os.environ[f"MAILEDU_{name}"] for name in names if f"MAILEDU_{name}" in os.environ})
"""
SETTING_UP = "mailedu: setting up (once; some minutes on a slow line) ...\n"
# An installation that must fail: the hash is missing, which pip finds out by itself.
UNPINNED = "no-such-package-of-mailedu==1\n"


def run(command: list, cwd: Path = ROOT, **environment: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)"""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAILEDU_")}
    result = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env={**clean, **environment},
        capture_output=True,
        text=True,
    )
    return result.returncode, result.stdout, result.stderr


def make_project(folder: Path) -> Path:
    shutil.copy(ROOT / "lab.py", folder)
    (folder / "tests").mkdir()
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "tests" / "requirements.txt").write_text("# nothing\n")
    (folder / "manage.py").write_text(TELL)
    (folder / "pytest.py").write_text(TELL)
    (folder / "tests" / "bench.py").write_text(TELL)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first start."""
    folder = make_project(tmp_path_factory.mktemp("project"))
    code, out, errors = run([folder / "lab.py", "serve"])
    assert (code, errors) == (0, SETTING_UP)
    assert out == f".venv ['serve'] {folder}\n{{}}\n"
    return folder


def test_the_second_start_sets_nothing_up(project, tmp_path):
    code, out, errors = run(
        [project / "lab.py", "serve", "--bind", "::1", "--http-port", "0", "--data-dir", "here"]
        + ["--tls-cert", "own.crt", "--tls-key", "/own.key"],
        cwd=tmp_path,
        MAILEDU_PORT_OFFSET="any",
        MAILEDU_BIND="127.0.0.1",
    )
    told = {"BIND": "::1", "HTTP_PORT": "0", "PORT_OFFSET": "any"}
    told["DATA_DIR"] = str(tmp_path / "here")
    told |= {"TLS_CERT": str(tmp_path / "own.crt"), "TLS_KEY": "/own.key"}
    assert (code, errors) == (0, "")
    assert out.startswith(f".venv ['serve'] {project}\n")
    assert ast.literal_eval(out.splitlines()[1]) == told


def test_tests_get_their_arguments_and_a_browser(project):
    command = [project / "lab.py", "test", "-k", "a or b", "--bind", "x"]
    code, out, _ = run(command, MAILEDU_CHROMIUM=sys.executable)
    assert code == 0
    assert out == (
        f".venv ['-k', 'a or b', '--bind', 'x'] {project}\n{ {'CHROMIUM': sys.executable} }\n"
    )


def test_all_tests_run_two_at_a_time(project):
    code, out, _ = run([project / "lab.py", "test"], MAILEDU_CHROMIUM=sys.executable)
    told = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    assert (code, out.splitlines()[0]) == (0, f".venv {told} {project}")


def test_the_bench_gets_its_arguments(project):
    code, out, errors = run([project / "lab.py", "bench", "--quick", "--help"])
    if sys.platform == "linux":
        assert (code, out) == (0, f".venv ['--quick', '--help'] {project}\n{{}}\n")
    else:
        line = "the bench reads from /proc how long a server has run, which only Linux tells"
        assert (code, out, errors) == (1, "", f"mailedu: {line}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="the bench is for Linux only")
def test_a_row_of_the_bench_that_is_not_there():
    code, out, errors = run(["-m", "tests.bench", "nothing"])
    assert (code, out) == (2, "")
    assert errors.startswith("usage: lab.py bench [-h] [--quick] [row ...]\n")
    assert "lab.py bench: error: no such row: nothing; there are pop3, " in errors


def test_a_browser_that_is_not_there(project):
    given = str(project / "chrome")
    assert run([project / "lab.py", "test"], MAILEDU_CHROMIUM=given) == (
        1,
        "",
        f"mailedu: MAILEDU_CHROMIUM is {given}, where no browser is\n",
    )


def test_what_cannot_be_installed(project):
    (project / "requirements.txt").write_text(UNPINNED)
    code, out, errors = run([project / "lab.py", "serve"])
    assert (code, out) == (1, "")
    assert errors.startswith(SETTING_UP)
    assert errors.splitlines()[-1].startswith("mailedu: cannot install the requirements")
    assert "Traceback" not in errors


def test_a_folder_that_takes_no_environment(tmp_path):
    folder = make_project(tmp_path)
    (folder / ".venv").write_text("in the way")
    code, out, errors = run([folder / "lab.py", "serve"])
    assert (code, out) == (1, "")
    line = f"mailedu: cannot make a virtual environment in {folder / '.venv'}"
    assert errors.splitlines()[-1] == line
    assert "Traceback" not in errors


def test_an_old_python_gets_a_sentence():
    source = (ROOT / "lab.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 9); sys.version = '3.10.9 (old)';"
        f"runpy.run_path({str(ROOT / 'lab.py')!r}, run_name='__main__')"
    )
    line = "mailedu: Python 3.11 or newer is needed; this is 3.10.9\n"
    assert run(["-c", pretend]) == (1, "", line)


@pytest.mark.parametrize(
    "name, value, line",
    [
        ("HTTP_PORT", "x", "MAILEDU_HTTP_PORT must be a number from 0 to 65535, not 'x'"),
        ("HTTP_PORT", "65536", "MAILEDU_HTTP_PORT must be a number from 0 to 65535, not '65536'"),
        ("PLAIN_LOGINS", "no", "MAILEDU_PLAIN_LOGINS must be 0 or 1, not 'no'"),
        ("PORT_OFFSET", "-1", "MAILEDU_PORT_OFFSET must be a number from 0 to 63010, not '-1'"),
        ("DATA_DIR", __file__, f"the data folder {__file__} cannot be written: File exists"),
    ],
)
def test_a_setting_that_makes_no_sense(tmp_path, name, value, line):
    environment = {"MAILEDU_DATA_DIR": str(tmp_path), f"MAILEDU_{name}": value}
    assert run(["manage.py", "serve"], **environment) == (1, "", f"mailedu: {line}\n")


def test_a_database_that_cannot_be_used(tmp_path):
    (tmp_path / "mailedu.sqlite3").mkdir()
    assert run(["manage.py", "serve"], MAILEDU_DATA_DIR=str(tmp_path)) == (
        1,
        "",
        "mailedu: the database cannot be used: unable to open database file\n",
    )


def test_a_taken_port_ends_the_real_thing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = {"MAILEDU_DATA_DIR": str(tmp_path), "MAILEDU_HTTP_PORT": str(port)}
        code, out, errors = run(["manage.py", "serve"], **environment, MAILEDU_PORT_OFFSET="any")
    line = f"mailedu: port {port} (HTTP) on 127.0.0.1 is taken by another program\n"
    assert (code, "READY" in out, errors) == (1, False, line)
