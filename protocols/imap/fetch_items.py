"""Names of FETCH items as tokens: what is fetched, which section, which part of it."""

import re

from protocols.imap.grammar.fetch import MACROS, PLAIN
from protocols.imap.nodes import Node
from protocols.transcript import Token

_ITEMS = {*PLAIN, *MACROS, "BODY", "RFC822", "RFC822.HEADER", "RFC822.TEXT"}
_WITH_SECTION = re.compile(r"(BODY(?:\.PEEK)?)(\[[^\]]*\]?)(<.*)?", re.IGNORECASE | re.DOTALL)


def is_item(word: str) -> bool:
    return word.upper() in _ITEMS or bool(_WITH_SECTION.fullmatch(word))


def item_tokens(word: Node) -> list[Token]:
    """The explanations of an item; an unknown one has that of `imap.item`."""
    match = _WITH_SECTION.fullmatch(word.text)
    if not match:
        name = word.text.upper()
        id = f"imap.item.{_id(name)}" if name in _ITEMS else "imap.item"
        return [Token(word.start, word.end, id)]
    content = "PEEK" if match[1].upper().endswith("PEEK") else "SECTION"
    ids = f"item.{content}", f"section.{_section(match[2])}", "token.partial"
    return [
        Token(word.start + match.start(n), word.start + match.end(n), f"imap.{id}")
        for n, id in enumerate(ids, 1)
        if match[n]
    ]


def _section(text: str) -> str:
    """`[1.HEADER.FIELDS (To)]` -> `HEADER-FIELDS`"""
    inner = text.strip("[]").upper()
    if not inner:
        return "all"
    return _id(inner.partition(" ")[0].lstrip("0123456789.")) or "part"


def _id(name: str) -> str:
    """A dot in an id would be a step down."""
    return name.replace(".", "-")
