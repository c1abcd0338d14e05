"""Many random sessions leave the process as it was: memory, handles, locks, log.

MAILEDU_SOAK=minutes makes it longer; the seed in the output repeats what was sent.
"""

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from lab_process import Lab, running_lab

from tests.protocols.conftest import PATIENCE
from tests.system.clients import deliver, imap, pop, smtp
from tests.system.people import Account, create, new_guest
from tests.system.soak import Soaker

CLIENTS = 8  # at once
ROUND = 125  # sessions of each client between two looks
WARM_UP = 6  # rounds until caches, threads and the allocator have what they need
ROUNDS = 6  # without MAILEDU_SOAK
# One in so many rounds through all accounts is a guest's, whose transcripts stay for a minute.
GUESTS_SHARE = 10
# Octets that a thousand sessions may add: some three MB while the cache of messages fills. A
# connection that is forgotten costs more (measured: 17 KiB).
GROWTH = 4 * 1024 * 1024
# What is not for the number of sessions: the allocator's habits, a guest's transcripts.
SLACK = 24 * 1024 * 1024
# However many there are (measured: flat at 220 MB from the hundred thousandth on).
MOST = 400 * 1024 * 1024


@pytest.fixture
def soaked(tmp_path):
    """A process that at its end has complained of nothing."""
    with running_lab(tmp_path / "data") as lab:
        yield lab
        assert lab.stop() == 0
        assert (lab.data_dir / "stderr.txt").read_text() == ""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells it so")
def test_soak(soaked):
    names = [f"soak{n}@lab.example" for n in range(4)]
    shared, guest = [create(soaked, name) for name in names], new_guest(soaked).account
    accounts = [*shared, guest]
    seed = int(os.environ.get("MAILEDU_SOAK_SEED", random.randrange(1_000_000)))
    print(f"MAILEDU_SOAK_SEED={seed}")
    users = shared * GUESTS_SHARE + [guest]
    soakers = [Soaker(soaked, users, seed + n) for n in range(CLIENTS)]
    for _ in range(WARM_UP):
        one_round(soaked, soakers, accounts)
    handles, before, rounds = open_handles(soaked), memory(soaked), 0
    end = monotonic() + float(os.environ.get("MAILEDU_SOAK", 0)) * 60
    while rounds < ROUNDS or monotonic() < end:
        one_round(soaked, soakers, accounts)
        rounds += 1
        print(f"{rounds * ROUND * CLIENTS} sessions, {memory(soaked) - before:+} octets")
    thousands = rounds * ROUND * CLIENTS / 1000
    assert memory(soaked) - before < min(SLACK + GROWTH * thousands, MOST)
    assert sum(soaker.answers for soaker in soakers) > rounds * ROUND * CLIENTS
    wait_until(lambda: open_handles(soaked) <= handles)
    for account in accounts:
        assert_at_rest(soaked, account)


def one_round(lab: Lab, soakers: list[Soaker], accounts: list[Account]) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(soaker.run, ROUND) for soaker in soakers]:
            done.result()
    for account in accounts:  # mailboxes that grow are no leak
        with imap(lab, account) as client:
            client.select()
            client.uid("STORE", "1:*", "+FLAGS.SILENT", "\\Deleted")
            client.close()


def assert_at_rest(lab: Lab, account: Account) -> None:
    """No lock is left, and the account works as on the first day."""
    deliver(lab, account, b"Subject: last\r\n\r\n")
    client = pop(lab, account)
    assert client.stat()[0] == 1
    client.quit()
    with smtp(lab) as client:
        client.login(account.address, account.password)


def memory(lab: Lab) -> int:
    """Octets that the process has in memory now."""
    status = Path(f"/proc/{lab.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def open_handles(lab: Lab) -> int:
    return len(list(Path(f"/proc/{lab.process.pid}/fd").iterdir()))


def wait_until(condition: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end, "waited in vain"
