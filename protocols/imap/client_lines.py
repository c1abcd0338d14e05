"""What a client's command line says: its parts as tokens, its values, and where a password is."""

import re
from dataclasses import dataclass, field
from functools import cache

from protocols.imap.fetch_items import item_tokens
from protocols.imap.grammar.command import Literal, literal_ahead, split_tag
from protocols.imap.grammar.names import decode_name
from protocols.imap.nodes import Node, read_nodes
from protocols.imap.passwords import find_login, is_no_command, password_span
from protocols.imap.table import TABLE, UID_COMMANDS
from protocols.transcript import Token

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?=\s|$)")
_LITERAL = re.compile(r"\{\d+\+?\}")
_MAILBOXES = ("mailbox", "new-mailbox", "reference", "pattern")
# Arguments whose values must not go anywhere but into their own, masked span.
_SECRET = ("password", "initial-response")


@dataclass(slots=True)
class CommandLine:
    """`name` is a name of the table, or "". `uid` is what UID stands before, `nodes` the arguments.

    `tag` is "" if the line begins with none. `logs_in`: what stands behind the user name is secret.
    `alone`: the whole line may be a password.
    """

    tag: str
    name: str
    verb: str  # as typed, in upper case
    uid: str = ""
    literal: Literal | None = None
    nodes: list[Node] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    secret: tuple[int, int] | None = None
    logs_in: bool = False
    alone: bool = False

    @property
    def id(self) -> str:
        """Of its explanation."""
        return f"imap.UID.{self.uid}" if self.uid else f"imap.{self.name}"

    @property
    def title(self) -> str:
        return f"UID {self.uid}" if self.uid else self.name or self.verb

    def shows(self, end: int) -> bool:
        """Whether others may see what stands before `end`."""
        return not self.secret or end <= self.secret[0]

    @property
    def has_response(self) -> bool:
        """AUTHENTICATE with an initial response (RFC 4959)."""
        return len(self.nodes) > 1


def read_line(text: str, awaited: bool = False) -> CommandLine:
    """`awaited`: the client may go on with a password, without a command."""
    octets = text.encode("utf-8", "surrogateescape")
    tag, rest = split_tag(octets)
    start = len(tag) + 1
    match = _NAME.match(text, start) if tag and rest else None
    verb = match[0].upper() if match else ""
    line = CommandLine(tag, verb if verb in TABLE else "", verb)
    line.literal = literal_ahead(octets)
    _find_password(line, text, awaited)
    if tag:
        line.tokens.append(Token(0, len(tag), "imap.token.tag"))
    if match:
        line.tokens.append(Token(*match.span(), f"imap.{line.name or 'token.verb'}"))
        _arguments(line, read_nodes(text, match.end()))
    line.verb = verb if not match or line.shows(match.end()) else ""
    line.params |= {"tag": tag if line.shows(len(tag)) else "…", "command": line.title}
    return line


def _find_password(line: CommandLine, text: str, awaited: bool) -> None:
    login = find_login(text, line.name)
    line.logs_in = login is not None
    line.alone = awaited and not login and is_no_command(text)
    if login:
        line.secret = password_span(text, login)
    elif line.alone:
        line.secret = (0, len(text))


def _arguments(line: CommandLine, nodes: list[Node]) -> None:
    line.nodes = nodes
    name = line.name
    if name == "UID" and nodes and nodes[0].text.upper() in UID_COMMANDS:
        first, *nodes = nodes
        name = line.uid = first.text.upper()
        line.tokens.append(Token(first.start, first.end, f"imap.{name}"))
    keys = _keys(TABLE[name].syntax) if name in TABLE else ()
    line.params |= {_param(key): "…" for key in keys if key not in _SECRET}
    for key, node in _named(name, keys, nodes):
        _note(line, key, node)


@cache
def _keys(syntax: str) -> tuple[str, ...]:
    """The names of the arguments."""
    return tuple(syntax.replace("[", "").replace("]", "").split())


def _named(name: str, keys: tuple[str, ...], nodes: list[Node]) -> list[tuple[str, Node]]:
    """Each node with the word of the table's syntax that it stands for."""
    if name == "SEARCH":
        return [("search-keys", node) for node in nodes]
    if name == "APPEND":
        return [(_append_key(place, node), node) for place, node in enumerate(nodes)]
    last = keys[-1] if name in ("STORE", "ENABLE", "FETCH") else "extra"
    return [(keys[n] if n < len(keys) else last, node) for n, node in enumerate(nodes)]


def _append_key(place: int, node: Node) -> str:
    if place == 0:
        return "mailbox"
    if node.is_list:
        return "flag-list"
    return "date-time" if node.text.startswith('"') else "literal"


def _note(line: CommandLine, key: str, node: Node) -> None:
    """Take down one argument: tokens, and its value under its name with `_` for `-`."""
    if _LITERAL.fullmatch(node.text):
        line.tokens.append(Token(node.start, node.end, "imap.token.literal"))
        return
    if key in _SECRET:
        begin, end = line.secret or (node.start, node.end)
        line.secret = min(begin, node.start), max(end, node.end)
    elif key != "extra" and line.shows(node.end):
        value = _readable(node.value) if key in _MAILBOXES else node.value
        known = line.params.get(_param(key), "…")
        line.params[_param(key)] = value if known == "…" else f"{known} {value}"
    inner = [token for word in node.words() for token in _inner(key, word)]
    whole = Token(node.start, node.end, f"imap.argument.{key}")
    line.tokens += inner if inner else [] if key == "extra" else [whole]


def _inner(key: str, word: Node) -> list[Token]:
    upper = word.text.upper()
    match key:
        case "fetch-items":
            return item_tokens(word)
        case "flag-list":
            id = flag_id(word.text)
        case "status-items":
            id = f"imap.status.{upper}"
        case "search-keys":
            id = f"imap.search.{upper}" if upper.isalpha() else "imap.search"
        case "capabilities":
            id = capability_id(upper)
        case _:
            return []
    return [Token(word.start, word.end, id)]


def flag_id(word: str) -> str:
    return f"imap.flag.{word[1:].capitalize()}" if word.startswith("\\") else "imap.flag"


def capability_id(word: str) -> str:
    return f"imap.capability.{word}"


def _readable(name: str) -> str:
    try:
        return decode_name(name)
    except ValueError:
        return name


def _param(key: str) -> str:
    return key.replace("-", "_")
