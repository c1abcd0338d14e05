import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dialog import read_dialog
from protocols.smtp.observer import SmtpObserver
from protocols.smtp.replies import REPLIES
from protocols.smtp.table import STATES, keywords
from protocols.texts import LANGUAGES, explain
from protocols.transcript import Entry, Kind, Outcome, Side, mask
from tests.protocols.dialogs import dialog_files

NAME, PASS = "S: 334 VXNlcm5hbWU6", "S: 334 UGFzc3dvcmQ6"
LOGIN = b64encode(b"\0wiki@example.com\0secret").decode()


def watch(text: str, observer: SmtpObserver | None = None):
    """The entries of a conversation in C:/S: text, of any server."""
    observer = observer or SmtpObserver()
    entries = []
    for line in text.strip().splitlines():
        mark, rest = line[:1], line[3:]
        entries += observer.feed(Side(mark), rest.encode() + b"\r\n")
    return entries


def after_ehlo(text: str):
    return watch(f"S: 220 mx.example ESMTP\nC: EHLO c\nS: 250 mx.example\n{text.lstrip()}")[3:]


def ids(entries) -> str:
    return " ".join(entry.id.removeprefix("smtp.") for entry in entries)


def test_slides_session_is_named_line_by_line():
    (path,) = (path for path in dialog_files("smtp") if path.stem == "slides")
    steps = [step for step in read_dialog(path.read_text()) if step.mark != "S."]
    entries = watch("\n".join(f"{step.mark} {step.text}" for step in steps))
    assert ids(entries) == (
        "greeting HELO HELO.ok MAIL MAIL.ok RCPT RCPT.ok DATA DATA.start header.From "
        "header.To header.Subject header.Date message.blank message.body . DATA.ok QUIT "
        "QUIT.ok"
    )
    states = ["CONNECTED"] * 2 + ["GREETED"] * 2 + ["MAIL"] * 2 + ["RCPT"] * 2 + ["DATA"] * 8
    assert [entry.state for entry in entries] == states + ["GREETED"] * 3
    assert [entry.phase.rpartition(".")[2] for entry in entries] == (
        ["greeting"] * 3 + ["envelope"] * 4 + ["content"] * 10 + ["close"] * 2
    )
    assert [entry.answers for entry in entries] == [
        0, 0, 2, 0, 4, 0, 6, 0, 8, *[0] * 7, 16, 0, 18,
    ]  # fmt: skip
    assert [entry.unit for entry in entries[9:16]] == [10] * 7
    remarks = [entry.remark.id for entry in entries if entry.remark]
    assert remarks == ["smtp.tutor.space", "smtp.tutor.space"]


def test_pipelined_commands_get_their_own_answers():
    entries = after_ehlo(
        """
C: MAIL FROM:<a@b>
C: RCPT TO:<x@y>
C: RCPT TO:<z@y>
C: DATA
S: 250 2.1.0 Ok
S: 550 5.1.1 <x@y>: Recipient address rejected: User unknown
S: 250 2.1.5 Ok
S: 354 End data with <CR><LF>.<CR><LF>
C: hello
C: .
C: QUIT
S: 250 2.0.0 Ok: queued as 4F1B
S: 221 2.0.0 Bye
"""
    )
    assert ids(entries) == (
        "MAIL RCPT RCPT DATA MAIL.ok RCPT.no-such-mailbox RCPT.ok DATA.start message.body "
        ". QUIT DATA.ok QUIT.ok"
    )
    base = entries[0].seq
    assert [entry.answers - base for entry in entries if entry.answers] == [0, 1, 2, 3, 9, 10]
    assert entries[5].params["address"] == "x@y"
    assert entries[5].outcome is Outcome.FAILURE


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        (b". \r\n", ["no-end"]),
        (b" .\r\n", ["no-end"]),
        (b".\n", ["no-end"]),
        (b"x\n.\r\n", ["line-feed", "no-end"]),
        (b"x\ny\n.x\n", ["line-feed", "", "stuffing"]),
        (b"..\r\n", [""]),
        (b"quit\r\n", ["in-message"]),
        (b"QUIT it\r\n", [""]),
    ],
)
def test_what_keeps_a_message_from_ending(text, remarks):
    observer = SmtpObserver()
    dialog = "C: MAIL FROM:<a@b>\nS: 250 ok\nC: RCPT TO:<x@y>\nS: 250 ok\nC: DATA\nS: 354 go\n"
    watch(f"S: 220 mx.example ESMTP\nC: HELO c\nS: 250 mx.example\n{dialog}C: ", observer)
    found = [e.remark.id if e.remark else "" for e in observer.feed(Side.CLIENT, text)]
    assert found == [remark and f"smtp.tutor.{remark}" for remark in remarks]


@pytest.mark.parametrize(
    ("lines", "remarks"),
    [
        (["hello", "hello"], ["no-header", ""]),
        (["Subject: x", "hello", "hello"], ["", "no-blank-line", ""]),
        (["Subject: x", "", "hello"], ["", "", ""]),
        (["", "hello"], ["", ""]),
    ],
)
def test_a_header_and_its_end_are_missed_once(lines, remarks):
    dialog = "C: MAIL FROM:<a@b>\nC: RCPT TO:<x@y>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n"
    entries = after_ehlo(dialog + "".join(f"C: {line}\n" for line in lines))[6:]
    found = [entry.remark.id if entry.remark else "" for entry in entries]
    assert found == [remark and f"smtp.tutor.{remark}" for remark in remarks]


