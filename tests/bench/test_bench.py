"""The bench itself: wrong replies and missed targets must not pass."""

import asyncio
import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import dialogs
from tests.bench.__main__ import report
from tests.bench.client import Wrong, load, speak
from tests.bench.dialogs import Dialog
from tests.bench.floor import learn
from tests.bench.mail import MANY, SHORT, message, stuffed
from tests.bench.page import Page, frame, next_frame, say
from tests.bench.processes import cpu, running, tree_cpu
from tests.bench.table import Line, printed

POP3 = (
    b"+OK ready\r\n",
    b"+OK\r\nUSER\r\nUIDL\r\n.\r\n",
    b"+OK\r\n",
    b"+OK\r\n",
    b"+OK 1 2048\r\n",
    b"+OK\r\n1 2048\r\n.\r\n",
    b"+OK\r\n1 abc\r\n.\r\n",
    b"+OK 2048 octets\r\n" + stuffed(message(SHORT)),
    b"+OK\r\n",
    b"+OK\r\n",
)
SMTP = (
    b"220 ready\r\n",
    b"250-here\r\n250 SIZE\r\n",
    *(b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n", b"250 stored\r\n"),
    b"221 bye\r\n",
)
IMAP = (
    b"* OK ready\r\n",
    b"a1 OK\r\n",
    b"* 1 EXISTS\r\n* 0 RECENT\r\na2 OK\r\n",
    b"* 1 FETCH (FLAGS (\\Seen))\r\na3 OK\r\n",
    b"* 1 FETCH (BODY[] {2048}\r\n" + message(SHORT) + b")\r\na4 OK\r\n",
    b"* BYE\r\na5 OK\r\n",
)
SESSIONS = [
    pytest.param(dialogs.pop3_login(0), POP3, id="pop3"),
    pytest.param(dialogs.smtp(1, 0), SMTP, id="smtp"),
    pytest.param(dialogs.imap(0), IMAP, id="imap"),
]


def floor(dialog: Dialog, replies: tuple[bytes, ...]):
    return running("-m", "tests.bench.floor", given=learn([s.say for s in dialog], [*replies]))


@pytest.mark.parametrize("dialog, replies", SESSIONS)
def test_the_floor_says_what_it_was_taught(dialog, replies):
    with floor(dialog, replies) as server:
        assert asyncio.run(speak(server, dialog)) == [*replies]


def test_a_load_counts_sessions_and_replies():
    dialog = dialogs.pop3_login(0)
    with floor(dialog, POP3) as server:
        loaded = asyncio.run(load(server, [dialog] * 3, 10))
    assert (loaded.sessions, loaded.commands, len(loaded.waits)) == (10, 90, 100)
    assert loaded.cpu > 0


@pytest.mark.parametrize("dialog, replies", SESSIONS)
def test_every_wrong_reply_is_noticed(dialog, replies):
    for place, reply in enumerate(replies):
        wrong = (*replies[:place], b"-ERR 550 a1 NO\r\n.\r\n", *replies[place + 1 :])
        assert not right(dialog, wrong), reply


@pytest.mark.parametrize("octet", [0, 50, SHORT - 1])
def test_one_wrong_octet_of_a_message_is_noticed(octet):
    content = bytearray(message(SHORT))
    content[octet] ^= 1
    wrong = b"+OK 2048 octets\r\n" + stuffed(bytes(content))
    assert not right(dialogs.pop3_login(0), (*POP3[:7], wrong, *POP3[8:]))


def right(dialog: Dialog, replies: tuple[bytes, ...]) -> bool:
    return all(step.ends(r) and step.right(r) for step, r in zip(dialog, replies, strict=True))


def test_the_sessions_are_what_they_should_be():
    assert right(dialogs.pop3_login(0), POP3)
    assert len(dialogs.pop3_many(0)) == 7 + MANY + 1
    assert len(dialogs.smtp(20, 0)) == 3 + 20 * 4


def test_what_a_server_says_ends_the_bench_with_a_sentence():
    dialog = dialogs.pop3_login(0)
    with (
        floor(dialog, (*POP3[:4], b"-ERR no\r\n", *POP3[5:])) as server,
        pytest.raises(Wrong, match="STAT.*was answered with.*-ERR no"),
    ):
        asyncio.run(load(server, [dialog] * 2, 4))


@pytest.mark.parametrize("size", [2048, 4096])
def test_messages_have_their_size_and_end_with_a_line(size):
    content = message(size)
    assert len(content) == size
    assert content.endswith(b"\r\n")
    assert content.replace(b"\r\n", b"").count(b"\n") == 0
    assert stuffed(content).count(b"\r\n..") == 1


def test_work_costs_time():
    own, tree = cpu(os.getpid()), tree_cpu(os.getpid())
    sum(range(3_000_000))
    assert cpu(os.getpid()) - own > 1000
    assert tree_cpu(os.getpid()) - tree > 1000


@pytest.mark.parametrize("measured, target, met", [(4, 4, True), (4.01, 4, False), (9, None, True)])
def test_a_missed_target_is_counted(measured, target, met, capsys):
    line = Line("row", "value", measured=measured, target=target)
    assert report(iter([line])) == (not met)
    assert ("MISSED" in printed(line)) == (not met)


@given(
    st.lists(st.binary(max_size=300) | st.just(bytes(70_000)), max_size=6),
    st.lists(st.integers(0, 2000)),
)
def test_frames_are_read_however_they_are_cut(contents, cuts):
    octets = b"".join(map(unmasked, contents))
    waiting, found = b"", []
    for start, end in pairwise([0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]):
        waiting += octets[start:end]
        while read := next_frame(waiting):
            opcode, content, waiting = read
            found.append((opcode, content))
    assert (found, waiting) == ([(1, content) for content in contents], b"")


def unmasked(content: bytes) -> bytes:
    """As a server sends it (RFC 6455 5.1)."""
    size = len(content)
    if size < 126:
        head = bytes([size])
    elif size < 65536:
        head = b"\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x7f" + size.to_bytes(8, "big")
    return b"\x81" + head + content


@pytest.mark.parametrize("size, head", [(5, 2), (125, 2), (126, 4), (65535, 4)])
def test_frames_that_are_sent_have_a_mask(size, head):
    content = bytes(range(256)) * 256
    made = frame(content[:size])
    assert made[1] & 128
    assert made[head:] == bytes(4) + content[:size]


def test_what_a_page_says_is_json():
    assert say(do="x").endswith(b'{"do": "x"}')


class Wire(asyncio.Transport):
    def write(self, data: bytes) -> None:
        """Goes nowhere."""

    def abort(self) -> None:
        """Nothing is open."""


def test_a_console_that_answers_otherwise_is_noticed():
    async def ask(answer: bytes) -> None:
        page = Page(("127.0.0.1", 1), "", b"reply", [])
        page.connection_made(Wire())
        page.data_received(b"HTTP/1.1 101 Go\r\n\r\n")
        asked = page.ask(say(do="x"), b"+OK")
        page.data_received(unmasked(answer))
        await asked

    asyncio.run(ask(b"reply +OK"))
    with pytest.raises(Wrong, match="is not in"):
        asyncio.run(ask(b"reply -ERR"))
    with pytest.raises(Wrong, match="the console says"):
        asyncio.run(ask(b'{"type":"error"}'))
