"""Several clients at once, and input that nobody sane would send."""

import hmac
import re
from base64 import b64decode, b64encode
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.framing import PIECE
from protocols.imap.commands.messages import SHORT
from protocols.imap.intake import MAX_COMMAND, MAX_LINE
from protocols.imap.session import BLOCK, MAX_LITERAL, MAX_MESSAGE
from protocols.imap.table import TABLE
from protocols.imap.view import MOST
from protocols.memory import MemoryMailbox
from protocols.mime import Sections
from protocols.scram import signatures
from protocols.session import MAX_BAD_COMMANDS
from protocols.store import MessageGone, NewMessage, StoreUnavailable
from tests.protocols.dialogs import run
from tests.protocols.imap.players import ADDRESS, PASSWORD, lines, new_host, new_player
from tests.protocols.mails import HELLO

STATES = ("", "login", "EXAMINE", "SELECT", "IDLE", "AUTHENTICATE", "literal")


def player_in(state):
    match state:
        case "":
            return new_player(select="")
        case "login":
            player = new_player(select="")
            player.command(f"l LOGIN {ADDRESS} {PASSWORD}")
        case "IDLE":
            player = new_player()
            player.command("i IDLE")
        case "AUTHENTICATE":
            player = new_player(select="")
            player.command("i AUTHENTICATE PLAIN")
        case "literal":
            player = new_player()
            player.command("i APPEND INBOX {30}")
        case _:
            player = new_player(select=state)
    player.output = b""
    return player


WORDS = [*TABLE, "a", "{3}", "{3+}", "{99999999999}", "(", ")", '"', "\\Seen", "1:*", "BODY[]",
         "INBOX",
         "\r\n", "\n", "\r", "\0", " ", "DONE", "*", "UID", "+FLAGS", "NOT", "&AGE-",
         "ü"]  # fmt: skip
INPUT = st.binary(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=30).map(
    lambda words: " ".join(words).encode()
)


@pytest.mark.parametrize("state", STATES)
@settings(max_examples=60)
@given(chunks=st.lists(INPUT, max_size=5))
def test_any_input_in_any_state_gets_protocol_answers(state, chunks):
    player = player_in(state)
    for chunk in chunks:
        player.send(chunk)
        player.send(b"\r\n")
    assert player.output == b"" or player.output.endswith(b"\r\n")
    assert b"SERVERBUG" not in player.output


def test_many_changes_are_told_in_parts_before_the_end_of_a_command():
    host = new_host(0)
    run(run(host.store.account(ADDRESS)).inbox.append([NewMessage(HELLO)] * (2 * MOST + 1)))
    first, second = new_player(host), new_player(host)
    first.command("a STORE 1:* +FLAGS.SILENT (\\Deleted)")
    parts = [piece for piece, _ in pieces(second, "b NOOP") if piece]
    assert b"".join(parts).count(b" FETCH (FLAGS (\\Deleted))\r\n") == 2 * MOST + 1
    assert b"".join(parts).endswith(b"b OK NOOP completed\r\n")
    second.command("i IDLE")
    first.command("c EXPUNGE")
    told = list(iter(second.session.updates, b""))
    assert [part.count(b" EXPUNGE\r\n") for part in told] == [MOST, MOST, 1]
    assert second.command("DONE") == "i OK IDLE terminated\r\n"


def test_an_append_reaches_the_other_client_at_its_next_command():
    host = new_host(1)
    first, second = new_player(host), new_player(host)
    first.send(b"a APPEND INBOX {4+}\r\na: b\r\n")
    assert lines(second.command("b NOOP")) == ["* 2 EXISTS", "* 0 RECENT", "b OK NOOP completed"]
    assert lines(second.command("c NOOP")) == ["c OK NOOP completed"]


def test_an_idling_client_is_told_at_once():
    host = new_host(2)
    first, second = new_player(host), new_player(host)
    second.command("i IDLE")
    told = []
    second.session.notify = lambda: told.append(second.session.updates().decode())
    first.command("a STORE 1 +FLAGS (\\Deleted)")
    first.command("b EXPUNGE")
    first.command("c APPEND INBOX {4+}\r\na: b")
    assert "".join(told) == (
        "* 1 FETCH (FLAGS (\\Deleted))\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n* 1 RECENT\r\n"
    )
    assert second.command("DONE") == "i OK IDLE terminated\r\n"


