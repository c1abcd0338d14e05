"""Cuts a line of either side into words and lists, with their places; takes anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Lists in lists of which the text is kept; those of a message's parts are some dozens.
MAX_DEPTH = 100
_WORD = re.compile(
    r"""
    "(?:[^"\\]|\\.)*+"?                                  # a quoted string, also one left open
    | (?:BODY|BODY\.PEEK|BINARY\S{0,5})\[[^\]]*+\]?(?:<[\d.]*+>)?
    | [()]
    | [^\s()"]++
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(slots=True)
class Node:
    """text[start:end] of a line: a word, or a list with its `children` (None: a word)."""

    start: int
    end: int
    text: str
    children: list["Node"] | None = None

    @property
    def is_list(self) -> bool:
        return self.children is not None

    @property
    def value(self) -> str:
        """What a quoted string stands for."""
        if not self.text.startswith('"'):
            return self.text
        return re.sub(r"\\(.)", r"\1", self.text[1:].removesuffix('"'))

    def words(self) -> Iterator["Node"]:
        """The words in it, in order, however deep."""
        stack = [self]
        while stack:
            node = stack.pop()
            if node.children is None:
                yield node
            else:
                stack += reversed(node.children)


@dataclass(slots=True)
class _Open:
    start: int
    children: list[Node] = field(default_factory=list)


def read_nodes(text: str, start: int = 0) -> list[Node]:
    """The words and lists of text[start:]; what is left open ends with the line."""
    stack = [_Open(start)]
    for match in _WORD.finditer(text, start):
        if match[0] == "(" and len(stack) < MAX_DEPTH:
            stack.append(_Open(match.start()))
        elif match[0] not in ("(", ")"):
            stack[-1].children.append(Node(*match.span(), match[0]))
        elif len(stack) > 1:
            _close(stack, text, match.end())
    while len(stack) > 1:
        _close(stack, text, len(text))
    return stack[0].children


def _close(stack: list[_Open], text: str, end: int) -> None:
    inner = stack.pop()
    stack[-1].children.append(Node(inner.start, end, text[inner.start : end], inner.children))
