"""Everything that can be said or seen has an explanation in every language, and none is idle."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from protocols import PROTOCOLS
from protocols.protocol import MailProtocol
from protocols.texts import LANGUAGES, Explanation, catalogue

ROOT = Path(__file__).parent.parent / "protocols"
FIELDS = Explanation.__slots__

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def words(syntax: str) -> list[str]:
    """The placeholders of a syntax: `FROM:<reverse-path> [parameters]` has two."""
    return re.findall(r"[a-z][a-z-]*", syntax)


def of_the_table(protocol: MailProtocol) -> Iterator[str]:
    for row in protocol.table.values():
        yield row.name
        yield from (f"argument.{word}" for word in words(row.syntax))
        yield from [f"capability.{row.capability}"] if row.capability else []
    yield from (f"state.{state}" for state in protocol.table.states)


def required(protocol: MailProtocol) -> set[str]:
    """The ids of what the table and the catalogue of replies hold."""
    replies = {reply.id for reply in protocol.replies}
    return replies | {f"{protocol.name}.{id}" for id in of_the_table(protocol)}


@cache
def strings(folder: Path) -> frozenset[str]:
    """All string constants of the sources in `folder`."""
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py")))
    return frozenset(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def patterns(folder: Path) -> frozenset[str]:
    """The f-strings of the sources in `folder`, as regular expressions; a value has no dot."""
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py")))
    found = (
        "".join(re.escape(p.value) if isinstance(p, ast.Constant) else "[^.]+" for p in node.values)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    )
    return frozenset(pattern for pattern in found if re.search("[a-z]", pattern, re.IGNORECASE))


def named(prefix: str, folder: Path) -> set[str]:
    """The ids that stand literally in the sources."""
    return {text for text in strings(folder) if re.fullmatch(rf"{prefix}\.[\w./-]*\w", text)}


def placeholders(explanation: Explanation) -> set[str]:
    texts = (getattr(explanation, name) for name in FIELDS)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def filled(explanation: Explanation) -> set[str]:
    return {name for name in FIELDS if getattr(explanation, name)}


@each_language
@each_protocol
def test_table_and_replies_are_explained(protocol, language):
    assert sorted(required(protocol) - catalogue(language).keys()) == []


@each_language
@each_protocol
def test_what_the_observer_names_is_explained(protocol, language):
    ids = named(protocol.name, ROOT / protocol.name)
    assert sorted(ids - catalogue(language).keys()) == []


@each_language
def test_what_the_core_names_is_explained(language):
    assert sorted(named("wire", ROOT) - catalogue(language).keys()) == []


def test_languages_explain_the_same():
    assert sorted(catalogue("en").keys() ^ catalogue("de").keys()) == []


def test_languages_use_the_same_values_and_fields():
    english, german = catalogue("en"), catalogue("de")
    both = english.keys() & german.keys()
    assert [id for id in both if placeholders(english[id]) != placeholders(german[id])] == []
    assert [id for id in both if filled(english[id]) != filled(german[id])] == []


def used(protocol: MailProtocol) -> set[str]:
    folder = ROOT / protocol.name
    return (
        required(protocol)
        | {f"{protocol.name}.{text}" for text in strings(folder)}
        | strings(folder)
    )


def composed(protocol: MailProtocol, id: str) -> bool:
    """Whether an f-string of the sources can yield `id` or a descendant that falls back on it."""
    names = (id, id.removeprefix(f"{protocol.name}."))
    return any(
        re.fullmatch(pattern, name) or pattern.startswith(re.escape(f"{name}."))
        for pattern in patterns(ROOT / protocol.name)
        for name in names
    )


@each_protocol
def test_no_explanation_is_idle(protocol):
    own = {id for id in catalogue("en") if id.startswith(f"{protocol.name}.")}
    assert sorted(id for id in own - used(protocol) if not composed(protocol, id)) == []


def test_no_shared_explanation_is_idle():
    names = {protocol.name for protocol in PROTOCOLS}
    shared = {id for id in catalogue("en") if id.split(".")[0] not in names}
    logins = {f"sasl.{text}" for text in strings(ROOT)}  # SaslLine.kind
    shared -= named("wire", ROOT) | named("sasl", ROOT) | logins
    assert sorted(id for id in shared if id.split(".")[0] != "header") == []


@each_language
def test_texts_keep_to_the_house_style(language):
    known = catalogue(language)
    texts = {(id, name): getattr(known[id], name) for id in known for name in FIELDS}
    assert [id for id in known if not known[id].short] == []
    assert [key for key, text in texts.items() if text != text.strip() or "  " in text] == []
    assert [key for key, text in texts.items() if text.count("`") % 2] == []
    assert [key for key, text in texts.items() if re.search(r"\w!", text)] == []
