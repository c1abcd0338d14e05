import re
from base64 import b64encode
from string import Formatter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.pop3 import PROTOCOL
from protocols.pop3.observer import MAX_OPEN, Pop3Observer
from protocols.pop3.session import Pop3Session
from protocols.pop3.table import TABLE
from protocols.texts import catalogue, explain
from protocols.transcript import Kind, Outcome, Side, mask
from tests.protocols.dialogs import DIALOGS, dialog_files, play
from tests.protocols.pop3.strategies import wires


def observe(text, observer=None):
    """The entries of a conversation in lines `C: ...` and `S: ...`."""
    observer = observer or Pop3Observer()
    entries = []
    for line in text.strip().splitlines():
        side = Side.CLIENT if line.lstrip().startswith("C:") else Side.SERVER
        entries += observer.feed(side, line.lstrip()[3:].encode() + b"\r\n")
    return entries


def last(text):
    return observe(text)[-1]


def words(entry):
    return {entry.text[t.start : t.end]: t.id for t in entry.tokens}


DIGEST = "0123456789abcdef0123456789abcdef"
LOGIN = "S: +OK ready\nC: USER ann\nS: +OK\nC: PASS geheim\nS: +OK\n"


def slides():
    return play((DIALOGS / "pop3" / "slides.txt").read_text(), PROTOCOL, Pop3Session).entries


# The slides' session, line by line


def test_slides_session():
    found = [(e.kind, e.id, e.state) for e in slides()]
    a, t, u = "AUTHORIZATION", "TRANSACTION", "UPDATE"
    assert found == [
        (Kind.EVENT, "wire.opened", a),
        (Kind.REPLY, "pop3.greeting", a),
        (Kind.COMMAND, "pop3.USER", a),
        (Kind.REPLY, "pop3.USER.ok", a),
        (Kind.COMMAND, "pop3.PASS", a),
        (Kind.REPLY, "pop3.PASS.ok", t),
        (Kind.COMMAND, "pop3.STAT", t),
        (Kind.REPLY, "pop3.STAT.ok", t),
        (Kind.COMMAND, "pop3.LIST", t),
        (Kind.REPLY, "pop3.LIST.ok", t),
        (Kind.DATA, "pop3.LIST.line", t),
        (Kind.END, "pop3.LIST.end", t),
        (Kind.COMMAND, "pop3.RETR", t),
        (Kind.REPLY, "pop3.RETR.ok", t),
        *[(Kind.DATA, "pop3.message.header", t)] * 6,
        (Kind.DATA, "pop3.message.blank", t),
        (Kind.DATA, "pop3.message.body", t),
        (Kind.END, "pop3.RETR.end", t),
        (Kind.COMMAND, "pop3.DELE", t),
        (Kind.REPLY, "pop3.DELE.ok", t),
        (Kind.COMMAND, "pop3.QUIT", t),
        (Kind.REPLY, "pop3.QUIT.ok", u),
        (Kind.EVENT, "wire.closed", u),
    ]


def test_octets_of_the_slides_message_are_counted_out():
    [end] = [e for e in slides() if e.id == "pop3.RETR.end"]
    counted = {name: end.params[name] for name in ("octets", "header_octets", "body_octets")}
    assert counted == {"octets": "241", "header_octets": "214", "body_octets": "27"}
    assert (end.params["lines"], end.params["line_end_octets"]) == ("8", "16")
    assert "zusammen 241" in explain(end.id, "de", end.params).why


def test_phases_of_the_slides_session():
    bands = list(dict.fromkeys(e.phase for e in slides()))
    assert bands == ["pop3.phase.authorization", "pop3.phase.transaction", "pop3.phase.update"]


def test_a_refused_quit_opens_no_phase():
    entries = observe("S: +OK hi\nC: QUIT now\nS: -ERR usage: QUIT")
    assert {entry.phase for entry in entries} == {"pop3.phase.authorization"}


def test_answers_and_units():
    entries = slides()
    by_seq = {e.seq: e for e in entries}
    for entry in entries:
        if entry.answers:
            assert by_seq[entry.answers].kind is Kind.COMMAND
            assert entry.id.startswith((by_seq[entry.answers].id, "pop3.message"))
        if entry.kind in (Kind.DATA, Kind.END):
            assert by_seq[entry.unit].kind is Kind.REPLY
        else:
            assert entry.unit == entry.seq


def test_tokens():
    entries = {e.id: e for e in slides()}
    assert words(entries["pop3.STAT.ok"]) == {
        "+OK": "pop3.token.ok",
        "1": "pop3.token.count",
        "241": "pop3.token.octets",
    }
    assert words(entries["pop3.USER"]) == {
        "USER": "pop3.USER",
        "wiki@example.com": "pop3.argument.name",
    }
    assert words(entries["pop3.message.header"]) == {
        "Content-Transfer-Encoding": "header.content-transfer-encoding",
        "7bit": "pop3.token.header-value",
    }


# Why here


