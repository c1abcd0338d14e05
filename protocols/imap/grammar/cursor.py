"""A cursor over one command with its literals in place (RFC 3501 9)."""

import re
from datetime import datetime, timedelta, timezone

from protocols.imap.grammar.dates import MONTHS
from protocols.imap.grammar.expected import Malformed
from protocols.imap.grammar.names import decode_name
from protocols.imap.grammar.sets import MAX_NUMBER, SequenceSet, read_set
from protocols.store import SYSTEM_FLAGS

# Octets over 127 are no ATOM-CHAR; they are taken here and judged where they matter.
_ATOM = re.compile(rb'[^\x00-\x20\x7f(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f(){%*"\\]+')
_PATTERN = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\0]|\\["\\])*+)"')
_ESCAPED = re.compile(rb"\\(.)")
_LITERAL = re.compile(rb"\{(\d{1,10})\+?\}\r\n")
_SET = re.compile(rb"[\d:*,]+")
_NUMBER = re.compile(rb"\d{1,10}")
_FLAG = re.compile(rb"\\?" + _ATOM.pattern)
_DATE_TIME = re.compile(
    rb'"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)
# RFC 3501 2.3.2 sets no limits; these keep a mailbox's FLAGS on one line.
MAX_FLAGS = 50
MAX_KEYWORD = 64
_SYSTEM_FLAGS = {flag.lower(): flag for flag in SYSTEM_FLAGS}


class Cursor:
    """Each method takes what it is named after, or raises Malformed. `key` is what is read now."""

    def __init__(self, octets: bytes, before: str) -> None:
        self.octets = octets
        self.place = 0
        self.key = before
        self.before = ""

    def argument(self, key: str) -> "Cursor":
        """Go on, over a space, to the argument `key`."""
        self.before, self.key = self.key, key
        self.take(b" ")
        return self

    def at(self, text: bytes) -> bool:
        return self.octets.startswith(text, self.place)

    def skip(self, text: bytes) -> bool:
        """Take `text` if it stands here."""
        found = self.at(text)
        self.place += len(text) * found
        return found

    def take(self, text: bytes) -> None:
        if not self.skip(text):
            raise self.fault()

    def end(self) -> None:
        self.before, self.key = self.key, "end"
        if self.place < len(self.octets):
            raise self.fault()

    def fault(self, key: str = "") -> Malformed:
        return Malformed(key or self.key, self.before)

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        found = pattern.match(self.octets, self.place)
        if not found:
            raise self.fault()
        self.place = found.end()
        return found

    def atom(self) -> str:
        """In upper case."""
        return self.match(_ATOM)[0].decode("utf-8", "replace").upper()

    def string(self) -> bytes:
        """A quoted string or a literal."""
        if self.at(b'"'):
            return _ESCAPED.sub(rb"\1", self.match(_QUOTED)[1])
        count = int(self.match(_LITERAL)[1])
        self.place += count
        return self.octets[self.place - count : self.place]

    def astring(self, bare: re.Pattern[bytes] = _ASTRING) -> bytes:
        quoted = self.at(b'"') or self.at(b"{")
        return self.string() if quoted else self.match(bare)[0]

    def text(self) -> str:
        """An astring of characters."""
        return self.astring().decode("utf-8", "replace")

    def mailbox(self) -> str:
        return self._name(self.astring())

    def pattern(self) -> str:
        """A mailbox name with the wildcards of LIST."""
        return self._name(self.astring(_PATTERN))

    def number(self) -> int:
        value = int(self.match(_NUMBER)[0])
        if value > MAX_NUMBER:
            raise self.fault()
        return value

    def set(self) -> SequenceSet:
        try:
            return read_set(self.match(_SET)[0].decode())
        except ValueError:
            raise self.fault() from None

    def flags(self) -> frozenset[str]:
        """A list of flags in parentheses."""
        self.take(b"(")
        if self.skip(b")"):
            return frozenset()
        flags = self.bare_flags()
        self.take(b")")
        return flags

    def bare_flags(self) -> frozenset[str]:
        """Flags without parentheses, at least one."""
        flags = {self.flag()}
        while self.skip(b" "):
            flags.add(self.flag())
        if len(flags) > MAX_FLAGS:
            raise self.fault()
        return frozenset(flags)

    def flag(self) -> str:
        """In its canonical spelling, if it is a system flag."""
        flag = self.match(_FLAG)[0].decode("utf-8", "replace")
        if flag.lower() == "\\recent":
            raise self.fault("flag-recent")  # RFC 3501 2.3.2: clients can't alter it
        if not flag.startswith("\\") and flag.isascii() and len(flag) <= MAX_KEYWORD:
            return flag
        if flag.lower() not in _SYSTEM_FLAGS:
            raise self.fault("flag")
        return _SYSTEM_FLAGS[flag.lower()]

    def date_time(self) -> datetime:
        day, month, year, hour, minute, second, sign, *zone = self.match(_DATE_TIME).groups()
        try:
            offset = timedelta(hours=int(zone[0]), minutes=int(zone[1]))
            return datetime(
                int(year), MONTHS.index(month.decode().title()) + 1, int(day),
                int(hour), int(minute), int(second),
                tzinfo=timezone(-offset if sign == b"-" else offset),
            )  # fmt: skip
        except ValueError:
            raise self.fault() from None

    def _name(self, encoded: bytes) -> str:
        try:
            return decode_name(encoded.decode("ascii"))
        except ValueError:
            raise self.fault("mailbox-utf7") from None
