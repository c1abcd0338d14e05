import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conversation import Ending, MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.sasl import MAX_RESPONSE_LINE
from protocols.session import MAX_BAD_COMMANDS
from protocols.smtp import PROTOCOL
from protocols.smtp.session import MAX_LINE, SmtpSession
from protocols.smtp.table import MAX_MESSAGE, MAX_RECIPIENTS, STATES, TABLE, missing
from protocols.store import OverQuota, StoreUnavailable
from tests.protocols.dialogs import NO_HANDSHAKE, Player, run

REPLY_LINE = re.compile(rb"(?:[2-5]\d\d[ -][^\r\n\x00]*\r\n)*")

# The lines that lead to each state; AUTH is no state of the table, but asks for a line too.
WAYS = {
    "CONNECTED": [],
    "GREETED": ["EHLO client.example"],
    "MAIL": ["EHLO client.example", "MAIL FROM:<a@b.example>"],
    "RCPT": ["EHLO client.example", "MAIL FROM:<a@b.example>", "RCPT TO:<receiver@example.com>"],
    "DATA": ["HELO c", "MAIL FROM:<a@b.example>", "RCPT TO:<receiver@example.com>", "DATA"],
    "BDAT": [
        "EHLO client.example",
        "MAIL FROM:<a@b.example>",
        "RCPT TO:<receiver@example.com>",
        "BDAT 0",
    ],
    "AUTH": ["EHLO client.example", "AUTH LOGIN"],
}
STATE_OF = {"AUTH": "GREETED"}


def player(way: str = "CONNECTED", store: MemoryStore | None = None) -> Player:
    store = store or MemoryStore()
    store.add_account("receiver@example.com", "geheim")
    made = Player(
        PROTOCOL, SmtpSession, MailHost(store, NoAudience(), lambda: 0.0, tls=NO_HANDSHAKE)
    )
    for line in WAYS[way]:
        made.command(line)
    return made


def inbox(player: Player, address: str = "receiver@example.com") -> list[bytes]:
    account = run(player.host.store.account(address, player.conversation.realm))
    return [message.key for message in account.inbox.messages]


def test_the_ways_reach_every_state():
    reached = {way: player(way).session.state for way in WAYS}
    assert reached == {way: STATE_OF.get(way, way) for way in WAYS}
    assert set(STATES) < set(WAYS)


@pytest.mark.parametrize("way", WAYS)
@given(data=st.binary(max_size=200))
def test_any_octets_get_whole_replies(way, data):
    answers = player(way).send(data + b"\r\n")
    assert REPLY_LINE.fullmatch(answers)


words = st.sampled_from(
    [
        *TABLE,
        "FROM:",
        "TO:",
        "<a@b>",
        "<receiver@example.com>",
        "SIZE=1",
        "PLAIN",
        "=",
        "*",
        "é",
        "\0",
        "x" * 600,
    ]
)
lines = st.lists(words, max_size=4).map(" ".join)


@given(st.lists(lines, max_size=20))
def test_any_commands_get_whole_replies_and_a_state_of_the_table(commands):
    made = player()
    answers = b"".join(made.send(line.encode() + b"\r\n") for line in commands)
    assert REPLY_LINE.fullmatch(answers)
    assert made.session.state in STATES


@given(st.integers(1, 60))
def test_answers_do_not_depend_on_the_chunks(size):
    stream = "\r\n".join(
        [*WAYS["RCPT"], "DATA", "x", "", "..", ".", "NOOP", "FROB", "QUIT", ""]
    ).encode()
    whole, pieces = player(), player()
    expected = whole.send(stream)
    found = b"".join(pieces.send(stream[n : n + size]) for n in range(0, len(stream), size))
    assert found == expected


@pytest.mark.parametrize(("state", "command", "after"), TABLE.transitions())
def test_the_table_tells_the_state_after_success(state, command, after):
    arguments = {
        **dict.fromkeys(("HELO", "EHLO", "VRFY"), "c"),
        "BDAT": "0",
        "MAIL": "FROM:<>",
        "RCPT": "TO:<receiver@example.com>",
        "AUTH": "PLAIN " + b64encode(b"\0receiver@example.com\0geheim").decode(),
    }
    made = player(state)
    line = f"{command} {arguments.get(command, '')}".rstrip()
    made.command("BDAT 0 LAST" if (state, command) == ("BDAT", ".") else line)
    assert made.session.state == after


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", TABLE)
def test_what_must_come_first_can_be_asked_for_in_any_state(command, state):
    assert missing(command, state) in ("", "EHLO", "HELO or EHLO", "MAIL", "RCPT")


