"""The base of the observers, with an observer that names lines by their first word."""

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import PROTOCOLS
from protocols.observer import MAX_PIECE, MAX_UNIT_LINES, Observer
from protocols.transcript import Entry, Kind, Side, mask, printable


class Echo(Observer):
    """Lines that begin with a space are DATA; `{n}` at the end of a line announces a literal."""

    def __init__(self):
        super().__init__()
        self.state = "A"
        self.seen = []

    def explain(self, side, line, in_literal):
        self.seen.append((self.line_end, self.continued, in_literal))
        if line == b"switch":
            self.state = "B"
        if line.endswith(b"}") and b"{" in line and not in_literal:
            count = line[line.rindex(b"{") + 1 : -1]
            self.expect_literal(side, int(count) if count.isdigit() else 0)
        kind = Kind.DATA if line.startswith(b" ") or in_literal else Kind.COMMAND
        return Entry(
            side, kind, printable(line), "x", phase="p", answers=7, unit=9 * (kind is Kind.DATA)
        )

    def event_phase(self):
        return f"phase.{self.state}"


def feed(*pieces, side=Side.CLIENT):
    echo = Echo()
    entries = [entry for piece in pieces for entry in echo.feed(side, piece)]
    return echo, entries


def test_lines_and_their_ends():
    echo, entries = feed(b"one\r\ntwo\nth", b"ree\r", b"\n")
    assert [(e.text, e.line_end) for e in entries] == [
        ("one", "CRLF"),
        ("two", "LF"),
        ("three", "CRLF"),
    ]
    assert [e.seq for e in entries] == [e.unit for e in entries] == [1, 2, 3]


def test_sides_are_cut_apart():
    echo = Echo()
    assert echo.feed(Side.CLIENT, b"hel") == []
    assert [e.text for e in echo.feed(Side.SERVER, b"+OK\r\n")] == ["+OK"]
    assert [(e.side, e.text) for e in echo.feed(Side.CLIENT, b"lo\r\n")] == [("C", "hello")]


def test_state_before_and_after():
    _, entries = feed(b"a\nswitch\nb\n")
    assert [(e.before, e.state) for e in entries] == [("A", "A"), ("A", "B"), ("B", "B")]


def test_long_line_comes_in_pieces():
    echo, entries = feed(b"x" * (2 * MAX_PIECE) + b"y\r\nz\r\n")
    assert [len(e.text) for e in entries] == [MAX_PIECE, MAX_PIECE, 1, 1]
    assert echo.seen == [
        ("", False, False),
        ("", True, False),
        ("CRLF", True, False),
        ("CRLF", False, False),
    ]


def test_no_piece_parts_cr_and_lf():
    _, entries = feed(b"x" * (MAX_PIECE - 1) + b"\r\n")
    assert [(e.text[-2:], e.line_end) for e in entries] == [("xx", ""), ("", "CRLF")]
    _, entries = feed(b"\r" * MAX_PIECE + b"\n")
    assert [(len(e.text), e.line_end) for e in entries] == [(MAX_PIECE - 1, ""), (0, "CRLF")]


def test_literal_has_no_line_ends_of_its_own():
    echo, entries = feed(b"a {6}\r\n", b"b\r", b"\nc\r", b"\n d\r\n")
    assert [(e.text, e.line_end) for e in entries] == [
        ("a {6}", "CRLF"),
        ("b", "CRLF"),
        ("c", "CRLF"),
        (" d", "CRLF"),
    ]
    assert [in_literal for _, _, in_literal in echo.seen] == [False, True, True, False]


def test_literal_that_ends_within_a_line():
    echo, entries = feed(b"a {3}\r\nb\r\n", b")\r\n")
    assert [(e.text, e.line_end) for e in entries][1:] == [("b", "CRLF"), (")", "CRLF")]
    echo, entries = feed(b"a {2}\r\nbc) d\r\n")
    assert [(e.text, e.line_end) for e in entries][1:] == [("bc", ""), (") d", "CRLF")]
    assert [in_literal for _, _, in_literal in echo.seen] == [False, True, False]