def test_message_sent_without_waiting_is_a_message_if_the_server_says_354():
    entries = after_ehlo(
        """
C: MAIL FROM:<a@b>
C: RCPT TO:<x@y>
C: DATA
C: Subject: x
C: .
S: 250 ok
S: 250 ok
S: 354 go
S: 250 ok
C: NOOP
S: 250 ok
"""
    )
    assert (
        ids(entries)
        == "MAIL RCPT DATA header.Subject . MAIL.ok RCPT.ok DATA.start DATA.ok NOOP NOOP.ok"
    )


def test_message_sent_to_a_server_that_refused_data_is_answered_line_by_line():
    entries = after_ehlo(
        """
C: MAIL FROM:<a@b>
C: RCPT TO:<x@y>
C: DATA
C: Subject: x
C: hello
S: 250 ok
S: 550 no
S: 554 no valid recipients
S: 500 what
S: 500 what
C: NOOP
S: 250 ok
"""
    )
    assert (
        ids(entries[5:])
        == "MAIL.ok RCPT.refused DATA.refused error.unknown error.unknown NOOP NOOP.ok"
    )
    assert [entry.answers - entries[0].seq for entry in entries[8:10]] == [3, 4]


def test_multi_line_replies_are_one_unit_and_keywords_are_explained():
    entries = watch(
        """
S: 220-smtp.example ESMTP Exim 4.97
S: 220 ready
C: EHLO c
S: 250-smtp.example Hello c
S: 250-SIZE 52428800
S: 250-XYZZY
S: 250-AUTH=LOGIN PLAIN
S: 250 CHUNKING
"""
    )
    assert ids(entries) == (
        "greeting reply.more EHLO EHLO.ok capability.SIZE capability.XYZZY "
        "capability.AUTH capability.CHUNKING"
    )
    assert [entry.unit for entry in entries] == [1, 1, 3, 4, 4, 4, 4, 4]
    assert [entry.state for entry in entries[3:]] == ["CONNECTED"] * 4 + ["GREETED"]
    assert entries[4].params["value"] == "52428800"


def tokens(entry) -> list[tuple[str, str]]:
    return [(entry.text[t.start : t.end], t.id.removeprefix("smtp.")) for t in entry.tokens]


def test_codes_are_taken_apart():
    entries = after_ehlo("C: RCPT TO:<a@b>\nS: 450-4.7.26 unauthenticated\nS: 450 4.7.26 mail")
    assert tokens(entries[1]) == [
        ("4", "class.4"), ("5", "group.5"), ("0", "code.450"), ("-", "token.more-lines"),
        ("4", "status.4"), ("7", "detail.7"), ("26", "detail.7.26"),
    ]  # fmt: skip
    assert entries[1].id == "smtp.RCPT.refused"


def test_parts_of_a_command():
    entry = after_ehlo("C:  mail FROM:<a@b>  BODY=8BITMIME")[0]
    assert tokens(entry) == [
        ("mail", "token.verb"), ("FROM:", "token.from"), ("<a@b>", "token.reverse-path"),
        ("BODY=8BITMIME", "parameter.BODY"),
    ]  # fmt: skip
    assert entry.params["address"] == "a@b"


@pytest.mark.parametrize(
    "argument", ["FROM <a@b>", "FROM: a@b", "FROM:a@b", "FROM:<a@b", "<a@b>", "TO:<a@b>", "a@b"]
)
def test_a_malformed_path_still_names_the_address_that_was_meant(argument):
    assert after_ehlo(f"C: MAIL {argument}")[0].params["address"] == "a@b"


def test_a_command_that_comes_too_early_opens_no_phase():
    entry = after_ehlo("C: DATA\nS: 503 5.5.1 bad sequence of commands: send MAIL first")[0]
    assert entry.phase == "smtp.phase.envelope"


def test_null_path_has_its_own_explanation():
    entry = after_ehlo("C: MAIL FROM:<>")[0]
    assert entry.id == "smtp.MAIL.null-path"
    assert tokens(entry)[2] == ("<>", "token.null-path")


@pytest.mark.parametrize(
    "text",
    [
        f"C: AUTH PLAIN {LOGIN}\nS: 235 ok",
        f"C: AUTH PLAIN\nS: 334 \nC: {LOGIN}\nS: 235 ok",
        f"C: AUTH PLAIN\nC: {LOGIN}\nS: 334 \nS: 235 ok",
        f"C: AUTH LOGIN\n{NAME}\nC: d2lraQ==\n{PASS}\nC: {LOGIN}\nS: 535 no",
        f"C: AUTH LOGIN\nC: d2lraQ==\nC: {LOGIN}\n{NAME}\n{PASS}\nS: 235 ok",
        f"C: AUTH LOGIN d2lraQ==\n{PASS}\nC: {LOGIN}\nS: 235 ok",
        f"C: AUTH CRAM-MD5\nS: 334 PDE+\nC: {LOGIN}\nS: 235 ok",
        f"C: AUTH LOGIN\n{NAME}\nC: {LOGIN}\nS: 535 no",
        f"C: AUTH {LOGIN}\nS: 504 no",
        f"C: AUTH {LOGIN} =\nS: 504 no",
        f"C: USER wiki\nS: 500 no\nC: PASS {LOGIN}\nS: 500 no",
        f"C: a1 login wiki {LOGIN}\nS: 500 no",
    ],
)
def test_passwords_are_masked_and_never_in_the_params(text):
    entries = after_ehlo(f"{text}\nC: NOOP\nS: 250 ok")
    shown = [mask(entry) for entry in entries]
    assert not any(LOGIN in line for line in shown)
    told = [value.upper() for entry in entries for value in entry.params.values()]
    assert [value for value in told if "SECRET" in value or LOGIN.upper() in value] == []
    assert ids(entries[-2:]) == "NOOP NOOP.ok"


