"""The values of parameters of MAIL and RCPT (RFC 1870, 3461, 4954). Pure functions.

All raise ValueError for a value that cannot be.
"""

import re
from collections.abc import Mapping

from protocols.smtp.grammar import Malformed, read_path

# RFC 1870 3
MAX_SIZE_DIGITS = 20
# RFC 3461 4.4 and 4.2: octets of the encoded values.
MAX_ENVID = 100
MAX_ORCPT = 500

RET_FULL, RET_HEADERS = "FULL", "HDRS"
NEVER, SUCCESS, FAILURE, DELAY = "NEVER", "SUCCESS", "FAILURE", "DELAY"
# RFC 3461 4.1: what holds without NOTIFY.
NOTIFY_DEFAULT = frozenset({FAILURE})

_UTF8_TYPE = "utf-8"  # RFC 6533 3
_XTEXT = re.compile(r"(?:[!-*,-<>-~\u00a0-\U0010ffff]|\+[0-9A-F]{2})*")
_HEX = re.compile(r"\+(..)")
_TYPE = re.compile(r"[A-Za-z0-9\-]+")


def size(parameters: Mapping[str, str]) -> int:
    """The octets of the message as the client guesses them; 0 if it does not say."""
    text = parameters.get("SIZE", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_SIZE_DIGITS):
        raise ValueError(text)
    return int(text)


def returned(parameters: Mapping[str, str]) -> str:
    """RET: how much of the message a report of failure shall hold."""
    text = parameters.get("RET", RET_HEADERS).upper()
    if text not in (RET_FULL, RET_HEADERS):
        raise ValueError(text)
    return text


def envelope_id(parameters: Mapping[str, str]) -> str:
    """ENVID, decoded; "" without."""
    plain = _decoded(parameters["ENVID"], MAX_ENVID) if "ENVID" in parameters else ""
    if not plain.isascii():
        raise ValueError(plain)  # RFC 3461 4.4
    return plain


def notify(parameters: Mapping[str, str]) -> frozenset[str]:
    if "NOTIFY" not in parameters:
        return NOTIFY_DEFAULT
    words = parameters["NOTIFY"].upper().split(",")
    wanted = frozenset(words)
    if wanted != {NEVER} and not wanted <= {SUCCESS, FAILURE, DELAY} or len(wanted) < len(words):
        raise ValueError(words)
    return wanted


def original_recipient(parameters: Mapping[str, str]) -> str:
    """ORCPT as `type;address`, decoded; "" without."""
    if "ORCPT" not in parameters:
        return ""
    kind, semicolon, address = parameters["ORCPT"].partition(";")
    if not (_TYPE.fullmatch(kind) and semicolon and address):
        raise ValueError(kind)
    plain = _decoded(address, MAX_ORCPT)
    if not plain.isascii() and kind.lower() != _UTF8_TYPE:
        raise ValueError(address)  # RFC 3461 4.2
    return f"{kind};{plain}"


def check_submitter(parameters: Mapping[str, str]) -> None:
    """AUTH= is read and not believed: who is trusted is not agreed on here (RFC 4954 5)."""
    text = parameters.get("AUTH", "<>")
    if text == "<>":
        return
    try:
        path = read_path(f"AUTH:<{_decoded(text, MAX_ORCPT)}>", "AUTH")
    except Malformed as malformed:
        raise ValueError(text) from malformed
    if not path.domain or path.parameters:
        raise ValueError(text)


def _decoded(text: str, limit: int) -> str:
    """`text` is xtext (RFC 3461 4) for printable characters."""
    if not text or len(text) > limit or not _XTEXT.fullmatch(text):
        raise ValueError(text)
    plain = _HEX.sub(lambda match: chr(int(match[1], 16)), text)
    if not all(c.isprintable() for c in plain):
        raise ValueError(text)
    return plain
