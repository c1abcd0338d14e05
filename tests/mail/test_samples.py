"""The sample mail is valid, reserved-domain, CRLF mail, and the slides' message is as printed."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from mailedu.mail import samples
from mailedu.mail.samples import SAMPLE_SETS, Sample, cycle, load
from protocols.mime import Sections, header_fields, header_value, summarize, text_parts
from protocols.store import SYSTEM_FLAGS

FOLDER = Path(samples.__file__).parent
ALL = [sample for name in SAMPLE_SETS for sample in load(name)]
STANDARD = {sample.name: sample for sample in load("standard")}

each = pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)


def test_every_file_is_in_one_set():
    names = [name for names in SAMPLE_SETS.values() for name in names]
    assert sorted(names) == sorted(path.stem for path in FOLDER.glob("*.eml"))


def test_the_message_of_the_slides():
    (sample,) = load("slides")
    assert len(sample.content) == 241
    assert sample.content == (
        b"Date: Mon, 18 Oct 2004 04:11:45 +0200\r\n"
        b"From: Someone <someone@example.com>\r\n"
        b"To: wiki@example.com\r\n"
        b"Subject: Test-E-Mail\r\n"
        b"Content-Type: text/plain; charset=us-ascii; format=flowed\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Dies ist eine Test-E-Mail\r\n"
    )


@each
def test_lines(sample):
    lines = sample.content.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines)
    assert max(map(len, lines)) <= 998  # RFC 5322 2.1.1
    header = sample.content[: summarize(sample.content).header_size].split(b"\r\n")
    assert max(map(len, header)) <= 78


@each
def test_only_reserved_domains(sample):
    decoded = sample.content + b" ".join(part.data for part in text_parts(sample.content))
    hosts = re.findall(rb"(?:@|https?://)([\w.-]+\w)", decoded)
    assert hosts
    for host in hosts:
        assert re.fullmatch(rb"([\w-]+\.)*(example(\.(com|net|org))?)", host), host


@each
def test_only_documentation_addresses(sample):
    addresses = re.findall(rb"\b\d+\.\d+\.\d+\.\d+\b", sample.content)
    assert all(
        a.startswith((b"192.0.2.", b"198.51.100.", b"203.0.113.")) for a in addresses
    )  # RFC 5737


@each
def test_header_is_valid(sample):
    parsed = email.message_from_bytes(sample.content, policy=email.policy.SMTP)
    assert [part.defects for part in parsed.walk()] == [[] for _ in parsed.walk()]
    assert [header_value(sample.content, name) is None for name in ("From", "To", "Subject")] == [
        False, False, False,
    ]  # fmt: skip
    raw = header_value(sample.content, "Date")
    assert raw == email.utils.format_datetime(parsedate_to_datetime(raw))  # the weekday too


@each
def test_teaching_sentence_in_both_languages(sample):
    assert sample.teaches_en.endswith(".") and sample.teaches_de.endswith(".")
    assert sample.teaches_en != sample.teaches_de
    assert max(len(sample.teaches_en), len(sample.teaches_de)) <= 110
    assert sample.flags <= set(SYSTEM_FLAGS)


def test_message_ids_are_unique_and_dates_ascend():
    identifiers = [header_value(sample.content, "Message-ID") for sample in STANDARD.values()]
    dates = [sent(sample.content) for sample in STANDARD.values()]
    assert None not in identifiers and len(set(identifiers)) == len(STANDARD)
    assert dates == sorted(dates)
    assert dates[-1] - dates[0] < timedelta(weeks=5)


def test_encodings_are_declared_truly():
    for sample in ALL:
        for part in email.message_from_bytes(sample.content).walk():
            body = part.get_payload(decode=False)
            if isinstance(body, str) and part.get("Content-Transfer-Encoding") != "8bit":
                assert body.isascii(), sample.name


def parts_of(message: EmailMessage, path: tuple[int, ...] = ()) -> Iterator[tuple]:
    """RFC 3501 6.4.5 part numbers for what the standard library found."""
    is_multipart = message.get_content_maintype() == "multipart"
    for number, child in enumerate(message.get_payload() if is_multipart else [message], 1):
        place = (*path, number)
        if child.get_content_maintype() == "multipart":
            yield from parts_of(child, place)
        elif child.get_content_type() != "message/delivery-status":  # taken apart, not kept
            yield place, child
        if child.get_content_type() == "message/rfc822":
            yield from parts_of(child.get_payload(0), place)


def octets(part: EmailMessage) -> bytes:
    """The body of a part as it stands in the message."""
    if part.get_content_type() == "message/rfc822":
        return part.get_payload(0).as_bytes(policy=part.policy.clone(linesep="\r\n"))
    is_encoded = part.get("Content-Transfer-Encoding") in ("base64", "quoted-printable")
    return part.get_payload().encode() if is_encoded else part.get_payload(decode=True)


@each
def test_part_slices_equal_the_standard_library(sample):
    found = list(parts_of(email.message_from_bytes(sample.content)))
    assert found
    assert [Sections(sample.content).section(path) for path, _ in found] == [
        octets(p) for _, p in found
    ]


@each
def test_decoded_parts_equal_the_standard_library(sample):
    found = [part for _, part in parts_of(email.message_from_bytes(sample.content))]
    leaves = [part for part in found if part.get_content_maintype() != "message"]
    ours = [p for p in text_parts(sample.content) if not p.content_type.startswith("message/")]
    assert [part.data for part in ours] == [part.get_payload(decode=True) for part in leaves]


def test_the_report_for_programs():
    report = Sections(STANDARD["bounce"].content).section((2,))
    assert report.startswith(b"Reporting-MTA: dns; mx.lab.example\r\n")
    assert report.endswith(b"550 5.1.1 <nobody@example.com>: no such mailbox here\r\n")
    assert report.count(b"\r\n") == 8


def test_the_shape_of_the_forward():
    structure = summarize(STANDARD["forward"].content).body
    assert structure.count(b'"message" "rfc822"') == 1
    assert b'((NIL NIL "Klasse 9b" NIL)(NIL NIL "emma" "schule.example")' in structure
    assert structure.endswith(b' "mixed")')


def test_attachments():
    text, image, notes = text_parts(STANDARD["attachments"].content)
    assert (text.content_type, text.is_attachment) == ("text/plain", False)
    assert (image.filename, image.data[:8]) == ("logo.png", b"\x89PNG\r\n\x1a\n")
    assert (notes.filename, notes.text.split("\r\n")[1]) == (
        "Notizen für morgen.txt", "- Briefumschläge",
    )  # fmt: skip


def test_two_encodings_say_the_same():
    first, second = text_parts(STANDARD["two-encodings"].content)
    assert first.text.strip() == second.text.strip() != ""


def test_subjects_read_well():
    subjects = {name: header_value(s.content, "Subject") for name, s in STANDARD.items()}
    assert subjects["plain-german"] == "Grüße vom Chor: Probe fällt aus"
    assert subjects["utf8-subject"] == "Schöne Grüße aus Kraków 🌍"
    assert subjects["phishing"] == "DRINGEND: Ihr Konto wird in 24 Stunden gesperrt"


def test_dot_lines():
    lines = STANDARD["dot-lines"].content.split(b"\r\n")
    assert [line for line in lines if line.startswith(b".")] == [
        b".", b"..", b".profile and .gitignore are names that begin with a dot.", b"...", b".",
    ]  # fmt: skip


def test_phishing_contradicts_itself():
    content = STANDARD["phishing"].content
    senders = {header_value(content, name) for name in ("From", "Reply-To", "Return-Path")}
    assert len({re.search(r"@([\w.-]+)", sender)[1] for sender in senders}) == 3
    target, shown = re.search(
        r'<a href="([^"]+)">([^<]+)</a>', text_parts(content)[0].text
    ).groups()
    assert target.split("/")[2] != shown.split("/")[2]


def sent(content: bytes) -> datetime:
    return parsedate_to_datetime(header_value(content, "Date"))


def test_cycle_gives_different_messages_with_the_same_parts():
    messages = list(cycle(100))
    assert len(messages) == 100
    standard = list(STANDARD.values())
    for name in ("Message-ID", "Date"):
        assert len({header_value(content, name) for content in messages}) == 100
    # seven rounds, and in each the two answers of the thread have one subject
    assert len({header_value(content, "Subject") for content in messages}) == 100 - 7
    for number, content in enumerate(messages):
        check_variant(content, standard[number % len(standard)])


def field_names(content: bytes) -> list[bytes]:
    return [name for name, _ in header_fields(content[: summarize(content).header_size])]


def check_variant(content: bytes, sample: Sample) -> None:
    assert summarize(content).body == summarize(sample.content).body
    assert Sections(content).section((), "TEXT") == Sections(sample.content).section((), "TEXT")
    assert field_names(content) == field_names(sample.content)
    assert header_value(content, "Date")[:3] == header_value(sample.content, "Date")[:3]


def test_cycle_is_deterministic_and_in_order_of_time():
    messages = list(cycle(40))
    assert messages == list(cycle(40))
    dates = [sent(content) for content in messages]
    assert dates == sorted(dates)
    assert dates[30] == sent(load("standard")[0].content)


def test_cycle_keeps_threads():
    number = list(STANDARD).index("thread-1")
    messages = list(cycle(30))
    for first, second, third in (messages[number:][:3], messages[number + 15 :][:3]):
        identifier = header_value(first, "Message-ID")
        assert header_value(second, "In-Reply-To") == identifier
        assert header_value(third, "References").split()[0] == identifier


def test_cycle_of_none():
    assert list(cycle(0)) == []