def test_login_names_the_user():
    entries = after_ehlo(f"C: AUTH PLAIN\nS: 334 \nC: {LOGIN}\nS: 235 ok")
    assert ids(entries) == "AUTH AUTH.challenge sasl.plain AUTH.ok"
    assert entries[2].params["user"] == "wiki@example.com"
    assert [entry.answers - entries[0].seq for entry in entries[1::2]] == [0, 2]
    assert entries[1].params["expects"] == "line"


def test_a_line_after_a_refused_mechanism_is_a_command():
    entries = after_ehlo("C: AUTH PLAIN\nC: NOOP\nS: 502 no\nS: 250 ok\nC: QUIT\nS: 221 bye")
    assert [entry.answers - entries[0].seq for entry in entries if entry.answers] == [0, 1, 4]
    assert ids(entries[-1:]) == "QUIT.ok"


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("HELLO there", "hello"),
        ("HELO", "domain"),
        ("EHLO", "domain"),
        ("EHLO my pc", "host"),
        ("HELO müller", "host"),
        ("HELO wiki@example.com", "host"),
        ("EHLO [127.0.0.1]", None),
        ("MAIL", "keyword"),
        ("MAIL FROM <a@b>", "colon"),
        ("MAIL FROM:a@b", "brackets"),
        ("MAIL FROM:<a>b>", "parameter"),
        ("MAIL FROM:<a>", "address"),
        ("MAIL FROM:<a b@c>", "address"),
        ("MAIL FROM:<>", None),
        ("RCPT TO:<anna>", "address"),
        ("RCPT TO:<>", "address"),
        ("RCPT TO:<postmaster>", None),
        ("RCPT TO:<a@b>,<c@d>", "parameter"),
        ("NO\x08OP", "unreadable"),
        ("\tNOOP", "unreadable"),
        ("NOOP\t", None),
        ("MAIL FROM:<m\\xfcller@a>", "unreadable"),
        ("RCPT TO: <a@b>", "space"),
        ("RCPT TO:<a@b> X=", "parameter"),
        ("MAIL FROM:<a@b> RET=FOO", "ret"),
        ("MAIL FROM: <a@b> SIZE=1 RET=FOO", "ret"),
        ("MAIL FROM:<a@b> RET=hdrs", None),
        ("MAIL FROM:<a@b> NOTIFY=FOO", None),
        ("RCPT TO:<a@b> NOTIFY=NEVER,SUCCESS", "notify"),
        ("RCPT TO:<a@b> NOTIFY=FAILURE,DELAY", None),
        (".", "dot"),
        ("", "empty"),
        ("Subject: hi", "header"),
        ("MIAL FROM:<a@b>", "near"),
        ("QUITT", "near"),
        ("RETR 1", "protocol"),
        ("a1 SELECT INBOX", "protocol"),
        ("GET / HTTP/1.0", "protocol"),
        ("XYZZY", None),
        ("MAIL FROM:<a@b>", None),
        ("DATA", None),
    ],
)
def test_tutor(line, remark):
    (entry,) = after_ehlo(f"C: {line}")
    assert (entry.remark and entry.remark.id) == (remark and f"smtp.tutor.{remark}")


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("MAIL FROM:anna@example.com", "anna@example.com"),
        ("MAIL FROM:<<anna@example.com>>", "anna@example.com"),
        ('MAIL FROM:"Anna" <anna@example.com>', "anna@example.com"),
        ("MAIL FROM:<anna@>", "anna@"),
        ("MAIL FROM:anna", "anna"),
        ("RCPT TO:<a@b>,<c@d>", "a@b"),
    ],
)
def test_the_address_that_is_meant(line, address):
    (entry,) = after_ehlo(f"C: {line}")
    assert (entry.id, entry.params["address"]) == (f"smtp.{line[:4]}", address)


@pytest.mark.parametrize("line", ["EXPN list SMTPUTF8", "VRFY list smtputf8", "VRFY list"])
def test_a_parameter_is_no_part_of_a_name(line):
    (entry,) = after_ehlo(f"C: {line}")
    assert entry.params["string"] == "list"
    spans = {token.id: entry.text[token.start : token.end].upper() for token in entry.tokens}
    assert spans.get("smtp.parameter.SMTPUTF8", "SMTPUTF8") == "SMTPUTF8"
    assert spans["smtp.token.string"] == "LIST"


