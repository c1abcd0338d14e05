"""mbox files: what goes in comes out."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mailedu.mail.mbox import read_mbox, write_mbox
from protocols.framing import PIECE

MOMENT = datetime(2004, 10, 18, 4, 5, 6, tzinfo=UTC)
LINES = st.sampled_from(
    [b"From x", b">From x", b">>From ", b"From", b"", b".", b"Subject: a", b"\xff\x00", b"> From "]
)


def written(*contents: bytes) -> bytes:
    return b"".join(write_mbox((content, MOMENT) for content in contents))


def test_a_file_as_rfc_4155_draws_it():
    data = written(b"Subject: a\r\n\r\nFrom here\r\n>From there\r\n", b"Subject: b\r\n\r\n")
    assert data == (
        b"From MAILER-DAEMON Mon Oct 18 04:05:06 2004\n"
        b"Subject: a\n\n>From here\n>>From there\n\n"
        b"From MAILER-DAEMON Mon Oct 18 04:05:06 2004\n"
        b"Subject: b\n\n\n"
    )


def test_a_day_of_one_digit_is_padded_with_a_space():
    [piece] = write_mbox([(b"", datetime(2026, 1, 5, tzinfo=UTC))])
    assert piece == b"From MAILER-DAEMON Mon Jan  5 00:00:00 2026\n\n"


@given(st.lists(st.lists(LINES, min_size=1), max_size=5))
def test_round_trip(messages):
    contents = [b"".join(line + b"\r\n" for line in lines) for lines in messages]
    assert list(read_mbox(written(*contents))) == [(content, MOMENT) for content in contents]


@given(st.binary())
def test_anything_can_be_read(data):
    for content, _moment in read_mbox(data):
        assert b"\n" not in content.replace(b"\r\n", b"")


def test_only_after_an_empty_line_begins_another_message():
    data = b"From a\nSubject: x\n\nHi,\nFrom now on.\n"
    assert [content for content, _ in read_mbox(data)] == [
        b"Subject: x\r\n\r\nHi,\r\nFrom now on.\r\n"
    ]


def test_a_from_line_without_a_date():
    assert list(read_mbox(b"From nobody\r\nA: b\r\n")) == [(b"A: b\r\n", None)]


def test_a_from_line_with_an_impossible_date():
    assert list(read_mbox(b"From x Mon Feb 31 04:05:06 2004\nA: b\n")) == [(b"A: b\r\n", None)]


def test_a_long_message_among_others():
    long = b"Subject: long\r\n\r\n" + b"From here\r\n\r\n" * PIECE
    contents = [b"Subject: a\r\n\r\n", long, b"\r\n"]
    assert list(read_mbox(written(*contents))) == [(content, MOMENT) for content in contents]
