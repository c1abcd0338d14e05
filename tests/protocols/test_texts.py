import re

import pytest

from protocols import PROTOCOLS
from protocols.conversation import MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.texts import LANGUAGES, Explanation, catalogue, explain, template
from tests.protocols.dialogs import NO_HANDSHAKE, Player


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_have_their_protocol_in_front(language):
    known = catalogue(language)
    assert {"wire.closed", "header.date", "pop3.RETR.ok", "pop3.tutor.similar"} <= known.keys()
    assert "RETR.ok" not in known


def test_values_are_filled_in():
    found = explain("pop3.STAT.ok", "en", {"count": "2", "octets": "320"})
    assert found.short == "Messages in the mailbox: 2, together 320 octets."


def test_values_stay_as_they_are():
    params = {"typed": "{typed}", "suggestion": "{0}"}
    assert "Did you mean `{0}`?" in explain("pop3.tutor.similar", "en", params).short


def test_value_that_is_not_known_leaves_a_mark():
    assert explain("pop3.USER.ok", "en").short == (
        "The server has noted the name `…` and wants the password."
    )


def test_names_of_its_values():
    assert explain("wire.closed", "en").names == ()
    assert template("pop3.STAT.ok", "en").names == ("count", "octets")
    assert Explanation("{a} {b}", why="{a}", more="{c} {{d}}").names == ("a", "b", "c")


def test_each_language_is_its_own():
    assert explain("wire.closed", "en").short == "The connection is closed."
    assert explain("wire.closed", "de").short == "Die Verbindung ist geschlossen."


def test_other_languages_get_english():
    assert explain("wire.closed", "fr") == explain("wire.closed", "en")


def test_unknown_id_gets_its_nearest_ancestor():
    assert explain("header.x-unheard.of", "en") == explain("header", "en")
    assert explain("nothing.at.all", "en") == Explanation("")
    assert explain("", "en") == Explanation("")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "id",
    ["pop3.PASS", "pop3.STLS", "imap.LOGIN", "imap.argument.password", "imap.STARTTLS",
     "smtp.STARTTLS", "sasl.plain", "sasl.login-password"],
)  # fmt: skip
def test_what_is_said_of_listeners_holds_inside_tls_too(id, language):
    """The same text stands beside open and sealed lines, so it has to say what protects."""
    text = explain(id, language)
    assert re.search(r"\bTLS\b", text.why or text.short)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("id", "value"),
    [("smtp.BDAT", "size"), ("smtp.BDAT.last", "size"), ("smtp.BDAT.ok", "octets"),
     ("imap.continue.literal", "octets"), ("imap.tutor.literal-count", "octets")],
)  # fmt: skip
def test_a_client_may_announce_a_single_octet(id, value, language):
    text = str(explain(id, language, {value: "1"}))
    assert "1" in text
    assert not re.search(r"\b1 (octets|Oktetten?)\b", text)


SERVICES = [(p, s.name, s.tls) for p in PROTOCOLS for s in p.services if not s.serve]


@pytest.mark.parametrize(
    ("protocol", "service", "tls"), SERVICES, ids=[name for _, name, _ in SERVICES]
)
def test_with_tls_from_the_start_nobody_speaks_before_the_handshake(protocol, service, tls):
    host = MailHost(MemoryStore(), NoAudience(), lambda: 0.0, tls=NO_HANDSHAKE)
    entries = Player(protocol, protocol.session, host, service).entries
    begin = ["wire.opened.tls", "wire.tls.first"] if tls else ["wire.opened"]
    assert [entry.id for entry in entries] == [*begin, f"{protocol.name}.greeting"]
    assert not tls or entries[1].rfc == "RFC 8446"
    assert all("…" not in str(explain(e.id, "de", e.params)) for e in entries)