@pytest.mark.parametrize("line", ["MAIL FROM:", "MAIL FROM", "RCPT TO: <", "RCPT TO:<>"])
def test_a_path_that_is_empty_names_nobody(line):
    (entry,) = after_ehlo(f"C: {line}")
    assert entry.id == "smtp.incomplete"
    assert "smtp.token.null-path" not in [token.id for token in entry.tokens]


@pytest.mark.parametrize(
    ("dialog", "number"),
    [
        (f"C: AUTH LOGIN\n{NAME}\nC: d2lraUBleGFtcGxlLmNvbQo=", 2),
        (f"C: AUTH LOGIN\n{NAME}\nC: d2lraQ==\n{PASS}\nC: Z2VoZWltDQo=", 4),
        ("C: AUTH PLAIN AGEAYgo=", 0),
        ("C: AUTH PLAIN\nS: 334 \nC: AGEAYgo=", 2),
    ],
)
def test_tutor_notices_a_line_end_in_base64(dialog, number):
    entries = after_ehlo(dialog)
    found = [entry.remark.id if entry.remark else "" for entry in entries]
    assert found == [""] * number + ["sasl.tutor.line-end"]


def test_tutor_names_what_is_missing_beside_503():
    entries = after_ehlo("C: RCPT TO:<a@b>\nS: 503 5.5.1 Error: need MAIL command")
    assert entries[1].id == "smtp.error.order"
    assert entries[1].remark.params == {"command": "RCPT", "missing": "MAIL"}


def test_what_is_missing_is_named_without_english_words():
    entries = watch("S: 220 a\nC: DATA\nS: 503 bad sequence of commands: send HELO or EHLO first")
    assert entries[2].params["missing"] == "HELO/EHLO"
    assert entries[2].remark.params["missing"] == "HELO/EHLO"


def test_tutor_notices_a_bare_line_feed():
    (entry,) = SmtpObserver().feed(Side.CLIENT, b"NOOP\n")
    assert entry.line_end == "LF"
    assert entry.remark.id == "smtp.tutor.line-feed"


def test_dots_in_a_message():
    entries = after_ehlo(
        "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\nC: DATA\nS: 354 go\n"
        "C: X-Own: 1\nC:  folded\nC: \nC: ..two\nC: .one\nC: .\nS: 250 ok"
    )[6:]
    assert (
        ids(entries)
        == "header message.folded message.blank message.stuffed message.stuffed . DATA.ok"
    )
    assert [bool(entry.remark) for entry in entries[3:5]] == [False, True]
    assert entries[5].kind is Kind.END


def test_a_dot_inside_a_long_line_or_after_a_bare_lf_ends_nothing():
    observer = SmtpObserver()
    observer.feed(Side.SERVER, b"220 a\r\n")
    for line in (b"HELO c", b"MAIL FROM:<>", b"RCPT TO:<a@b>", b"DATA"):
        observer.feed(Side.CLIENT, line + b"\r\n")
        observer.feed(Side.SERVER, b"354 go\r\n" if line == b"DATA" else b"250 ok\r\n")
    entries = observer.feed(Side.CLIENT, b"x" * 4096 + b".\r\n" + b"x\n.\r\n.\n.\r\n")
    assert {entry.kind for entry in entries} == {Kind.DATA}
    assert observer.state == "DATA"
    (end,) = observer.feed(Side.CLIENT, b".\r\n")
    assert end.kind is Kind.END


def test_server_that_hangs_up_answers_nothing():
    entries = after_ehlo("S: 421 4.4.2 mx.example Error: timeout exceeded")
    assert (entries[0].id, entries[0].answers) == ("smtp.farewell", 0)
    entries = after_ehlo("C: NOOP\nS: 421 4.3.2 lab.example closing channel: the lab shuts down")
    assert (entries[1].id, entries[1].answers) == ("smtp.farewell.shutdown", 0)


def test_starttls_begins_anew():
    entries = after_ehlo("C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\nC: EHLO c\nS: 250 mx")
    assert ids(entries) == "STARTTLS STARTTLS.ok EHLO EHLO.ok"
    assert [entry.state for entry in entries] == ["GREETED", "CONNECTED", "CONNECTED", "GREETED"]


def test_chunks_of_bdat_are_counted_where_offered():
    offer = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"
    offer += "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n"
    entries = watch(offer + "C: BDAT 7 LAST\nC: QUIT.\nS: 250 ok\nC: QUIT\nS: 221 bye")
    assert ids(entries[8:]) == "BDAT.last message.octets DATA.ok QUIT QUIT.ok"
    assert (
        ids(after_ehlo("C: BDAT 7 LAST\nC: NOOP\nS: 502 no\nS: 250 ok")[2:])
        == "error.not-implemented NOOP.ok"
    )


def test_codes_of_no_meaning_are_survived():
    entries = after_ehlo(
        "C: NOOP\nS: 999 what\nC: NOOP\nS: nonsense\nS: 100 maybe\nC: NOOP\nS: 25O ok"
    )
    assert [entry.outcome for entry in entries] == [Outcome.NONE] * 7
    assert ids(entries[3:4]) == "reply.malformed"