def test_a_client_that_does_not_idle_is_told_nothing_unasked():
    host = new_host(1)
    first, second = new_player(host), new_player(host)
    second.session.notify = lambda: pytest.fail("notified")
    first.command("a STORE 1 +FLAGS (\\Seen)")
    assert second.session.updates() == b""


def test_numbers_stay_while_a_client_counts():
    host = new_host(3)
    first, second = new_player(host), new_player(host)
    first.command("a STORE 1 +FLAGS (\\Deleted)")
    first.command("b EXPUNGE")
    assert lines(second.command("a FETCH 2 UID")) == ["* 2 FETCH (UID 2)", "a OK FETCH completed"]
    assert lines(second.command("b SEARCH ALL")) == ["* SEARCH 2 3", "b OK SEARCH completed"]
    assert lines(second.command("c STORE 3 +FLAGS (\\Seen)")) == [
        "* 3 FETCH (FLAGS (\\Seen))", "c OK STORE completed",
    ]  # fmt: skip
    assert lines(second.command("d NOOP")) == ["* 1 EXPUNGE", "d OK NOOP completed"]
    assert lines(second.command("e FETCH 1:* UID")) == [
        "* 1 FETCH (UID 2)", "* 2 FETCH (UID 3)", "e OK FETCH completed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command", ["FETCH 1:2 FLAGS", "FETCH 1:2 BODY[]", "STORE 1:2 FLAGS ()", "COPY 1:2 INBOX"]
)
def test_removed_messages_that_a_client_still_counts(command):
    host = new_host(2)
    first, second = new_player(host), new_player(host)
    first.command("a STORE 1 +FLAGS (\\Deleted)")
    first.command("b EXPUNGE")
    *data, end = lines(second.command(f"a {command}"))
    assert end == ("a NO [EXPUNGEISSUED] some of these messages were removed by another session")
    assert not any(line.startswith("* 1 FETCH") for line in data)
    assert ("* 1 EXPUNGE" in data) == command.startswith("COPY")


def test_uid_commands_pass_over_removed_messages_and_then_tell():
    host = new_host(2)
    first, second = new_player(host), new_player(host)
    first.command("a STORE 1 +FLAGS (\\Deleted)")
    first.command("b EXPUNGE")
    assert lines(second.command("a UID FETCH 1:2 UID")) == [
        "* 2 FETCH (UID 2)", "* 1 EXPUNGE", "a OK UID FETCH completed",
    ]  # fmt: skip


def test_silent_hides_the_own_change_only():
    host = new_host(2)
    first, second = new_player(host), new_player(host)
    first.command("a STORE 1 +FLAGS (\\Flagged)")
    assert lines(second.command("a STORE 1:2 +FLAGS.SILENT (\\Seen)")) == [
        "* 1 FETCH (FLAGS (\\Flagged \\Seen))", "a OK STORE completed",
    ]  # fmt: skip


def test_peek_and_examine_leave_messages_unseen():
    host = new_host(1)
    player, reader = new_player(host), new_player(host, "EXAMINE")
    player.command("a FETCH 1 (BODY.PEEK[] RFC822.HEADER ENVELOPE BODY)")
    reader.command("b FETCH 1 (BODY[] RFC822)")
    assert "SEARCH 1\r\n" in player.command("c SEARCH UNSEEN")
    player.command("d FETCH 1 RFC822")
    assert "SEARCH\r\n" in player.command("e SEARCH UNSEEN")


def test_a_deleted_mailbox_is_empty_for_who_has_it_open():
    player = new_player()
    player.command("a CREATE Alt")
    player.command("b COPY 1:3 Alt")
    player.command("c SELECT Alt")
    assert lines(player.command("d DELETE Alt")) == [
        "* 1 EXPUNGE", "* 1 EXPUNGE", "* 1 EXPUNGE", "d OK DELETE completed",
    ]  # fmt: skip
    assert lines(player.command("e CLOSE")) == ["e OK CLOSE completed"]


