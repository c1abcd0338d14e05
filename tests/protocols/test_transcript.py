import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.observer import Observer
from protocols.tls import Sealed
from protocols.transcript import (
    CROWDED,
    DIGEST,
    DIGEST_LINES,
    DIGEST_SECONDS,
    KEEP_FIRST,
    KEEP_LAST,
    MAX_RAW,
    MAX_RAW_CROWDED,
    PART,
    PIECE,
    Backlog,
    Entry,
    Kind,
    Recorder,
    Side,
    mask,
    printable,
)


class Plain(Observer):
    state = "S"

    def explain(self, side, line, in_literal):
        return Entry(side, Kind.COMMAND, printable(line), "x")


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def recorder(clock):
    return Recorder(Plain(), clock)


def texts(entries):
    return [entry.text for entry in entries]


def test_entries_have_the_time_at_which_their_octets_came(recorder, clock):
    recorder.event("wire.opened")
    clock.time = 101.5
    recorder.record(Side.CLIENT, b"half")
    clock.time = 103
    recorder.record(Side.CLIENT, b" done\r\nmore\r\n")
    clock.time = 109
    found = [(e.text, e.time) for e in recorder.entries]
    assert found == [("", 0), ("half done", 3), ("more", 3)]


def test_event_has_its_parameters_and_place(recorder):
    recorder.record(Side.CLIENT, b"a\r\n")
    recorder.event("wire.opened", protocol="POP3")
    recorder.record(Side.SERVER, (b"b", b"\r\n"))
    a, event, b = recorder.entries
    assert (event.id, event.params, event.kind) == ("wire.opened", {"protocol": "POP3"}, Kind.EVENT)
    assert [e.seq for e in (a, event, b)] == [1, 2, 3]


def test_asking_twice_changes_nothing(recorder):
    recorder.record(Side.CLIENT, b"a\r\nb\r\n")
    assert recorder.entries == recorder.entries


def test_beginning_and_end_are_kept(recorder):
    count = KEEP_FIRST + KEEP_LAST + 50
    for n in range(1, count + 1):
        recorder.record(Side.CLIENT, b"%d\r\n" % n)
    seqs = [e.seq for e in recorder.entries]
    assert seqs == [*range(1, KEEP_FIRST + 1), *range(KEEP_FIRST + 51, count + 1)]


@pytest.mark.parametrize("count", [0, 5, KEEP_FIRST, KEEP_FIRST + 5, KEEP_FIRST + KEEP_LAST + 50])
@pytest.mark.parametrize("seq", [0, 3, KEEP_FIRST, KEEP_FIRST + 3, KEEP_FIRST + 60, 99_999])
def test_since(recorder, count, seq):
    recorder.record(Side.CLIENT, b"".join(b"%d\r\n" % n for n in range(1, count + 1)))
    expected = [e for e in recorder.entries if e.seq > seq]
    assert recorder.since(seq) == expected


def test_nothing_is_explained_while_nobody_looks(recorder):
    for _ in range(10):
        recorder.record(Side.CLIENT, b"NOOP\r\n")
    recorder.event("wire.closed")
    assert recorder.waiting
    assert recorder.observer._seq == 0


