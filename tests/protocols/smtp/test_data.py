import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.framing import dot_stuff
from protocols.smtp.data import DotReader, Problem

LIMIT = 1000
alphabet = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\r\n.", b"\r\n.\r\n", b"\0"]
)
streams = st.lists(alphabet, max_size=40).map(b"".join)


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    points = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[a:b] for a, b in zip(points, points[1:], strict=False)]


def read(pieces: list[bytes], limit: int = LIMIT):
    """(content, problem, rest), or None while the message is open."""
    reader = DotReader(limit)
    for number, piece in enumerate(pieces):
        rest = reader.feed(piece)
        if rest is not None:
            return reader.content, reader.problem, rest + b"".join(pieces[number + 1 :])
    return None


def reference(data: bytes):
    """The same by lines: RFC 5321 4.1.1.4 and 4.5.2 word for word."""
    head, end, rest = (b"\r\n" + data).partition(b"\r\n.\r\n")
    if not end:
        return None
    lines = (head + b"\r\n")[2:].split(b"\r\n")
    bare = any(b"\r" in line or b"\n" in line for line in lines)
    content = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    if bare:
        return b"", Problem.BARE_LINE_END, rest
    return (b"", Problem.NUL, rest) if b"\0" in content else (content, None, rest)


@given(streams, st.lists(st.integers(0, 120)))
def test_every_chunking_reads_what_the_reference_reads(data, cuts):
    expected = reference(data)
    found = read(chunked(data, cuts))
    if expected and found and expected[1] and found[1]:
        # a message with two faults may be refused for either
        expected, found = expected[::2], found[::2]
    assert found == expected


@given(
    st.lists(st.sampled_from([b"", b".", b"..", b".a", b"text"]), max_size=20),
    st.lists(st.integers(0, 99)),
)
def test_what_was_stuffed_comes_back(lines, cuts):
    message = b"".join(line + b"\r\n" for line in lines)
    wire = dot_stuff(message) + b".\r\n"
    assert read(chunked(wire, cuts)) == (message, None, b"")


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r.\r\n", b"\r\n\0.\r\n"],
)
def test_only_crlf_dot_crlf_ends_the_message(end):
    reader = DotReader(LIMIT)
    assert reader.feed(b"text" + end + b"x\r\n") is None
    assert reader.feed(b"\r\n.\r\n") == b""
    assert reader.problem in (Problem.BARE_LINE_END, Problem.NUL)


def test_limit_counts_the_message_without_stuffing():
    line = b"." * 8 + b"\r\n"
    assert read([dot_stuff(line * 100) + b".\r\n"]) == (line * 100, None, b"")
    assert read([dot_stuff(line * 100 + b"x\r\n") + b".\r\nNOOP\r\n"]) == (
        b"",
        Problem.TOO_BIG,
        b"NOOP\r\n",
    )


def test_a_message_over_the_limit_is_not_kept():
    reader = DotReader(LIMIT)
    for _ in range(100):
        reader.feed(b"x" * 1000)
    assert reader.content == b""
    assert reader.problem is Problem.TOO_BIG
