"""BODYSTRUCTURE and BODY, byte for byte (RFC 3501 7.4.2)."""

import pytest

from protocols.mime import entities, header_fields, summarize
from protocols.mime.entities import MAX_DEPTH, MAX_LOOKS, MAX_PARTS, OPAQUE, parse
from protocols.mime.headers import MAX_FIELDS, MAX_HEADERS

PLAIN = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" %d %d)'


def lines(octets: int, count: int) -> bytes:
    """`count` CRLF lines of `octets` octets in all."""
    return b"x" * (octets - 2 * count) + b"\r\n" * count


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    head = b"Content-Type: multipart/%b; boundary=%b\r\n\r\n" % (kind, boundary)
    delimited = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return head + delimited + b"--%b--\r\n" % boundary


def test_rfc_3501_simple_text():
    header = (
        b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\nContent-Transfer-Encoding: 7BIT\r\n\r\n"
    )
    assert summarize(header + lines(2279, 48)).body == (
        b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 2279 48)'
    )


def test_rfc_3501_two_parts():
    text = b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\nContent-Transfer-Encoding: 7BIT\r\n\r\n"
    diff = (
        b'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII;\r\n NAME="cc.diff"\r\n'
        b"Content-ID: <960723163407.20117h@cac.washington.edu>\r\n"
        b"Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
    )
    content = multipart(text + lines(1152, 23), diff + lines(4554, 73), kind=b"MIXED")
    assert summarize(content).body == (
        b'(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1152 23)'
        b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff")'
        b' "<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4554 73) "MIXED")'
    )


def test_extension_data_of_a_part_and_of_a_multipart():
    content = (
        b'Content-Type: image/png; name="a b.png"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="a \\"b\\".png"; size=4\r\n'
        b"Content-Language: de, en (English)\r\nContent-MD5: Q2hlY2s=\r\n"
        b"Content-Location: http://x.example/\r\n\r\nAAAA"
    )
    part = (
        b'("image" "png" ("name" "a b.png") NIL NIL "base64" 4 "Q2hlY2s="'
        b' ("attachment" ("filename" "a \\"b\\".png" "size" "4")) ("de" "en") "http://x.example/")'
    )
    assert summarize(content).bodystructure == part
    assert summarize(multipart(content)).bodystructure == (
        b"(" + part + b' "mixed" ("boundary" "b") NIL NIL NIL)'
    )


def test_message_within_a_message():
    inner = b"Subject: in\r\nFrom: a@b\r\n\r\nHi\r\n"
    content = b"Content-Type: message/rfc822\r\n\r\n" + inner
    assert summarize(content).body == (
        b'("message" "rfc822" NIL NIL NIL "7bit" 30 (NIL "in" ((NIL NIL "a" "b"))'
        b' ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL) '
        + PLAIN % (4, 1) + b" 4)"
    )  # fmt: skip
    assert len(inner) == 30


def test_alternative_inside_mixed():
    html = b"Content-Type: text/html; charset=utf-8\r\nContent-Disposition: inline\r\n\r\n<p>\r\n"
    content = multipart(multipart(b"\r\nHi\r\n", html, kind=b"alternative", boundary=b"bb"))
    assert summarize(content).bodystructure == (
        b'((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1 NIL NIL NIL NIL)'
        b'("text" "html" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL ("inline" NIL) NIL NIL)'
        b' "alternative" ("boundary" "bb") NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)'
    )


@pytest.mark.parametrize(
    "content_type",
    [b"", b"Content-Type:\r\n", b"Content-Type: text\r\n", b"Content-Type: a b/c\r\n",
     b"Content-Type: text/plain\r\n", b"Content-Type: multipart/mixed\r\n",
     b'Content-Type: multipart/mixed; boundary=""\r\n'],
)  # fmt: skip
def test_missing_and_broken_types_are_text(content_type):
    body = summarize(content_type + b"\r\nHi\r\n").body
    assert body == PLAIN % (4, 1)