@pytest.mark.parametrize(
    ("before", "missing"),
    [("", "USER"), ("C: USER ann\nS: +OK\n", "PASS"), ("C: USER ann\nS: -ERR\n", "USER")],
)
@pytest.mark.parametrize("refusal", ["-ERR STAT needs a login, send USER first", "-ERR what?"])
def test_refusal_before_login_names_state_and_what_is_missing(before, missing, refusal):
    if "needs" in refusal:
        refusal = refusal.replace("USER", missing)
    entry = last(f"S: +OK\n{before}C: STAT\nS: {refusal}")
    assert entry.id == "pop3.needs-login"
    values = {name: entry.params[name] for name in ("command", "state", "missing")}
    assert values == {"command": "STAT", "state": "AUTHORIZATION", "missing": missing}


def test_pipelined_refusals_are_judged_by_what_had_happened():
    entries = observe(
        "S: +OK\nC: USER ann\nC: PASS wrong\nC: STAT\nS: +OK\nS: -ERR no\nS: -ERR what?"
    )
    assert [e.id for e in entries[-2:]] == ["pop3.PASS.denied", "pop3.needs-login"]
    assert [e.answers for e in entries[-2:]] == [3, 4]
    assert (entries[-1].params["state"], entries[-1].params["missing"]) == ("AUTHORIZATION", "USER")
    assert entries[3].before == "TRANSACTION"


@pytest.mark.parametrize(
    ("lines", "id"),
    [
        ("C: RETR 7\nS: -ERR no", "pop3.no-such-message"),
        ("C: DELE 1\nS: +OK\nC: RETR 1\nS: -ERR no", "pop3.marked"),
        ("C: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: RETR 1\nS: -ERR no", "pop3.no-such-message"),
        ("C: RETR one\nS: -ERR no", "pop3.syntax"),
        ("C: USER x\nS: -ERR no", "pop3.logged-in"),
        ("C: FOO\nS: -ERR no", "pop3.unknown"),
        ("C: STAT\nS: -ERR no", "pop3.refused"),
        ("C: QUIT\nS: -ERR no", "pop3.QUIT.failed"),
        ("C: QUIT\nS: -ERR [SYS/PERM] no", "pop3.QUIT.failed"),
        ("C: STAT\nS: +OK 2 320\nC: RETR 2\nS: -ERR no", "pop3.refused"),
        ("C: LIST 2\nS: +OK 2 200\nC: RETR 2\nS: -ERR no", "pop3.refused"),
        ("C: STAT\nS: +OK 2 320\nC: RETR 0\nS: -ERR no", "pop3.no-such-message"),
        ("C: RETR 1\nS: -ERR [SYS/TEMP] disk trouble", "pop3.unavailable"),
        ("C: DELE 1\nS: -ERR [sys/perm] disk trouble", "pop3.broken"),
        ("C: RETR 1\nS: -ERR [UTF8] not for you", "pop3.needs-utf8"),
        ("C: FOO\nS: -ERR [SYS/TEMP] not now", "pop3.unavailable"),
        ("S: -ERR Disconnected for inactivity.", "pop3.unasked"),
        ("C: LIST\nS: +OK\nS: 1 120 octets", "pop3.LIST.line"),
        ("C: STAT\nS: +OK 2 320", "pop3.STAT.ok"),
        ("C: LIST\nS: +OK 2 messages (320 octets)", "pop3.LIST.ok"),
        ("C: LIST 2\nS: +OK 2 200", "pop3.LIST.one"),
        ("C: UIDL 2\nS: +OK 2 QhdPYR:00WBw1Ph7x7", "pop3.UIDL.one"),
        ("C: RETR 1\nS: +OK 120 octets", "pop3.RETR.ok"),
        ("C: NOOP\nS: +OK", "pop3.NOOP.ok"),
        ("C: QUIT\nS: +OK dewey POP3 server signing off", "pop3.QUIT.ok"),
        ("C: FOO\nS: +OK", "pop3.ok"),
        ("S: nonsense", "pop3.unexpected"),
    ],
)
def test_replies_of_other_servers(lines, id):
    assert last(LOGIN + lines).id == id


def test_a_command_known_by_name_only_is_told_alike_by_both_sides():
    asked, refused = observe("S: +OK\nC: LANG de\nS: -ERR LANG is not offered here")[1:]
    assert (asked.id, refused.id) == ("pop3.other-command", "pop3.not-offered")
    assert words(asked) == {"LANG": "pop3.other-command"}
    assert [e.id for e in observe("S: +OK\nC: FOO")][1:] == ["pop3.unknown-command"]


@pytest.mark.parametrize(
    ("reply", "id"),
    [
        ("-ERR [IN-USE] Do you have another POP session running?", "pop3.PASS.in-use"),
        ("-ERR [AUTH] Authentication failed.", "pop3.PASS.denied"),
        ("-ERR [SYS/TEMP] disk trouble", "pop3.unavailable"),
        ("-ERR [SYS/PERM] no such disk", "pop3.broken"),
        ("-ERR [LOGIN-DELAY] not so fast", "pop3.too-soon"),
        ("-ERR maildrop already locked", "pop3.PASS.denied"),
    ],
)
def test_refused_logins_of_other_servers(reply, id):
    entry = last(f"S: +OK\nC: USER ann\nS: +OK\nC: PASS x\nS: {reply}")
    assert (entry.id, entry.outcome, entry.state) == (id, Outcome.FAILURE, "AUTHORIZATION")


