"""What FETCH asks for (RFC 3501 6.4.5, 9: fetch-att)."""

import re
from dataclasses import dataclass, replace

from protocols.imap.grammar.cursor import Cursor
from protocols.mime.wire import string

SECTION = "SECTION"  # the kind of all items that need the message's octets
MACROS = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
PLAIN = ("FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
# A message nests no deeper; a longer path names nothing.
MAX_PATH = 50
# Each section is one look through the message; mail programs ask for ten.
MAX_ITEMS = 50

_WORD = re.compile(rb"[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*")
_PART = re.compile(rb"([1-9]\d{0,9})(\.|(?=\]))")
_WHAT = re.compile(rb"(HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)(?= |\])", re.IGNORECASE)
_PARTIAL = re.compile(rb"<(\d{1,10})\.([1-9]\d{0,9})>")
_FIELD_NAME = re.compile(rb"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class FetchItem:
    """`name` is its name in the response. `partial` is (first octet, most octets)."""

    name: bytes
    kind: str
    path: tuple[int, ...] = ()
    what: str = ""
    fields: tuple[str, ...] = ()
    partial: tuple[int, int] | None = None
    sets_seen: bool = False


_OLD = {
    "RFC822": FetchItem(b"RFC822", SECTION, sets_seen=True),
    "RFC822.HEADER": FetchItem(b"RFC822.HEADER", SECTION, what="HEADER"),
    "RFC822.TEXT": FetchItem(b"RFC822.TEXT", SECTION, what="TEXT", sets_seen=True),
}


def read_items(cursor: Cursor) -> tuple[FetchItem, ...]:
    """A macro, one item, or a list of items in parentheses. Raises Malformed."""
    if not cursor.skip(b"("):
        word = _word(cursor)
        names = MACROS.get(word)
        return tuple(map(_plain, names)) if names else (_item(cursor, word),)
    items = [_item(cursor, _word(cursor))]
    while cursor.skip(b" ") and len(items) < MAX_ITEMS:
        items.append(_item(cursor, _word(cursor)))
    cursor.take(b")")
    return tuple(dict.fromkeys(items))


def _word(cursor: Cursor) -> str:
    return cursor.match(_WORD)[0].decode().upper()


def _plain(name: str) -> FetchItem:
    return FetchItem(name.encode(), name)


def _item(cursor: Cursor, word: str) -> FetchItem:
    if word in _OLD:
        return _OLD[word]
    if word in PLAIN or (word == "BODY" and not cursor.at(b"[")):
        return _plain(word)
    if word not in ("BODY", "BODY.PEEK"):
        raise cursor.fault()
    return _partial(cursor, replace(_section(cursor), sets_seen=word == "BODY"))


def _section(cursor: Cursor) -> FetchItem:
    if not cursor.skip(b"["):
        raise cursor.fault("section")
    path, more = [], False
    while len(path) < MAX_PATH and (part := _PART.match(cursor.octets, cursor.place)):
        path.append(int(part[1]))
        cursor.place, more = part.end(), part[2] == b"."
    what = _WHAT.match(cursor.octets, cursor.place)
    if (more and not what) or (what and what[0].upper() == b"MIME" and not path):
        raise cursor.fault("section")
    cursor.place = what.end() if what else cursor.place
    fields = _fields(cursor) if what and b"FIELDS" in what[0].upper() else ()
    if not cursor.skip(b"]"):
        raise cursor.fault("section")
    word = what[0].decode().upper() if what else ""
    return FetchItem(_section_name(path, word, fields), SECTION, tuple(path), word, fields)


def _fields(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.skip(b" ("):
        raise cursor.fault("section")
    names = [cursor.text()]
    while cursor.skip(b" "):
        names.append(cursor.text())
    cursor.take(b")")
    return tuple(names)


def _section_name(path: list[int], word: str, fields: tuple[str, ...]) -> bytes:
    section = ".".join([*map(str, path), *([word] if word else [])]).encode()
    names = (name.encode() for name in fields)
    shown = [name if _FIELD_NAME.fullmatch(name) else string(name) for name in names]
    return b"BODY[%s%s]" % (section, b" (%s)" % b" ".join(shown) if shown else b"")


def _partial(cursor: Cursor, item: FetchItem) -> FetchItem:
    if not cursor.at(b"<"):
        return item
    match = _PARTIAL.match(cursor.octets, cursor.place)
    if not match:
        raise cursor.fault("partial")
    cursor.place = match.end()
    first, most = int(match[1]), int(match[2])
    # RFC 3501 7.4.2: the response names the first octet only
    return replace(item, name=item.name + b"<%d>" % first, partial=(first, most))
