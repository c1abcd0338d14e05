"""Two hours' worth of random sessions in half a minute: memory stays flat, the log clean.

MAILEDU_SOAK=minutes goes on for that long. The seed is printed; it makes the same sessions again.
"""

import asyncio
import os
import random
import ssl
import sys
import time
from pathlib import Path

import pytest
from lab_process import Lab, running_lab

from mailedu.certificates import client_context
from tests.system.clients import PATIENCE, pop
from tests.system.people import Account, create

# Sessions until caches are full and the allocator has settled, and those that are measured: a class
# of thirty opens as many in two hours.
WARM_UP = 1500
SESSIONS = 3000
AT_ONCE = 16
# Octets of growth a session: a connection that stayed would show as four times that.
GROWTH = 2048

MAIL = b"Subject: soak\r\n\r\n" + b"x\r\n" * 20
JUNK = (b"\0\xff\r\n", b"FROB\r\n", b"\r\n", b"\n", b"x" * 3000 + b"\r\n", b"STLS\r\nSTARTTLS\r\n")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def pop3_lines(dice: random.Random, account: Account) -> list[bytes]:
    login = f"USER {account.address}\r\nPASS {account.password}\r\n".encode()
    work = (
        b"STAT",
        b"LIST",
        b"UIDL",
        b"RETR 1",
        b"TOP 1 2",
        b"DELE 1",
        b"DELE 2",
        b"RSET",
        b"CAPA",
    )
    return [login, *(dice.choice(work) + b"\r\n" for _ in range(6)), b"QUIT\r\n"]


def smtp_lines(dice: random.Random, account: Account) -> list[bytes]:
    envelope = f"MAIL FROM:<a@b.example>\r\nRCPT TO:<{account.address}>\r\n".encode()
    message = dice.choice((
        b"DATA\r\n" + MAIL + b".\r\n",
        b"BDAT %d LAST\r\n" % len(MAIL) + MAIL,
        b"DATA\r\nbare\n.\n\r\n.\r\n",
        b"RSET\r\n",
    ))  # fmt: skip
    return [b"EHLO soak.example\r\n", envelope, message, b"NOOP\r\n", b"QUIT\r\n"]


def imap_lines(dice: random.Random, account: Account) -> list[bytes]:
    work = (
        b"FETCH 1:* (FLAGS ENVELOPE)", b"FETCH 1 BODY[]", b"SEARCH UNSEEN",
        b"STATUS INBOX (UNSEEN)", b"STORE 1:* +FLAGS (\\Deleted)", b"EXPUNGE",
        b"CREATE x", b"DELETE x", b"NOOP",
    )  # fmt: skip
    lines = [f"LOGIN {account.address} {account.password}".encode(), b"SELECT INBOX"]
    lines += [dice.choice(work) for _ in range(6)] + [b"LOGOUT"]
    return [b"t%d " % n + line + b"\r\n" for n, line in enumerate(lines)]


LINES = {
    "pop3": pop3_lines, "pop3s": pop3_lines, "imap": imap_lines, "imaps": imap_lines,
    "smtp": smtp_lines, "submission": smtp_lines, "smtps": smtp_lines, "aiosmtpd": smtp_lines,
}  # fmt: skip
SEALED = ("pop3s", "imaps", "smtps")


async def session(lab: Lab, context: ssl.SSLContext, accounts: list[Account], seed: int) -> None:
    """One that goes as it should, or is clumsy, or breaks off; all of it sent ahead."""
    dice = random.Random(seed)
    service = dice.choice(list(LINES))
    lines = LINES[service](dice, dice.choice(accounts))
    for _ in range(dice.choice((0, 0, 1, 3))):
        lines.insert(dice.randrange(len(lines)), dice.choice(JUNK))
    octets = b"".join(lines)
    breaks_off = dice.random() < 0.2
    host, port = lab.ports[service]
    tls = context if service in SEALED else None
    reader, writer = await asyncio.open_connection(
        host, port, ssl=tls, server_hostname="localhost" if tls else None
    )
    try:
        writer.write(octets[: dice.randrange(len(octets))] if breaks_off else octets)
        if breaks_off:
            writer.transport.abort()
        elif not tls:
            writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            while await reader.read(65536):
                pass
    except OSError:  # the server was faster
        pass
    finally:
        writer.close()


async def play(lab: Lab, accounts: list[Account], first: int, count: int) -> None:
    context = client_context(lab.data_dir)
    seeds = iter(range(first, first + count))

    async def learner() -> None:
        for seed in seeds:
            await session(lab, context, accounts, seed)

    await asyncio.gather(*(learner() for _ in range(AT_ONCE)))


def memory(lab: Lab) -> int:
    """Resident octets of the server."""
    status = Path(f"/proc/{lab.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def handles(lab: Lab) -> int:
    return len(os.listdir(f"/proc/{lab.process.pid}/fd"))


def test_random_sessions_leave_nothing_behind(tmp_path):
    minutes = float(os.environ.get("MAILEDU_SOAK") or 0)
    first = random.SystemRandom().randrange(10**9)
    print(f"seed {first}")
    with running_lab(tmp_path) as lab:
        accounts = [create(lab, f"soak{n}@lab.example") for n in range(6)]
        asyncio.run(play(lab, accounts, first, WARM_UP))
        before, open_before = memory(lab), handles(lab)
        end, played = time.monotonic() + 60 * minutes, 0
        while not played or time.monotonic() < end:
            asyncio.run(play(lab, accounts, first + WARM_UP + played, SESSIONS))
            played += SESSIONS
        growth = (memory(lab) - before) / played
        print(f"{played} sessions, {growth:.0f} octets each")
        assert growth < GROWTH
        assert handles(lab) <= open_before + AT_ONCE
        for account in accounts:  # no lock has stayed
            pop(lab, account).quit()
        assert lab.stop() == 0
    assert (tmp_path / "stderr.txt").read_text() == ""
