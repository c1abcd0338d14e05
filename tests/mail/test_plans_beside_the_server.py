"""A plan is made and cleared while the server runs and somebody is logged in."""

import poplib
import time

PATIENCE = 20
PAUSE = 0.05
ADDRESS = "planned@lab.example"


def answer(client: poplib.POP3) -> bytes:
    client._putcmd("NOOP")
    return client._getline()[0]


def until(client: poplib.POP3, wanted: bytes) -> None:
    end = time.monotonic() + PATIENCE
    while answer(client) != wanted:
        assert time.monotonic() < end
        time.sleep(PAUSE)


def test_the_server_obeys_at_once(lab):
    assert lab.manage("create_account", ADDRESS, "--password", "secret").returncode == 0
    client = poplib.POP3(*lab.pop3, timeout=PATIENCE)
    client.user(ADDRESS)
    client.pass_("secret")
    assert answer(client) == b"+OK nothing done"
    done = lab.manage("plan_fault", ADDRESS, "--protocol", "pop3", "--command", "NOOP",
                      "--times", "0", "--reply", "-ERR [SYS/TEMP] planned")  # fmt: skip
    assert (done.stdout, done.stderr) == (
        f"{ADDRESS}: POP3 NOOP; always; -ERR [SYS/TEMP] planned\n", "",
    )  # fmt: skip
    until(client, b"-ERR [SYS/TEMP] planned")
    assert lab.manage("plan_fault", ADDRESS, "--clear").returncode == 0
    until(client, b"+OK nothing done")
    client.quit()
