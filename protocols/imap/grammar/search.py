"""What SEARCH looks for (RFC 3501 6.4.4, 9: search-key)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.dates import read_date
from protocols.imap.grammar.sets import SequenceSet

# Deeper ones are a program's mistake, and Python's stack is finite.
MAX_DEPTH = 20
# Each key is one look at each message.
MAX_KEYS = 200

Argument = str | date | int | SequenceSet | None


@dataclass(frozen=True, slots=True)
class SearchKey:
    """`keys` are those that AND, OR and NOT join; `field` is the header field of HEADER."""

    name: str
    argument: Argument = None
    field: str = ""
    keys: tuple["SearchKey", ...] = ()

    @property
    def needs_content(self) -> bool:
        return self.name in _OF_CONTENT or any(key.needs_content for key in self.keys)

    @property
    def needs_text(self) -> bool:
        return self.name in ("BODY", "TEXT") or any(key.needs_text for key in self.keys)


_OF_CONTENT = {
    "BCC", "BODY", "CC", "FROM", "HEADER", "SUBJECT", "TEXT", "TO",
    "SENTBEFORE", "SENTON", "SENTSINCE",
}  # fmt: skip


def read_search(cursor: Cursor) -> tuple[str, SearchKey]:
    """The charset ("" if none is given) and one key. Raises Malformed."""
    charset = ""
    if cursor.octets[cursor.place : cursor.place + 8].upper() == b"CHARSET ":
        cursor.place += 7
        charset = cursor.argument("charset").text().upper()
        cursor.argument("search-keys")
    return charset, _Keys(cursor).read()


class _Keys:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._count = 0

    def read(self, depth: int = 0) -> SearchKey:
        """One or more keys: all must hold."""
        keys = [self._key(depth)]
        while self._cursor.skip(b" "):
            keys.append(self._key(depth))
        return keys[0] if len(keys) == 1 else SearchKey("AND", keys=tuple(keys))

    def _key(self, depth: int) -> SearchKey:
        cursor = self._cursor
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_KEYS:
            raise cursor.fault("search-depth")
        if cursor.skip(b"("):
            inner = self.read(depth + 1)
            cursor.take(b")")
            return inner
        if cursor.octets[cursor.place : cursor.place + 1] in _SET_START:
            return SearchKey("SET", cursor.set())
        return self._named(cursor.atom(), depth)

    def _named(self, name: str, depth: int) -> SearchKey:
        if name == "NOT":
            return SearchKey(name, keys=(self._next(depth),))
        if name == "OR":
            return SearchKey(name, keys=(self._next(depth), self._next(depth)))
        if name == "HEADER":
            field = self._argument(Cursor.text, "search-argument")
            return SearchKey(name, self._argument(Cursor.text, "search-argument"), str(field))
        if name in _ARGUMENTS:
            return SearchKey(name, self._argument(*_ARGUMENTS[name]))
        if name not in _BARE:
            raise self._cursor.fault()
        return SearchKey(name)

    def _next(self, depth: int) -> SearchKey:
        self._cursor.take(b" ")
        return self._key(depth + 1)

    def _argument(self, read: Callable[[Cursor], Argument], key: str) -> Argument:
        value = read(self._cursor.argument(key))
        self._cursor.key = "search-keys"
        return value


def _date(cursor: Cursor) -> date:
    try:
        return read_date(cursor.text())
    except ValueError:
        raise cursor.fault() from None


_SET_START = {b"%d" % n for n in range(10)} | {b"*"}
_BARE = {
    "ALL", "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "NEW", "OLD", "RECENT", "SEEN", "UNANSWERED",
    "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN",
}  # fmt: skip
_ARGUMENTS: dict[str, tuple[Callable[[Cursor], Argument], str]] = {
    **dict.fromkeys(
        ("BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO"), (Cursor.text, "search-argument")
    ),
    **dict.fromkeys(
        ("BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE"), (_date, "search-date")
    ),
    **dict.fromkeys(("LARGER", "SMALLER"), (Cursor.number, "search-number")),
    **dict.fromkeys(("KEYWORD", "UNKEYWORD"), (Cursor.flag, "flag")),
    "UID": (Cursor.set, "sequence-set"),
}