CLIENT = (
    "EHLO c|MAIL FROM:<>|RCPT TO:<a@b>|DATA|.|AUTH LOGIN|AUTH PLAIN =|*|BDAT 3|STARTTLS|From: x|"
)
SERVER = "220 hi|250 OK|250-a|250 CHUNKING|354 go|334 |235 ok|421 bye|503 5.5.1 no|550 5.1.1"
whole_lines = [line + "\r\n" for line in f"{CLIENT}|{SERVER}".split("|")]
pieces = st.sampled_from([*whole_lines, "\n", "x" * 5000, "\0", "é"])
streams = st.lists(st.tuples(st.sampled_from([Side.CLIENT, Side.SERVER]), pieces), max_size=30)


def plain(entries):
    return [[getattr(entry, name) for name in Entry.__slots__] for entry in entries]


@given(streams, st.integers(1, 7))
def test_any_traffic_is_named_whatever_its_chunks(stream, size):
    whole, cut = SmtpObserver(), SmtpObserver()
    expected, found = [], []
    for side, piece in stream:
        data = piece.encode()
        expected += whole.feed(side, data)
        for n in range(0, len(data), size):
            found += cut.feed(side, data[n : n + size])
    expected += whole.event("wire.closed", {})
    found += cut.event("wire.closed", {})
    assert plain(found) == plain(expected)
    assert {entry.state for entry in expected} <= set(STATES)
    assert "wire.unexplained" not in {entry.id for entry in expected}


@given(st.lists(st.tuples(st.sampled_from([Side.CLIENT, Side.SERVER]), st.binary(max_size=60))))
def test_any_octets_are_survived_and_tokens_lie_in_the_text(stream):
    observer = SmtpObserver()
    entries = [entry for side, data in stream for entry in observer.feed(side, data)]
    for entry in entries:
        spans = [(token.start, token.end) for token in entry.tokens]
        ends = [0, *(end for _, end in spans)]
        assert all(a >= last for (a, _), last in zip(spans, ends, strict=False))
        assert all(a < b <= len(entry.text) for a, b in spans)


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("lines", "names", "user"),
    [
        (
            f"C: AUTH LOGIN\n{NAME}\nC: {b64('anna@x.example')}\n{PASS}\nC: {b64('geheim')}",
            "AUTH sasl.ask-name sasl.login-name sasl.ask-password sasl.login-password AUTH.ok",
            "anna@x.example",
        ),
        (
            f"C: AUTH CRAM-MD5\nS: 334 {b64('<1@a>')}\nC: {b64('anna ' + '0f' * 16)}",
            "AUTH sasl.cram-md5-challenge sasl.cram-md5 AUTH.ok",
            "anna",
        ),
        (
            f"C: AUTH SCRAM-SHA-256 {b64('n,,n=anna,r=x')}\nS: 334 {b64('r=xy,s=eA==,i=4096')}\n"
            f"C: {b64('c=biws,r=xy,p=eA==')}\nS: 334 {b64('v=eA==')}\nC:",
            "AUTH sasl.scram-challenge sasl.scram-final sasl.scram-verified sasl.scram-end AUTH.ok",
            "anna",
        ),
        ("C: AUTH X-OWN\nS: 334\nC: eA==", "AUTH AUTH.challenge sasl.line AUTH.ok", "?"),
    ],
    ids=["LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "unknown"],
)
def test_every_line_of_a_login_has_a_meaning_of_its_own(lines, names, user):
    entries = after_ehlo(f"{lines}\nS: 235 ok\nC: NOOP\nS: 250 ok")
    assert ids(entries) == f"{names} NOOP NOOP.ok"
    own = [entry for entry in entries[1:-3] if entry.side is Side.CLIENT]
    assert {entry.kind for entry in own} == {Kind.CONTINUATION}
    assert own[-1].params["user"] == user
    assert not any("…" in str(explain(e.id, "de", e.params)) for e in entries)
    assert [e.answers for e in entries if e.side is Side.SERVER] == (
        [e.seq for e in entries if e.side is Side.CLIENT]
    )