def test_values_of_another_server():
    entry = last(LOGIN + "C: LIST\nS: +OK 2 messages (320 octets)")
    assert (entry.params["count"], entry.params["octets"]) == ("2", "320")
    assert words(entry)["320"] == "pop3.token.octets"


def test_sentence_with_numbers_is_not_read_as_a_size():
    entry = last(LOGIN + "C: LIST 2\nS: +OK two messages")
    assert (entry.id, entry.params["number"], entry.params["octets"]) == ("pop3.LIST.one", "2", "?")


# Multi-line replies


def test_lists():
    entries = observe(LOGIN + "C: UIDL\nS: +OK\nS: 1 whqtswO00WBw418f9t5JxYwZ\nS: odd\nS: .")[-3:]
    assert [e.id for e in entries] == ["pop3.UIDL.line", "pop3.unexpected", "pop3.UIDL.end"]
    assert entries[0].params == {"number": "1", "uid": "whqtswO00WBw418f9t5JxYwZ"}
    assert entries[-1].params["lines"] == "2"


def test_capabilities():
    text = "S: +OK\nC: CAPA\nS: +OK\nS: EXPIRE 60\nS: expire never\nS: X-NEW\nS: .\nC: NOOP"
    expire, never, new, end, noop = observe(text)[-5:]
    assert (expire.id, expire.params) == (
        "pop3.capability.EXPIRE",
        {"keyword": "EXPIRE", "value": "60"},
    )
    assert never.id == "pop3.capability.EXPIRE.NEVER"
    assert words(never) == {"expire": "pop3.capability.EXPIRE.NEVER"}
    [delay] = observe("S: +OK\nC: CAPA\nS: +OK\nS: LOGIN-DELAY 10 USER")[-1:]
    assert (delay.id, delay.params["value"]) == ("pop3.capability.LOGIN-DELAY", "10 USER")
    assert explain(new.id, "en", new.params).short.startswith("`X-NEW` is an ability")
    assert (end.kind, noop.id) == (Kind.END, "pop3.NOOP")


def test_lines_of_a_message():
    message = "Subject: x\n more\nodd\n\n..\nNot: a field\n.\nx".replace("\n", "\nS: ")
    text = f"{LOGIN}C: RETR 1\nS: +OK\nS: {message}"
    ids = [e.id.removeprefix("pop3.") for e in observe(text)[-8:]]
    assert ids == [
        "message.header", "message.folded", "message.odd", "message.blank", "message.stuffed",
        "message.body", "RETR.end", "unexpected",
    ]  # fmt: skip


def test_doubled_dots_do_not_count():
    end = last(LOGIN + "C: RETR 1\nS: +OK\nS: \nS: ..\nS: ...x\nS: y\nS: .")
    values = {name: end.params[name] for name in ("octets", "stuffed", "lines")}
    assert values == {"octets": str(2 + 3 + 5 + 3), "stuffed": "2", "lines": "4"}


def test_lines_that_look_like_replies_within_a_message():
    text = LOGIN + "C: RETR 1\nC: STAT\nS: +OK\nS: \nS: +OK 1 2\nS: -ERR x\nS: .\nS: +OK 1 2"
    ids = [e.id for e in observe(text)[-5:]]
    assert ids == [
        "pop3.message.blank", "pop3.message.body", "pop3.message.body", "pop3.RETR.end",
        "pop3.STAT.ok",
    ]  # fmt: skip


def test_long_line_of_a_message_in_pieces():
    observer = Pop3Observer()
    observe(LOGIN + "C: RETR 1\nS: +OK\nS: ", observer)
    entries = observer.feed(Side.SERVER, b"x" * 5000 + b"\r\n.\r\n")
    assert [e.id for e in entries] == ["pop3.message.body", "pop3.message.body", "pop3.RETR.end"]
    assert entries[-1].params["octets"] == "5004"
    assert entries[-1].params["lines"] == "2"


def test_middle_of_a_long_message_is_left_out():
    observer = Pop3Observer()
    observe(LOGIN + "C: RETR 1\nS: +OK", observer)
    entries = observer.feed(Side.SERVER, b"\r\n" + b"x\r\n" * 1000 + b".\r\n")
    assert [e.kind for e in entries[-2:]] == [Kind.ELIDED, Kind.END]
    assert entries[-1].params["octets"] == "3002"
    assert entries[-1].unit == entries[0].unit


# Other logins


@pytest.mark.parametrize("login", ["AUTH PLAIN AGEAYgo=", "AUTH PLAIN\nS: + \nC: AGEAYgo="])
def test_a_line_end_in_base64_is_noticed(login):
    entries = observe(f"S: +OK\nC: {login}")
    assert entries[-1].remark.id == "sasl.tutor.line-end"


