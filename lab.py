#!/usr/bin/env python3
"""Sets everything up and runs mailedu: `python3 lab.py serve`, `python3 lab.py test`.

Needs nothing but Python 3.11 or newer. This file itself must parse under older ones, so that they get a
clear sentence instead of a syntax error.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
)


def main():
    if sys.version_info < OLDEST:
        fail("Python %d.%d or newer is needed; this is %s" % (OLDEST + (sys.version.split()[0],)))
    options, rest = parse()
    export(options)
    try:
        if options.command == "serve":
            check_folder(options.data_dir or os.path.join(ROOT, "var"))
            install("requirements.txt")
            run([PYTHON, "manage.py", "serve"])
        install(os.path.join("tests", "requirements.txt"))
        os.environ["MAILEDU_CHROMIUM"] = browser()
        run([PYTHON, "-m", "pytest"] + rest)
    except KeyboardInterrupt:
        sys.exit(130)


def parse():
    parser = argparse.ArgumentParser(
        prog="lab.py", description="mailedu: speak e-mail to real servers"
    )
    commands = parser.add_subparsers(dest="command", metavar="serve|test")
    commands.required = True
    serve = commands.add_parser("serve", help="run the lab until Ctrl-C")
    serve.add_argument("--bind", help="address to listen on (MAILEDU_BIND, 127.0.0.1)")
    serve.add_argument(
        "--http-port", help="port of the web site, 0 = any free (MAILEDU_HTTP_PORT, 8000)"
    )
    serve.add_argument(
        "--port-offset",
        help="added to the standard mail ports, any = any free ports (MAILEDU_PORT_OFFSET, 2000)",
    )
    serve.add_argument("--data-dir", help="database, keys, secrets (MAILEDU_DATA_DIR, var/)")
    commands.add_parser("test", help="run all tests; more arguments go to pytest")
    options, rest = parser.parse_known_args()
    if options.command == "serve":
        if rest:
            parser.error("unknown arguments: " + " ".join(rest))
        check_number(parser, "--http-port", option(options.http_port, "MAILEDU_HTTP_PORT", "0"))
        offset = option(options.port_offset, "MAILEDU_PORT_OFFSET", "any")
        check_number(parser, "--port-offset", "0" if offset == "any" else offset)
        options.data_dir = option(options.data_dir, "MAILEDU_DATA_DIR", None)
    return options, rest


def option(given, variable, default):
    return given or os.environ.get(variable) or default


def check_number(parser, name, text):
    if not text.isdigit() or int(text) > 65535:
        parser.error("%s: %s is no port number" % (name, text))


def export(options):
    for name in ("bind", "http_port", "port_offset", "data_dir"):
        value = getattr(options, name, None)
        if value:
            os.environ["MAILEDU_" + name.upper()] = (
                os.path.abspath(value) if name == "data_dir" else value
            )


def check_folder(folder):
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        fail("the data folder %s cannot be made: %s" % (folder, error.strerror))
    if not os.access(folder, os.W_OK):
        fail("the data folder %s cannot be written" % folder)


def install(requirements):
    """Bring the virtual environment to what `requirements` says; nothing to do is the usual case."""
    path = os.path.join(ROOT, requirements)
    with open(path, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    stamp = os.path.join(VENV, requirements.replace(os.sep, "-") + ".installed")
    if os.path.exists(stamp) and os.path.exists(PYTHON):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    say("setting up (once; some minutes on a slow line) ...")
    step([sys.executable, "-m", "venv", VENV], "cannot make a virtual environment in %s" % VENV)
    step(
        [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input"]
        + ["--require-hashes", "-r", path],
        "cannot install the requirements (see above); is there a connection to a package index?",
    )
    with open(stamp, "w") as file:
        file.write(wanted)


def browser():
    """The path of a Chromium or Chrome for the browser tests, installed where that is possible."""
    found = find_browser()
    if not found and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say("installing Chromium for the browser tests ...")
        subprocess.call(["apt-get", "update", "-qq"])
        subprocess.call(["apt-get", "install", "-y", "-qq", "chromium"], stdout=subprocess.DEVNULL)
        found = find_browser()
    if not found:
        say("fetching Chromium for the browser tests ...")
        subprocess.call([PYTHON, "-m", "playwright", "install", "chromium"])
        found = find_browser() or playwright_browser()
    return found or fail(
        "the browser tests need Chromium or Chrome; install one, or set MAILEDU_CHROMIUM"
    )


def find_browser():
    given = os.environ.get("MAILEDU_CHROMIUM")
    places = ([given] if given else []) + list(BROWSER_PLACES)
    named = [shutil.which(name) for name in BROWSERS]
    return next((path for path in places + named if path and os.path.exists(path)), None)


def playwright_browser():
    code = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as w: print(w.chromium.executable_path)"
    )
    path = subprocess.run(
        [PYTHON, "-c", code], stdout=subprocess.PIPE, universal_newlines=True
    ).stdout.strip()
    return path if os.path.exists(path) else None


def step(command, problem):
    if subprocess.call(command, cwd=ROOT) != 0:
        fail(problem)


def run(command):
    """Become `command`; on Windows, wait for it."""
    os.chdir(ROOT)
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    sys.stdout.flush()
    os.execv(command[0], command)


def say(text):
    print("mailedu: " + text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit("mailedu: " + text)


if __name__ == "__main__":
    main()
