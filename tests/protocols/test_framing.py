import poplib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.framing import (
    PIECE,
    LineTooLong,
    Reader,
    after_lines,
    crlf_pieces,
    dot_stuff,
    end_line,
    lacks_line_end,
    split,
    strip_line_end,
    to_crlf,
)

LIMIT = 10
pieces = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"abcdef", b"0123456789"]))
octets = st.binary(max_size=200) | pieces.map(b"".join)


def reader_of(data):
    reader = Reader()
    reader.feed(data)
    return reader


def lines_of(reader, limit=LIMIT):
    """All lines that are there, "too long" for those past the limit."""
    lines = []
    while True:
        try:
            line = reader.line(limit)
        except LineTooLong:
            line = "too long"
        if line is None:
            return lines
        lines.append(line)


def expected_lines(data):
    *whole, rest = data.split(b"\n")
    lines = [line + b"\n" for line in whole] + ([rest] if len(rest) > LIMIT else [])
    return ["too long" if len(line) > LIMIT else line for line in lines]


def test_lines_with_their_line_ends():
    reader = reader_of(b"one\r\ntwo\nthr")
    assert lines_of(reader) == [b"one\r\n", b"two\n"]
    reader.feed(b"ee\r\n")
    assert lines_of(reader) == [b"three\r\n"]


def test_line_of_exactly_the_limit():
    assert lines_of(reader_of(b"12345678\r\n123456789\r\nx\n")) == [
        b"12345678\r\n",
        "too long",
        b"x\n",
    ]


def test_too_long_line_is_told_once_and_dropped_up_to_its_end():
    reader = reader_of(b"x" * 11)
    assert lines_of(reader) == ["too long"]
    reader.feed(b"y" * 1000)
    assert (lines_of(reader), len(reader)) == ([], 0)
    reader.feed(b"z\r\nnext\r\n")
    assert lines_of(reader) == [b"next\r\n"]


@given(octets, st.lists(st.integers(0, 200)))
def test_lines_do_not_depend_on_how_octets_come(data, cuts):
    reader, lines = Reader(), []
    for start, end in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
        reader.feed(data[start:end])
        lines += lines_of(reader)
    assert lines == expected_lines(data)


@given(octets, st.integers(0, 20))
def test_counted_octets(data, count):
    reader = reader_of(data)
    taken = reader.octets(count)
    if count > len(data):
        assert (taken, len(reader)) == (None, len(data))
    else:
        assert (taken, reader.some(1000)) == (data[:count], data[count:])


def test_octets_after_a_line_and_a_line_after_octets():
    reader = reader_of(b"a {3}\r\n\r\n\nrest\r\n")
    assert reader.line(LIMIT) == b"a {3}\r\n"
    assert reader.octets(3) == b"\r\n\n"
    assert reader.line(LIMIT) == b"rest\r\n"


def test_unread_octets_come_again():
    reader = reader_of(b"ne\r\n")
    assert reader.some(1) == b"n"
    reader.unread(b"on")
    assert reader.line(LIMIT) == b"one\r\n"


def test_unread_line_end_is_found():
    reader = reader_of(b"abc")
    assert reader.line(LIMIT) is None
    reader.unread(b"x\n")
    assert lines_of(reader) == [b"x\n"]


@pytest.mark.parametrize(
    ("line", "bare"),
    [(b"a\r\n", b"a"), (b"a\n", b"a"), (b"a\r\r\n", b"a\r"), (b"a", b"a"), (b"\n\n", b"\n")],
)
def test_strip_line_end(line, bare):
    assert strip_line_end(line) == bare


@pytest.mark.parametrize(
    ("content", "stuffed"),
    [
        (b"", b""),
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\n..b\r\n", b"a\r\n..\r\n...b\r\n"),
        (b"a.b\r\n", b"a.b\r\n"),
        (b"\r\n", b"\r\n"),
    ],
)
def test_dot_stuff(content, stuffed):
    assert dot_stuff(content) == stuffed


@pytest.mark.parametrize(
    ("content", "ended"),
    [(b"", b""), (b"a", b"a\r\n"), (b"a\r\n", b"a\r\n"), (b"\n", b"\n\r\n")],
)
def test_the_last_line_gets_an_end_unless_it_has_one(content, ended):
    assert end_line(content) == ended
    assert lacks_line_end(content) is (content != ended)


class Replay(poplib.POP3):
    """poplib's reader of multi-line replies, on octets in memory."""

    _debugging = 0

    def __init__(self, data):
        self._lines = (line + b"\r\n" for line in data.split(b"\r\n"))

    def _getline(self):
        line = next(self._lines)
        return line[:-2], len(line)


@given(st.lists(st.sampled_from([b"", b".", b"..", b".a", b"text", b"a."]), min_size=1))
def test_another_reader_finds_the_content_again(lines):
    content = b"".join(line + b"\r\n" for line in lines)
    found = Replay(b"+OK\r\n" + dot_stuff(content) + b".\r\n")._getlongresp()[1]
    assert found == lines


@given(st.binary())
def test_to_crlf_leaves_no_bare_cr_or_lf(data):
    content = to_crlf(data)
    rest = content.replace(b"\r\n", b"")
    assert b"\r" not in rest and b"\n" not in rest
    assert to_crlf(content) == content
    assert rest == data.replace(b"\r", b"").replace(b"\n", b"")


def test_to_crlf():
    assert to_crlf(b"a\nb\rc\r\nd\n\re\r\r\n") == b"a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n"


@given(pieces.map(b"".join), st.integers(0, 20), st.integers(0, 30))
def test_after_lines(content, start, count):
    start = min(start, len(content))
    lines = content[start:].split(b"\n")
    found = after_lines(content, start, count)
    if count < len(lines):
        assert content[start:found].split(b"\n") == [*lines[:count], b""]
    else:
        assert found == len(content)


def test_after_many_lines():
    content = b"x\r\n" * 20_000 + b"end"
    assert after_lines(content, 3, 15_000) == 3 * 15_001
    assert after_lines(content, 0, 20_001) == after_lines(content, 0, 10**10) == len(content)


@pytest.mark.parametrize("shift", range(3))
def test_long_content_comes_in_pieces_that_cut_no_crlf(shift):
    content = b"x" * shift + b"\r\n" * PIECE
    found = list(split(content))
    assert b"".join(found) == content
    assert max(map(len, found)) <= PIECE + 1
    assert not any(piece.startswith(b"\n") for piece in found)
    assert to_crlf(content) == content
    assert len(list(crlf_pieces(content))) == len(found)