def test_message_is_delivered_with_its_trace():
    made = player("DATA")
    made.conversation.peer = ("2001:db8::1", 1)
    assert made.send(b"Subject: x\r\n\r\n..\r\n.\r\n") == b"250 OK\r\n"
    (content,) = inbox(made)
    trace, _, rest = content.partition(b"\r\nSubject: ")
    assert rest == b"x\r\n\r\n.\r\n"
    assert re.fullmatch(
        rb"Return-Path: <a@b\.example>\r\n"
        rb"Received: from c \(\[IPv6:2001:db8::1\]\)\r\n"
        rb"\tby lab\.example with SMTP id 0123456789abcdef-1\r\n"
        rb"\tfor <receiver@example\.com>;\r\n"
        rb"\t\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000",
        trace,
    )


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"hello: world\r\n", b"hello: world\r\n"),
        (b"Subject: x\r\nhello\r\n", b"Subject: x\r\nhello\r\n"),
        (b"hello, world: hello\r\n", b"\r\nhello, world: hello\r\n"),
        (b" hello\r\n", b"\r\n hello\r\n"),
        (b"\r\nhello\r\n", b"\r\nhello\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_text_without_a_header_does_not_join_the_trace(content, kept):
    made = player("DATA")
    assert made.send(content + b".\r\n") == b"250 OK\r\n"
    assert inbox(made)[0].partition(b"+0000\r\n")[2] == kept


def test_each_mail_of_a_session_has_its_own_id():
    made = player()
    for _ in range(2):
        for line in WAYS["RCPT"]:
            made.command(line)
        made.send(b"DATA\r\nx\r\n.\r\n")
    ids = [re.search(rb" id ([0-9a-z-]+)\r\n", content)[1] for content in inbox(made)]
    assert ids == [b"0123456789abcdef-1", b"0123456789abcdef-2"]


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"Return-Path: <evil@b.example>\r\nSubject: x\r\n", b"Subject: x\r\n"),
        (
            b"A: 1\r\nRETURN-path : <evil@b.example>\r\n\t(folded)\r\n more\r\nB: 2\r\n",
            b"A: 1\r\nB: 2\r\n",
        ),
        (b"Return-Path: <>\r\nReturn-Path: <>\r\n", b""),
        (b"X-Return-Path: <>\r\nA: Return-Path: <>\r\n Return-Path: <>\r\n",) * 2,
        (b"Return-Path-Not: <>\r\n",) * 2,
    ],
)
@pytest.mark.parametrize("rest", [b"\r\nReturn-Path: text\r\n", b"\r\n"])
def test_the_final_delivery_leaves_one_return_path(header, kept, rest):
    made = player("DATA")
    made.send(header + rest + b".\r\n")
    [content] = inbox(made)
    assert content.startswith(b"Return-Path: <a@b.example>\r\nReceived: ")
    assert content.partition(b"+0000\r\n")[2] == kept + rest


def test_a_header_that_was_only_a_return_path_leaves_text_apart():
    made = player("DATA")
    made.send(b"Return-Path: <>\r\nhello\r\n.\r\n")
    assert inbox(made)[0].partition(b"+0000\r\n")[2] == b"\r\nhello\r\n"


def test_several_recipients_are_not_told_of_each_other():
    store = MemoryStore()
    store.add_account("second@example.com", "geheim")
    made = player("RCPT", store)
    made.command("RCPT TO:<second@example.com>")
    made.command("RCPT TO:<second+again@example.com>")
    made.send(b"DATA\r\nx\r\n.\r\n")
    (first,), (second,) = inbox(made), inbox(made, "second@example.com")
    assert first == second
    assert b"for <" not in first
    assert b"second" not in first


@pytest.mark.parametrize(
    ("hello", "parameter", "login", "name"),
    [
        ("HELO c", "", False, b"SMTP"),
        ("EHLO c", "", False, b"ESMTP"),
        ("EHLO c", "", True, b"ESMTPA"),
        ("EHLO c", " SMTPUTF8", False, b"UTF8SMTP"),
        ("EHLO c", " SMTPUTF8", True, b"UTF8SMTPA"),
    ],
)
def test_received_names_the_protocol(hello, parameter, login, name):
    made = player()
    made.command(hello)
    if login:
        made.command("AUTH PLAIN " + b64encode(b"\0receiver@example.com\0geheim").decode())
    made.command(f"MAIL FROM:<>{parameter}")
    made.command("RCPT TO:<receiver@example.com>")
    made.send(b"DATA\r\n.\r\n")
    assert b" with " + name + b" id " in inbox(made)[0]


def test_the_realms_own_account_gets_the_mail():
    made = player()
    made.host.store.add_account("receiver@example.com", "own", realm="guest")
    made.conversation.realm = "guest"
    for line in WAYS["DATA"]:
        made.command(line)
    made.send(b"x\r\n.\r\n")
    assert len(inbox(made)) == 1
    made.conversation.realm = ""
    assert inbox(made) == []


