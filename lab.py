#!/usr/bin/env python3
"""Sets everything up and runs mailedu: `python3 lab.py serve`, `python3 lab.py test`, `... bench`.

Needs nothing but Python 3.11 or newer. This file itself must parse under older ones, so that they
get a clear sentence instead of a syntax error. It writes into its own folder only.
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
PATHS = ("data_dir", "tls_cert", "tls_key")
# Two at a time, whole files of them and in their order: the browser's come last.
ALL_TESTS = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "%ProgramFiles%\\Google\\Chrome\\Application\\chrome.exe",
    "%ProgramFiles(x86)%\\Google\\Chrome\\Application\\chrome.exe",
    "%LocalAppData%\\Google\\Chrome\\Application\\chrome.exe",
    "%ProgramFiles(x86)%\\Microsoft\\Edge\\Application\\msedge.exe",  # on every Windows
)


def main():
    if sys.version_info < OLDEST:
        fail("Python %d.%d or newer is needed; this is %s" % (OLDEST + (sys.version.split()[0],)))
    try:
        options = parse(sys.argv[1:])
        if options.command == "serve":
            serve(options)
        elif options.command == "test":
            test(options.rest)
        else:
            bench(options.rest)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        fail("%s: %s" % (error.filename or "the system says", error.strerror or error))


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="lab.py", description="mailedu: speak e-mail to real servers"
    )
    commands = parser.add_subparsers(dest="command", metavar="serve|test|bench")
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
    serve.add_argument(
        "--tls-cert", help="own certificate, with its chain, in PEM form (MAILEDU_TLS_CERT)"
    )
    serve.add_argument("--tls-key", help="its private key, without a password (MAILEDU_TLS_KEY)")
    commands.add_parser("test", help="run the tests; all that follows goes to pytest")
    commands.add_parser("bench", help="measure what the servers cost (Linux)")
    asks_help = {"-h", "--help"} & set(arguments)
    if arguments[:1] == ["bench"] or arguments[:1] == ["test"] and not asks_help:
        return argparse.Namespace(command=arguments[0], rest=arguments[1:])
    return parser.parse_args(arguments)


def serve(options):
    for name in ("bind", "http_port", "port_offset") + PATHS:
        value = getattr(options, name)
        if value is not None:
            os.environ["MAILEDU_" + name.upper()] = value
    for name in ("MAILEDU_" + path.upper() for path in PATHS):
        if os.environ.get(name):
            os.environ[name] = os.path.abspath(os.environ[name])
    install("requirements.txt")
    become([PYTHON, "manage.py", "serve"])


def test(arguments):
    install(os.path.join("tests", "requirements.txt"))
    os.environ["MAILEDU_CHROMIUM"] = browser()
    become([PYTHON, "-m", "pytest"] + (arguments or ALL_TESTS))


def bench(arguments):
    if not os.path.exists("/proc/self/schedstat"):
        fail("the bench reads from /proc how long a server has run, which only Linux tells")
    install(os.path.join("tests", "requirements.txt"))
    become([PYTHON, "-m", "tests.bench"] + arguments)


def install(requirements):
    """Bring the virtual environment to what `requirements` says; usually that is nothing."""
    path = os.path.join(ROOT, requirements)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    wanted = "%s for Python %d.%d" % ((digest,) + sys.version_info[:2])
    stamp = os.path.join(VENV, requirements.replace(os.sep, "-") + ".installed")
    if os.path.exists(PYTHON) and read(stamp) == wanted:
        return
    say("setting up (once; some minutes on a slow line) ...")
    step([sys.executable, "-m", "venv", VENV], "cannot make a virtual environment in " + VENV)
    step(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        # Python compiles what it uses; to compile all would take as long as the download.
        + ["--no-cache-dir", "--no-compile", "--require-hashes", "-r", path],
        "cannot install the requirements (see above); is there a connection to a package index?",
    )
    with open(stamp, "w") as file:
        file.write(wanted)


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def browser():
    """The path of a Chromium or Chrome for the browser tests, installed where that is possible."""
    given = os.environ.get("MAILEDU_CHROMIUM")
    if given and not shutil.which(given):
        fail("MAILEDU_CHROMIUM is %s, where no browser is" % given)
    found = given or find_browser()
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        say("installing Chromium for the browser tests ...")
        quietly(["apt-get", "update", "-qq"])
        quietly(["apt-get", "install", "-y", "-qq", "chromium"])
        found = find_browser()
    if not found:
        found = playwright_browser()
    return found or fail(
        "the browser tests need Chromium or Chrome; install one, or set MAILEDU_CHROMIUM"
    )


def find_browser():
    places = [os.path.expandvars(place) for place in BROWSER_PLACES]
    return next(filter(None, map(shutil.which, BROWSERS + tuple(places))), None)


def playwright_browser():
    """The one that Playwright brings, kept inside the virtual environment."""
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = os.path.join(VENV, "browsers")
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright: print(playwright.chromium.executable_path)"
    )
    result = subprocess.run([PYTHON, "-c", code], stdout=subprocess.PIPE, universal_newlines=True)
    path = result.stdout.strip()
    if not os.path.exists(path):
        say("fetching Chromium for the browser tests ...")
        subprocess.call([PYTHON, "-m", "playwright", "install", "chromium"])
    return shutil.which(path)


def quietly(command):
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.call(command, stdout=subprocess.DEVNULL, env=environment)


def step(command, problem):
    if subprocess.call(command, cwd=ROOT) != 0:
        fail(problem)


def become(command):
    """Replace this process by `command`; on Windows, wait for it."""
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:  # reaches both; the other one ends in its own time
            continue


def say(text):
    sys.stderr.write("mailedu: " + text + "\n")
    sys.stderr.flush()


def fail(text):
    sys.exit("mailedu: " + text)


if __name__ == "__main__":
    main()