@pytest.mark.parametrize(
    ("mechanism", "response", "remark"),
    [
        ("PLAIN", "\0ann\0geheim", None),
        ("PLAIN", "Ann\0ann\0geheim", None),
        ("PLAIN", "eve\0ann\0geheim", "sasl.tutor.identity"),
        ("SCRAM-SHA-256", "n,a=ann,n=ann,r=1", None),
        ("SCRAM-SHA-256", "n,a=eve,n=ann,r=1", "sasl.tutor.identity"),
    ],
)
def test_tutor_speaks_of_a_login_for_somebody_else(mechanism, response, remark):
    entry = last(f"S: +OK\nC: AUTH {mechanism} {b64(response)}")
    assert (entry.remark and entry.remark.id) == remark
    assert entry.params["user"].lower() == "ann"


def test_sasl_login():
    text = "S: +OK\nC: AUTH PLAIN\nS: + \nC: AGFubgBnZWhlaW0=\nS: +OK\nC: STAT\nS: +OK 0 0"
    entries = observe(text)
    assert [e.id for e in entries[1:5]] == [
        "pop3.AUTH", "pop3.AUTH.continue", "sasl.plain", "pop3.AUTH.ok",
    ]  # fmt: skip
    assert entries[2].params["expects"] == "line"
    assert mask(entries[3]) == "•" * 16
    assert (entries[4].state, entries[-1].id) == ("TRANSACTION", "pop3.STAT.ok")


def test_sasl_login_cancelled():
    text = "S: +OK\nC: AUTH CRAM-MD5\nS: + PDE4OTYu\nC: *\nS: -ERR cancelled"
    entries = observe(text)
    assert [e.id for e in entries[-2:]] == ["sasl.cancel", "pop3.refused"]
    assert entries[-1].state == "AUTHORIZATION"


def b64(text):
    return b64encode(text.encode()).decode()


NAME = "ann@x.example"


def login_by(mechanism, lines):
    """The entries of a login between AUTH and its answer."""
    return observe(f"S: +OK\nC: AUTH {mechanism}\n{lines}\nS: +OK")[2:-1]


@pytest.mark.parametrize(
    ("mechanism", "lines", "found"),
    [
        ("PLAIN", [("S", "")], ["continue"]),
        ("PLAIN", [("S", ""), ("C", "\0ann\0geheim")], ["continue", "plain *"]),
        ("LOGIN", [("S", "Username:"), ("C", NAME), ("S", "Password:"), ("C", "geheim")],
         ["ask-name Username:", f"login-name {NAME}", "ask-password Password:",
          "login-password *"]),
        (f"LOGIN {b64('ann')}", [("S", "Password:"), ("C", "geheim")],
         ["ask-password Password:", "login-password *"]),
        ("cram-md5", [("S", "<1@x>"), ("C", f"ann {DIGEST}")],
         ["cram-md5-challenge <1@x>", f"cram-md5 ann {DIGEST}"]),
        ("cram-md5", [("S", "<1@x>"), ("C", "ann geheim")], ["cram-md5-challenge <1@x>", "line *"]),
        ("LOGIN", [("S", "Username:"), ("C", "geheim")], ["ask-name Username:", "login-name *"]),
        ("SCRAM-SHA-256", [("S", ""), ("C", "n,,n=ann,r=1"), ("S", "r=12"), ("C", "geheim")],
         ["continue", "scram-first n,,n=ann,r=1", "scram-challenge r=12", "line *"]),
        ("SCRAM-SHA-256", [("S", ""), ("C", "n,,n=ann,r=1"), ("S", "r=12,s=YQ==,i=4096"),
                           ("C", "c=biws,r=12,p=cA=="), ("S", "v=dg=="), ("C", "")],
         ["continue", "scram-first n,,n=ann,r=1", "scram-challenge r=12,s=YQ==,i=4096",
          "scram-final c=biws,r=12,p=cA==", "scram-verified v=dg==", "scram-end"]),
        (f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')}", [("S", "r=12"), ("C", "c=biws,r=12,p=eA==")],
         ["scram-challenge r=12", "scram-final c=biws,r=12,p=eA=="]),
        ("SCRAM-SHA-256", [("S", ""), ("C", "y,,n=ann,r=1")],
         ["continue", "scram-first.y y,,n=ann,r=1"]),
        (f"SCRAM-SHA-256 {b64('n,,n=ann,r=1')}",
         [("S", "r=12"), ("C", "c=biws,r=12,p=eA=="), ("S", "v=dg=="), ("C", "geheim")],
         ["scram-challenge r=12", "scram-final c=biws,r=12,p=eA==", "scram-verified v=dg==",
          "line *"]),
        ("SCRAM-SHA-256", [("S", ""), ("C", "p=tls-exporter,,n=ann,r=1")],
         ["continue", "scram-first.p p=tls-exporter,,n=ann,r=1"]),
        ("PLAIN", [("S", ""), ("C", "geheim")], ["continue", "line *"]),
        ("X-OWN", [("S", "what"), ("C", "geheim")], ["continue what", "line *"]),
    ],
)  # fmt: skip
def test_lines_of_a_sasl_login(mechanism, lines, found):
    wire = [f"{side}: {'+ ' if side == 'S' else ''}{b64(text)}" for side, text in lines]
    entries = login_by(mechanism, "\n".join(wire))
    kinds = [e.id.removeprefix("sasl.").removeprefix("pop3.AUTH.") for e in entries]
    shown = ["*" if e.secret else e.params["decoded"] for e in entries]
    assert [" ".join(line).rstrip() for line in zip(kinds, shown, strict=True)] == found
    assert {e.kind for e in entries} == {Kind.CONTINUATION}
    assert not any("geheim" in str(e.params) for e in entries)
    for entry in entries:
        assert_explained(entry)


