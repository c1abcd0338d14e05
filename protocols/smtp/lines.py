"""What the parts of one SMTP line mean: tokens and values, without any memory of other lines."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from protocols.sasl_lines import SaslReading, is_mechanism
from protocols.smtp.grammar import (
    TRAILING,
    ChunkSize,
    Malformed,
    read_chunk_size,
    read_path,
    split_command,
)
from protocols.smtp.replies import ReplyLine
from protocols.smtp.table import NOT_IMPLEMENTED, TABLE
from protocols.transcript import Remark, Token

PATHS = {"MAIL": "FROM", "RCPT": "TO"}
_PATH_TOKENS = {"MAIL": "reverse-path", "RCPT": "forward-path"}
# The address in a malformed argument, as far as one can tell: what has an @, else the first word.
# It is looked for where words begin only: a long one would be read from each of its characters.
_MEANT = (
    re.compile(r"(?<![^\s<>,;:\"@])([^\s<>,;:\"@]++@[^\s<>,;\"]*)"),
    re.compile(r"(?i:(?:from|to)\b)? *:? *[< \"]*([^<>\" ]*)"),
)
_NAMED = {
    "HELO": "domain",
    "EHLO": "domain",
    "VRFY": "string",
    "EXPN": "string",
    "NOOP": "string",
    "HELP": "topic",
}
_UTF8 = " SMTPUTF8"
# What defines the extension of an EHLO keyword.
_EXTENSIONS = {
    "PIPELINING": "RFC 2920 3",
    "ENHANCEDSTATUSCODES": "RFC 2034 3",
    "SIZE": "RFC 1870 3",
    "8BITMIME": "RFC 6152 2",
    "SMTPUTF8": "RFC 6531 3",
    "AUTH": "RFC 4954 3",
    "STARTTLS": "RFC 3207 2",
    "CHUNKING": "RFC 3030 2",
    "BINARYMIME": "RFC 3030 3",
    "DSN": "RFC 3461 4",
    "HELP": "RFC 5321 4.1.1.8",
    "VRFY": "RFC 5321 4.1.1.6",
    "EXPN": "RFC 5321 4.1.1.7",
    "ETRN": "RFC 1985",
    "LIMITS": "RFC 9422",
}
# Commands that mean nothing without an argument.
_INCOMPLETE = [n for n, row in TABLE.items() if row.syntax and not row.syntax.startswith("[")]


@dataclass(slots=True)
class CommandLine:
    """A client's line: `verb` is "" for what the protocol does not know."""

    verb: str
    id: str
    argument: str
    params: dict[str, str] = field(default_factory=dict)
    tokens: tuple[Token, ...] = ()
    secret: tuple[int, int] | None = None
    sasl: SaslReading | None = None
    chunk: ChunkSize | None = None
    remark: Remark | None = None


def read_command(text: str) -> CommandLine:
    verb, argument = split_command(text)
    known = verb in TABLE or verb in NOT_IMPLEMENTED
    line = CommandLine(verb if known else "", f"smtp.{verb}" if known else "smtp.unknown", argument)
    line.params = {"command": verb if known else text.split(" ")[0][:40]}
    begin = len(text) - len(text.lstrip(" "))
    if known:
        line.tokens = (Token(begin, begin + len(verb), "smtp.token.verb"),)
        _describe_argument(line, len(text.rstrip(TRAILING)) - len(argument))
        if verb in _INCOMPLETE and not argument or line.params.get("address") == "":
            line.id = "smtp.incomplete"
            line.params["usage"] = TABLE[verb].usage
    return line


def _describe_argument(line: CommandLine, at: int) -> None:
    """`at` is where the argument begins in its line."""
    if line.verb in PATHS:
        _describe_path(line, at)
    elif line.verb == "AUTH":
        _describe_auth(line, at)
    elif line.verb == "BDAT":
        _describe_chunk(line, at)
    elif line.verb in _NAMED:
        name, said = _NAMED[line.verb], line.argument
        if line.verb in ("VRFY", "EXPN") and said.upper().endswith(_UTF8):  # RFC 6531 3.7.4.2
            said = said[: -len(_UTF8)].rstrip(" ")
            end = at + len(line.argument)
            line.tokens += (Token(end - len(_UTF8) + 1, end, "smtp.parameter.SMTPUTF8"),)
        line.params[name] = said
        line.tokens += _tokens((at, at + len(said), name))


