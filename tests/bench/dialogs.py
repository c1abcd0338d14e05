"""What the bench says to a server, and what it must hear."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.bench.mail import LONG, MANY, PASSWORD, SHORT, address, message, stuffed

Test = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """`say` is sent at once; the reply is whole when it `ends`, and must then be `right`."""

    say: bytes
    ends: Test
    right: Test


Dialog = tuple[Step, ...]


def pop3_login(number: int) -> Dialog:
    retr = _retr(1, message(SHORT))
    return (*_pop3_start("one", number, 1, SHORT), retr, _line("NOOP", "+OK"), _line("QUIT", "+OK"))


def pop3_many(number: int) -> Dialog:
    content = message(LONG)
    retrs = [_retr(n, content) for n in range(1, MANY + 1)]
    return (*_pop3_start("many", number, MANY, MANY * LONG), *retrs, _line("QUIT", "+OK"))


def smtp(messages: int, number: int) -> Dialog:
    to = address("none", number)
    content = Step(stuffed(message(SHORT)), _smtp_end, _begins("250"))
    one = (
        _smtp("MAIL FROM:<bench@elsewhere.example>", "250"),
        _smtp(f"RCPT TO:<{to}>", "250"),
        _smtp("DATA", "354"),
        content,
    )
    greeting = Step(b"", _smtp_end, _begins("220"))
    hello = _smtp("EHLO bench.elsewhere.example", "250")
    return (greeting, hello, *one * messages, _smtp("QUIT", "221"))


def imap(number: int) -> Dialog:
    content = message(SHORT)
    literal = b"BODY[] {%d}\r\n%b" % (SHORT, content)
    return (
        Step(b"", _line_end, _begins("* OK")),
        _imap("a1", f"LOGIN {address('one', number)} {PASSWORD}"),
        _imap("a2", "SELECT INBOX", b"* 1 EXISTS\r\n"),
        _imap("a3", "FETCH 1:* (FLAGS)", b"* 1 FETCH (FLAGS ("),
        _imap("a4", "FETCH 1 BODY[]", literal),
        _imap("a5", "LOGOUT", b"* BYE"),
    )


def _pop3_start(kind: str, number: int, count: int, octets: int) -> Dialog:
    size = octets // count
    return (
        Step(b"", _line_end, _begins("+OK")),
        _listing("CAPA", b"\r\nUIDL\r\n"),
        _line(f"USER {address(kind, number)}", "+OK"),
        _line(f"PASS {PASSWORD}", "+OK"),
        _line("STAT", f"+OK {count} {octets}\r\n"),
        _listing("LIST", b"\r\n%d %d\r\n.\r\n" % (count, size)),
        _listing("UIDL", b"\r\n%d " % count),
    )


def _line(say: str, begin: str) -> Step:
    return Step(say.encode() + b"\r\n", _line_end, _begins(begin))


def _listing(say: str, inside: bytes) -> Step:
    return Step(say.encode() + b"\r\n", _dot_end, lambda r: r[:3] == b"+OK" and inside in r)


def _retr(number: int, content: bytes) -> Step:
    wire = b"\r\n" + stuffed(content)
    right = partial(_is_message, wire)
    return Step(b"RETR %d\r\n" % number, _dot_end, right)


def _is_message(wire: bytes, reply: bytes) -> bool:
    first = len(reply) - len(wire)
    return reply[:3] == b"+OK" and reply.find(b"\r\n") == first and reply.endswith(wire)


def _smtp(say: str, code: str) -> Step:
    return Step(say.encode() + b"\r\n", _smtp_end, _begins(code))


def _imap(tag: str, say: str, inside: bytes = b"") -> Step:
    done = tag.encode() + b" "
    ok = done + b"OK"

    def ends(reply: bytes) -> bool:
        return reply.endswith(b"\r\n") and reply.startswith(done, _last(reply))

    def right(reply: bytes) -> bool:
        return reply.startswith(ok, _last(reply)) and inside in reply

    return Step(f"{tag} {say}\r\n".encode(), ends, right)


def _begins(text: str) -> Test:
    begin = text.encode()
    return lambda reply: reply.startswith(begin)


def _line_end(reply: bytes) -> bool:
    return reply.endswith(b"\r\n")


def _dot_end(reply: bytes) -> bool:
    return reply.endswith(b"\r\n.\r\n") or reply.startswith(b"-ERR")


def _smtp_end(reply: bytes) -> bool:
    last = _last(reply)
    return reply.endswith(b"\r\n") and reply[last + 3 : last + 4] == b" "


def _last(reply: bytes) -> int:
    """Where the last line begins."""
    return reply.rfind(b"\n", 0, -1) + 1
