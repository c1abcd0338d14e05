"""Dovecot as an unprivileged instance, with the accounts of the bench in Maildirs."""

import grp
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.mail import LONG, MANY, PASSWORD, SHORT, WORKERS, message
from tests.bench.peers import DOVECOT, free_port, program, serving
from tests.bench.processes import Server

# Shared processes, as Dovecot's manual advises for performance. As installed each session gets
# processes of its own, which costs five times as much.
CONFIGURATION = """
protocols = pop3 imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%n
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%n
}}
service anvil {{
  chroot =
}}
service {service}-login {{
  chroot =
  service_count = 0
  process_limit = 1
  client_limit = 1000
  inet_listener {service} {{
    port = {port}
  }}
}}
service {service} {{
  service_count = 0
  process_limit = 1
  client_limit = 1000
}}
service {other}-login {{
  chroot =
  inet_listener {other} {{
    port = 0
  }}
}}
"""


@contextmanager
def dovecot(service: str, folder: Path) -> Iterator[Server]:
    """`service` is pop3 or imap."""
    user, group = _owner()
    port = free_port()
    home = folder / "dovecot"
    _make_mail(home / "mail")
    text = CONFIGURATION.format(
        folder=home,
        user=user,
        group=group,
        password=PASSWORD,
        service=service,
        other={"pop3": "imap", "imap": "pop3"}[service],
        port=port,
    )
    (home / "dovecot.conf").write_text(text)
    as_user = {}
    if not os.geteuid():
        _give(folder, home, user, group)
        as_user = {"user": user, "group": group, "extra_groups": []}
    command = [program(DOVECOT), "-F", "-c", str(home / "dovecot.conf")]
    try:
        with serving(command, port, **as_user) as server:
            yield server
    finally:
        shutil.rmtree(home)


def _owner() -> tuple[str, str]:
    """User and group that it runs as: never root."""
    user = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name


def _make_mail(folder: Path) -> None:
    for number in range(WORKERS):
        _make_maildir(folder / f"one{number:02}", 1, SHORT)
        _make_maildir(folder / f"many{number:02}", MANY, LONG)


def _make_maildir(folder: Path, count: int, size: int) -> None:
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    for n in range(1, count + 1):
        (folder / "new" / f"{n:04}.bench").write_bytes(message(size))


def _give(above: Path, home: Path, user: str, group: str) -> None:
    above.chmod(0o711)
    for path in (home, *home.rglob("*")):
        shutil.chown(path, user, group)
