"""What the parts of one SMTP line mean: tokens and values, without any memory of other lines."""

import re
from base64 import b64decode
from dataclasses import dataclass, field

from protocols.smtp.grammar import Malformed, read_path, split_command
from protocols.smtp.replies import ReplyLine
from protocols.smtp.table import NOT_IMPLEMENTED, TABLE
from protocols.transcript import Token

PATHS = {"MAIL": "FROM", "RCPT": "TO"}
_PATH_TOKENS = {"MAIL": "reverse-path", "RCPT": "forward-path"}
# The address in a malformed argument, as far as one can tell.
_MEANT = re.compile(r"(?i:(?:from|to)\b)? *:? *<?([^<> ]*)")
_NAMED = {
    "HELO": "domain",
    "EHLO": "domain",
    "VRFY": "string",
    "EXPN": "string",
    "NOOP": "string",
    "HELP": "topic",
}


@dataclass(slots=True)
class CommandLine:
    """A client's line: `verb` is "" for what the protocol does not know."""

    verb: str
    id: str
    argument: str
    params: dict[str, str] = field(default_factory=dict)
    tokens: tuple[Token, ...] = ()
    secret: tuple[int, int] | None = None


def read_command(text: str) -> CommandLine:
    verb, argument = split_command(text)
    known = verb in TABLE or verb in NOT_IMPLEMENTED
    line = CommandLine(verb if known else "", f"smtp.{verb}" if known else "smtp.unknown", argument)
    line.params = {"command": verb if known else text.split(" ")[0][:40], "argument": argument}
    begin = len(text) - len(text.lstrip(" "))
    if known:
        line.tokens = (Token(begin, begin + len(verb), "smtp.token.verb"),)
        _describe_argument(line, len(text.rstrip(" ")) - len(argument))
    return line


def _describe_argument(line: CommandLine, at: int) -> None:
    """`at` is where the argument begins in its line."""
    if line.verb in PATHS:
        _describe_path(line, at)
    elif line.verb == "AUTH":
        _describe_auth(line, at)
    elif line.verb in _NAMED:
        name = _NAMED[line.verb]
        line.params[name] = line.argument
        line.tokens += _tokens((at, at + len(line.argument), name))


def _describe_path(line: CommandLine, at: int) -> None:
    keyword = PATHS[line.verb]
    line.params |= {"address": _MEANT.match(line.argument)[1] or line.argument, "parameters": ""}
    if line.argument.upper().startswith(f"{keyword}:"):
        line.tokens += _tokens((at, at + len(keyword) + 1, keyword.lower()))
    try:
        path = read_path(line.argument, keyword)
    except Malformed:
        return
    begin, end = path.span
    line.params |= {"address": path.address, "parameters": line.argument[end:].strip()}
    null = not path.local
    line.tokens += _tokens((at + begin, at + end, "null-path" if null else _PATH_TOKENS[line.verb]))
    line.tokens += tuple(
        Token(at + a, at + b, f"smtp.parameter.{name}") for name, a, b in path.parameter_spans
    )
    if null and line.verb == "MAIL":
        line.id = "smtp.MAIL.null-path"


def _describe_auth(line: CommandLine, at: int) -> None:
    mechanism, _, initial = line.argument.partition(" ")
    line.params |= {"mechanism": mechanism.upper(), "user": ""}
    line.tokens += _tokens((at, at + len(mechanism), "mechanism"))
    if initial.strip():
        begin = at + len(line.argument) - len(initial.lstrip(" "))
        span = (begin, at + len(line.argument))
        line.tokens += _tokens((*span, "initial-response"))
        line.params["user"] = auth_user(mechanism.upper(), initial.strip())
        line.secret = None if mechanism.upper() == "LOGIN" else span


def auth_user(mechanism: str, response: str) -> str:
    """Who logs in, from a PLAIN response or LOGIN's first one; never the password."""
    text = unbase64(response)
    if mechanism == "LOGIN":
        return text
    return text.split("\0")[1] if mechanism == "PLAIN" and text.count("\0") == 2 else ""


def unbase64(text: str) -> str:
    """The text in it, or "" if there is none."""
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def reply_tokens(reply: ReplyLine) -> tuple[Token, ...]:
    """The digits of code and enhanced code, class first (RFC 5321 4.2.1, RFC 3463 2)."""
    code = reply.code
    tokens = [
        Token(0, 1, f"smtp.class.{code[0]}"),
        Token(1, 2, f"smtp.group.{code[1]}"),
        Token(2, 3, f"smtp.code.{code}"),
    ]
    if not reply.last:
        tokens.append(Token(3, 4, "smtp.token.more-lines"))
    if reply.status:
        kind, subject, detail = reply.status.split(".")
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


def _tokens(*spans: tuple[int, int, str]) -> tuple[Token, ...]:
    return tuple(Token(a, b, f"smtp.token.{name}") for a, b, name in spans if a < b)
