"""Every id that the observer gives has an explanation of its own, with values for its blanks."""

import re
import string
import tomllib

import pytest

import protocols.imap
from protocols.imap import PROTOCOL
from protocols.imap.grammar.expected import EXPECTED
from protocols.imap.session import ImapSession
from protocols.imap.table import AUTHENTICATED, NOT_AUTHENTICATED, STATUS_ITEMS, capabilities
from protocols.texts import LANGUAGES, Explanation, catalogue, explain
from protocols.transcript import Entry, Side
from tests.protocols.dialogs import dialog_files, play

# Families where an unknown member has the explanation of its family.
OPEN_FAMILIES = ("flag", "capability", "code", "search", "attribute", "status", "section")


def texts(language: str) -> dict:
    path = f"{protocols.imap.__path__[0]}/texts/{language}.toml"
    with open(path, "rb") as file:
        return tomllib.load(file)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def known(id: str) -> bool:
    family = id.removeprefix("imap.").partition(".")[0]
    return id in catalogue("en") or (
        family in OPEN_FAMILIES and f"imap.{family}" in catalogue("en")
    )


def entries() -> list[Entry]:
    played = [play(path.read_text(), PROTOCOL, ImapSession) for path in dialog_files("imap")]
    return [e for player in played for e in player.entries if e.side is not Side.NEITHER]


def test_both_languages_have_the_same_keys_fields_and_blanks():
    english, german = texts("en"), texts("de")
    assert english.keys() == german.keys()
    for key, row in english.items():
        assert row.keys() == german[key].keys(), key
        for field, text in row.items():
            assert blanks(text) == blanks(german[key][field]), (key, field)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_calm(language):
    for key, row in texts(language).items():
        assert row["short"], key
        for text in row.values():
            outside = re.sub(r"`[^`]*`", "", text)
            assert text.count("`") % 2 == 0, key
            assert "!" not in outside, key
            assert "ß" not in text or language == "de"


def test_the_table_the_replies_and_the_capabilities_are_explained():
    words = [
        f"argument.{w.strip('[]')}" for row in PROTOCOL.table.values() for w in row.syntax.split()
    ]
    states = [f"state.{state}" for state in PROTOCOL.table.states]
    offered = {*capabilities(NOT_AUTHENTICATED), *capabilities(AUTHENTICATED)}
    wanted = {
        *PROTOCOL.table, *words, *states, *(f"capability.{word.upper()}" for word in offered),
        *(f"status.{item}" for item in STATUS_ITEMS),
        *(reply.id.removeprefix("imap.") for reply in PROTOCOL.replies),
    }  # fmt: skip
    assert wanted - texts("en").keys() == set()


def test_every_line_token_and_remark_of_the_dialogs_is_explained():
    seen = entries()
    ids = {e.id for e in seen} | {e.phase for e in seen}
    ids |= {token.id for e in seen for token in e.tokens}
    ids |= {e.remark.id for e in seen if e.remark}
    assert {id for id in ids if not known(id)} == set()


def test_every_blank_has_a_value():
    rows = catalogue("en")
    for entry in entries():
        asked = [(entry.id, entry.params)]
        asked += [(entry.remark.id, entry.remark.params)] if entry.remark else []
        for id, params in asked:
            for field in Explanation.__slots__:
                assert blanks(getattr(rows[id], field)) <= params.keys(), (id, entry.text)
        for token in entry.tokens:
            short = explain(token.id, "en").short if token.id not in rows else rows[token.id].short
            assert blanks(short) <= entry.params.keys(), (token.id, entry.text)


def test_what_the_grammar_expects_is_said_in_words():
    for phrase in EXPECTED.values():
        assert phrase[0].islower() or phrase.startswith(("FLAGS", "NIL"))
        assert not phrase.endswith(".")
