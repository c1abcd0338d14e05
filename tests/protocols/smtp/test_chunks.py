"""BDAT (RFC 3030): octets are counted, and nothing in them is a command."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conversation import MailHost, NoAudience
from protocols.faults import Fault, FaultPlan
from protocols.memory import MemoryStore
from protocols.session import MAX_BAD_COMMANDS
from protocols.smtp import PROTOCOL
from protocols.smtp.data import Chunks, Problem
from protocols.smtp.grammar import ChunkSize, read_chunk_size
from protocols.smtp.session import SmtpSession
from protocols.smtp.table import MAX_MESSAGE
from tests.protocols.dialogs import Player, run

ADDRESS = "bob@lab.example"
SYSTEM_FULL = b"452 4.3.1 insufficient system storage\r\n"
NO_MAIL = b"503 5.5.1 bad sequence of commands: send MAIL first\r\n"
DONE = b"250 2.0.0 OK\r\n"

piece = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b".", b"a", b"\r\n.\r\n", b"QUIT\r\n", b"\0", b"\xff"]
)
contents = st.lists(piece, max_size=20).map(b"".join)


def player() -> Player:
    store = MemoryStore()
    store.add_account(ADDRESS, "geheim")
    made = Player(PROTOCOL, SmtpSession, MailHost(store, NoAudience(), lambda: 0.0))
    for line in ("EHLO c", "MAIL FROM:<a@b.example>", f"RCPT TO:<{ADDRESS}>"):
        assert made.command(line)[0] == "2"
    return made


def inbox(made: Player) -> list[bytes]:
    return [m.key for m in run(made.host.store.account(ADDRESS)).inbox.messages]


def cut(octets: bytes, cuts: Sequence[int]) -> list[bytes]:
    points = sorted({0, len(octets), *(n for n in cuts if n < len(octets))})
    return [octets[a:b] for a, b in zip(points, points[1:], strict=False)]


def bdat(content: bytes, last: bool = False) -> bytes:
    return b"BDAT %d%b\r\n%b" % (len(content), b" LAST" if last else b"", content)


def problem(content: bytes) -> bool:
    rest = content.replace(b"\r\n", b"")
    return b"\r" in rest or b"\n" in rest or b"\0" in rest


def whole(content: bytes) -> bytes:
    return content if not content or content.endswith(b"\r\n") else content + b"\r\n"


@given(contents, st.lists(st.integers(0, 60)), st.lists(st.integers(0, 200)))
def test_only_the_count_ends_a_message(content, cuts, wire_cuts):
    chunks = [bdat(chunk) for chunk in cut(content, cuts)]
    made = player()
    stream = b"".join([*chunks, bdat(b"", last=True), b"NOOP\r\n"])
    answers = b"".join(made.send(octets) for octets in cut(stream, wire_cuts))
    assert answers.count(b"\r\n") == len(chunks) + 2
    assert answers.endswith(DONE)
    stored = [mail.partition(b"+0000\r\n")[2] for mail in inbox(made)]
    blank = b"" if content.startswith(b"\r\n") else b"\r\n"  # they have no header
    assert stored == ([] if problem(content) else [blank + whole(content)])


@given(contents, st.lists(st.integers(0, 60)))
def test_chunks_check_what_the_whole_would_show(content, cuts):
    chunks = Chunks(1000)
    for chunk in cut(content, cuts):
        chunks.expect(len(chunk))
        chunks.feed(chunk)
    chunks.end()
    assert (chunks.problem is not None) == problem(content)
    assert chunks.content == (b"" if problem(content) else whole(content))


@pytest.mark.parametrize(
    ("argument", "size"),
    [
        ("0", ChunkSize(0, False)),
        ("12 LAST", ChunkSize(12, True)),
        ("007   last", ChunkSize(7, True)),
        *(
            (text, None)
            for text in ("", "x", "-1", "1 2", "LAST", "1LAST", "1 LAST 2", "٣", "9" * 21)
        ),
    ],
)
def test_chunk_sizes(argument, size):
    assert read_chunk_size(argument) == size


def test_a_chunk_over_the_limit_is_read_away_and_refused():
    made = player()
    assert made.send(bdat(b"x" * 10)) == b"250 2.0.0 10 octets received\r\n"
    assert made.send(b"BDAT %d LAST\r\n" % MAX_MESSAGE) == b""
    block = b"NOOP\r\n" * 1000
    for _ in range(MAX_MESSAGE // len(block)):
        assert made.send(block) == b""
    assert len(made.session.reader) == 0
    assert made.send(b"x" * (MAX_MESSAGE % len(block)) + b"NOOP\r\n") == (
        b"552 5.3.4 message exceeds the limit of 10485760 octets\r\n" + DONE
    )
    assert made.session.state == "GREETED"
    assert inbox(made) == []


def test_the_greatest_message_is_taken():
    made = player()
    chunks = Chunks(MAX_MESSAGE)
    chunks.expect(MAX_MESSAGE)
    assert chunks.problem is None
    chunks.expect(MAX_MESSAGE + 1)
    assert chunks.problem is Problem.TOO_BIG
    assert made.send(bdat(b"x\r\n" * 300_000, last=True)) == DONE
    assert len(inbox(made)) == 1


@pytest.mark.parametrize("fault", ["BDAT", "."])
def test_a_refused_chunk_takes_the_mail_with_it(fault):
    made = player()
    account = run(made.host.store.account(ADDRESS))
    account.faults = FaultPlan([Fault("smtp", fault, reply=SYSTEM_FULL.decode().strip())])
    assert made.send(bdat(b"x\r\n", last=True)) == SYSTEM_FULL
    assert made.send(bdat(b"y\r\n", last=True)) == NO_MAIL
    assert inbox(made) == []


@pytest.mark.parametrize(
    "way",
    [
        [],
        ["HELO c"],
        ["HELO c", "MAIL FROM:<>"],
        ["HELO c", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>"],
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_octets_of_a_chunk_are_no_commands_to_whoever_did_not_offer_it(way, last):
    made = Player(PROTOCOL, SmtpSession, player().host)
    for line in way:
        made.command(line)
    state = made.session.state
    answers = made.send(bdat(b"QUIT\r\n", last) + b"NOOP\r\n").split(b"\r\n")
    assert [answer[:4] for answer in answers] == [b"503 ", b"250 ", b""]
    assert made.session.state == state
    assert inbox(made) == []


def test_a_command_line_with_a_bare_line_feed_announces_nothing():
    assert player().send(b"BDAT 6\nNOOP\r\n") == b"500 5.5.2 line must end with CRLF\r\n" + DONE


def test_refused_chunks_are_wrong_commands_as_well():
    made = player()
    made.command("RSET")
    assert made.send(b"BDAT 0\r\n" * MAX_BAD_COMMANDS).endswith(
        NO_MAIL + b"421 4.7.0 lab.example closing channel: too many errors\r\n"
    )
