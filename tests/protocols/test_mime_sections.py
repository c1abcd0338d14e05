"""BODY[section] (RFC 3501 6.4.5)."""

import pytest

from protocols.mime import Sections
from protocols.mime.sections import MAX_CHOSEN_FROM

# The message that RFC 3501 6.4.5 draws: its parts 1, 2, 3 (a message) and 4 (a multipart).
M3_HEADER = b"Subject: three\r\nContent-Type: multipart/mixed; boundary=t\r\n\r\n"
M3_BODY = b"--t\r\n\r\n3.1\r\n--t\r\nContent-Type: application/octet-stream\r\n\r\n3.2\r\n--t--\r\n"
M3 = M3_HEADER + M3_BODY
M42_BODY = (
    b"--f\r\n\r\n4.2.1\r\n--f\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    b"--a\r\n\r\n4.2.2.1\r\n--a\r\nContent-Type: text/richtext\r\n\r\n4.2.2.2\r\n--a--\r\n--f--\r\n"
)
M42_HEADER = b"Subject: four-two\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n"
P41_MIME = b"Content-Type: image/gif\r\nContent-ID: <gif@x.example>\r\n\r\n"
HEADER = b"Subject: all\r\nTo: a@b\r\n c@d\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
P4 = (
    b"--n\r\n" + P41_MIME + b"4.1\r\n--n\r\nContent-Type: message/rfc822\r\n\r\n"
    + M42_HEADER + M42_BODY + b"\r\n--n--"
)  # fmt: skip
TEXT = (
    b"preamble\r\n--m\r\n\r\n1\r\n--m\r\nContent-Type: application/octet-stream\r\n\r\n2\r\n"
    b"--m\r\nContent-Type: message/rfc822\r\n\r\n" + M3 + b"\r\n--m\r\n"
    b"Content-Type: multipart/mixed; boundary=n\r\n\r\n" + P4 + b"\r\n--m--\r\nepilogue\r\n"
)
MESSAGE = HEADER + TEXT


@pytest.mark.parametrize(
    "path, what, expected",
    [
        ((), "", MESSAGE),
        ((), "HEADER", HEADER),
        ((), "TEXT", TEXT),
        ((), "MIME", None),
        ((1,), "", b"1"),
        ((1,), "MIME", b"\r\n"),
        ((1,), "HEADER", None),
        ((1,), "TEXT", None),
        ((1, 1), "", None),
        ((2,), "", b"2"),
        ((2,), "MIME", b"Content-Type: application/octet-stream\r\n\r\n"),
        ((3,), "", M3),
        ((3,), "HEADER", M3_HEADER),
        ((3,), "TEXT", M3_BODY),
        ((3,), "MIME", b"Content-Type: message/rfc822\r\n\r\n"),
        ((3, 1), "", b"3.1"),
        ((3, 2), "", b"3.2"),
        ((3, 3), "", None),
        ((4,), "", P4),
        ((4,), "HEADER", None),
        ((4, 1), "", b"4.1"),
        ((4, 1), "MIME", P41_MIME),
        ((4, 2), "", M42_HEADER + M42_BODY),
        ((4, 2), "header", M42_HEADER),
        ((4, 2), "TEXT", M42_BODY),
        ((4, 2, 1), "", b"4.2.1"),
        ((4, 2, 2, 1), "", b"4.2.2.1"),
        ((4, 2, 2, 2), "", b"4.2.2.2"),
        ((4, 2, 2, 2), "MIME", b"Content-Type: text/richtext\r\n\r\n"),
        ((5,), "", None),
        ((0,), "", None),
    ],
)
def test_rfc_3501_part_numbers(path, what, expected):
    assert Sections(MESSAGE).section(path, what) == expected


def test_a_message_without_parts_has_part_1():
    message = b"Subject: x\r\n\r\nbody\r\n"
    assert Sections(message).section((1,)) == b"body\r\n"
    assert Sections(message).section((1,), "MIME") == b"Subject: x\r\n\r\n"
    assert Sections(message).section((2,)) is None
    assert Sections(message).section((1, 1)) is None


def test_a_message_that_holds_only_a_message():
    message = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody"
    assert Sections(message).section((1,)) == b"Subject: in\r\n\r\nbody"
    assert Sections(message).section((1,), "HEADER") == b"Subject: in\r\n\r\n"
    assert Sections(message).section((1,), "TEXT") == b"body"
    assert Sections(message).section((1, 1)) == b"body"


@pytest.mark.parametrize(
    "what, names, expected",
    [
        ("HEADER.FIELDS", ("subject", "TO"), b"Subject: all\r\nTo: a@b\r\n c@d\r\n\r\n"),
        ("HEADER.FIELDS", ("X-None",), b"\r\n"),
        ("HEADER.FIELDS.NOT", ("Content-Type",), b"Subject: all\r\nTo: a@b\r\n c@d\r\n\r\n"),
        ("HEADER.FIELDS.NOT", (), HEADER),
    ],
)
def test_header_fields(what, names, expected):
    assert Sections(MESSAGE).section((), what, names) == expected


def test_of_a_header_without_end_fields_are_chosen_from_its_beginning():
    header = b"Subject: x\r\nno field\r\n" + b"x" * MAX_CHOSEN_FROM + b"\r\nTo: a@b\r\n\r\n"
    found = Sections(header).section((), "HEADER.FIELDS.NOT", ("From",))
    assert found == b"Subject: x\r\n\r\n"


def test_where_the_header_ends_need_not_be_looked_for():
    message = b"Subject: x\r\n\r\nbody\r\n"
    assert Sections(message, 12).section((), "HEADER") == b"Subject: x\r\n"
    assert Sections(message, 12).section((), "TEXT") == b"\r\nbody\r\n"


def test_header_fields_of_an_inner_message():
    fields = Sections(MESSAGE).section((4, 2), "HEADER.FIELDS", ("Subject",))
    assert fields == b"Subject: four-two\r\n\r\n"
    assert Sections(MESSAGE).section((4, 1), "HEADER.FIELDS", ("Content-ID",)) is None


@pytest.mark.parametrize(
    "message, expected",
    [
        (b"Subject: x\r\n", b"Subject: x\r\n"),  # no empty line, so none comes with the subset
        (b"Subject: x\r\n\r\n", b"Subject: x\r\n\r\n"),
        (b"\r\nSubject: body\r\n", b"\r\n"),
        (b"no field\r\nSubject : x\r\n\r\n", b"Subject : x\r\n\r\n"),
    ],
)
def test_subsets_of_odd_headers(message, expected):
    assert Sections(message).section((), "HEADER.FIELDS", ("Subject",)) == expected