@pytest.mark.parametrize(
    "value, parameters",
    [
        (b"text/plain; charset=us-ascii (Plain text)", b'("charset" "us-ascii")'),
        (b'text (a) / (b;c) plain; charset="us-ascii"', b'("charset" "us-ascii")'),
        (b'text/plain; name="a;b(c).txt" ; charset=x', b'("name" "a;b(c).txt" "charset" "x")'),
        (b"text/plain; name*=utf-8''%C3%A4.txt; charset=x",
         b'("name*" "utf-8\'\'%C3%A4.txt" "charset" "x")'),
        (b"text/plain; charset=x; name=two words.txt;", b'("charset" "x" "name" "two words.txt")'),
        (b"text/plain; charset; =y; name=a", b'("name" "a" "charset" "us-ascii")'),
    ],
)  # fmt: skip
def test_parameters(value, parameters):
    assert summarize(b"Content-Type: " + value + b"\r\n\r\n").body == (
        b'("text" "plain" ' + parameters + b' NIL NIL "7bit" 0 0)'
    )


def test_parts_of_a_digest_are_messages():
    body = summarize(multipart(b"\r\nSubject: in\r\n\r\nHi", kind=b"digest")).body
    assert body.startswith(b'(("message" "rfc822" NIL NIL NIL "7bit" 17 (NIL "in"')


def bodies(content: bytes) -> list[bytes]:
    return [child.body for child in parse(content).children]


HEAD = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


@pytest.mark.parametrize(
    "body, expected",
    [
        (
            b"before\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nafter\r\n--b\r\n",
            [b"one", b"two"],
        ),
        (b"--b \t\r\n\r\none\r\n\r\n--b-- \r\n", [b"one\r\n"]),
        (b"--b\r\n\r\nno end\r\n", [b"no end\r\n"]),
        (b"--b\r\n\r\n--bb\r\n--b-\r\n --b\r\nx--b\r\n--b--", [b"--bb\r\n--b-\r\n --b\r\nx--b"]),
        (b"--b\r\n--b\r\n\r\n--b--", [b"", b""]),
        (b"--b\n\none\n--b--\n", [b"one"]),
        (b"--b", [b""]),
        (b"--b--\r\n", [b""]),
        (b"no delimiter", [b""]),
        (b"", [b""]),
    ],
)
def test_delimiters(body, expected):
    assert bodies(HEAD + body) == expected


def test_an_outer_delimiter_ends_an_unclosed_inner_multipart():
    inner = b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\ninner"
    content = HEAD + b"--b\r\n" + inner + b"\r\n--b\r\n\r\nouter\r\n--b--\r\n"
    first, second = parse(content).children
    assert [child.body for child in first.children] == [b"inner"]
    assert second.body == b"outer"


def test_nesting_is_bounded():
    content = b"Content-Type: message/rfc822\r\n\r\n" * (MAX_DEPTH + 9)
    body = summarize(content).body
    assert body.count(b'"message" "rfc822"') == MAX_DEPTH
    assert body.count(b'"application" "octet-stream"') == 1


def test_the_number_of_parts_is_bounded():
    children = parse(HEAD + b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 2) + b"--b--\r\n").children
    assert len(children) == MAX_PARTS
    assert children[-1].body == b"x\r\n--b\r\n\r\nx\r\n--b\r\n\r\nx"


def test_the_looks_at_what_may_be_a_delimiter_are_bounded():
    like = b"--b.\r\n"
    children = parse(HEAD + b"--b\r\n\r\n" + like * MAX_LOOKS + b"--b\r\n\r\nx").children
    assert [child.body for child in children] == [like * MAX_LOOKS + b"--b\r\n\r\nx"]


def test_the_octets_that_are_searched_are_bounded(monkeypatch):
    monkeypatch.setattr(entities, "MAX_SEARCHED", 1000)
    nested = multipart(multipart(b"\r\n" + b"x" * 400, boundary=b"i"))
    assert [c.media_type.name for c in parse(nested).children] == [b"multipart/mixed"]
    assert [c.media_type for c in parse(nested.replace(b"x", b"xx")).children] == [OPAQUE]


def test_the_headers_that_are_read_are_bounded():
    rest = b"Content-Type: text/html\r\n\r\n"
    long = b"X: " + b"x" * MAX_HEADERS + b"\r\n\r\n"
    first, *others = parse(multipart(rest, long, rest, rest)).children
    assert first.media_type.name == b"text/html"
    assert [len(other.fields) for other in others] == [1, 0, 0]
    assert len(header_fields(b"a: b\r\n" * (MAX_FIELDS + 1))) == MAX_FIELDS