def test_event_shows_cut_lines_first():
    echo, _ = feed(b"whole\nswitch\nhalf")
    echo.feed(Side.SERVER, b"+O")
    entries = echo.event("wire.closed", {"a": "b"})
    assert [(e.text, e.id, e.line_end, e.seq) for e in entries] == [
        ("half", "x", "", 3),
        ("+O", "x", "", 4),
        ("", "wire.closed", "", 5),
    ]
    closed = entries[-1]
    assert (closed.side, closed.kind, closed.params) == (Side.NEITHER, Kind.EVENT, {"a": "b"})
    assert (closed.before, closed.state, closed.phase) == ("B", "B", "phase.B")


@pytest.mark.parametrize("more", [1, 50])
def test_middle_of_a_unit_is_left_out(more):
    _, entries = feed(b"head\n" + b" 23\n" * (MAX_UNIT_LINES + more) + b"end\n 4\n")
    assert [e.text for e in entries[: MAX_UNIT_LINES + 1]] == ["head", *[" 23"] * MAX_UNIT_LINES]
    elided, end, next_unit = entries[MAX_UNIT_LINES + 1 :]
    assert (elided.kind, elided.id) == (Kind.ELIDED, "wire.elided")
    assert elided.params == {"lines": str(more), "octets": str(3 * more)}
    assert (elided.phase, elided.answers, elided.unit) == ("p", 7, 9)
    assert (end.text, next_unit.text) == ("end", " 4")
    assert [e.seq for e in entries] == list(range(1, len(entries) + 1))


def test_unit_that_just_fits_is_shown_whole():
    _, entries = feed(b" x\n" * MAX_UNIT_LINES + b"end\n")
    assert [e.kind for e in entries] == [Kind.DATA] * MAX_UNIT_LINES + [Kind.COMMAND]


streams = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"a", b" ", b"{5}\r\n", b"switch\n", b"\xff"])
    | st.integers(MAX_PIECE - 2, MAX_PIECE + 2).map(lambda n: b"x" * n)
).map(b"".join)


@given(streams, st.lists(st.integers(0, 20_000)))
def test_entries_do_not_depend_on_how_octets_come(data, cuts):
    ends = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(ends)]
    whole, cut = Echo(), Echo()
    expected = whole.feed(Side.CLIENT, data) + whole.event("end", {})
    found = [e for piece in pieces for e in cut.feed(Side.CLIENT, piece)] + cut.event("end", {})
    assert found == expected
    assert [e.seq for e in found] == list(range(1, len(found) + 1))


def test_a_line_that_cannot_be_explained_takes_no_other_with_it(caplog):
    class Stumbling(Echo):
        def explain(self, side, line, in_literal):
            if line == b"PASS geheim":
                raise KeyError("DATA")
            return super().explain(side, line, in_literal)

    entries = Stumbling().feed(Side.CLIENT, b"one\r\nPASS geheim\r\ntwo\r\n")
    assert [e.text for e in entries] == ["one", "PASS geheim", "two"]
    assert [e.seq for e in entries] == [1, 2, 3]
    assert entries[1].id == "wire.unexplained"
    assert "geheim" not in mask(entries[1])
    assert "KeyError" in caplog.text


# Octets that `printable` makes four characters of, and what steers into the observers' patterns.
_DRAWN_OUT = (b"\xff", b"*", b"@", b"<@", b"[", b"1", b"(", b'"\\')


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_the_longest_lines_are_read_in_linear_time(protocol):
    """Of CPU time: they take 0.2 s together, with a quadratic pattern 4 s and more."""
    starts = {
        Side.CLIENT: (b"", b"MAIL FROM:<", b"RCPT TO:", b"a SELECT ", b"a ID (", b"APOP "),
        Side.SERVER: (b"+OK <", b"+OK ", b"-ERR [", b"* OK [", b"a NO [", b"250 ", b"* ID ("),
    }
    began = process_time()
    for side, heads in starts.items():
        for line in (head + drawn * (4000 // len(drawn)) for head in heads for drawn in _DRAWN_OUT):
            protocol.observer().feed(side, line + b"\r\n")
    assert process_time() - began < 2