@pytest.mark.parametrize(
    ("line", "id"),
    [
        ("HELO", "incomplete"),
        ("VRFY", "incomplete"),
        ("AUTH", "incomplete"),
        ("MAIL", "incomplete"),
        ("BDAT", "incomplete"),
        ("NOOP", "NOOP"),
        ("HELP", "HELP"),
        ("DATA", "DATA"),
        ("HELO c", "HELO"),
        ("BDAT x", "BDAT.no-number"),
        ("BDAT -1 LAST", "BDAT.no-number"),
        ("BDAT 1", "BDAT"),
    ],
)
def test_a_command_without_its_argument_leaves_no_gap(line, id):
    (entry,) = after_ehlo(f"C: {line}")
    assert entry.id == f"smtp.{id}"
    assert "…" not in str(explain(entry.id, "de", entry.params))
    assert id != "incomplete" or entry.params["usage"].startswith(f"{line} ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_shall_log_in_is_told_to_encrypt_first(language):
    for id in ("smtp.EHLO.ok", "smtp.MAIL.login-first"):
        following = explain(id, language).next
        assert following.index("STARTTLS") < following.index("AUTH")


def test_a_message_in_chunks_is_read_as_a_whole():
    start = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"
    mail = "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n"
    observer = SmtpObserver()
    watch(start + mail, observer)
    feed = observer.feed
    first = feed(Side.CLIENT, b"BDAT 14\r\nSubject: x\r\nTo")
    feed(Side.SERVER, b"250 ok\r\n")
    last = feed(Side.CLIENT, b"BDAT 20 LAST\r\n: y\r\n\r\nSubject: z\r\n.")
    feed(Side.SERVER, b"250 ok\r\n")
    assert ids(first) == "BDAT header.Subject message.octets"
    assert ids(last) == "BDAT.last message.octets message.blank message.octets message.octets"
    again = watch(mail + "C: BDAT 12 LAST\nC: Subject: x\nS: 250 ok", observer)
    assert ids(again[4:]) == "BDAT.last header.Subject DATA.ok"


def test_a_line_end_that_two_chunks_share_is_none_to_warn_of():
    start = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"
    observer = SmtpObserver()
    watch(start + "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n", observer)
    entries = observer.feed(Side.CLIENT, b"BDAT 11\r\nSubject: x\r")
    observer.feed(Side.SERVER, b"250 ok\r\n")
    entries += observer.feed(Side.CLIENT, b"BDAT 5 LAST\r\n\n\r\nx\n")
    found = [entry.remark.id if entry.remark else "" for entry in entries]
    assert found == [""] * 5 + ["smtp.tutor.line-feed"]


@pytest.mark.parametrize("octets", range(4093, 4098))
def test_a_long_line_hides_no_end_of_its_message(octets):
    observer = SmtpObserver()
    dialog = "C: MAIL FROM:<a@b>\nS: 250 ok\nC: RCPT TO:<x@y>\nS: 250 ok\nC: DATA\nS: 354 go\n"
    watch(f"S: 220 a\nC: HELO c\nS: 250 a\n{dialog}C: ", observer)
    entries = observer.feed(Side.CLIENT, b"x" * octets + b"\r\n.\r\n")
    assert entries[-1].id == "smtp.."


def test_a_refused_chunk_takes_the_mail_with_it():
    start = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"
    start += "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n"
    entries = watch(start + "C: BDAT 2\nC: \nS: 250 2 octets received\nC: BDAT 2 LAST\nC: \n")
    assert ids(entries[8:]) == "BDAT message.blank BDAT.ok BDAT.last message.octets"
    assert [entry.state for entry in entries[8:]] == ["RCPT", "RCPT", "BDAT", "BDAT", "BDAT"]
    entries = watch(start + "C: BDAT 2\nC: \nS: 552 no\nC: BDAT 2 LAST\nC: \nS: 503 no")
    assert ids(entries[8:]) == (
        "BDAT message.blank BDAT.refused BDAT.last message.octets error.order"
    )
    assert entries[10].state == entries[-1].state == "GREETED"
    for code in ("500", "501", "503"):
        assert watch(start + f"C: BDAT 2 LAST\nC: \nS: {code} no")[-1].state == "GREETED"
    start = start.replace("CHUNKING", "SIZE")
    assert watch(start + "C: BDAT 0 LAST\nS: 500 no")[-1].state == "RCPT"


def test_a_mail_without_an_answer_is_told():
    start = "S: 220 a\nC: HELO c\nS: 250 a\n"
    for said, id in (
        ("", "wire.closed"),
        (
            "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\nC: DATA\nS: 354 go",
            "wire.closed.early",
        ),
        ("C: NOOP", "wire.closed.early"),
        ("C: QUIT\nS: 221 bye", "wire.closed"),
    ):
        observer = SmtpObserver()
        assert observer.event("wire.opened", {}) and not observer.unfinished
        for line in (start + said).splitlines():
            observer.feed(Side(line[0]), f"{line[3:]}\r\n".encode())
        assert [entry.id for entry in observer.event("wire.closed", {})] == [id]


def test_a_chunk_is_owed_in_octets():
    start = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"
    owed = [entry.params.get("expects") for entry in watch(start + "C: BDAT 6\nC: abcd\n")]
    assert owed == [None, None, None, None, "chunk", None]
    assert "expects" not in watch(start + "C: BDAT 0 LAST")[-1].params


def test_octets_follow_bdat_unless_the_server_does_not_offer_it():
    start = "S: 220 a\nC: HELO c\nS: 250 a\n"
    assert ids(watch(start + "C: BDAT 6\nC: NOOP")[-2:]) == "BDAT message.octets"
    start += "C: EHLO c\nS: 250 a\n"
    assert ids(watch(start + "C: BDAT 6\nC: NOOP")[-2:]) == "BDAT NOOP"


def test_an_event_belongs_to_the_phase_in_which_it_happens():
    observer = SmtpObserver()
    phases = [observer.event("wire.opened", {})[0].phase]
    for side, line in (("S", "220 a"), ("C", "HELO c"), ("S", "250 a"), ("C", "MAIL FROM:<>")):
        observer.feed(Side(side), f"{line}\r\n".encode())
    phases.append(observer.event("smtp.report.sent", {})[0].phase)
    phases.append(observer.event("wire.closed", {})[0].phase)
    assert phases == ["smtp.phase.greeting", "smtp.phase.envelope", "smtp.phase.close"]


def test_a_chunk_announced_by_a_bare_line_feed_hides_no_login():
    offer = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING"
    observer = SmtpObserver()
    watch(offer, observer)
    observer.feed(Side.CLIENT, b"BDAT 400\n")
    entries = watch(f"S: 500 no\nC: NOOP\nC: AUTH PLAIN {LOGIN}", observer)
    assert ids(entries[1:]) == "NOOP AUTH"
    assert LOGIN not in mask(entries[-1])


def test_commands_behind_a_refused_login_are_told_as_such():
    entries = after_ehlo(
        "C: AUTH PLAIN\nC: NOOP\nC: RSET\nS: 504 no\nS: 250 a\nS: 250 b\nC: NOOP\nS: 250 c"
    )
    assert ids(entries) == "AUTH NOOP RSET AUTH.refused NOOP.ok RSET.ok NOOP NOOP.ok"
    assert [entry.answers - entries[0].seq for entry in entries if entry.answers] == [0, 1, 2, 6]


def test_a_password_behind_a_login_that_will_be_refused_is_masked():
    password = b64encode(b"geheim").decode()
    entries = watch(f"S: 220 a\nC: HELO c\nS: 250 a\nC: AUTH LOGIN\nC: {password}\nS: 503 no")
    assert password not in mask(entries[4])


def test_a_command_sent_before_the_challenge_is_its_response():
    entries = after_ehlo("C: AUTH CRAM-MD5\nC: NOOP\nC: NOOP\nS: 334 YQ==\nS: 501 no\nS: 250 ok")
    assert ids(entries) == ("AUTH sasl.line NOOP sasl.cram-md5-challenge error.syntax NOOP.ok")


CHUNKING = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 CHUNKING\n"


@pytest.mark.parametrize(
    ("dialog", "names"),
    [
        ("AUTH CRAM-MD5\nC: BDAT 6\nS: 334 YQ==", "sasl.line sasl.cram-md5-challenge NOOP"),
        ("AUTH LOGIN\nC: BDAT 6\nS: 504 no", "BDAT AUTH.refused message.octets"),
    ],
)
def test_octets_follow_what_turns_out_to_be_bdat(dialog, names):
    assert ids(watch(f"{CHUNKING}C: {dialog}\nC: NOOP\n")[5:]) == names


@pytest.mark.parametrize("line", ["DATA x", "BDAT x"])
def test_no_message_follows_what_will_be_refused(line):
    mail = "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n"
    entries = watch(f"{CHUNKING}{mail}C: {line}\nC: NOOP\nC: DATA\nC: From: x\nC: .")
    assert ids(entries[-4:]) == "NOOP DATA header.From ."


def test_a_login_behind_a_refused_one_is_followed():
    login = f"{NAME}\nC: d2lraQ==\n{PASS}\nC: {LOGIN}\nS: 235 ok"
    entries = after_ehlo(f"C: AUTH PLAIN\nC: AUTH LOGIN\nS: 504 no\n{login}")
    assert ids(entries[-2:]) == "sasl.login-password AUTH.ok"
    assert LOGIN not in mask(entries[-2])


@pytest.mark.parametrize(
    "words", ["bad sequence of commands: a mail transaction is open, RSET ends it", "no"]
)
def test_between_two_chunks_only_another_chunk_fits(words):
    mail = "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\n"
    entries = watch(
        f"{CHUNKING}{mail}C: BDAT 2\nC: \nS: 250 2 octets received\nC: DATA\nS: 503 {words}"
    )
    assert (entries[-1].id, entries[-1].state) == ("smtp.error.chunks", "BDAT")
    assert "RCPT" not in explain(entries[-1].id, "de", entries[-1].params).next
    entries = after_ehlo(f"{mail}C: MAIL FROM:<>\nS: 503 {words}")
    assert entries[-1].id == "smtp.error.transaction"


@pytest.mark.parametrize(
    ("asked", "answer", "id"),
    [
        ("BDAT 5", '500 Error: command "BDAT" not recognized', "error.unrecognized"),
        ("FROB", '500 Error: command "FROB" not recognized', "error.unknown"),
        (
            "AUTH PLAIN",
            "538 5.7.11 Encryption required for requested authentication mechanism",
            "AUTH.needs-tls",
        ),
        ("AUTH PLAIN", "530 Must issue a STARTTLS command first", "AUTH.needs-tls"),
        ("AUTH PLAIN", "534 5.7.9 mechanism is too weak", "AUTH.too-weak"),
        ("AUTH PLAIN", "454 4.7.0 Temporary authentication failure", "AUTH.refused"),
        ("AUTH", "501 5.5.2 cannot decode", "AUTH.not-base64"),
        ("AUTH PLAIN", "503 5.5.1 Error: authentication not enabled", "AUTH.refused"),
        ("STARTTLS", "454 TLS not available", "STARTTLS.unavailable"),
        ("MAIL FROM:<a@b>", "250 2.1.0 Sender OK", "MAIL.ok"),
        ("MAIL FROM:<a@b>", "501 5.1.7 Bad sender address syntax", "MAIL.address"),
        ("MAIL FROM:<a@b>", "503 5.5.1 polite people say HELO first", "MAIL.refused"),
        ("RCPT TO:<a@b>", "501 5.1.3 Bad recipient address syntax", "RCPT.address"),
        ("HELO c", "250 OK", "HELO.ok"),
        ("NOOP", "250 still here, all OK", "NOOP.ok"),
        ("NOOP", "503 5.5.1 no", "refused.5"),
        ("NOOP", "452 4.2.2 mailbox full", "refused.4"),
        ("NOOP", "500 5.5.1 command not recognized", "error.unrecognized"),
        ("QUIT", "221 Bye", "QUIT.ok"),
    ],
)
def test_other_servers_words(asked, answer, id):
    entries = after_ehlo(f"C: {asked}\nS: {answer}")
    assert entries[-1].id == f"smtp.{id}"


@pytest.mark.parametrize(
    ("before", "id"),
    [
        (f"C: AUTH PLAIN {LOGIN}\nS: 235 ok\n", "AUTH.again"),
        ("C: MAIL FROM:<>\nS: 250 ok\n", "error.transaction"),
        (f"C: AUTH PLAIN {LOGIN}\nS: 235 ok\nC: STARTTLS\nS: 220 go\n", "error.order"),
    ],
)
def test_why_another_server_answers_503_to_a_login(before, id):
    entries = after_ehlo(f"{before}C: AUTH PLAIN {LOGIN}\nS: 503 5.5.1 no")
    assert entries[-1].id == f"smtp.{id}"


def test_another_servers_answer_to_an_asterisk():
    entries = after_ehlo("C: AUTH PLAIN\nS: 334 \nC: *\nS: 501 5.7.0 Authentication aborted")
    assert entries[-1].id == "smtp.AUTH.cancelled"


@pytest.mark.parametrize("refused", [reply for reply in REPLIES if reply.template[0] in "45"])
def test_words_of_ours_for_another_command_leave_no_gap(refused):
    values = dict.fromkeys(re.findall(r"{(\w+)}", refused.template), "x")
    for asked in ("NOOP", "AUTH PLAIN =", "MAIL FROM:<>", "RCPT TO:<a@b>", "BDAT 0"):
        last = after_ehlo(f"C: {asked}\nS: {refused.text(**values)}")[-1]
        assert "…" not in str(explain(last.id, "en", last.params)), asked


def test_a_message_refused_with_500_is_no_unknown_command():
    entries = after_ehlo(
        "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<a@b>\nS: 250 ok\nC: DATA\nS: 354 go\nC: .\n"
        "S: 500 Line too long (see RFC5321 4.5.3.1.6)"
    )
    assert entries[-1].id == "smtp.DATA.refused"


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("221 Bye", "mx.example"),
        ("221 2.0.0 Goodbye.", "mx.example"),
        ("221 mx2.example closing", "mx2.example"),
        ("221 [127.0.0.1] closing", "[127.0.0.1]"),
    ],
)
def test_only_a_host_is_named_as_the_server(said, host):
    assert after_ehlo(f"C: QUIT\nS: {said}")[-1].params["host"] == host


