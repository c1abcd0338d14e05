"""Postfix as an instance of its own: smtpd, cleanup, queue, delivery into one Maildir."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.peers import POSTFIX, free_port, program, serving
from tests.bench.processes import Server

# Who owns the mail, by number: Postfix delivers for nobody below 100.
NOBODY = 65534

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = postfix.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_recipient_restrictions = reject_unauth_destination
virtual_mailbox_domains = lab.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def postfix(folder: Path) -> Iterator[Server]:
    home, port = folder / "postfix", free_port()
    folder.chmod(0o711)
    for name in ("queue", "data", "mail"):
        (home / name).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    os.chown(home / "mail", NOBODY, NOBODY)
    (home / "main.cf").write_text(MAIN.format(home=home, user=NOBODY))
    (home / "master.cf").write_text(MASTER.format(port=port))
    command = [program(POSTFIX), "-c", str(home)]
    with serving([*command, "start-fg"], port) as server:
        try:
            yield server
        finally:
            subprocess.run([*command, "stop"], check=True, stderr=subprocess.DEVNULL)
            shutil.rmtree(home)
