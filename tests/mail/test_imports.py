"""Uploaded files, good and bad."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailedu.mail import imports
from mailedu.mail.errors import ImportFailed
from mailedu.mail.imports import read_mail

MAIL = b"Subject: a\nDate: Mon, 18 Oct 2004 06:05:06 +0200\n\nHi\n"
MOMENT = datetime(2004, 10, 18, 4, 5, 6, tzinfo=UTC)


def test_a_single_message_gets_crlf_and_its_own_date():
    [message] = read_mail(BytesIO(MAIL), "a.eml")
    assert message.content == MAIL.replace(b"\n", b"\r\n")
    assert message.internal_date == MOMENT


@pytest.mark.parametrize("data", [MAIL.rstrip(b"\n"), b"From x\n" + MAIL.rstrip(b"\n")])
def test_the_last_line_gets_its_end(data):
    [message] = read_mail(BytesIO(data), "a.eml")
    assert message.content == MAIL.replace(b"\n", b"\r\n")


def test_an_mbox_of_two():
    data = b"From x Tue Oct 19 04:05:06 2004\n" + MAIL + b"\nFrom x\n" + MAIL
    messages = read_mail(BytesIO(data), "a.mbox")
    assert [m.internal_date for m in messages] == [
        datetime(2004, 10, 19, 4, 5, 6, tzinfo=UTC),
        MOMENT,
    ]


def test_a_date_without_a_zone_is_utc():
    [message] = read_mail(BytesIO(b"Date: Mon, 18 Oct 2004 04:05:06\n\n"), "a.eml")
    assert message.internal_date == MOMENT


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.eml", "a.eml is no e-mail: it does not begin with a header field."),
        (
            b"\x89PNG\r\n\x1a\n",
            "a.eml",
            "a.eml is no e-mail: it does not begin with a header field.",
        ),
        (b"", "a.mbox", "a.mbox is no mbox file: it does not begin with a “From ” line."),
        (MAIL, "A.MBOX", "A.MBOX is no mbox file: it does not begin with a “From ” line."),
        (b"From x\nnothing", "a.mbox", "Message 1 in a.mbox does not begin with a header field."),
    ],
)
def test_what_is_no_mail_is_named(data, name, reason):
    with pytest.raises(ImportFailed) as refused:
        read_mail(BytesIO(data), name)
    assert str(refused.value) == reason


def test_a_file_that_is_too_large(monkeypatch):
    monkeypatch.setattr(imports, "MAX_FILE", 1 << 20)
    with pytest.raises(ImportFailed, match=r"^a.eml is larger than 1 MB\.$"):
        read_mail(BytesIO(b"A: b\n\n" + bytes(1 << 20)), "a.eml")


def test_too_many_messages(monkeypatch):
    monkeypatch.setattr(imports, "MAX_MESSAGES", 2)
    with pytest.raises(ImportFailed, match=r"^a.mbox holds more than 2 messages\.$"):
        read_mail(BytesIO(b"From x\nA: b\n\n" * 3), "a.mbox")


@given(st.binary(), st.sampled_from(["a.eml", "a.mbox", ""]))
def test_any_file_is_read_or_refused(data, name):
    try:
        messages = read_mail(BytesIO(data), name)
    except ImportFailed:
        return
    assert all(message.internal_date.tzinfo for message in messages)