def test_logout_and_a_lost_connection_leave_no_listener():
    host = new_host()
    inbox = run(host.store.account(ADDRESS)).inbox
    first, second = new_player(host), new_player(host)
    assert len(inbox.listeners) == 2
    first.command("a LOGOUT")
    second.hang_up()
    assert inbox.listeners == set()


def test_three_hundred_pipelined_fetches_come_in_order():
    player = new_player(new_host(6))
    asked = [f"t{n} UID FETCH {n % 6 + 1} (BODY.PEEK[])\r\n" for n in range(303)]
    answer = player.send("".join(asked).encode()).decode()
    assert re.findall(r"^(t\d+) OK", answer, re.MULTILINE) == [f"t{n}" for n in range(303)]


def test_a_huge_set_is_only_a_set():
    player = new_player()
    numbers = ",".join(["1:4294967295", "*"] * 200)
    assert lines(player.command(f"a UID FETCH {numbers} UID"))[-1] == "a OK UID FETCH completed"
    assert lines(player.command("b UID SEARCH UID 4294967295:1"))[0] == "* SEARCH 1 2 3"


def test_a_line_of_a_megabyte_is_refused_once_and_dropped():
    player = new_player()
    answer = player.send(b"a LOGIN " + b"x" * 1_000_000 + b"\r\nb NOOP\r\n").decode()
    assert lines(answer) == [
        f"* BAD line exceeds the limit of {MAX_LINE} octets",
        "b OK NOOP completed",
    ]


@pytest.mark.parametrize("size", [MAX_LITERAL + 1, MAX_MESSAGE + 1, 10**20 - 1])
def test_a_giant_literal_is_not_asked_for(size):
    player = new_player()
    limit = f"BAD literal exceeds the limit of {MAX_LITERAL} octets"
    assert lines(player.command(f"a CREATE {{{size}}}")) == [f"a {limit}"]
    assert lines(player.command("b NOOP")) == ["b OK NOOP completed"]


