"""The explanations leave no gap: every line that can be said has its sentences, all filled in."""

import string

import pytest

from protocols.smtp import PROTOCOL
from protocols.smtp.message import HEADERS
from protocols.smtp.observer import SmtpObserver
from protocols.smtp.replies import REPLIES, STATUS
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import NOT_IMPLEMENTED, PARAMETERS, STATES, TABLE, keywords
from protocols.texts import LANGUAGES, catalogue, explain
from protocols.transcript import Side
from tests.protocols.dialogs import dialog_files, play

FOREIGN = """
S: 220-mx.example ESMTP Exim 4.97
S: 220 ready
C: EHLO c
S: 250-mx.example Hello
S: 250-XYZZY 1
S: 250-STARTTLS
S: 250-DSN
S: 250 CHUNKING
C: STARTTLS
S: 220 2.0.0 go
C: EHLO c
S: 250 mx
C: AUTH CRAM-MD5
S: 334 PDE+
C: eA==
S: 454 4.7.0 later
C: AUTH LOGIN
S: 334 dXNlcjo=
C: YUB4LmV4YW1wbGU=
S: 334 cGFzczo=
C: *
S: 501 ok
C: MAIL FROM:<a@b> RET=HDRS
S: 451 4.7.1 Greylisted
C: MAIL FROM:<a@b>
S: 250 2.1.0 Ok
C: RCPT TO:<a@b> NOTIFY=NEVER
S: 550-5.7.26 no
S: 550 5.7.26 no
C: RCPT TO:<x@y>
S: 250 2.1.5 Ok
C: DATA
S: 354 End data with <CR><LF>.<CR><LF>
C: X-Own: 1
C:  more
C:
C: .dot
C: .
S: 554 5.7.1 spam
C: VRFY x
S: 250 2.1.5 x
C: EXPN x
S: 250 2.1.5 x
C: FROB
S: 500 5.5.2 what
C: FROB
S: 501 5.5.2 what
C: HELP
S: 502 no
C: NOOP x
S: 599 no
C: NOOP
S: 199 perhaps
C: XYZZY
S: 250 fine
S: nonsense
S: 250 nobody asked
S: 421 4.4.2 mx timeout
"""


def foreign_entries():
    observer = SmtpObserver()
    for line in FOREIGN.strip().splitlines():
        yield from observer.feed(Side(line[0]), line[3:].encode() + b"\r\n")


def dialog_entries():
    for path in dialog_files("smtp"):
        yield from play(path.read_text(), PROTOCOL, SmtpSession).entries


ENTRIES = [e for e in (*dialog_entries(), *foreign_entries()) if not e.id.startswith("wire.")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_explained_with_all_its_values(language):
    gaps = []
    for entry in ENTRIES:
        text = explain(entry.id, language, entry.params)
        parts = [text.title, text.short, text.why, text.next, text.more]
        if not text.short or not text.title or any("…" in part for part in parts):
            gaps.append((entry.id, entry.text))
    assert gaps == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "conversation",
    [["S: 421"], ["S: 220 mx", "C: MAIL FROM:<a@b.example>", "S: 550"], ["S: 220 mx", "S: 421"],
     ["S: 220 mx", "C: RCPT TO:<>", "S: 553 5.1.3"]],
)  # fmt: skip
def test_a_code_without_words_leaves_no_gap(conversation, language):
    observer = SmtpObserver()
    feeds = [observer.feed(Side(said[0]), said[3:].encode() + b"\r\n") for said in conversation]
    reply = feeds[-1][0]
    text = explain(reply.id, language, reply.params)
    assert "``" not in str(text)
    assert not text.why.endswith(": ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_token_phase_state_and_remark_is_explained(language):
    pairs = {(token.id, ()) for entry in ENTRIES for token in entry.tokens}
    pairs |= {(entry.phase, ()) for entry in ENTRIES} | {(f"smtp.state.{s}", ()) for s in STATES}
    pairs |= {(e.remark.id, tuple(e.remark.params.items())) for e in ENTRIES if e.remark}
    empty = {id for id, params in pairs if not explain(id, language, dict(params)).short}
    assert empty == set()
    unfilled = {
        id
        for id, params in pairs
        if ".tutor." in id and "…" in str(explain(id, language, dict(params)))
    }
    assert unfilled == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_server_knows_has_an_entry_of_its_own(language):
    codes = {reply.template[:3] for reply in REPLIES}
    details = {status.partition(".")[2] for status in STATUS.values()}
    wanted = [
        *TABLE,
        *NOT_IMPLEMENTED,
        *(reply.id.removeprefix("smtp.") for reply in REPLIES),
        *(f"code.{code}" for code in codes),
        *(f"class.{digit}" for digit in "12345"),
        *(f"group.{code[1]}" for code in codes),
        *(f"detail.{detail}" for detail in details),
        *(f"status.{digit}" for digit in "245"),
        *(f"capability.{line.split()[0]}" for line in keywords(tls=True)),
        *(f"parameter.{name}" for row in PARAMETERS.values() for name in row),
        *(f"header.{name}" for name in HEADERS.values()),
        *(f"{name}.ok" for name in TABLE if name.isalpha()),
        *(f"state.{state}" for state in STATES),
    ]
    known = catalogue(language)
    assert [key for key in wanted if f"smtp.{key}" not in known] == []


def placeholders(row) -> set[str]:
    text = " ".join(getattr(row, name) for name in row.__slots__)
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things():
    english, german = (
        {key: row for key, row in catalogue(language).items() if key.startswith("smtp.")}
        for language in LANGUAGES
    )
    assert {key: placeholders(row) for key, row in english.items()} == (
        {key: placeholders(row) for key, row in german.items()}
    )
    assert not any("!" in str(row) for row in (*english.values(), *german.values()))
