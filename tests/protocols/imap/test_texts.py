"""What the observer says of whole dialogs is explained, with values for every blank."""

import re
import string

from protocols.imap import PROTOCOL
from protocols.imap.grammar.expected import EXPECTED
from protocols.imap.replies import REPLIES
from protocols.imap.session import ImapSession
from protocols.imap.table import AUTHENTICATED, NOT_AUTHENTICATED, STATUS_ITEMS, capabilities
from protocols.texts import Explanation, catalogue
from protocols.transcript import Entry, Side
from tests.protocols.dialogs import dialog_files, play

# Families whose unknown members have the explanation of their family.
OPEN_FAMILIES = ("flag", "capability", "code", "search", "attribute", "status", "section")


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def nearest(id: str) -> str:
    """The id whose explanation `id` gets: its own, unless it is of an open family."""
    protocol, family, *_ = id.split(".")
    own = id in catalogue("en") or family not in OPEN_FAMILIES
    return id if own else f"{protocol}.{family}"


def entries() -> list[Entry]:
    played = [play(path.read_text(), PROTOCOL, ImapSession) for path in dialog_files("imap")]
    return [e for player in played for e in player.entries if e.side is not Side.NEITHER]


def test_every_line_token_and_remark_of_the_dialogs_is_explained():
    seen = entries()
    ids = {e.id for e in seen} | {e.phase for e in seen}
    ids |= {token.id for e in seen for token in e.tokens}
    ids |= {e.remark.id for e in seen if e.remark}
    assert {nearest(id) for id in ids} - catalogue("en").keys() == set()


def test_every_blank_has_a_value():
    rows = catalogue("en")
    for entry in entries():
        said = [(entry.id, entry.params, Explanation.__slots__)]
        said += [(entry.remark.id, entry.remark.params, ["short"])] if entry.remark else []
        said += [(token.id, entry.params, ["short"]) for token in entry.tokens]
        for id, params, fields in said:
            for field in fields:
                text = getattr(rows[nearest(id)], field)
                assert blanks(text) <= params.keys(), (id, entry.text)


def test_capabilities_and_status_items_are_explained():
    offered = {*capabilities(NOT_AUTHENTICATED, tls=True), *capabilities(AUTHENTICATED, tls=True)}
    ids = {f"imap.capability.{word.upper()}" for word in offered}
    ids |= {f"imap.status.{item}" for item in STATUS_ITEMS}
    assert ids - catalogue("en").keys() == set()


def test_codes_are_explained():
    own = {code for reply in REPLIES for code in re.findall(r"\[([A-Z-]+)", reply.template)}
    # RFC 5530 3
    of_others = {"CANNOT", "CLIENTBUG", "CONTACTADMIN", "CORRUPTION", "EXPIRED", "INUSE", "NOPERM"}
    known = catalogue("en")
    assert {code for code in own | of_others if f"imap.code.{code}" not in known} == set()


def test_what_the_grammar_expects_is_explained():
    for key in EXPECTED:
        assert {f"imap.argument.{key}", f"imap.expected.{key}"} & catalogue("en").keys(), key