def test_a_giant_literal_that_comes_unasked_is_never_kept():
    player = new_player()
    player.send(b"a APPEND INBOX {%d+}\r\n" % (MAX_MESSAGE + 1))
    for _ in range(MAX_MESSAGE // 65536):
        assert player.send(b"x" * 65536) == b""
        assert len(player.session.reader) == 0
    assert player.send(b"x\r\nb NOOP\r\n").decode() == (
        f"a NO [TOOBIG] message exceeds the limit of {MAX_MESSAGE} octets\r\n"
        "b OK NOOP completed\r\n"
    )


def test_many_small_literals_reach_a_limit_too():
    player = new_player()
    literal = b"{4000+}\r\n" + b"x" * 4000
    answer = player.send(b"a SEARCH" + b" " + b" ".join([b"SUBJECT " + literal] * 20) + b"\r\n")
    [limit] = re.fullmatch(rb"a BAD literal exceeds the limit of (\d+) octets\r\n", answer).groups()
    assert MAX_COMMAND - 4096 < 16 * 4000 + int(limit) < MAX_COMMAND


def test_too_many_wrong_commands_end_the_session():
    player = new_player()
    for n in range(MAX_BAD_COMMANDS - 1):
        assert lines(player.command(f"a{n} XYZZY")) == [f"a{n} BAD unknown command"]
    assert lines(player.command("z XYZZY"))[-1] == "* BYE too many wrong commands"
    assert player.session.closing
    assert player.command("y NOOP") == ""


def test_a_refusal_that_makes_sense_does_not_count():
    player = new_player()
    for n in range(3 * MAX_BAD_COMMANDS):
        assert player.command(f"a{n} SELECT nowhere").startswith(f"a{n} NO")


def test_a_cut_in_a_literal_stores_nothing():
    host = new_host(1)
    player = new_player(host)
    player.send(b"a APPEND INBOX {100}\r\nSubject: x\r\n")
    player.hang_up()
    assert len(run(host.store.account(ADDRESS)).inbox.messages) == 1


def test_octet_by_octet_is_the_same():
    text = (
        f"a LOGIN {ADDRESS} {{6}}\r\n{PASSWORD}\r\nb SELECT INBOX\r\nc FETCH 1:2 (BODY[] FLAGS)\r\n"
        "d IDLE\r\nDONE\r\ne SEARCH SUBJECT {5+}\r\nHello\r\nf LOGOUT\r\n"
    ).encode()
    whole, slow = new_player(select=""), new_player(select="")
    whole.send(text)
    for octet in text:
        slow.send(bytes([octet]))
    assert slow.output == whole.output
    assert whole.session.closing


def test_a_realm_goes_before_the_shared_account():
    host = new_host()
    host.store.add_account(ADDRESS, "privat", [HELLO], realm="guest")
    player = new_player(host, select="")
    player.conversation.realm = "guest"
    assert " NO " in player.command(f"a LOGIN {ADDRESS} {PASSWORD}")
    secret = b64encode(f"\0{ADDRESS}\0privat".encode()).decode()
    assert " OK " in player.command(f"b AUTHENTICATE PLAIN {secret}")
    assert player.conversation.account.realm == "guest"


def test_a_login_by_cram_md5():
    player = new_player(select="")
    challenge = asked(player, "a AUTHENTICATE CRAM-MD5")
    proof = hmac.digest(PASSWORD.encode(), challenge.encode(), "md5").hex()
    assert player.command(b64(f"{ADDRESS} {proof}")).startswith("a OK [CAPABILITY ")
    assert player.conversation.account.address == ADDRESS


@pytest.mark.parametrize("at_once", [True, False])
def test_a_login_by_scram_sha_256(at_once):
    player = new_player(select="")
    bare = f"n={ADDRESS},r=abc"
    if at_once:
        challenge = asked(player, f"a AUTHENTICATE SCRAM-SHA-256 {b64('n,,' + bare)}")
    else:
        assert asked(player, "a AUTHENTICATE SCRAM-SHA-256") == ""
        challenge = asked(player, b64("n,," + bare))
    nonce, salt, _ = challenge.split(",")
    final = f"c=biws,{nonce}"
    signed = f"{bare},{challenge},{final}".encode()
    proof, verifier = signatures(PASSWORD, b64decode(salt.removeprefix("s=")), signed)
    assert asked(player, b64(f"{final},p={b64encode(proof).decode()}")).encode() == (
        b"v=" + b64encode(verifier)
    )
    assert player.conversation.account is None
    assert player.command("").startswith("a OK [CAPABILITY ")
    assert player.conversation.account.address == ADDRESS


def asked(player, line):
    [answer] = lines(player.command(line))
    assert answer.startswith("+ ")
    return b64decode(answer.removeprefix("+ ")).decode()


def b64(text):
    return b64encode(text.encode()).decode()


def test_a_store_that_fails_gives_a_clear_no(monkeypatch):
    async def fail(*_):
        raise StoreUnavailable

    player = new_player()
    monkeypatch.setattr(MemoryMailbox, "set_flags", fail)
    assert lines(player.command("a STORE 1 +FLAGS (\\Seen)")) == [
        "a NO [UNAVAILABLE] mail storage is not available now, try again"
    ]


def test_a_message_that_goes_while_it_is_fetched(monkeypatch):
    async def gone(*_):
        raise MessageGone

    player = new_player()
    monkeypatch.setattr(MemoryMailbox, "content", gone)
    assert lines(player.command("a FETCH 1 BODY.PEEK[]")) == [
        "a NO [EXPUNGEISSUED] some of these messages were removed by another session"
    ]


def test_a_bug_gives_a_no_and_the_session_goes_on(monkeypatch, caplog):
    async def bug(*_):
        raise ZeroDivisionError

    player = new_player()
    monkeypatch.setattr(MemoryMailbox, "set_flags", bug)
    assert lines(player.command("a STORE 1 +FLAGS (\\Seen)")) == [
        "a NO [SERVERBUG] server error, nothing was done"
    ]
    assert lines(player.command("b NOOP")) == ["b OK NOOP completed"]
    assert "IMAP command failed" in caplog.text


def test_a_bug_amid_an_answer_ends_the_session_without_a_word(mail_lab, monkeypatch, caplog):
    wire = mail_lab.connect("imap")
    wire.line()
    for command in (b"a LOGIN ann@lab.example geheim", b"b SELECT INBOX"):
        wire.send(command + b"\r\n")
        while not wire.line().startswith(command[:2]):
            pass
    monkeypatch.setattr(Sections, "section", None)
    wire.send(b"c FETCH 1:2 (FLAGS BODY.PEEK[])\r\nd LOGOUT\r\n")
    assert b"c NO" not in wire.rest()
    assert [record.getMessage() for record in caplog.records] == ["IMAP session failed"]
    caplog.clear()
    wire.close()


def pieces(player, command: str) -> list[tuple[bytes, bool]]:
    """What the session says to a command, each with whether it is amid an answer then."""

    async def said():
        player.session.feed(command.encode() + b"\r\n")
        return [(piece, player.session.amid) async for piece in player.session.answers()]

    return run(said())


@pytest.mark.parametrize("key", ["SEEN", "TEXT x", "SENTON 1-Feb-1994 SENTON 2-Feb-1994"])
def test_a_long_search_gives_way_to_others(key):
    host = new_host(6)
    player = new_player(host)
    host.clock = count().__next__  # each look takes long
    said = pieces(player, f"a SEARCH {key}")
    assert len([piece for piece, _ in said if not piece]) > 1
    assert b"".join(piece for piece, _ in said).endswith(b"a OK SEARCH completed\r\n")


def test_a_long_append_gives_way_to_others():
    host = new_host(0)
    player = new_player(host)
    host.clock = count().__next__
    said = pieces(player, f"a APPEND INBOX {{{4 * PIECE}+}}\r\n" + "\n" * 4 * PIECE)
    assert len([piece for piece, _ in said if not piece]) > 1
    [message] = run(host.store.account(ADDRESS)).inbox.messages
    assert message.size == 8 * PIECE


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("FETCH 1:2 BODY.PEEK[1]<0.1>", b"* 1 FETCH (BODY[1]<0> {1}\r\nx)\r\n"),
        ("SEARCH OR SEEN (LARGER 9 TEXT XXX)", b"* SEARCH 1 2\r\n"),
        ("FETCH 1:2 BODY.PEEK[TEXT]<0.1>", b"* 1 FETCH (BODY[TEXT]<0> {1}\r\nx)\r\n"),
    ],
)
def test_a_long_message_is_read_aside(command, answer):
    host, aside = new_host(0), []
    contents = [b"Subject: a\r\n\r\n" + b"x" * size for size in (100, SHORT)]
    run(run(host.store.account(ADDRESS)).inbox.append([NewMessage(c) for c in contents]))

    async def at_once(work):
        aside.append(work())

    host.aside = at_once
    said = b"".join(piece for piece, _ in pieces(new_player(host), f"a {command}"))
    assert said.startswith(answer)
    assert len(aside) == ("TEXT]" not in command)  # of that the place is known