def test_sasl_response_sent_ahead_is_no_command():
    entries = observe(
        f"S: +OK\nC: AUTH PLAIN\nC: {b64(chr(0) + 'ann' + chr(0) + 'geheim')}\nC: STAT\n"
        "S: + \nS: +OK\nS: +OK 0 0"
    )
    assert [e.id for e in entries[1:]] == [
        "pop3.AUTH", "sasl.plain", "pop3.STAT",
        "pop3.AUTH.continue", "pop3.AUTH.ok", "pop3.STAT.ok",
    ]  # fmt: skip
    assert mask(entries[2]) == "•" * len(entries[2].text)


def test_a_login_sent_ahead_that_is_not_offered_was_commands():
    entries = observe(
        f"S: +OK\nC: AUTH LOGIN\nC: {b64(NAME)}\nC: {b64('geheim')}\n"
        "S: -ERR not offered\nS: -ERR unknown\nS: -ERR unknown"
    )
    assert [(e.id, e.answers) for e in entries[1:]] == [
        ("pop3.AUTH", 0), ("pop3.unknown-command", 0), ("pop3.unknown-command", 0),
        ("pop3.refused", 2), ("pop3.unknown", 3), ("pop3.unknown", 4),
    ]  # fmt: skip
    assert {e.kind for e in entries[1:4]} == {Kind.COMMAND}
    assert mask(entries[3]) == "•" * len(entries[3].text)


def test_a_login_sent_behind_one_that_failed_was_a_login():
    entries = observe(
        "S: +OK\nC: USER ann\nC: PASS x\nC: AUTH LOGIN\nC: STAT\nC: NOOP\n"
        f"S: +OK\nS: -ERR\nS: + {b64('Username:')}\nS: + {b64('Password:')}\nS: +OK"
    )
    assert [e.id for e in entries[3:6]] == [
        "pop3.AUTH", "sasl.login-name", "sasl.login-password",
    ]  # fmt: skip
    assert [mask(e) for e in entries[4:6]] == ["••••", "••••"]
    assert (entries[-1].id, entries[-1].answers) == ("pop3.AUTH.ok", 4)


def test_initial_response_gives_the_name_but_not_the_password():
    text = f"S: +OK\nC: AUTH PLAIN {b64(chr(0) + 'ann' + chr(0) + 'geheim')}\nS: -ERR [AUTH] no"
    _, asked, denied = observe(text)
    assert (asked.params["user"], asked.params["decoded"]) == ("ann", "")
    assert mask(asked) == "AUTH PLAIN " + "•" * 16
    assert (denied.id, denied.remark.params) == ("pop3.AUTH.denied", {"user": "ann"})


def test_auth_alone_lists_and_logs_nobody_in():
    entries = observe("S: +OK\nC: AUTH\nS: +OK\nS: PLAIN\nS: .\nC: CAPA")
    assert [e.id for e in entries[2:5]] == [
        "pop3.AUTH.list", "pop3.AUTH.mechanism", "pop3.AUTH.end",
    ]  # fmt: skip
    assert entries[3].params == {"mechanism": "PLAIN"}
    assert {e.state for e in entries} == {"AUTHORIZATION"}


def test_utf8_is_welcome_in_names_and_passwords_and_after_utf8():
    text = "S: +OK\nC: USER jürgen\nS: +OK\nC: CAPÄ\nS: -ERR\nC: UTF8\nS: +OK\nC: CAPÄ\nS: -ERR"
    entries = observe(text)
    assert [e.remark.id if e.remark else "" for e in entries if e.side is Side.CLIENT] == [
        "", "pop3.tutor.not-ascii", "", "pop3.tutor.similar",
    ]  # fmt: skip
    assert entries[6].id == "pop3.UTF8.ok"


def test_tls_makes_the_observer_forget():
    observer = Pop3Observer()
    observe("S: +OK\nC: UTF8\nS: +OK\nC: USER wiki\nS: +OK\nC: STLS\nS: +OK", observer)
    observer.event("wire.tls", {})
    entries = observe("C: PASS geheim\nS: -ERR\nC: CAPÄ\nS: -ERR", observer)
    assert [e.remark.id for e in entries[::2]] == [
        "pop3.tutor.user-forgotten", "pop3.tutor.not-ascii",
    ]  # fmt: skip
    assert entries[1].id == "pop3.PASS.needs-user"