def test_login_is_announced():
    made = player("GREETED")
    made.command("AUTH PLAIN " + b64encode(b"\0receiver@example.com\0geheim").decode())
    assert made.conversation.account.address == "receiver@example.com"


def test_a_hundred_recipients_and_no_more():
    made = player("MAIL")
    for number in range(MAX_RECIPIENTS):
        assert made.command(f"RCPT TO:<receiver+{number}@example.com>") == "250 2.1.5 OK\r\n"
    assert made.command("RCPT TO:<receiver+x@example.com>") == "452 4.5.3 too many recipients\r\n"
    assert made.command("RCPT TO:<receiver+7@example.com>") == "250 2.1.5 OK\r\n"
    made.send(b"DATA\r\n.\r\n")
    assert len(inbox(made)) == 1


def test_too_big_message_is_read_to_its_end():
    made = player("DATA")
    block = b"x" * 98 + b"\r\n"
    for _ in range(MAX_MESSAGE // 100_000 + 1):
        assert made.send(block * 1000) == b""
    assert made.send(b"NOOP\r\n.\r\nNOOP\r\n") == (
        b"552 message exceeds the limit of 10485760 octets\r\n250 OK\r\n"
    )
    assert made.session.state == "GREETED"
    assert inbox(made) == []


class FailingStore(MemoryStore):
    error: Exception

    async def deliver(self, accounts, contents):
        raise self.error


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OverQuota("receiver@example.com"), b"552 mailbox full\r\n"),
        (StoreUnavailable(), b"451 mail storage is unavailable, try again later\r\n"),
        (ZeroDivisionError(), b"451 local error in processing\r\n"),
    ],
)
def test_failures_of_the_store_have_an_answer(error, answer, caplog):
    store = FailingStore()
    store.error = error
    made = player("DATA", store)
    assert made.send(b"x\r\n.\r\n") == answer
    assert made.session.state == "GREETED"
    assert made.command("NOOP") == "250 OK\r\n"


def test_errors_in_a_row_end_the_conversation():
    made = player()
    answers = made.send(b"FROB\r\n" * 200)
    assert answers == b"500 command not recognized\r\n" * MAX_BAD_COMMANDS + (
        b"421 lab.example closing channel: too many errors\r\n"
    )
    assert made.session.closing is True


def test_a_right_command_forgives_the_errors_before_it():
    made = player()
    made.send((b"FROB\r\n" * (MAX_BAD_COMMANDS - 1) + b"NOOP\r\n") * 3)
    assert made.session.closing is False


def test_line_limits():
    made = player()
    longest = b"NOOP " + b"x" * (MAX_LINE - 7) + b"\r\n"
    assert made.send(longest) == b"250 OK\r\n"
    assert made.send(b"x" + longest) == b"500 line too long\r\n"
    assert made.send(b"x" * 1_000_000) == b"500 line too long\r\n"
    assert made.send(b"x\r\nNOOP\r\n") == b"250 OK\r\n"


def test_an_auth_line_may_be_longer_and_its_limit_ends_the_exchange():
    made = player("AUTH")
    user = b64encode(b"x" * 9000)
    assert made.send(user + b"\r\n") == b"334 UGFzc3dvcmQ6\r\n"
    assert (
        made.send(b"x" * MAX_RESPONSE_LINE + b"\r\n")
        == b"500 5.5.6 authentication line too long\r\n"
    )
    assert made.command("NOOP") == "250 2.0.0 OK\r\n"


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (Ending.IDLE, b"421 4.4.2 lab.example closing channel: no command for 5 minutes\r\n"),
        (Ending.SHUTDOWN, b"421 4.3.2 lab.example closing channel: the lab shuts down\r\n"),
        (Ending.FAILURE, b"421 4.3.0 lab.example closing channel: local error\r\n"),
    ],
)
def test_farewells(ending, line):
    """They answer nothing, so also after EHLO they have a code."""
    assert player("GREETED").session.farewell(ending) == line


def test_a_reply_holds_nothing_that_the_client_said():
    made = player("GREETED")
    mark = "zzmark"
    commands = (
        "{0}|{0} x|HELO {0}|EHLO {0}|MAIL FROM:<{0}@b> {0}={0}|VRFY {0}|MAIL FROM:<{0}@b>|"
        "RCPT TO:<{0}@example.com>|RCPT TO:<x@{0}>|HELP {0}|NOOP {0}|EXPN {0}|AUTH {0}|RSET {0}"
    )
    answers = "".join(made.command(line) for line in commands.format(mark).split("|"))
    assert mark not in answers.lower()
