"""curl and telnet against the same process and account, and what the page tells to type."""

import html
import re
import shutil
import subprocess
import sys

import pytest

from mailedu.lab.trusting import FILE_NAME
from tests.system.clients import MAIL, PATIENCE, SENDER, assert_traced, retrieved
from tests.system.people import new_guest


def curl(*arguments: str) -> bytes:
    done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def speaks(protocol: str) -> bool:
    if not shutil.which("curl"):
        return False
    version = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    return protocol in version.split()


@pytest.mark.skipif(
    not all(map(speaks, ("smtp", "pop3", "imap"))), reason="curl with mail is not installed"
)
def test_curl(lab, account, tmp_path):
    place = {name: "{}:{}".format(*lab.ports[name]) for name in ("smtp", "pop3", "imap")}
    user = f"{account.address}:{account.password}"
    (tmp_path / "mail").write_bytes(MAIL)
    for login in ((), ("--user", user)):
        curl(
            f"smtp://{place['smtp']}/c.example", "--mail-from", SENDER,
            "--mail-rcpt", account.address, "--upload-file", str(tmp_path / "mail"), *login,
        )  # fmt: skip
    contents = retrieved(lab, account)
    for content, protocol in zip(contents, ("ESMTP", "ESMTPA"), strict=True):
        assert_traced(content, MAIL, protocol, account)
    sizes = b"".join(b"%d %d\r\n" % (n, len(c)) for n, c in enumerate(contents, 1))
    assert curl(f"pop3://{place['pop3']}", "--user", user) == sizes
    assert curl(f"pop3://{place['pop3']}/2", "--user", user) == contents[1]
    assert curl(f"imap://{place['imap']}/INBOX;MAILINDEX=1", "--user", user) == contents[0]
    found = curl(f"imap://{place['imap']}/INBOX?ALL", "--user", user)
    assert found == b"* SEARCH 1 2\r\n"
    curl(f"imap://{place['imap']}/INBOX", "--upload-file", str(tmp_path / "mail"), "--user", user)
    assert retrieved(lab, account) == [*contents, MAIL]


class Telnet:
    """telnet on pipes: a line in, lines out."""

    def __init__(self, address: tuple[str, int]) -> None:
        host, port = address
        self.process = subprocess.Popen(
            ["telnet", host, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        while b"Escape character" not in self.line():
            pass

    def line(self) -> bytes:
        return self.process.stdout.readline().rstrip()

    def say(self, line: str) -> bytes:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.line()

    def end(self) -> None:
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture
def telnet():
    if not shutil.which("telnet"):
        pytest.skip("telnet is not installed")
    opened = []

    def connect(address) -> Telnet:
        opened.append(Telnet(address))
        return opened[-1]

    yield connect
    for one in opened:
        one.end()


def test_telnet(lab, account, telnet):
    client = telnet(lab.smtp)
    assert client.line()[:4] == b"220 "
    for line, code in (
        ("HELO foobar.example.net", b"250"),
        (f"MAIL FROM:<{SENDER}>", b"250"),
        (f"RCPT TO:<{account.address}>", b"250"),
        ("DATA", b"354"),
    ):
        assert client.say(line)[:3] == code
    assert client.say("Subject: by hand\n\n..stuffed\nend\n.") == b"250 OK"
    assert client.say("QUIT")[:3] == b"221"
    client = telnet(lab.pop3)
    assert client.line()[:3] == b"+OK"
    for line in (f"USER {account.address}", f"PASS {account.password}", "RETR 1"):
        assert client.say(line)[:3] == b"+OK"
    message = iter(client.line, b".")
    assert list(message)[-4:] == [b"Subject: by hand", b"", b"..stuffed", b"end"]
    assert client.say("QUIT") == b"+OK bye"
    client = telnet(lab.imap)
    assert client.line().startswith(b"* OK [CAPABILITY")
    assert client.say(f"a1 LOGIN {account.address} {account.password}").startswith(b"a1 OK")
    assert client.say("a2 FETCH 1 FLAGS").startswith(b"a2 BAD")
    assert client.say("a3 LOGOUT").startswith(b"* BYE")
    assert client.line() == b"a3 OK LOGOUT completed"


def test_what_the_connect_page_tells_to_type_works(lab, tmp_path):
    guest = new_guest(lab)
    page = guest.browser.get("/connect/").text
    (tmp_path / FILE_NAME).write_text(guest.browser.get("/trust/ca.crt").text)
    typed = [html.unescape(text) for text in re.findall(r"<code[^>]*>(.*?)</code>", page, re.S)]
    ran = []
    for text in typed:
        match text.split()[0]:
            case "curl" if shutil.which("curl"):
                ran.append("curl")
                command = ["sh", "-c", text]
            case "import":
                ran.append("python")
                command = [sys.executable, "-c", text]
            case _:
                continue
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr.decode()
    # Each for one's own mailbox and, on a projector, for the slides' account
    assert ran.count("python") == 2 * 4
    sent = [content for content in retrieved(lab, guest.account) if b"Subject: Test\r\n" in content]
    ways = sorted(re.search(rb" with (\w+) ", content)[1] for content in sent)
    plain, sealed = ([b"ESMTPA"], [b"ESMTPSA"] * 3) if "curl" in ran else ([], [b"ESMTPSA"])
    assert ways == plain + sealed