@pytest.mark.parametrize("login", ["", LOGIN.removeprefix("S: +OK ready\n")])
def test_another_protocols_command_is_recognised_in_every_state(login):
    remark = observe(f"S: +OK ready\n{login}C: EHLO x")[-1].remark
    assert (remark.id, remark.params["protocol"]) == ("pop3.tutor.other-protocol", "SMTP")
    assert "USER" not in explain(remark.id, "en", remark.params).short


@pytest.mark.parametrize("language", ["en", "de"])
def test_commands_are_explained_without_a_session(language):
    gaps = [name for name in TABLE if "…" in str(explain(f"pop3.{name}", language))]
    assert gaps == []


# Passwords


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("PASS geheim", "PASS ••••••"),
        ("pass ge heim", "pass •••••••"),
        (" PASS geheim", " PASS•••••••"),
        ("PASS:geheim", "PASS•••••••"),
        ("PAS geheim", "PAS ••••••"),
        ("PASSWORT geheim", "PASS•••••••••••"),
        ("AUTH PLAIN AGFubg==", "AUTH PLAIN ••••••••"),
        ("AUTH AGFubg==", "AUTH ••••••••"),
        ("AUTH AGFubg== *", "AUTH ••••••••••"),
        ("AUTH PLIAN AGFubg==", "AUTH PLIAN ••••••••"),
        ("AUTH DIGEST-MD5", "AUTH DIGEST-MD5"),
        ("a1 LOGIN ann geheim", "a1 LOGIN ann ••••••"),
        ("APOP ann geheim", "APOP ann ••••••"),
        (f"APOP ann {DIGEST}", f"APOP ann {DIGEST}"),
        (f"apop ann {DIGEST.upper()}", f"apop ann {DIGEST.upper()}"),
        (f"APOP ann {DIGEST}0", "APOP ann " + "•" * 33),
        (f"APOP ann {DIGEST} x", "APOP ann " + "•" * 34),
        ("USER ann", "USER ann"),
        ("USER ann geheim", "USER ann ••••••"),
        ("USER ann:geheim", "USER ann:••••••"),
        ("geheim", "geheim"),
        ("PASS", "PASS"),
    ],
)
def test_passwords_are_masked(line, masked):
    entry = last(f"S: +OK\nC: {line}")
    assert mask(entry) == masked
    assert "AGFUBG" not in str(entry.params).upper()


def test_a_name_is_told_without_the_password_behind_it():
    entries = observe("S: +OK\nC: USER ann:geheim\nS: +OK\nC: PASS geheim\nS: -ERR [AUTH] no")
    assert "geheim" not in str([(mask(entry), entry.params, entry.remark) for entry in entries])


AFTER_USER = "C: USER ann\nS: +OK\n"
AFTER_AUTH = "C: AUTH X-OWN\nS: -ERR no\n"


@pytest.mark.parametrize(
    "before",
    [
        AFTER_USER,
        "C: USER ann\n",  # pipelined
        "C: USER ann geheim\nS: -ERR usage\n",
        AFTER_USER + "C: geheim\nS: -ERR what?\n",
        AFTER_USER + "C: PASS geheim2\nS: -ERR [AUTH] no\n",
        "C: APOP ann geheim\nS: -ERR [AUTH] no\n",
        AFTER_AUTH,
        "C: AUTH LOGIN\nS: +\nC: geheim\nS: -ERR no\n",
    ],
)
@pytest.mark.parametrize("line", ["geheim", "Geheim-1", "stat-geheim", "mein geheim", "PASgeheim"])
@pytest.mark.parametrize("reply", ["-ERR unknown command", "-ERR what?"])
def test_a_password_without_a_command_is_masked(before, line, reply):
    entries = observe(f"S: +OK\n{before}C: {line}\nS: {reply}")
    assert mask(entries[-2]) == "•" * len(line)
    assert not any("geheim" in said(entry).lower() for entry in entries)
    assert entries[-2].remark.id == "pop3.tutor.password-alone"


@pytest.mark.parametrize("line", ["PASSgeheim", "PASS:geheim", "PASSWORT geheim", "PASS: geheim"])
def test_nothing_that_is_said_beside_a_password_gives_it_away(line):
    entries = observe(f"S: +OK\nC: {line}\nS: -ERR what?")
    assert not any("geheim" in said(entry).lower() for entry in entries)


def said(entry):
    """All that others get of an entry."""
    return " ".join([mask(entry), str(entry.params), str(entry.remark)])


@pytest.mark.parametrize(
    "lines",
    [
        AFTER_USER + "C: LANG de",
        AFTER_USER + "C: SELECT INBOX",
        AFTER_USER + "C: ",
        AFTER_USER + "C: QUIT",
        AFTER_USER + "C: STAT\nS: -ERR no\nC: STATT",
        AFTER_USER + "C: PASS x\nS: +OK\nC: STATT",
        AFTER_AUTH + "C: CAPA\nS: -ERR no\nC: CAPPA",
    ],
)
def test_where_no_password_is_awaited_nothing_is_masked(lines):
    assert last(f"S: +OK\n{lines}").secret is None


