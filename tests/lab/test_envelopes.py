"""Sender and subject, read back from the ENVELOPE."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailedu.lab.envelopes import sender_and_subject
from protocols.mime import summarize


def read(header: str) -> tuple[str, str]:
    return sender_and_subject(summarize(header.encode() + b"\r\n\r\n").envelope)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("From: a@b.example\r\nSubject: Hello", ("a@b.example", "Hello")),
        (
            "From: Someone <someone@example.com>\r\nSubject: Test-E-Mail",
            ("Someone <someone@example.com>", "Test-E-Mail"),
        ),
        ('From: "Doe, \\"J\\"" <j@b.example>\r\nSubject: \\o/', ('Doe, "J" <j@b.example>', "\\o/")),
        ("From: a@b.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", ("a@b.example", "Grüße")),
        ("From: a@b.example\r\nSubject: Grüße", ("a@b.example", "Grüße")),
        ("To: c@b.example", ("", "")),
    ],
)
def test_what_people_read(header, expected):
    assert read(header) == expected


@given(st.binary(max_size=300))
def test_any_message_has_some(content):
    sender, subject = sender_and_subject(summarize(b"From: x\r\nSubject: " + content).envelope)
    assert isinstance(sender, str)
    assert isinstance(subject, str)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=80))
def test_a_plain_subject_comes_back(subject):
    if "=?" not in subject:
        assert read(f"Subject: {subject}")[1] == subject.strip(" ")
