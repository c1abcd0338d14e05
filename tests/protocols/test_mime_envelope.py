"""ENVELOPE, byte for byte (RFC 3501 7.4.2 and its example in section 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.mime import summarize
from protocols.mime.addresses import MAX_ADDRESSES, parse_addresses, parse_list

RFC_HEADER = (
    b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
    b"From: Terry Gray <gray@cac.washington.edu>\r\n"
    b"Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
    b"To: imap@cac.washington.edu\r\n"
    b"cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
    b"Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n"
    b"\r\n"
)


def envelope(header: bytes) -> bytes:
    return summarize(header + b"\r\n").envelope


def test_rfc_3501_section_8():
    body = b"x" * 31 + b"\r\n" + b"x" * 31 + b"\r\n" * 91 + b"x" * (3028 - 62 - 184) + b"\r\n"
    summary = summarize(RFC_HEADER + body[:3028])
    assert summary.header_size == 342
    assert summary.envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes"'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' (("Terry Gray" NIL "gray" "cac.washington.edu"))'
        b' ((NIL NIL "imap" "cac.washington.edu"))'
        b' ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU"))'
        b' NIL NIL "<B27397-0100000@cac.washington.edu>")'
    )
    assert summary.body == b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 3028 92)'


def test_no_fields_at_all():
    assert envelope(b"") == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_empty_is_not_absent_but_for_addresses():
    header = b"Date:\r\nSubject: \r\nFrom:\r\nTo:\r\nIn-Reply-To:\r\nMessage-ID:\r\n"
    assert envelope(header) == b'("" "" NIL NIL NIL NIL NIL NIL "" "")'


def test_sender_and_reply_to_of_their_own():
    header = b"From: a@b.example\r\nSender: c@d.example\r\nReply-To: <e@f.example>\r\n"
    assert envelope(header) == (
        b'(NIL NIL ((NIL NIL "a" "b.example")) ((NIL NIL "c" "d.example"))'
        b' ((NIL NIL "e" "f.example")) NIL NIL NIL NIL NIL)'
    )


@pytest.mark.parametrize(
    "raw, sent",
    [
        (b"one\r\n two", b'"one two"'),
        (b"one\r\n\ttwo", b'"one\ttwo"'),
        (b'say "hi" \\ there', b'"say \\"hi\\" \\\\ there"'),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", b'"=?utf-8?Q?Gr=C3=BC=C3=9Fe?="'),
        ("Grüße".encode(), b"{7}\r\nGr\xc3\xbc\xc3\x9fe"),
        (b"nul\0here", b'"nul here"'),
        (b"bare\rreturn", b"{11}\r\nbare\rreturn"),
    ],
)
def test_subject_on_the_wire(raw, sent):
    assert envelope(b"Subject: " + raw + b"\r\n").startswith(b"(NIL " + sent + b" NIL")


def test_two_to_fields_are_one_list():
    assert b'((NIL NIL "a" "x")(NIL NIL "b" "y"))' in envelope(b"To: a@x\r\nTo: b@y\r\n")


@pytest.mark.parametrize(
    "value, expected",
    [
        (b"a@b", [(None, None, b"a", b"b")]),
        (b"Joe Q. Public <j@x.y>", [(b"Joe Q. Public", None, b"j", b"x.y")]),
        (b'"Joe \\"Q\\", P" <j@x.y>', [(b'Joe "Q", P', None, b"j", b"x.y")]),
        (b'"two  spaces" <j@x.y>', [(b"two  spaces", None, b"j", b"x.y")]),
        (b"j@x.y (Joe (the) P)", [(b"Joe (the) P", None, b"j", b"x.y")]),
        (b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
         [(b"Pete", None, b"pete", b"silly.test")]),
        (b"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
         [(b"Mary Smith", b"@node.test", b"mary", b"example.net"),
          (None, None, b"jdoe", b"test.example")]),
        (b"<@a.test,@b.test:c@d.test>", [(None, b"@a.test,@b.test", b"c", b"d.test")]),
        (b"A Group:Ed Jones <joe@where.test>,john@one.test;, last@x",
         [(None, None, b"A Group", None), (b"Ed Jones", None, b"joe", b"where.test"),
          (None, None, b"john", b"one.test"), (None, None, None, None),
          (None, None, b"last", b"x")]),
        (b"Undisclosed recipients:;",
         [(None, None, b"Undisclosed recipients", None), (None, None, None, None)]),
        (b"never closed: a@b", [(None, None, b"never closed", None), (None, None, b"a", b"b"),
                                (None, None, None, None)]),
        (b'"quoted local"@x', [(None, None, b"quoted local", b"x")]),
        (b"root@[IPv6:::1]", [(None, None, b"root", b"[IPv6:::1]")]),
        (b"MAILER-DAEMON", [(None, None, b"MAILER-DAEMON", b"")]),
        (b"<>", []),
        (b"Name only <>", [(b"Name only", None, b"", b"")]),
        (b"unclosed <a@b", [(b"unclosed", None, b"a", b"b")]),
        (b"a;b@c", [(None, None, b"a", b""), (None, None, b"b", b"c")]),
        ("Jürgen <j@x>".encode(), [("Jürgen".encode(), None, b"j", b"x")]),
        (b"", []),
    ],
)  # fmt: skip
def test_addresses(value, expected):
    assert parse_addresses(value) == expected


def test_endless_lists_are_cut():
    assert len(parse_addresses(b"a@b," * (2 * MAX_ADDRESSES))) == MAX_ADDRESSES


_WORDS = st.sampled_from(
    [b"Mary", b"J.", b" ", b"  ", b"@", b"<", b">", b",", b":", b"mary", b"x.org", b"+", b'"', b"("]
)


@given(st.lists(_WORDS, max_size=8).map(b"".join))
def test_the_short_cut_leads_to_the_same_place(value):
    assert parse_addresses(value) == parse_list(value)


@pytest.mark.parametrize("value", [b"mary@x.org", b"<mary+a@x.org>", b"Mary J. Smith <m@x.org>"])
def test_plain_addresses(value):
    assert parse_addresses(value) == parse_list(value) != []
