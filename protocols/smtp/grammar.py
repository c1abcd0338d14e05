"""SMTP's command lines, paths and parameters (RFC 5321 4.1.2, RFC 6531 3.3). Pure functions."""

import re
from enum import StrEnum
from typing import NamedTuple

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"
_DOT_STRING = rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"'
_LABEL = r"[A-Za-z0-9_\u0080-\U0010ffff](?:[A-Za-z0-9_\-\u0080-\U0010ffff]*)"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[A-Za-z0-9.:\-]+\]"
_ROUTE = rf"@{_DOMAIN}(?:,@{_DOMAIN})*:"
_PATH = re.compile(
    rf"<(?:{_ROUTE})?(?P<local>{_DOT_STRING}|{_QUOTED})"
    rf"(?:@(?P<domain>{_DOMAIN}|{_LITERAL}))?>"
)
_PLAIN_LOCAL = re.compile(_DOT_STRING)
_HOST = re.compile(rf"{_DOMAIN}|{_LITERAL}")
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9\-]*)(?:=([^\x00-\x20=\x7f]+))?")
# Beyond ASCII as well: what some programs take for a line end would begin a header of its own.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_KEYWORDS = {word: re.compile(rf"{word}\b *", re.IGNORECASE) for word in ("FROM", "TO", "AUTH")}
_VERB = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_CHUNK = re.compile(r"([0-9]{1,20})(?: +(LAST))?", re.IGNORECASE)

TRAILING = " \t"

# RFC 5321 4.5.3.1.1 and .2, RFC 1035 2.3.4
MAX_LOCAL_PART = 64
MAX_DOMAIN = 255
MAX_LABEL = 63


class Fault(StrEnum):
    """What is wrong with an argument."""

    KEYWORD = "keyword"  # no FROM or TO at all
    COLON = "colon"
    BRACKETS = "brackets"
    ADDRESS = "address"
    PARAMETER = "parameter"


class Malformed(ValueError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class TooLong(Malformed):
    """A `part` of an address has more than `limit` octets."""

    def __init__(self, part: str, limit: int) -> None:
        super().__init__(Fault.ADDRESS)
        self.part = part
        self.limit = limit


class Path(NamedTuple):
    """A reverse-path or forward-path.

    `domain` is "" for `<postmaster>` and for the null path `<>`, `local` for the null path and for
    an empty quoted string. Spans count in the argument of MAIL or RCPT: of the path with its
    brackets, and of each parameter.
    """

    local: str
    domain: str
    parameters: dict[str, str]
    span: tuple[int, int]
    parameter_spans: tuple[tuple[str, int, int], ...]
    spaced: bool  # a space after the colon, which RFC 5321 3.3 forbids and servers accept

    @property
    def is_null(self) -> bool:
        return not (self.local or self.domain)

    @property
    def address(self) -> str:
        return f"{self.local}@{self.domain}" if self.domain else self.local

    @property
    def written(self) -> str:
        """The address as it stands in a header, quoted where it has to be."""
        plain = self.is_null or _PLAIN_LOCAL.fullmatch(self.local)
        local = self.local if plain else '"{}"'.format(re.sub(r'(["\\])', r"\\\1", self.local))
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def is_ascii(self) -> bool:
        return self.local.isascii() and self.domain.isascii()

    @property
    def repeated(self) -> str:
        """A parameter that is given twice; "" if none is."""
        if len(self.parameters) == len(self.parameter_spans):
            return ""
        names = [name for name, _, _ in self.parameter_spans]
        return next(name for name in names if names.count(name) > 1)


class ChunkSize(NamedTuple):
    """The argument of BDAT: octets that follow its line, and whether they are the last."""

    octets: int
    last: bool


def read_chunk_size(argument: str) -> ChunkSize | None:
    """RFC 3030 2; None for what is none."""
    match = _CHUNK.fullmatch(argument)
    return ChunkSize(int(match[1]), match[2] is not None) if match else None


def split_command(text: str) -> tuple[str, str]:
    """Verb in upper case ("" if it is none) and argument without the blanks around it.

    A TAB is a blank only at the end of the line (RFC 5321 4.1.1).
    """
    verb, _, argument = text.lstrip(" ").rstrip(TRAILING).partition(" ")
    return verb.upper() if _VERB.fullmatch(verb) else "", argument.strip(" ")


def read_text(line: bytes, blanks: str = "") -> str | None:
    """`line` without `blanks` at its end; None if it is no UTF-8 or holds control characters.

    RFC 5321 4.1.2: no command holds one.
    """
    try:
        text = line.decode().rstrip(blanks)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def is_host(text: str) -> bool:
    """The argument of HELO and EHLO: a domain or an address literal (RFC 5321 4.1.1.1)."""
    return text.isascii() and bool(_HOST.fullmatch(text)) and _excess("", text) is None


def read_path(argument: str, keyword: str) -> Path:
    """`FROM:<a@b> SIZE=1` with keyword `FROM`. Raises Malformed."""
    start = _after_keyword(argument, keyword)
    begin = len(argument) - len(argument[start:].lstrip(" "))
    if not argument.startswith("<", begin):
        raise Malformed(Fault.BRACKETS)
    local, domain, end = _mailbox(argument, begin)
    spans = tuple(_parameters(argument, end))
    parameters = {
        argument[a:b].partition("=")[0].upper(): argument[a:b].partition("=")[2]
        for _, a, b in spans
    }
    return Path(local, domain, parameters, (begin, end), spans, begin > start)


def _after_keyword(argument: str, keyword: str) -> int:
    if not _KEYWORDS[keyword].match(argument):
        raise Malformed(Fault.KEYWORD)
    if argument[len(keyword) : len(keyword) + 1] != ":":
        raise Malformed(Fault.COLON)
    return len(keyword) + 1


def _mailbox(argument: str, begin: int) -> tuple[str, str, int]:
    if argument.startswith("<>", begin):
        return "", "", begin + 2
    match = _PATH.match(argument, begin)
    if not match:
        closed = ">" in argument[begin:]
        raise Malformed(Fault.ADDRESS if closed else Fault.BRACKETS)
    local, domain = _unquoted(match["local"]), match["domain"] or ""
    if not (local or domain):
        raise Malformed(Fault.ADDRESS)
    if excess := _excess(local, domain):
        raise excess
    return local, domain, match.end()


def _excess(local: str, domain: str) -> TooLong | None:
    if len((local + domain).encode()) <= MAX_LABEL:  # the least of the limits, for most
        return None
    if len(local.encode()) > MAX_LOCAL_PART:
        return TooLong("local part", MAX_LOCAL_PART)
    if len(domain.encode()) > MAX_DOMAIN:
        return TooLong("domain", MAX_DOMAIN)
    # In characters: the DNS has its own form of a label beyond ASCII
    if max(map(len, domain.split("."))) > MAX_LABEL:
        return TooLong("domain label", MAX_LABEL)
    return None


def _unquoted(local: str) -> str:
    return re.sub(r"\\(.)", r"\1", local[1:-1]) if local.startswith('"') else local


def _parameters(argument: str, end: int) -> list[tuple[str, int, int]]:
    found = []
    if end == len(argument):
        return found
    if argument[end] != " ":  # whatever sticks to the path is no mistake in it
        raise Malformed(Fault.PARAMETER)
    for word in re.finditer(r"[^ ]+", argument[end:]):
        match = _PARAMETER.fullmatch(word.group())
        if not match:
            raise Malformed(Fault.PARAMETER)
        found.append((match[1].upper(), end + word.start(), end + word.end()))
    return found
