"""The teaching CA and the server certificate in the data folder.

Each file holds a key and its certificate, is readable by its owner only and comes into being by
renaming: neither a crash nor a second process ever leaves halves that do not belong together.
"""

import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from cryptography import x509

from mailedu.datadir import keep_private
from mailedu.tls.authority import CA_NOTICE, Pair, make_ca, make_server, may_sign, serves
from mailedu.tls.constraints import passes
from mailedu.tls.errors import CertificateError

log = logging.getLogger(__name__)

FOLDER = "tls"
CA, SERVER = "ca-private.pem", "server-private.pem"
# Seconds to wait for another process that makes its certificates just now; it takes milliseconds.
PATIENCE = 10


def server_pair(data_dir: Path, names: tuple[str, ...], now: datetime) -> Path:
    """The file with the server's key and certificate, made or renewed if need be.

    The CA is made once and never again: people have trusted it. Raises CertificateError.
    """
    folder = data_dir / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        keep_private(folder, folder / CA, folder / SERVER)
        with _alone(folder):
            ca = read_ca(data_dir) or _write(folder / CA, make_ca(now, names))
            if ca.certificate.not_valid_after_utc <= now:
                raise CertificateError(f"the teaching CA has expired; {_start_again(folder)}")
            _warn_of_the_time(folder, ca, now)
            names = _permitted(folder, ca, names)
            if not _still_serves(folder / SERVER, ca, names, now):
                _write(folder / SERVER, make_server(ca, names, now))
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CertificateError(f"the folder {folder} cannot be used: {reason}") from None
    return folder / SERVER


def good_server(data_dir: Path, names: tuple[str, ...], now: datetime) -> x509.Certificate | None:
    """The server's certificate, if a start would go on with it. Raises CertificateError.

    Names that are gone tomorrow do not count: whoever has accepted one certificate would have to
    accept another each day.
    """
    ca, path = read_ca(data_dir), data_dir / FOLDER / SERVER
    lasting = [name for name in names if ca and may_sign(ca, name) and not passes(name)]
    if ca and _still_serves(path, ca, lasting, now):
        return Pair.read(path.read_bytes()).certificate
    return None


def read_ca(data_dir: Path) -> Pair | None:
    """None before the first start. Raises CertificateError where the file is damaged."""
    path = data_dir / FOLDER / CA
    try:
        return Pair.read(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError):
        raise CertificateError(f"{path} is damaged; {_start_again(path.parent)}") from None


def _warn_of_the_time(folder: Path, ca: Pair, now: datetime) -> None:
    begins, until = ca.certificate.not_valid_before_utc, ca.certificate.not_valid_after_utc
    if now < begins:  # it was made while the clock was ahead
        log.warning(
            "the teaching CA is not valid before %s; if the clock is right, %s",
            begins.date(),
            _start_again(folder),
        )
    if until - CA_NOTICE <= now:
        log.warning("the teaching CA ends on %s; %s", until.date(), _start_again(folder))


def _permitted(folder: Path, ca: Pair, names: tuple[str, ...]) -> tuple[str, ...]:
    """A single name that the CA may not vouch for would make the certificate useless for all."""
    others = [name for name in names if not may_sign(ca, name)]
    if missed := [name for name in others if not passes(name)]:
        log.warning(
            "the teaching CA may not vouch for %s, so clients will refuse that; %s",
            ", ".join(missed),
            _start_again(folder),
        )
    return tuple(name for name in names if name not in others)


def _start_again(folder: Path) -> str:
    return f"remove the folder {folder} to get a new one, which has to be trusted anew"


def _still_serves(path: Path, ca: Pair, names: Iterable[str], now: datetime) -> bool:
    try:
        return serves(Pair.read(path.read_bytes()), ca, names, now)
    except (OSError, ValueError, TypeError):
        return False  # whatever is wrong with it, the CA signs another


def _write(path: Path, pair: Pair) -> Pair:
    handle, draft = tempfile.mkstemp(dir=path.parent)  # with mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(pair.pem())
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    return pair


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time, by the only file lock that Python has on every system: SQLite's."""
    with closing(sqlite3.connect(folder / "lock", PATIENCE, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
