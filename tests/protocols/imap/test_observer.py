from base64 import b64encode
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.imap.observer import ImapObserver
from protocols.imap.table import STATES
from protocols.texts import LANGUAGES, explain
from protocols.transcript import Entry, Kind, Outcome, Side, mask
from tests.protocols.imap.players import ADDRESS, PASSWORD, new_player

C, S = Side.CLIENT, Side.SERVER


def observe(*turns: tuple[Side, str]) -> list[Entry]:
    observer = ImapObserver()
    return [e for side, text in turns for e in observer.feed(side, text.encode())]


def after_login(*turns: tuple[Side, str]) -> list[Entry]:
    """The entries of `turns` in a conversation that has begun in the words of another server."""
    start = (
        (S, "* OK Dovecot ready.\r\n"), (C, "l LOGIN x y\r\n"), (S, "l OK Logged in\r\n"),
        (C, "s SELECT INBOX\r\n"), (S, "s OK [READ-WRITE] Select completed.\r\n"),
    )  # fmt: skip
    return observe(*start, *turns)[5:]


def ids(entries: list[Entry]) -> list[str]:
    return [entry.id.removeprefix("imap.") for entry in entries]


def tokens(entry: Entry) -> dict[str, str]:
    return {entry.text[t.start : t.end]: t.id.removeprefix("imap.") for t in entry.tokens}


WORDS = ["a", "b", "* ", "+ ", "OK", "NO", "BAD", "BYE", "LOGIN", "IDLE", "DONE", "AUTHENTICATE",
         "PLAIN",
         "APPEND", "FETCH", "1 FETCH (", "BODY[] ", "{3}\r\n", "{3+}\r\n", "{0}\r\n", "{5}", "xyz",
         ")",
         "\r\n", "\n", " ", '"', "(", "SELECT", "UID", "STORE", "SEARCH", "[", "]", "ENVELOPE",
         "\\Seen",
         "3 EXISTS", "&AGE-", "é", "x" * 5000, "LIST", "STATUS", "CAPABILITY", "FLAGS"]  # fmt: skip
PIECE = st.binary(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=12).map(
    lambda words: " ".join(words).encode()
)
WIRE = st.lists(st.tuples(st.sampled_from([C, S]), PIECE), max_size=15)


def entries_of(turns) -> list[dict]:
    observer = ImapObserver()
    entries = [e for side, data in turns for e in observer.feed(side, data)]
    return [asdict(e) for e in entries + observer.event("wire.closed", {})]


@settings(max_examples=300)
@given(WIRE, st.randoms(use_true_random=False))
def test_chunks_do_not_matter_and_nothing_raises(wire, random):
    pieces = []
    for side, data in wire:
        while data:
            size = random.randint(1, len(data))
            pieces.append((side, data[:size]))
            data = data[size:]
    whole = entries_of(wire)
    assert entries_of(pieces) == whole
    for entry in whole:
        assert entry["id"] not in ("", "wire.unexplained")
        assert entry["state"] in STATES
        assert entry["phase"].startswith("imap.phase.")
        assert all(0 <= t.start <= t.end <= len(entry["text"]) for t in entry["tokens"])


def test_answers_are_tied_to_their_commands_by_tag():
    entries = after_login(
        (C, "a FETCH 1 FLAGS\r\nb NOOP\r\nc SEARCH ALL\r\n"),
        (
            S,
            "* 1 FETCH (FLAGS (\\Seen))\r\nb OK Noop.\r\na OK Fetch.\r\n"
            "* SEARCH 1\r\nc OK Search.\r\n",
        ),
    )
    a, b, c, fetch, b_ok, a_ok, search, c_ok = entries
    assert [e.answers for e in (fetch, b_ok, a_ok, search, c_ok)] == [
        a.seq, b.seq, a.seq, c.seq, c.seq,
    ]  # fmt: skip
    assert ids(entries)[3:] == [
        "untagged.FETCH",
        "NOOP.ok",
        "FETCH.ok",
        "untagged.SEARCH",
        "SEARCH.ok",
    ]
    assert a_ok.outcome is Outcome.SUCCESS