def test_every_piece_of_a_long_password_is_masked():
    entries = Pop3Observer().feed(Side.CLIENT, b"PASS " + b"x" * 9000 + b"\r\n")
    assert {mask(e).removeprefix("PASS ").strip("•") for e in entries} == {""}


# The tutor


@pytest.mark.parametrize(
    ("lines", "id"),
    [
        ("C: STAT", "login-forgotten"),
        ("C: USER ann\nS: +OK\nC: STAT", "pass-forgotten"),
        ("C: PASS x", "user-forgotten"),
        ("C: USER ann\nS: +OK\nC: PASS x\nS: -ERR\nC: PASS x", "user-forgotten"),
        ("C: USER", "argument"),
        ("C: HELO x", "other-protocol"),
        ("C: HELLO", "other-protocol"),
        ("C: SELECT INBOX", "other-protocol"),
        ("C: a1 LOGIN ann x", "imap-tag"),
        ("C: USRE ann", "similar"),
        ("C: USER: ann", "glued"),
        ("C: RETR1", "glued"),
        ("C: .", "lone-dot"),
        ("C: ", "empty"),
        ("C:  USER ann", "leading-space"),
        ("C: CAPÄ", "not-ascii"),
        ("C: user ann", "lower-case"),
        ("C: USER ann@x\nS: +OK\nC: PASS x\nS: -ERR", "credentials"),
        ("C: USER ann\nS: +OK\nC: PASS x\nS: -ERR", "short-name"),
        ("C: APOP ann@x 0123\nS: -ERR", "proof"),
        ("C: AUTH PLAIN AGFubgB4\nS: -ERR [AUTH] no", "short-name"),
    ],
)
def test_tutor(lines, id):
    assert last("S: +OK\n" + lines).remark.id == f"pop3.tutor.{id}"


@pytest.mark.parametrize(
    "line", ["USER ann", "CAPA", "QUIT", "FOO", "LAST", "AUTH PLAIN", "APOP a b"]
)
def test_tutor_is_silent_beside_what_is_right_or_beyond_guessing(line):
    assert last(f"S: +OK\nC: {line}").remark is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("UNDELE 1", "RSET"), ("undelete", "RSET"), ("exit", "QUIT"), ("ls", "LIST")],
)
def test_tutor_knows_what_words_from_elsewhere_mean(typed, meant):
    remark = last(f"S: +OK\nC: {typed}").remark
    assert (remark.id, remark.params["suggestion"]) == ("pop3.tutor.similar", meant)


def test_tutor_speaks_of_no_name_that_nobody_gave():
    assert last("S: +OK\nC: AUTH CRAM-MD5\nS: + PDE+\nC: eA==\nS: -ERR [AUTH] no").remark is None


def test_tutor_does_not_take_a_login_for_granted_that_is_not_answered():
    """Whoever has to wait after wrong passwords types on meanwhile."""
    entries = observe("S: +OK\nC: USER ann\nS: +OK\nC: PASS x\nC: USER ann\nC: PASS y")
    assert [entry.remark for entry in entries[-3:]] == [None, None, None]


def test_tutor_names_the_numbers_there_are():
    entry = last(LOGIN + "C: STAT\nS: +OK 2 320\nC: RETR 3\nS: -ERR no")
    assert (entry.remark.id, entry.remark.params) == (
        "pop3.tutor.number",
        {"number": "3", "count": "2"},
    )


def test_tutor_speaks_of_habits_once():
    observer = Pop3Observer()
    pieces = [b"CAPA\n", b"CAPA\n", b"capa\r\n", b"capa\r\n"]
    remarks = [observer.feed(Side.CLIENT, piece)[0].remark for piece in pieces]
    assert [r and r.id for r in remarks] == [
        "pop3.tutor.bare-lf", None, "pop3.tutor.lower-case", None,
    ]  # fmt: skip


def test_tutor_says_that_marks_are_lost_without_quit():
    observer = Pop3Observer()
    observe(LOGIN + "C: DELE 1\nS: +OK\nC: DELE 2\nS: +OK", observer)
    [closed] = observer.event("wire.closed", {})
    assert closed.remark.id == "pop3.tutor.marks-lost"
    assert closed.remark.params == {"marked": "2"}
    observe("C: QUIT\nS: +OK", observer)
    assert observer.event("wire.closed", {})[0].remark is None


@pytest.mark.parametrize(
    ("quit", "end"),
    [
        ("C: QUIT\nS: -ERR [SYS/TEMP] some marked messages were not deleted", "UPDATE"),
        ("C: QUIT\nS: -ERR some deleted messages not removed", "UPDATE"),
        ("C: QUIT", "TRANSACTION"),  # the answer never came
    ],
)
def test_nobody_forgot_a_quit_that_went_wrong(quit, end):
    observer = Pop3Observer()
    observe(LOGIN + "C: DELE 1\nS: +OK\n" + quit, observer)
    [closed] = observer.event("wire.closed", {})
    assert (closed.state, closed.remark) == (end, None)


