"""SEARCH (RFC 3501 6.4.4)."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from protocols.commands import stays
from protocols.framing import PIECE
from protocols.imap import replies
from protocols.imap.commands.messages import SHORT, completed
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.search import SearchKey, read_search
from protocols.imap.grammar.sets import holds
from protocols.imap.responses import Tagged, untagged
from protocols.imap.session import ImapSession
from protocols.imap.table import SELECTED, TABLE
from protocols.imap.view import MailboxView
from protocols.mime import decoded_text, header_fields, sent_date
from protocols.mime.headers import unfold
from protocols.mime.text import decode_charset, decode_words
from protocols.replies import Refused
from protocols.store import SYSTEM_FLAGS, Message, MessageGone
from protocols.turns import Turn

CHARSETS = ("", "US-ASCII", "UTF-8")


@dataclass
class Candidate:
    """`content` is read only for keys that need it."""

    number: int
    message: Message
    content: bytes = b""

    @cached_property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values of the header, decoded, for comparing."""
        header = self.content[: self.message.summary.header_size]
        return [(_readable(name), _readable(value)) for name, value in header_fields(header)]

    @cached_property
    def sent(self) -> date | None:
        return sent_date(self.content)

    @cached_property
    def text(self) -> str:
        return _folded(decoded_text(self.content))

    def read_text(self) -> None:
        self.text  # noqa: B018  kept from now on

    def field(self, name: str) -> list[str]:
        """`name` is folded."""
        return [value for field, value in self.fields if field == name]


Test = Callable[[Candidate], bool]


@TABLE.command("SEARCH", stays(SELECTED), "[charset] search-keys", rfc="RFC 3501 6.4.4")
async def search(
    session: ImapSession, rest: Cursor, uid: str = ""
) -> AsyncIterator[bytes | Tagged]:
    charset, key = read_search(rest.argument("search-keys"))
    rest.end()
    if charset not in CHARSETS:
        raise Refused(replies.SEARCH_CHARSET, charset=charset)
    found, turn = [], Turn(session.host.clock)
    async for c in _found(session, key):
        if c:
            found.append(c.message.uid if uid else c.number)
        if turn.over():
            yield b""
    yield untagged(replies.SEARCH_DATA, numbers="".join(f" {number}" for number in found))
    yield completed(replies.SEARCH_OK, uid)


async def _found(session: ImapSession, key: SearchKey) -> AsyncIterator[Candidate | None]:
    """Also None, after each look: there may be very many.

    Keys that need no content go first: most messages need not be read.
    """
    view, keys = session.view, key.keys if key.name == "AND" else (key,)
    quick = [_test(k, view) for k in keys if not k.needs_content]
    slow = [_test(k, view) for k in keys if k.needs_content]
    for number, message in enumerate(tuple(view.messages), 1):
        candidate = Candidate(number, message)
        if view.is_gone(message) or not all(test(candidate) for test in quick):
            yield None
            continue
        wanted = not slow or await _read(view, candidate)
        if wanted and key.needs_text and len(candidate.content) > SHORT:
            await session.aside(candidate.read_text)
        for test in slow:
            wanted = wanted and test(candidate)
            yield None
        yield candidate if wanted else None


async def _read(view: MailboxView, candidate: Candidate) -> bool:
    try:
        candidate.content = await view.mailbox.content(candidate.message)
    except MessageGone:
        return False
    return True


def _test(key: SearchKey, view: MailboxView) -> Test:
    inner = [_test(k, view) for k in key.keys]
    match key.name:
        case "AND":
            return lambda c: all(test(c) for test in inner)
        case "OR":
            return lambda c: any(test(c) for test in inner)
        case "NOT":
            return lambda c: not inner[0](c)
        case "SET":
            ranges = key.argument.ranges(len(view.messages))
            return lambda c: holds(ranges, c.number)
        case "UID":
            ranges = key.argument.ranges(view.messages[-1].uid if view.messages else 0)
            return lambda c: holds(ranges, c.message.uid)
        case "RECENT" | "OLD" | "NEW":
            return _recency(key.name, view)
        case "BODY" | "TEXT" | "HEADER":
            return _text(key)
    return _simple(key)


def _recency(name: str, view: MailboxView) -> Test:
    if name == "OLD":
        return lambda c: c.message not in view.recent
    unseen = name == "NEW"
    return lambda c: c.message in view.recent and not (unseen and "\\Seen" in c.message.flags)


def _text(key: SearchKey) -> Test:
    wanted = _folded(key.argument)
    match key.name:
        case "HEADER":
            field = _folded(key.field)
            return lambda c: any(wanted in value for value in c.field(field))
        case "BODY":
            return lambda c: wanted in c.text
    return lambda c: wanted in c.text or any(wanted in f"{n}:{v}" for n, v in c.fields)


def _simple(key: SearchKey) -> Test:
    """Flags, sizes, dates, and the fields of the header that have keys of their own."""
    name, argument = key.name, key.argument
    if name in ("KEYWORD", "UNKEYWORD"):
        wanted = argument.lower()
        return lambda c: _has(c, wanted) == (name == "KEYWORD")
    if flag := _FLAGS.get(name.removeprefix("UN")):
        return lambda c: (flag in c.message.flags) != name.startswith("UN")
    if name in _COMPARE:
        compare = _COMPARE[name.removeprefix("SENT")]
        if name.startswith("SENT"):
            return lambda c: compare(c.sent, argument)
        return lambda c: compare(c.message.internal_date.date(), argument)
    if name in ("LARGER", "SMALLER"):
        sign = 1 if name == "LARGER" else -1
        return lambda c: sign * c.message.size > sign * argument
    if name == "ALL":
        return lambda c: True
    wanted, field = _folded(argument), _folded(name)
    return lambda c: any(wanted in value for value in c.field(field))


def _has(candidate: Candidate, keyword: str) -> bool:
    return any(flag.lower() == keyword for flag in candidate.message.flags)


def _before(a: date | None, b: date) -> bool:
    return a is not None and a < b


def _on(a: date | None, b: date) -> bool:
    return a == b


def _since(a: date | None, b: date) -> bool:
    return a is not None and a >= b


_FLAGS = {flag[1:].upper(): flag for flag in SYSTEM_FLAGS}
_COMPARE = {"BEFORE": _before, "ON": _on, "SINCE": _since}
_COMPARE |= {f"SENT{name}": compare for name, compare in _COMPARE.items()}


def _readable(octets: bytes) -> str:
    return _folded(decode_words(decode_charset(unfold(octets), "utf-8")))


def _folded(text: str) -> str:
    """RFC 3501 6.4.4: matching is case-insensitive."""
    # A long one piece by piece, so that other threads have their turns
    return "".join(text[n : n + PIECE].casefold() for n in range(0, len(text), PIECE))
