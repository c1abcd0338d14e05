"""Entries as the pages get them."""

import json
from dataclasses import replace

import pytest

from mailedu.lab.rendering import entry_json, rfc_url
from protocols.tls import Sealed
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token

PASS = Entry(
    Side.CLIENT, Kind.COMMAND, "PASS geheim", "pop3.PASS", secret=(5, 11), seq=3, unit=3,
    before="AUTHORIZATION", state="AUTHORIZATION", rfc="RFC 1939 7", time=1.23456,
)  # fmt: skip
ELIDED = Entry(
    Side.SERVER, Kind.ELIDED, "", "wire.elided", {"lines": "7", "octets": "300"}, line_end=""
)


def expecting(**params):
    return Entry(Side.SERVER, Kind.CONTINUATION, "+ go on", "imap.continue", params)


def test_a_password_is_for_its_owner():
    assert entry_json(PASS, "en", own=True)["text"] == "PASS geheim"
    assert entry_json(PASS, "en", own=False)["text"] == "PASS ••••••"
    assert "geheim" not in json.dumps(entry_json(PASS, "en", own=False))


def test_what_an_entry_says():
    shown = entry_json(PASS, "en", own=True)
    kept = ("seq", "time", "side", "kind", "id", "before", "state", "unit", "answers", "line_end")
    assert [shown[name] for name in kept] == [
        3, 1.235, "C", "command", "pop3.PASS", "AUTHORIZATION", "AUTHORIZATION", 3, 0, "CRLF",
    ]  # fmt: skip
    assert (shown["secret"], shown["remark"], shown["outcome"]) == ([5, 11], None, "")


def test_what_crossed_the_wire_in_its_place():
    assert entry_json(PASS, "en", own=True)["sealed"] is None
    sealed = replace(PASS, sealed=Sealed(35, "17 03 03 00 1e", 4))
    assert entry_json(sealed, "en", own=False)["sealed"] == {
        "octets": 35, "head": "17 03 03 00 1e", "number": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    "id", ["wire.tls", "wire.tls.first", "wire.tls.resumed", "wire.tls.resumed.first"]
)
def test_a_handshake_comes_with_its_facts(id):
    facts = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
    entry = Entry(Side.NEITHER, Kind.EVENT, "", id, facts, line_end="")
    assert entry_json(entry, "en", own=False)["handshake"] == facts
    assert entry_json(PASS, "en", own=True)["handshake"] is None


@pytest.mark.parametrize(
    ("language", "day"), [("en", "Nov. 28, 2036"), ("de", "28. November 2036")]
)
def test_the_day_of_a_certificate_is_written_in_the_viewers_language(language, day):
    facts = {"version": "TLSv1.3", "until": "2036-11-28"}
    entry = Entry(Side.NEITHER, Kind.EVENT, "", "wire.tls", facts, line_end="")
    shown = entry_json(entry, language, own=False)
    assert shown["handshake"] == facts | {"until": day}
    assert day in shown["why"]
    expired = Entry(Side.NEITHER, Kind.EVENT, "", "wire.tls-failed.expired", facts, line_end="")
    assert day in entry_json(expired, language, own=False)["why"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_tokens_and_remarks_are_explained_in_the_viewers_language(language):
    entry = Entry(
        Side.SERVER, Kind.ELIDED, "250 OK", "wire.elided", {"lines": "1", "octets": "2"},
        tokens=(Token(0, 3, "smtp.status.2"),), outcome=Outcome.SUCCESS,
        remark=Remark("smtp.tutor.hello"),
    )  # fmt: skip
    shown = entry_json(entry, language, own=True)
    [token] = shown["tokens"]
    assert (token["start"], token["end"]) == (0, 3)
    assert token["text"] != ""
    assert shown["remark"]["text"] != ""
    other = entry_json(entry, "de" if language == "en" else "en", own=True)
    assert other["remark"]["text"] != shown["remark"]["text"]


@pytest.mark.parametrize(
    ("entry", "expects", "octets"),
    [
        (expecting(expects="message"), "message", 0),
        (expecting(expects="literal", octets="20"), "literal", 20),
        (expecting(expects="line"), "line", 0),
        (ELIDED, "", 300),
        (PASS, "", 0),
    ],
)
def test_what_the_page_should_offer_next(entry, expects, octets):
    shown = entry_json(entry, "en", own=True)
    assert (shown["expects"], shown["octets"]) == (expects, octets)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("RFC 1939 7", "https://www.rfc-editor.org/rfc/rfc1939#section-7"),
        ("RFC 5321 4.1.1.4", "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.4"),
        ("RFC 2449", "https://www.rfc-editor.org/rfc/rfc2449"),
        ("", ""),
        ("the slides", ""),
    ],
)
def test_a_reference_leads_to_its_section(reference, url):
    assert rfc_url(reference) == url