def test_octets_are_explained_before_they_pile_up(recorder):
    for _ in range(5):
        recorder.record(Side.CLIENT, b"x" * (MAX_RAW // 2) + b"\r\n")
    assert recorder._raw_size <= MAX_RAW
    assert recorder.observer._seq > 0


def test_many_small_pieces_do_not_wait_either(recorder):
    for _ in range(2 * MAX_RAW // PIECE):
        recorder.record(Side.CLIENT, b"x")
    assert 0 < len(recorder._raw) <= MAX_RAW // PIECE


def test_octets_of_many_connections_are_explained_earlier(clock):
    backlog = Backlog(CROWDED)
    recorder = Recorder(Plain(), clock, backlog)
    for _ in range(5):
        recorder.record(Side.CLIENT, b"x" * MAX_RAW_CROWDED + b"\r\n")
    assert recorder._raw_size <= MAX_RAW_CROWDED
    recorder.released()
    assert backlog.octets == CROWDED


def test_long_backlog_is_told_bit_by_bit(recorder):
    line = b"x" * 1000 + b"\r\n"
    for _ in range(3 * DIGEST // 1000):
        recorder.record(Side.CLIENT, line)
    told = recorder.since(0)
    assert 0 < len(told) * len(line) < 2 * DIGEST
    while recorder.waiting:
        told += recorder.since(told[-1].seq)
    assert [e.seq for e in told] == list(range(1, 3 * DIGEST // 1000 + 1))


def test_many_lines_in_one_piece_are_told_bit_by_bit_too(recorder):
    recorder.record(Side.CLIENT, b"x\n" * 10_000, sealed := Sealed(10_000, ""))
    told = recorder.since(0)
    assert DIGEST_LINES <= len(told) <= DIGEST_LINES + PART / 2
    while recorder.waiting:
        told += recorder.since(told[-1].seq)
    assert [(e.seq, e.text, e.sealed) for e in told] == [(n, "x", sealed) for n in range(1, 10_001)]
    assert (recorder._raw_size, recorder._backlog.octets) == (0, 0)


def test_lines_that_are_left_out_are_read_bit_by_bit_too(clock):
    class Listing(Plain):
        def explain(self, side, line, in_literal):
            return Entry(side, Kind.DATA, printable(line), "x")

    recorder = Recorder(Listing(), clock)
    recorder.record(Side.SERVER, b"x\n" * 10_000)
    while recorder.waiting:
        before = recorder.observer.explained
        recorder.since(0)
        assert recorder.observer.explained - before <= DIGEST_LINES + PART / 2
    assert recorder.observer.explained == 10_000


def test_explaining_before_they_pile_up_takes_no_longer(recorder):
    for _ in range(8):
        before = recorder.observer._seq
        recorder.record(Side.CLIENT, b"x\n" * (MAX_RAW // 8))
        assert recorder.observer._seq - before <= DIGEST_LINES + PART / 2
    assert recorder._raw_size > MAX_RAW
    while recorder._raw_size > MAX_RAW:  # each answer takes some of what waits with it
        before = recorder.observer._seq
        recorder.record(Side.SERVER, b"x\r\n")
        assert 1 < recorder.observer._seq - before <= DIGEST_LINES + PART / 2


@given(st.binary())
def test_printable_never_raises_and_keeps_what_is_utf8(octets):
    text = printable(octets)
    assert printable(text.encode()) == text


def test_printable():
    assert printable("Grüße".encode()) == "Grüße"
    assert printable(b"a\xff\x00") == "a\\xff\x00"


@pytest.mark.parametrize(
    ("secret", "masked"),
    [((5, 11), "PASS ••••••"), ((0, 4), "•••• geheim"), (None, "PASS geheim")],
)
def test_mask(secret, masked):
    entry = Entry(Side.CLIENT, Kind.COMMAND, "PASS geheim", "x", secret=secret)
    assert mask(entry) == masked


def test_a_login_is_told_from_the_lines_around_it(recorder):
    recorder.record(Side.CLIENT, b"PASS wrong\r\n")
    recorder.record(Side.SERVER, b"-ERR\r\n")
    recorder.record(Side.CLIENT, b"PASS right\r\n")
    recorder.proved()
    recorder.record(Side.SERVER, b"+OK\r\n")
    recorder.record(Side.CLIENT, b"PASS again\r\n")
    assert [e.text for e in recorder.entries if e.proved] == ["PASS right"]


def test_a_login_is_told_with_its_line_also_where_explaining_makes_a_break(recorder):
    recorder.record(Side.CLIENT, b"x" * DIGEST + b"\r\n")
    recorder.proved()
    recorder.record(Side.SERVER, b"+OK\r\n")
    assert recorder.since(0)[-1].proved
    assert recorder.waiting


def test_lines_that_take_long_are_explained_one_at_a_time(clock):
    class Slow(Plain):
        def explain(self, side, line, in_literal):
            clock.time += DIGEST_SECONDS
            return super().explain(side, line, in_literal)

    recorder = Recorder(Slow(), clock)
    for line in (b"a\r\n", b"b\r\n", b"c\r\n"):
        recorder.record(Side.CLIENT, line)
    assert texts(recorder.since(0)) == ["a"]
    assert recorder.waiting
    assert texts(recorder.since(1)) == ["b"]
    assert texts(recorder.entries) == ["a", "b", "c"]


def test_what_waits_does_not_grow_for_ever(clock):
    """Also where a few octets make a line."""
    backlog = Backlog()
    recorder = Recorder(Plain(), clock, backlog)
    for _ in range(200):
        recorder.record(Side.SERVER, b"* 123 FETCH (FLAGS ())\r\n" * 1000)
    assert backlog.octets < 3 * MAX_RAW