def test_a_greeting_names_the_server_whatever_it_is_called():
    entries = watch("S: 220 localhost ESMTP\nC: HELO c\nS: 250 Hello c\nS: 421 timeout")
    assert [e.params["host"] for e in entries if e.side is Side.SERVER] == ["localhost"] * 3


@pytest.mark.parametrize(
    ("asked", "answer", "rfc"),
    [
        ("NOOP", "250 2.0.0 OK", "RFC 5321 4.2"),
        ("RCPT TO:<a@b>", "550 5.1.1 no", "RFC 3463"),
        ("AUTH PLAIN", "334 ", "RFC 4954 4"),
        ("AUTH PLAIN", "235 2.7.0 ok", "RFC 4954 6"),
        ("AUTH PLAIN", "535 5.7.8 no", "RFC 4954 6"),
        ("AUTH XYZ", "504 5.5.4 no", "RFC 4954 4"),
        ("MAIL FROM:<a@b>", "530 5.7.0 login first", "RFC 4954 6"),
        ("STARTTLS", "220 2.0.0 ready", "RFC 3207 4"),
        ("STARTTLS", "454 4.7.0 no", "RFC 3207 4"),
        ("BDAT 5", "503 5.5.1 no", "RFC 3030 2"),
    ],
)
def test_a_reply_leads_to_the_rfc_that_defines_it(asked, answer, rfc):
    assert after_ehlo(f"C: {asked}\nS: {answer}")[-1].rfc == rfc


def test_an_extension_leads_to_its_own_rfc():
    offered = "\n".join(f"S: 250-{line}" for line in keywords(tls=True))
    entries = watch(f"S: 220 a\nC: EHLO c\nS: 250-a\n{offered}\nS: 250 XYZZY")
    *ours, other = entries[3:]
    assert other.rfc == "RFC 5321 2.2"
    assert other.rfc not in {entry.rfc for entry in ours}
    assert {e.text[4:].split()[0]: e.rfc for e in ours}["DSN"] == "RFC 3461 4"


def test_the_farewell_to_a_browser_answers_its_request():
    observer = SmtpObserver()
    entries = watch(
        "S: 220 a\nC: GET / HTTP/1.1\nS: 421 lab.example closing channel: this is HTTP, not SMTP",
        observer,
    )
    assert (entries[2].id, entries[2].answers) == ("smtp.farewell.browser", 2)
    assert observer.event("wire.closed", {})[0].id == "wire.closed"


def test_an_address_that_is_too_long_is_one_all_the_same():
    [entry] = after_ehlo(f"C: MAIL FROM:<{'a' * 65}@b.example>")
    assert entry.remark is None