def test_a_quit_that_was_no_quit_is_forgotten():
    observer = Pop3Observer()
    observe(LOGIN + "C: DELE 1\nS: +OK\nC: QUIT now\nS: -ERR usage: QUIT", observer)
    [closed] = observer.event("wire.closed", {})
    assert (closed.state, closed.remark.id) == ("TRANSACTION", "pop3.tutor.marks-lost")


def test_a_refused_quit_before_the_login_leads_nowhere():
    entry = last("S: +OK\nC: QUIT\nS: -ERR no")
    assert (entry.id, entry.state) == ("pop3.refused", "AUTHORIZATION")


@pytest.mark.parametrize(
    ("greeting", "id"),
    [
        ("-ERR [SYS/TEMP] too many connections, try again later", "pop3.crowded"),
        ("-ERR [SYS/TEMP] server is shutting down, nothing was deleted", "pop3.shutdown"),
        ("-ERR no", "pop3.greeting.refused"),
    ],
)
def test_a_server_that_takes_nobody_in(greeting, id):
    entry = last(f"S: {greeting}")
    assert (entry.id, entry.outcome) == (id, Outcome.FAILURE)
    assert_explained(entry)


def test_an_answer_that_breaks_off_is_told():
    for said, id in (
        ("C: RETR 1\nS: +OK\nS: From: a", "wire.closed.early"),
        ("C: RETR 1\nS: +OK\nS: From: a\nS: .", "wire.closed"),
        ("C: QUIT", "wire.closed.early"),
        ("C: QUIT\nS: +OK", "wire.closed"),
    ):
        observer = Pop3Observer()
        observe(LOGIN + said, observer)
        assert [entry.id for entry in observer.event("wire.closed", {})] == [id]


def test_line_cut_off_is_no_command():
    observer = Pop3Observer()
    observe(LOGIN, observer)
    observer.feed(Side.CLIENT, b"QUI")
    cut, closed = observer.event("wire.closed", {})
    assert (cut.text, cut.remark.id) == ("QUI", "pop3.tutor.unfinished")
    assert closed.state == "TRANSACTION"


def test_endless_line_is_one_command_in_pieces():
    observer = Pop3Observer()
    observe("S: +OK", observer)
    entries = observer.feed(Side.CLIENT, b"USER " + b"x" * 9000 + b"\r\nNOOP\r\n")
    assert [e.id for e in entries] == ["pop3.USER", "pop3.rest", "pop3.rest", "pop3.NOOP"]
    assert [e.unit for e in entries] == [2, 2, 2, 5]
    assert {e.remark.id for e in entries if e.remark} == {"pop3.tutor.pass-forgotten"}
    [reply] = observer.feed(Side.SERVER, b"-ERR line too long\r\n")
    assert (reply.id, reply.answers) == ("pop3.too-long", 2)


# Whatever comes


def feed(observer, wire):
    entries = []
    for side, octets in wire:
        entries += observer.feed(side, octets)
    return entries + observer.event("wire.closed", {})


@example([(Side.SERVER, b"+OK a\r\n"), (Side.CLIENT, b"UIDL 1\r\n"), (Side.SERVER, b"+OK x\r\n")])
@given(wires)
def test_observer_never_raises_and_all_it_says_can_be_explained(wire):
    entries = feed(Pop3Observer(), wire)
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))
    for entry in entries:
        assert_explained(entry)
        for start, end in [(t.start, t.end) for t in entry.tokens] + [entry.secret or (0, 0)]:
            assert 0 <= start <= end <= len(entry.text)


@settings(deadline=None)
@given(wires, st.integers(1, 7))
def test_entries_do_not_depend_on_how_octets_are_cut(wire, size):
    pieces = [
        (side, octets[n : n + size]) for side, octets in wire for n in range(0, len(octets), size)
    ]
    assert feed(Pop3Observer(), pieces) == feed(Pop3Observer(), wire)


def test_memory_is_bounded_without_answers():
    observer = Pop3Observer()
    observer.feed(Side.CLIENT, b"NOOP\r\n" * (MAX_OPEN + 10))
    assert len(observer._open) == MAX_OPEN


def placeholders(explanation):
    texts = (getattr(explanation, name) for name in explanation.__slots__)
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def assert_explained(entry):
    """Everything the entry names has a text, and the text's values are given."""
    uses = [(entry.id, entry.params), (entry.phase, {})]
    uses += [(token.id, entry.params) for token in entry.tokens]
    uses += [(entry.remark.id, entry.remark.params)] if entry.remark else []
    for id, params in uses:
        known = id
        while known and known not in catalogue("en"):
            assert re.search(r"capability|code|header", id), f"no text for {id}"
            known = known.rpartition(".")[0]
        for language in ("en", "de"):
            assert placeholders(catalogue(language)[known]) <= params.keys(), id


@pytest.mark.parametrize("path", dialog_files("pop3"), ids=lambda path: path.stem)
def test_dialogs_are_explained(path):
    for entry in play(path.read_text(), PROTOCOL, Pop3Session).entries:
        assert_explained(entry)
        shown = explain(entry.id, "de", entry.params)
        assert "?" not in shown.why + shown.next, entry.id
