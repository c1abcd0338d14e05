"""Response lines and data as octets (RFC 3501 7)."""

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.imap import replies
from protocols.imap.grammar.names import encode_name
from protocols.imap.view import MailboxView, Updates
from protocols.mime.wire import string
from protocols.replies import Reply
from protocols.store import SYSTEM_FLAGS, Message

RECENT = "\\Recent"
_ORDER = {flag: place for place, flag in enumerate((*SYSTEM_FLAGS, RECENT, "\\*"))}


@dataclass(frozen=True, slots=True)
class Tagged:
    """The end of a command: what follows its tag."""

    text: str


@dataclass(frozen=True, slots=True)
class Continue:
    """A continuation request; the session hands the client's next line back to the handler."""

    text: str


def done(reply: Reply, **values: object) -> Tagged:
    return Tagged(reply.text(**values))


def line(text: str) -> bytes:
    return text.encode() + b"\r\n"


def untagged(reply: Reply, **values: object) -> bytes:
    return line("* " + reply.text(**values))


def fetch(number: int, items: Iterable[bytes]) -> bytes:
    return b"* %d FETCH (%s)\r\n" % (number, b" ".join(items))


def flag_words(flags: Iterable[str]) -> str:
    """System flags in the RFC's order, then keywords by name."""
    return " ".join(sorted(flags, key=lambda flag: (_ORDER.get(flag, len(_ORDER)), flag)))


def flags_item(view: MailboxView, message: Message) -> bytes:
    recent = {RECENT} if message in view.recent else set()
    return b"FLAGS (%s)" % flag_words(message.flags | recent).encode()


def mailbox_name(name: str) -> str:
    return string(encode_name(name).encode()).decode()


def flags_data(view: MailboxView) -> bytes:
    return untagged(replies.FLAGS_DATA, flags=flag_words({*SYSTEM_FLAGS, *view.keywords}))


def permanent_flags(view: MailboxView) -> bytes:
    # RFC 3501 7.1: \* means that clients may make keywords
    flags = () if view.read_only else {*SYSTEM_FLAGS, *view.keywords, "\\*"}
    return untagged(replies.SELECT_PERMANENTFLAGS, flags=flag_words(flags))


def update_data(view: MailboxView, updates: Updates) -> bytes:
    """What the client has to learn, in the order in which it stays right."""
    lines = [untagged(replies.EXPUNGE_DATA, number=number) for number in updates.expunged]
    if updates.exists is not None:
        lines.append(untagged(replies.EXISTS_DATA, count=updates.exists))
        lines.append(untagged(replies.RECENT_DATA, count=len(view.recent)))
    if updates.keywords:  # RFC 3501 7.2.6
        lines += flags_data(view), permanent_flags(view)
    lines += [fetch(number, [flags_item(view, m)]) for number, m in updates.flagged]
    return b"".join(lines)
