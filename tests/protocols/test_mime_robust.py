"""No input makes the MIME functions fail, or take more than linear time."""

import email
import re

from hypothesis import given
from hypothesis import strategies as st

from protocols.mime import (
    Sections,
    decoded_text,
    header_fields,
    header_value,
    sent_date,
    summarize,
    text_parts,
)
from protocols.mime.entities import Entity, parse

# Fragments that steer into the parsers far more often than random bytes would.
_FRAGMENTS = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b'"', b"\\", b"(", b")", b"<", b">", b",",
     b";", b":", b"@", b"=", b"=?utf-8?Q?=C3?=", b"=?x?b?A?=", b"--b", b"--b--", b"\0", b"\xff",
     b"From: ", b"To: ", b"Subject: ", b"Date: 1 Jan 2020 1:1", b"Content-Type: ", b"text/plain",
     b"multipart/mixed; boundary=b", b"message/rfc822", b"multipart/digest; boundary=b",
     b"Content-Disposition: attachment", b"filename*0*=", b"filename*=utf-8''%", b"charset=utf-7",
     b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"QUI"]
)  # fmt: skip
_CONTENT = st.lists(st.one_of(_FRAGMENTS, st.binary(max_size=12)), max_size=60).map(b"".join)
_PATH = st.lists(st.integers(0, 3), max_size=4).map(tuple)
_WHAT = st.sampled_from(["", "HEADER", "TEXT", "MIME", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "X"])


@given(_CONTENT)
def test_summaries_are_well_formed(content):
    summary = summarize(content)
    assert 0 <= summary.header_size <= len(content)
    for value in (summary.envelope, summary.bodystructure, summary.body):
        assert _is_one_list(value)


def _is_one_list(value: bytes) -> bool:
    """One balanced parenthesised list of NIL, numbers, quoted strings and literals."""
    depth = position = 0
    token = re.compile(rb'\(|\)| |NIL|\d+|"(?:[^\0"\\\r\n\x80-\xff]|\\["\\])*"|\{(\d+)\}\r\n')
    while match := token.match(value, position):
        position = match.end() + int(match[1] or 0)
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if not depth:
            break
    return position == len(value) and not depth


@given(_CONTENT, _PATH, _WHAT, st.lists(st.text(max_size=5)).map(tuple))
def test_sections_are_slices(content, path, what, fields):
    found = Sections(content).section(path, what, fields)
    assert found is None or what.startswith("HEADER.FIELDS") or found in content


@given(_CONTENT)
def test_nothing_raises(content):
    assert header_value(content, "Subject") is None or b"ubject" in content
    assert sent_date(content) is None or b"ate" in content
    assert len(header_fields(content)) <= content.count(b":")
    assert all(part.size <= len(content) for part in text_parts(content))
    assert isinstance(decoded_text(content), str)


@given(_CONTENT)
def test_parts_lie_inside_one_another_in_order(content):
    _check(parse(content))


def _check(entity: Entity) -> None:
    assert entity.start <= entity.body_start <= entity.end
    position = entity.body_start
    for child in (entity.message,) if entity.message else entity.children:
        assert position <= child.start
        assert child.end <= entity.end
        position = child.end
        _check(child)


_BODY = st.lists(st.sampled_from([b"a", b" ", b"\r\n", b"--", b"-b"]), max_size=9).map(b"".join)


@given(st.lists(_BODY, min_size=1, max_size=4))
def test_parts_equal_those_of_the_standard_library(bodies):
    head = b"Content-Type: multipart/mixed; boundary=xyz\r\n\r\n"
    content = head + b"".join(b"--xyz\r\n\r\n" + body + b"\r\n" for body in bodies) + b"--xyz--\r\n"
    parsed = email.message_from_bytes(content).get_payload()
    ours = [child.body for child in parse(content).children]
    assert ours == [part.get_payload(decode=True) for part in parsed] == bodies