def _describe_path(line: CommandLine, at: int) -> None:
    keyword = PATHS[line.verb]
    line.params |= {"address": _meant(line.argument), "parameters": ""}
    if line.argument.upper().startswith(f"{keyword}:"):
        line.tokens += _tokens((at, at + len(keyword) + 1, keyword.lower()))
    try:
        path = read_path(line.argument, keyword)
    except Malformed:
        return
    begin, end = path.span
    line.params |= {"address": path.address, "parameters": line.argument[end:].strip()}
    null = path.is_null and line.verb == "MAIL"
    line.tokens += _tokens((at + begin, at + end, "null-path" if null else _PATH_TOKENS[line.verb]))
    line.tokens += tuple(
        Token(at + a, at + b, f"smtp.parameter.{name}") for name, a, b in path.parameter_spans
    )
    if null:
        line.id = "smtp.MAIL.null-path"
        line.params["address"] = "<>"


def _meant(argument: str) -> str:
    found = _MEANT[0].search(argument) or _MEANT[1].match(argument)
    return found[1]


def _describe_auth(line: CommandLine, at: int) -> None:
    mechanism, _, initial = line.argument.partition(" ")
    initial = initial.strip()
    end = at + len(line.argument)
    line.sasl = SaslReading(mechanism.upper(), bool(initial))
    line.params |= {"mechanism": line.sasl.title, "user": "", "decoded": ""}
    if mechanism and not is_mechanism(mechanism):
        line.secret = (at, end)
        return
    line.tokens += _tokens((at, at + len(mechanism), "mechanism"))
    if initial:
        line.tokens += _tokens((end - len(initial), end, "initial-response"))
        said = line.sasl.response(initial)
        line.params |= {"user": said.name, "decoded": said.decoded}
        line.secret = (end - len(initial), end) if said.secret else None
        line.remark = said.remark


def _describe_chunk(line: CommandLine, at: int) -> None:
    line.chunk = read_chunk_size(line.argument)
    if not line.chunk:
        line.id = "smtp.BDAT.no-number"
        line.params["usage"] = TABLE[line.verb].usage
        return
    size = line.argument.split(" ")[0]
    line.params["size"] = size
    line.tokens += _tokens((at, at + len(size), "chunk-size"))
    if line.chunk.last:
        line.id = "smtp.BDAT.last"
        end = at + len(line.argument)
        line.tokens += _tokens((end - len("LAST"), end, "last-chunk"))


def reply_tokens(reply: ReplyLine) -> tuple[Token, ...]:
    return _code_tokens(reply.code, reply.last, reply.status)


@lru_cache(512)
def _code_tokens(code: str, last: bool, status: str) -> tuple[Token, ...]:
    """The digits of code and enhanced code, class first (RFC 5321 4.2.1, RFC 3463 2)."""
    tokens = [
        Token(0, 1, f"smtp.class.{code[0]}"),
        Token(1, 2, f"smtp.group.{code[1]}"),
        Token(2, 3, f"smtp.code.{code}"),
    ]
    if not last:
        tokens.append(Token(3, 4, "smtp.token.more-lines"))
    if status:
        kind, subject, detail = status.split(".")
        a, b = 6, 6 + len(subject)
        tokens += [
            Token(4, 5, f"smtp.status.{kind}"),
            Token(a, b, f"smtp.detail.{subject}"),
            Token(b + 1, b + 1 + len(detail), f"smtp.detail.{subject}.{detail}"),
        ]
    return tuple(tokens)


def capability_line(text: str) -> tuple[str, str]:
    """`SIZE 1000` or `AUTH=LOGIN` as keyword and value."""
    keyword, _, value = re.sub("=", " ", text, count=1).partition(" ")
    return keyword.upper(), value


def capability_rfc(keyword: str) -> str:
    return _EXTENSIONS.get(keyword, "RFC 5321 2.2")


def _tokens(*spans: tuple[int, int, str]) -> tuple[Token, ...]:
    return tuple(Token(a, b, f"smtp.token.{name}") for a, b, name in spans if a < b)