def test_a_fetch_of_many_items_gives_way_to_others():
    host = new_host(1)
    player = new_player(host)
    host.clock = count().__next__
    items = " ".join(f"BODY.PEEK[]<{n}.1>" for n in range(9))
    said = pieces(player, f"a FETCH 1 ({items})")
    assert len(said) > 9
    assert [amid for _, amid in said][-2:] == [False, False]


def test_a_long_message_is_fetched_without_a_copy_and_nothing_is_said_into_it():
    host = new_host(0)
    content = b"x" * BLOCK
    run(run(host.store.account(ADDRESS)).inbox.append([NewMessage(content)]))
    said = pieces(new_player(host), "a FETCH 1 (BODY.PEEK[] UID)")
    assert said == [
        (b"* 1 FETCH (BODY[] {%d}\r\n" % BLOCK, True),
        (content, True),
        (b" UID 1)\r\na OK FETCH completed\r\n", False),
    ]
    assert said[1][0] is content


def test_one_append_takes_one_message_only():
    player = new_player()
    half = MAX_MESSAGE // 2
    literal = b"{%d+}\r\n" % half + b"x" * half
    answer = player.send(b"a APPEND INBOX " + b" ".join([literal] * 3) + b"\r\nb NOOP\r\n").decode()
    assert re.fullmatch(
        r"a BAD literal exceeds the limit of \d+ octets\r\nb OK NOOP completed\r\n", answer
    )
