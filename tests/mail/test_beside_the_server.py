"""Commands that run while the server does: it notices."""

import imaplib
import re
import time
from contextlib import contextmanager

# Seconds; the server looks twice a second.
PATIENCE = 20


@contextmanager
def logged_in(lab, address: str, password: str):
    client = imaplib.IMAP4(*lab.imap, timeout=PATIENCE)
    try:
        client.login(address, password)
        yield client
    finally:
        client.shutdown()


def count(client: imaplib.IMAP4) -> int:
    return int(re.search(rb"MESSAGES (\d+)", client.status("INBOX", "(MESSAGES)")[1][0])[1])


def test_imported_mail_reaches_an_open_session(lab, tmp_path):
    (tmp_path / "a.eml").write_bytes(b"Subject: a\n\nHi\n")
    made = lab.manage("create_account", "noticed@lab.example", "--password", "secret")
    assert (made.stdout, made.stderr) == ("noticed@lab.example secret\n", "")
    with logged_in(lab, "noticed@lab.example", "secret") as client:
        assert count(client) == 0
        done = lab.manage("import_mail", "noticed@lab.example", str(tmp_path / "a.eml"))
        assert done.returncode == 0, done.stderr
        end = time.monotonic() + PATIENCE
        while count(client) != 1:
            assert time.monotonic() < end


def test_mistakes_end_with_a_clear_line(lab):
    done = lab.manage("import_mail", "nobody@lab.example", "none.eml")
    assert (done.returncode, done.stderr) == (
        1,
        "CommandError: There is no account nobody@lab.example.\n",
    )