def test_states_follow_the_tagged_answers():
    entries = observe(
        (S, "* OK hello\r\n"), (C, "a LOGIN x y\r\n"), (S, "a NO no\r\n"), (C, "b LOGIN x y\r\n"),
        (S, "b OK in\r\n"), (C, "c SELECT x\r\n"), (S, "c OK in\r\n"), (C, "d SELECT y\r\n"),
        (S, "d NO none\r\n"), (C, "e LOGOUT\r\n"), (S, "* BYE bye\r\ne OK out\r\n"),
    )  # fmt: skip
    assert [e.state for e in entries if e.kind is Kind.REPLY] == [
        "NOT_AUTHENTICATED", "NOT_AUTHENTICATED", "AUTHENTICATED", "SELECTED", "AUTHENTICATED",
        "LOGOUT",
    ]  # fmt: skip


def test_a_preauthenticated_greeting():
    [entry] = observe((S, "* PREAUTH ready\r\n"))
    assert (entry.id, entry.state) == ("imap.greeting.preauth", "AUTHENTICATED")


@pytest.mark.parametrize(
    ("greeting", "id"),
    [
        ("* BYE too many connections, try again later", "crowded"),
        ("* BYE server is shutting down", "shutdown"),
        ("* BYE not you", "untagged.BYE"),
    ],
)
def test_a_server_that_takes_nobody_in(greeting, id):
    [entry] = observe((S, greeting + "\r\n"))
    assert (entry.id, entry.state, entry.phase) == (f"imap.{id}", "LOGOUT", "imap.phase.close")


def test_literals_of_both_sides_belong_to_their_lines():
    entries = after_login(
        (C, "a APPEND INBOX {14}\r\n"), (S, "+ go\r\n"), (C, "To: x\r\n\r\nhello"), (C, "\r\n"),
        (S, "a OK done\r\n"), (C, "b FETCH 1 (BODY[] UID)\r\n"),
        (S, "* 1 FETCH (BODY[] {9}\r\nA: b\r\n\r\nc UID 7)\r\nb OK done\r\n"),
    )  # fmt: skip
    assert ids(entries) == [
        "APPEND", "continue.literal", "literal.header", "literal.empty", "literal.body",
        "literal.rest",
        "APPEND.ok", "FETCH", "untagged.FETCH", "literal.header", "literal.empty", "literal.body",
        "literal.end", "FETCH.ok",
    ]  # fmt: skip
    assert entries[1].params["expects"] == "literal"
    assert entries[1].params["octets"] == "14"
    assert {e.unit for e in entries[2:6]} == {entries[0].seq}
    assert {e.unit for e in entries[8:13]} == {entries[8].seq}
    assert {e.answers for e in entries[8:14]} == {entries[7].seq}
    assert tokens(entries[12]) == {"UID": "item.UID", "7": "token.uid"}


def test_a_refused_literal_is_not_awaited():
    entries = after_login(
        (C, "a APPEND x {5}\r\n"), (S, "a NO [TRYCREATE] no\r\n"), (C, "b NOOP\r\n")
    )
    assert ids(entries) == ["APPEND", "APPEND.try-create", "NOOP"]


