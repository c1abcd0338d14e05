"""Decoded headers and texts for people."""

from datetime import date

import pytest

from protocols.mime import decoded_text, header_fields, header_value, sent_date, text_parts


def test_header_fields_keep_their_folding():
    header = b"A: 1\r\nB:two\r\n\tmore\r\nbroken line\r\nC :  x \r\n\r\n"
    assert header_fields(header) == [(b"A", b" 1"), (b"B", b"two\r\n\tmore"), (b"C", b"  x ")]


@pytest.mark.parametrize(
    "raw, expected",
    [
        (b"plain", "plain"),
        (b"one\r\n two", "one two"),
        (b"=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an?= alle", "Grüße an alle"),
        (b"=?iso-8859-1*de?q?f=FCr?=\r\n =?utf-8?B?IGRpY2g=?=", "für dich"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"=?x-unknown?Q?a=C3=A4?=", "aä"),
        (b"=?utf-8?B?w7?=", "Ã"),
        (b"=?broken", "=?broken"),
    ],
)
def test_header_value(raw, expected):
    assert header_value(b"Subject: " + raw + b"\r\n\r\nSubject: body", "SUBJECT") == expected


def test_header_value_is_none_without_the_field():
    assert header_value(b"A: b\r\n\r\nSubject: body\r\n", "Subject") is None


@pytest.mark.parametrize(
    "raw, expected",
    [
        (b"Mon, 18 Oct 2004 04:11:45 +0200", date(2004, 10, 18)),
        (b"1 Jan 2020 00:30:00 +1400 (zone)", date(2020, 1, 1)),
        (b"Thu, 31 Dec 99 23:59:59 -1200", date(1999, 12, 31)),
        (b"31 Feb 2020 10:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
        (b"1 Jan " + b"9" * 5000, None),
    ],
)
def test_sent_date_disregards_time_and_zone(raw, expected):
    assert sent_date(b"Date: " + raw + b"\r\n\r\n") == expected


MIXED = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe, weiter=\r\n hier\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
    b"PGI+w7wg\r\nPC9iPg==\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: ATTACHMENT;\r\n filename*0*=utf-8''%C3%BC; filename*1=ber.pdf\r\n\r\n"
    b"JVBERi0=\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nforwarded\r\n--b--\r\n"
)


def test_text_parts():
    plain, html, pdf, inner = text_parts(MIXED)
    assert (plain.content_type, plain.charset, plain.text) == (
        "text/plain", "iso-8859-1", "Grüße, weiter hier",
    )  # fmt: skip
    assert (html.content_type, html.text) == ("text/html", "<b>ü </b>")
    assert (pdf.filename, pdf.disposition, pdf.data, pdf.size, pdf.text) == (
        "über.pdf", "attachment", b"%PDF-", 5, "",
    )  # fmt: skip
    assert inner.text == "forwarded"
    assert [part.is_attachment for part in (plain, html, pdf, inner)] == [False, False, True, False]


def test_decoded_text():
    assert decoded_text(MIXED) == "Grüße, weiter hier\n<b>ü </b>\nforwarded"


@pytest.mark.parametrize(
    "parameters, filename",
    [
        (b'name="a.txt"', "a.txt"),
        (b'name="=?utf-8?Q?=C3=A4.txt?="', "ä.txt"),
        (b"name*=utf-8''%C3%A4.txt", "ä.txt"),
        (b"name*=no-such''%41.txt", "A.txt"),
        (b"NAME=a.txt", "a.txt"),
        (b"name*" + b"9" * 5000 + b"=x", ""),
        (b"x=y", ""),
    ],
)
def test_filenames(parameters, filename):
    part = text_parts(b"Content-Type: text/plain; " + parameters + b"\r\n\r\n")[0]
    assert part.filename == filename


@pytest.mark.parametrize("charset", ["punycode", "idna", "hex", "undefined", "x\0y", "a" * 5000])
def test_a_charset_that_mail_does_not_use_is_read_as_utf_8(charset):
    content = f"Content-Type: text/plain; charset={charset}\r\n\r\nä-ö".encode()
    assert decoded_text(content) == "ä-ö"
