"""What the environment says; a value that makes no sense ends in one clear line and exit code 1."""

import os
import sys
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

# The highest port that an offset is added to: that of the other SMTP server.
HIGHEST_MAIL_PORT = 2525
HIGHEST_PORT = 65535


class OwnFiles(NamedTuple):
    """PEM files: the server's certificate with those between it and its CA, and its key."""

    certificate: Path
    key: Path


def http_port() -> int:
    """0 = any free port."""
    return _number("MAILEDU_HTTP_PORT", "8000", HIGHEST_PORT)


def port_offset() -> int | None:
    """Added to the standard mail ports; None = any free ports."""
    if os.environ.get("MAILEDU_PORT_OFFSET") == "any":
        return None
    return _number("MAILEDU_PORT_OFFSET", "2000", HIGHEST_PORT - HIGHEST_MAIL_PORT)


def own_certificate() -> OwnFiles | None:
    """None: the lab makes its certificates itself."""
    names = ("MAILEDU_TLS_CERT", "MAILEDU_TLS_KEY")
    given = [os.environ[name] for name in names if os.environ.get(name)]
    if len(given) == 1:
        sys.exit(f"mailedu: {' and '.join(names)} belong together; only one of them is set")
    return OwnFiles(*map(Path, given)) if given else None


def plain_logins() -> bool:
    """Whether a login may show the password to whoever listens."""
    text = os.environ.get("MAILEDU_PLAIN_LOGINS") or "1"
    if text not in ("0", "1"):
        sys.exit(f"mailedu: MAILEDU_PLAIN_LOGINS must be 0 or 1, not {text!r}")
    return text == "1"


def time_zone() -> str:
    """In which people are told times: the computer's own where it can be told, else UTC."""
    given = os.environ.get("MAILEDU_TIME_ZONE")
    if given and not _is_zone(given):
        sys.exit(f"mailedu: MAILEDU_TIME_ZONE must be a zone like Europe/Berlin, not {given!r}")
    return given or _own_zone()


def _own_zone() -> str:
    """As Unix keeps it: in TZ, or by where its file of the local time lies."""
    own = os.environ.get("TZ", "").lstrip(":")
    own = own or os.path.realpath("/etc/localtime").rpartition("zoneinfo/")[2]
    return own if _is_zone(own) else "UTC"


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name).key)
    except (ValueError, KeyError, OSError):
        return False


def _number(name: str, default: str, highest: int) -> int:
    text = os.environ.get(name) or default
    if not (text.isascii() and text.isdigit() and int(text) <= highest):
        sys.exit(f"mailedu: {name} must be a number from 0 to {highest}, not {text!r}")
    return int(text)