@pytest.mark.parametrize(("turns", "secrets"), [
    ([(C, "a LOGIN x geheim\r\n")], ["geheim"]),
    ([(C, 'a LOGIN "x y" "ge heim"\r\n')], ['"ge heim"']),
    ([(C, "a LOGIN x ge heim\r\n")], ["ge heim"]),
    ([(C, "LOGIN x geheim\r\n")], ["geheim"]),
    ([(C, "a LOGIN {1}\r\n"), (S, "+\r\n"), (C, "x geheim\r\n")], [" geheim"]),
    ([(C, "a LOGIN {1}\r\n"), (S, "+\r\n"), (C, "x {6}\r\n"), (S, "+\r\n"), (C, "geheim\r\n")],
     ["geheim"]),
    ([(C, "a LOGIN x {6+}\r\ngeheim\r\n")], ["geheim"]),
    ([(C, "LOGIN x {6+}\r\ngeheim\r\n")], ["geheim"]),
    ([(C, "a AUTHENTICATE PLAIN\r\n"), (S, "+ \r\n"), (C, "AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, "a AUTHENTICATE PLAIN AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, "a AUTHENTICATE PLAIN\r\n"), (S, "+ \r\n"), (C, "*\r\n")], []),
    ([(C, "PASS geheim\r\n")], ["geheim"]),
    ([(C, "AUTH PLAIN AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, "a LOGON x geheim\r\n")], ["geheim"]),
    ([(C, "a LGOIN x geheim\r\n")], ["geheim"]),
    ([(C, "LOGON geheim\r\n")], ["geheim"]),
    ([(C, "a USER x geheim\r\n")], ["geheim"]),
    ([(C, "LOGIN {1+}\r\nx geheim\r\n")], ["x", " geheim"]),
    ([(C, "LOGIN {1}\r\n"), (S, "* BAD no\r\n"), (C, "x geheim\r\n")], ["x geheim"]),
    ([(C, "a LOGIN x\r\n"), (S, "a BAD no\r\n"), (C, "geheim\r\n")], ["geheim"]),
    ([(C, "a LOGIN (x geheim)\r\n")], ["geheim)"]),
    ([(C, "a LOGIN (x geheim) y\r\n")], ["geheim) y"]),
    ([(C, 'a LOGIN "x geheim\r\n')], ["geheim"]),
    ([(C, "a AUTHENTICATE {5+}\r\nPLAIN AHgAeQ==\r\n")], [" AHgAeQ=="]),
    ([(C, "a AUTHENTICATE AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, 'a AUTHENTICATE AHgAeQ== ""\r\n')], ['AHgAeQ== ""']),
    ([(C, "a AUTH AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, "AUTHENTICAT PLAIN AHgAeQ==\r\n")], ["AHgAeQ=="]),
    ([(C, "a LOGIN x " + "y" * 9000 + "\r\n")], ["y" * 4086, "y" * 4096, "y" * 818]),
])  # fmt: skip
def test_passwords_are_masked(turns, secrets):
    entries = observe((S, "* OK hello\r\n"), *turns)
    found = [e.text[slice(*e.secret)] for e in entries if e.secret]
    assert found == secrets
    told = [f"{mask(e)} {e.params} {e.remark}".lower() for e in entries]
    assert [line for line in told if "geheim" in line or "ahgaeq" in line] == []


SECRET, ECHO = "Z2VoZWlt", "Z2VoZWlt BAD expected a command after the tag"  # it says: geheim


@pytest.mark.parametrize("turns", [
    [(C, "a AUTHENTICATE PLAIN AGEAYgo=\r\n")],
    [(C, "a AUTHENTICATE PLAIN\r\n"), (S, "+ \r\n"), (C, "AGEAYgo=\r\n")],
])  # fmt: skip
def test_a_line_end_in_base64_is_noticed(turns):
    entries = observe((S, "* OK hello\r\n"), *turns)
    assert entries[-1].remark.id == "sasl.tutor.line-end"


@pytest.mark.parametrize(("turns", "masked"), [
    ([(C, "a AUTHENTICATE LOGIN\r\n"), (S, "a NO no\r\n"), (C, f"{SECRET}\r\n"),
      (S, f"{ECHO}\r\n")], ["••••••••", "•••••••• BAD expected a command after the tag"]),
    ([(C, f"a AUTHENTICATE LOGIN\r\n{SECRET}\r\n{SECRET}\r\n"),
      (S, f"a NO no\r\n{ECHO}\r\n{ECHO}\r\n")],
     ["••••••••", "••••••••", *["•••••••• BAD expected a command after the tag"] * 2]),
    ([(C, "AUTH LOGIN\r\n"), (S, "* BAD no\r\n"), (C, f"{SECRET}\r\n"),
      (S, f"* BAD Unknown: '{SECRET}'\r\n")], ["••••••••", "* BAD Unknown: '••••••••'"]),
    ([(C, f"a AUTHENTICATE {SECRET}\r\n"),
      (S, f"a NO mechanism {SECRET.upper()} is not offered\r\n")],
     ["a AUTHENTICATE ••••••••", "a NO mechanism •••••••• is not offered"]),
    ([(C, "a AUTHENTICATE LOGIN\r\n"), (S, "a NO no\r\n"), (C, "b NOOP\r\n"), (S, "b OK\r\n"),
      (C, f"{SECRET}\r\n")], []),
    ([(C, "a AUTHENTICATE PLAIN\r\n"), (S, "a OK in\r\n"), (C, "b SELCT x\r\n")], []),
    ([(C, "a AUTHENTICATE LOGIN\r\n"), (S, "a NO no\r\n"), (C, "LOGIN x\r\n")], []),
])  # fmt: skip
def test_what_follows_a_refused_login_is_masked_and_so_is_its_echo(turns, masked):
    entries = observe((S, "* OK hello\r\n"), *turns)
    assert [mask(e) for e in entries if e.secret] == masked
    told = [f"{e.params} {e.remark}" for e in entries if e.secret]
    assert [line for line in told if SECRET.lower() in line.lower()] == []


def test_our_own_server_repeats_no_password_either():
    player = new_player(select="")
    for line in ("a AUTHENTICATE LOGIN", SECRET, f"b AUTHENTICATE {SECRET}", f"c AUTH {SECRET}"):
        player.command(line)
    told = [f"{mask(e)} {e.params} {e.remark}" for e in player.entries]
    assert [line for line in told if SECRET.lower() in line.lower()] == []


BAD = (C, "a LOGIN anna\r\n"), (S, "a BAD no\r\n")


@pytest.mark.parametrize("before", [
    BAD,
    BAD[:1],
    [(C, "a LOGIN\r\n"), (S, "a BAD no\r\n")],
    [(C, "a LOGIN anna {5000}\r\n"), (S, "a BAD literal exceeds the limit\r\n")],
    [(C, "a LOGIN anna geheim\r\n"), (S, "a NO [AUTHENTICATIONFAILED] no\r\n")],
    [(C, "LOGIN anna geheim\r\n"), (S, "LOGIN BAD what?\r\n")],
    [(C, "a AUTHENTICATE X-OWN\r\n"), (S, "a NO no\r\n")],
    [*BAD, (C, "geheim\r\n"), (S, "geheim BAD no\r\n")],
])  # fmt: skip
@pytest.mark.parametrize(
    ("line", "answer", "masked"),
    [
        ("geheim", "geheim BAD expected a command after the tag", "••••••"),
        ("geheim", "geheim BAD what?", "••••••"),
        ("anna geheim", "anna BAD unknown command", "••••"),
        ("b anna geheim", "b BAD unknown command", "•"),
        ("mein geheim {3}", "mein BAD unknown command", "••••"),
        ("(geheim", "* BAD expected a tag and a command", "*"),
    ],
)
def test_a_password_without_a_command_is_masked(before, line, answer, masked):
    entries = observe((S, "* OK hello\r\n"), *before, (C, line + "\r\n"), (S, answer + "\r\n"))
    assert mask(entries[-2]) == "•" * len(line)
    assert mask(entries[-1]) == answer.replace(answer.split()[0], masked)
    assert entries[-2].remark.id == "imap.tutor.password-alone"
    assert not any("geheim" in said(entry).lower() for entry in entries)


def said(entry: Entry) -> str:
    """All that others get of an entry."""
    return " ".join([mask(entry), str(entry.params), str(entry.remark)])


@pytest.mark.parametrize("line", [
    "LOGIN a anna geheim", "LGOIN anna geheim", "a LOIGN anna geheim", "a LOGIN: anna geheim",
    "LOGIN:anna geheim", "a1LOGIN anna geheim", "a.LOGIN anna geheim", "PASS geheim",
    "a LGOIN anna {6+}\r\ngeheim", "a LOGIN anna@lab.example:geheim", 'a LOGIN "anna:geheim"',
    "a USER anna:geheim",
])  # fmt: skip
def test_a_login_that_is_none_hides_its_password(line):
    entries = observe((S, "* OK hello\r\n"), (C, line + "\r\n"), (S, "* BAD what?\r\n"))
    assert not any("geheim" in said(entry).lower() for entry in entries)
    assert any(entry.secret for entry in entries)


@pytest.mark.parametrize("line", ["NOOP", "SELECT INBOX", "b NOOP", "b SELECT anna geheim", ""])
def test_a_command_after_a_login_that_failed_is_not_masked(line):
    assert observe((S, "* OK hello\r\n"), *BAD, (C, line + "\r\n"))[-1].secret is None


@pytest.mark.parametrize("between", [
    [(C, "b NOOP\r\n"), (S, "b OK done\r\n")],
    [(C, "b LOGIN anna geheim\r\n"), (S, "b OK in\r\n")],
])  # fmt: skip
def test_where_no_password_is_awaited_nothing_is_masked(between):
    entries = observe((S, "* OK hello\r\n"), *BAD, *between, (C, "c SELCT INBOX\r\n"))
    assert (entries[-1].secret, entries[-1].remark.id) == (None, "imap.tutor.near")


def test_idle_takes_the_lines_between():
    entries = after_login(
        (C, "a IDLE\r\n"), (S, "+ idling\r\n* 4 EXISTS\r\n* 1 EXPUNGE\r\n"), (C, "DONE\r\n"),
        (S, "a OK done\r\n"), (C, "b NOOP\r\n"),
    )  # fmt: skip
    assert ids(entries) == ["IDLE", "continue.idle", "untagged.EXISTS.news",
                            "untagged.EXPUNGE.news",
                            "IDLE.done", "IDLE.ok", "NOOP"]  # fmt: skip
    assert {e.answers for e in entries[1:4]} == {entries[0].seq}


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


DIGEST = "0f" * 16


def login_by(mechanism: str, *lines: tuple[Side, str]) -> list[Entry]:
    """The entries from AUTHENTICATE to its answer; `lines` hold what their base64 says."""
    wire = [(side, f"{'+ ' if side is S else ''}{b64(text)}\r\n") for side, text in lines]
    start = (S, "* OK hello\r\n"), (C, f"a AUTHENTICATE {mechanism}\r\n")
    return observe(*start, *wire, (S, "a OK in\r\n"))[1:]


SCRAM = (
    (S, "r=12,s=YQ==,i=4096"), (C, "c=biws,r=12,p=cA=="), (S, "v=dg=="), (C, ""),
)  # fmt: skip
AFTER_SCRAM_FIRST = [
    "sasl.scram-challenge r=12,s=YQ==,i=4096", "sasl.scram-final c=biws,r=12,p=cA==",
    "sasl.scram-verified v=dg==", "sasl.scram-end",
]  # fmt: skip


@pytest.mark.parametrize(("mechanism", "lines", "found"), [
    ("PLAIN", [(S, ""), (C, "\0ann\0geheim")], ["continue.response", "sasl.plain *"]),
    ("login", [(S, "Username:"), (C, "ann@x.example"), (S, "Password:"), (C, "geheim")],
     ["sasl.ask-name Username:", "sasl.login-name ann@x.example", "sasl.ask-password Password:",
      "sasl.login-password *"]),
    ("CRAM-MD5", [(S, "<1@x>"), (C, f"ann {DIGEST}")],
     ["sasl.cram-md5-challenge <1@x>", f"sasl.cram-md5 ann {DIGEST}"]),
    ("CRAM-MD5", [(S, "<1@x>"), (C, "ann geheim")],
     ["sasl.cram-md5-challenge <1@x>", "sasl.line *"]),
    ("SCRAM-SHA-256", [(S, ""), (C, "n,,n=ann,r=1"), *SCRAM],
     ["continue.response", "sasl.scram-first n,,n=ann,r=1", *AFTER_SCRAM_FIRST]),
    (f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')}", SCRAM, AFTER_SCRAM_FIRST),
    ("PLAIN", [(S, ""), (C, "geheim")], ["continue.response", "sasl.line *"]),
    ("X-OWN", [(S, "what"), (C, "geheim")], ["continue.response what", "sasl.line *"]),
])  # fmt: skip
def test_every_line_of_a_login_has_a_meaning_of_its_own(mechanism, lines, found):
    asked, *entries, _ = login_by(mechanism, *lines)
    said = [
        f"{e.id.removeprefix('imap.')} {'*' if e.secret else e.params['decoded']}".rstrip()
        for e in entries
    ]
    assert said == found
    name = "ann@x.example" if mechanism == "login" else "ann"
    assert asked.params["user"] == (name if "sasl.line *" not in found else "?")
    assert not any("geheim" in str(e.params) for e in entries)
    assert [e.unit for e in entries if e.side is C] == [asked.seq] * (len(found) // 2)
    shown = [str(explain(e.id, language, e.params)) for e in entries for language in LANGUAGES]
    assert not any("…" in text for text in shown)


@pytest.mark.parametrize(("mechanism", "masked"), [
    (f"PLAIN {b64(chr(0) + 'ann' + chr(0) + 'geheim')}", "PLAIN ••••••••••••••••"),
    (f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')}", f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')}"),
    (f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')} x", f"SCRAM-SHA-256 {'•' * 18}"),
    (f"SCRAM-SHA-256 {b64('geheim')}", "SCRAM-SHA-256 ••••••••"),
])  # fmt: skip
def test_a_response_that_comes_along_is_masked_if_it_might_be_a_password(mechanism, masked):
    asked, _ = login_by(mechanism)
    assert mask(asked) == f"a AUTHENTICATE {masked}"


def test_a_login_is_broken_off():
    entries = observe(
        (S, "* OK hello\r\n"), (C, "a AUTHENTICATE CRAM-MD5\r\n"), (S, "+ PDFAeD4=\r\n"),
        (C, "*\r\n"), (S, "a BAD no\r\n"), (C, "b AUTHENTICATE\r\nc NOOP\r\n"),
    )  # fmt: skip
    assert ids(entries)[3:] == ["sasl.cancel", "reply.BAD", "AUTHENTICATE", "NOOP"]
    assert "`BAD`" in explain("sasl.cancel", "en", entries[3].params).next


def test_parts_of_lines_are_named():
    entries = after_login(
        (C, "a UID STORE 1:3 +FLAGS.SILENT (\\Seen $label1)\r\n"),
        (C, "b FETCH 1 (FLAGS BODY.PEEK[1.HEADER.FIELDS (To)]<0.9>)\r\n"),
        (S,
        "* 2 FETCH (UID 9 FLAGS (\\Seen x) RFC822.SIZE 77 ENVELOPE (NIL \"Hi\" NIL NIL NIL NIL NIL"
            " NIL NIL NIL))\r\n"),
        (S, "a OK [COPYUID 5 1:2 8:9] Done\r\n"),
    )  # fmt: skip
    assert tokens(entries[0]) == {
        "a": "token.tag", "UID": "UID", "STORE": "STORE", "1:3": "argument.sequence-set",
        "+FLAGS.SILENT": "argument.store-item", "\\Seen": "flag.Seen", "$label1": "flag",
    }  # fmt: skip
    assert tokens(entries[1]) == {
        "b": "token.tag", "FETCH": "FETCH", "1": "argument.sequence-set", "FLAGS": "item.FLAGS",
        "BODY.PEEK": "item.PEEK", "[1.HEADER.FIELDS (To)]": "section.HEADER-FIELDS",
        "<0.9>": "token.partial",
    }  # fmt: skip
    assert tokens(entries[2])['"Hi"'] == "envelope.subject"
    assert tokens(entries[2])["77"] == "token.size"
    assert tokens(entries[3]) == {
        "a": "token.tag", "OK": "token.OK", "COPYUID": "code.COPYUID", "5": "token.uidvalidity",
        "1:2": "token.uids", "8:9": "token.copies",
    }  # fmt: skip


@pytest.mark.parametrize(("line", "remark"), [
    ("LOGIN x y", "missing-tag"), ("NOOP", "missing-tag"), ("SELCT", "missing-tag"), ("a",
    "missing-command"),
    ("", "empty"), ("+ NOOP", "tag-characters"), ("USER x", "protocol"), ("a EHLO me", "protocol"),
    ("RETR 1", "protocol"), ("HELLO", "hello"), ("a SELCT INBOX", "near"), ("a FETCH 1 FLAGS",
    "needs-login"),
    ("s SELECT INBOX", "needs-login"), ('a LOGIN x "y', "open-quote"), ("a ID (", "parenthesis"),
    ("a LOGIN  x y", "spaces"), ("DONE", "done"), ("a XYZZY", None), ("a LOGIN x y", None),
])  # fmt: skip
def test_remarks_before_the_login(line, remark):
    [_, entry] = observe((S, "* OK hello\r\n"), (C, f"{line}\r\n"))
    assert (entry.remark and entry.remark.id) == (remark and f"imap.tutor.{remark}")


@pytest.mark.parametrize(("line", "remark"), [
    ("s FETCH 1 BODY[", "bracket"), ('s SELECT "x', "open-quote"), ("s NOOP", "duplicate-tag"),
    ("a LOGIN x y", "logged-in"), ("a SELECT My Mail", "quote-name"),
    ("a CREATE Entwürfe", "utf7"), ('a CREATE "Entwürfe"', "utf7"), ("a CREATE Entw&APw-rfe", None),
    ("a STORE 1 +FLAGS (Seen)", "backslash"), ("a STORE 1 +FLAGS (\\Seen)", None),
    ('a SEARCH SUBJECT "(x" SEEN', None), ("a APPEND INBOX (\\Seen) {5}", None),
])  # fmt: skip
def test_remarks_with_a_mailbox_open(line, remark):
    [entry] = after_login((C, f"{line}\r\n"))
    assert (entry.remark and entry.remark.id) == (remark and f"imap.tutor.{remark}")


def test_a_forgotten_select():
    entries = observe(
        (S, "* OK hello\r\n"), (C, "a LOGIN x y\r\n"), (S, "a OK in\r\n"), (C, "b FETCH 1 ALL\r\n"),
        (S, "b BAD Command not valid in this state\r\n"),
    )  # fmt: skip
    assert entries[3].remark.id == "imap.tutor.needs-select"
    assert entries[3].remark.params == {"command": "FETCH", "missing": "SELECT"}
    assert (entries[4].id, entries[4].outcome) == ("imap.reply.BAD", Outcome.FAILURE)


def test_a_login_is_not_taken_for_granted_before_its_answer():
    entries = observe((S, "* OK hello\r\n"), (C, "a LOGIN x y\r\nb LOGIN x z\r\n"))
    assert [entry.remark for entry in entries[1:]] == [None, None]


def test_a_line_feed_alone():
    [_, entry] = observe((S, "* OK hello\r\n"), (C, "a NOOP\n"))
    assert (entry.remark.id, entry.line_end) == ("imap.tutor.line-feed", "LF")


@pytest.mark.parametrize(("asked", "answer", "id"), [
    ("LOGIN x y", "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", "LOGIN.denied"),
    ("SELECT x", "NO [NONEXISTENT] Unknown Mailbox: x (now in authenticated state) (Failure)",
     "no-such-mailbox"),
    ("SELECT x", "OK [READ-ONLY] Examine completed (0.001 secs).", "EXAMINE.ok"),
    ("APPEND x {0+}\r\n", "OK [APPENDUID 1 2] Append completed.", "APPEND.ok"),
    ("UID FETCH 1 UID", "OK Success", "UID.FETCH.ok"),
    ("CREATE x", "NO nope", "reply.NO"),
    ("XYZZY", "BAD Error in IMAP command XYZZY: Unknown command.", "reply.BAD"),
])  # fmt: skip
def test_other_servers_answers(asked, answer, id):
    *_, entry = observe((S, "* OK Gimap ready\r\n"), (C, f"a {asked}\r\n"), (S, f"a {answer}\r\n"))
    assert entry.id == f"imap.{id}"


def test_an_answer_without_a_command():
    [_, stray] = observe((S, "* OK hello\r\n"), (S, "zz OK done\r\n"))
    assert (stray.id, stray.answers) == ("imap.reply.OK", 0)


def test_our_own_session_is_known_to_the_last_line():
    player = new_player(select="")
    for line in (
        "LOGIN x y",
        f"a LOGIN {ADDRESS} {PASSWORD}",
        "b SELECT INBOX",
        "c FETCH 9 ALL",
        "d UID COPY 1 nowhere",
        "e CREATE x",
        "f COPY 1 x",
        "g FETCH",
        "",
        "h LOGOUT",
    ):
        player.command(line)
    replies = [e for e in player.entries if e.side is S]
    assert not [e.text for e in replies if e.id.startswith(("imap.reply", "imap.unexpected"))]
    assert replies[-1].state == "LOGOUT"
    [no_tag] = [e for e in replies if e.id == "imap.no-tag"]
    assert no_tag.kind is Kind.REPLY
    assert no_tag.answers > 0


def test_a_line_that_is_too_long_gets_its_answer():
    player = new_player()
    player.send(b"a CREATE " + b"x" * 20_000 + b"\r\nb NOOP\r\n")
    asked = next(e for e in player.entries if e.text.startswith("a CREATE"))
    answer = next(e for e in player.entries if e.id == "imap.line-too-long")
    assert answer.answers == asked.seq
    assert player.entries[-1].id == "imap.NOOP.ok"


def test_a_wrong_count_of_octets():
    *_, rest = after_login((C, "a APPEND INBOX {3}\r\n"), (S, "+ go\r\n"), (C, "hello\r\n"))
    assert (rest.text, rest.remark.id) == ("lo", "imap.tutor.literal-count")
    assert rest.remark.params == {"octets": "3"}


def test_a_syntax_error_explains_what_was_expected():
    *_, answer = after_login(
        (C, "a SELECT\r\n"), (S, "a BAD expected a mailbox name after SELECT\r\n")
    )
    assert tokens(answer) == {
        "a": "token.tag", "BAD": "token.BAD", "a mailbox name": "argument.mailbox",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "id"),
    [
        ([], "wire.closed"),
        ([(C, "a NOOP\r\n")], "wire.closed.early"),
        ([(C, "a NOOP\r\n"), (S, "a OK done\r\n")], "wire.closed"),
        ([(C, "a FETCH 1 BODY[]\r\n"), (S, "* 1 FETCH (BODY[] {9}\r\nhel")], "wire.closed.early"),
        ([(S, "* 1 FETCH (BODY[] {9}\r\nhel")], "wire.closed.early"),
        ([(C, "a IDLE\r\n"), (S, "+ idling\r\n")], "wire.closed"),
        ([(C, "a LOGOUT\r\n"), (S, "* BYE bye\r\n"), (S, "a OK bye\r\n")], "wire.closed"),
    ],
)
def test_an_answer_that_breaks_off_is_told(turns, id):
    observer = ImapObserver()
    for side, text in [(S, "* OK ready\r\n"), *turns]:
        observer.feed(side, text.encode())
    assert observer.event("wire.closed", {})[-1].id == id
