import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.imap.grammar.command import Literal, literal_ahead, split_name, split_tag
from protocols.imap.grammar.cursor import Cursor
from protocols.imap.grammar.dates import read_date, write_date_time
from protocols.imap.grammar.expected import EXPECTED, Malformed, the
from protocols.imap.grammar.fetch import FetchItem, read_items
from protocols.imap.grammar.names import decode_name, encode_name
from protocols.imap.grammar.patterns import matches
from protocols.imap.grammar.search import SearchKey, read_search
from protocols.imap.grammar.sets import holds, merged, read_set, write_set
from protocols.mime.wire import string

CHARACTERS = b' (){}%*"\\]&,-:.<>[]0123456789+\r\n\0\xff' + b"ALLSENOTUIDBODYFLAGSabc"
OCTETS = st.binary(max_size=60) | st.lists(
    st.sampled_from([bytes([c]) for c in CHARACTERS]), max_size=40
).map(b"".join)


@given(OCTETS, st.sampled_from([
    Cursor.atom, Cursor.string, Cursor.astring, Cursor.text, Cursor.mailbox, Cursor.pattern,
    Cursor.number, Cursor.set, Cursor.flags, Cursor.bare_flags, Cursor.flag, Cursor.date_time,
    Cursor.end, read_items, read_search,
]))  # fmt: skip
def test_parsers_raise_nothing_but_their_own_error(octets, parser):
    cursor = Cursor(b" " + octets, "SELECT").argument("arguments")
    try:
        parser(cursor)
    except Malformed as malformed:
        assert malformed.what in EXPECTED.values()
    assert 1 <= cursor.place <= len(octets) + 1


@given(st.binary(max_size=80))
def test_an_astring_is_read_back(value):
    quoted = string(value)
    cursor = Cursor(quoted + b" rest", "")
    assert cursor.astring() == value.replace(b"\0", b" ")
    assert cursor.octets[cursor.place :] == b" rest"


@given(st.binary(max_size=80), st.sampled_from([b"", b"+"]))
def test_a_literal_is_read_back(value, plus):
    cursor = Cursor(b"{%d%b}\r\n%b)" % (len(value), plus, value), "")
    assert cursor.string() == value
    assert cursor.at(b")")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("Entwürfe")
@example("&")
@example("台北/日本語")
@example("😀")
def test_mailbox_names_survive_modified_utf7(name):
    encoded = encode_name(name)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert decode_name(encoded) == name


# RFC 3501 5.1.3 has the first as its example
@pytest.mark.parametrize(("name", "encoded"), [
    ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ("Entwürfe", "Entw&APw-rfe"),
    ("Müll & Papier", "M&APw-ll &- Papier"),
])  # fmt: skip
def test_encoded_names(name, encoded):
    assert encode_name(name) == encoded
    assert decode_name(encoded) == name


@pytest.mark.parametrize(
    "encoded", ["&", "&AGE-", "&AP-", "&APw", "&A=-", "&APw-&APw-", "ü", "&2AA-"]
)
def test_names_that_are_no_modified_utf7(encoded):
    with pytest.raises(ValueError):
        decode_name(encoded)


NUMBERS = st.integers(1, 2**32 - 1)
PAIRS = st.lists(st.tuples(NUMBERS | st.just("*"), NUMBERS | st.just("*")), min_size=1, max_size=8)


@given(PAIRS, st.integers(0, 2**32 - 1))
def test_a_set_holds_what_its_pairs_hold(pairs, largest):
    read = read_set(",".join(f"{a}:{b}" for a, b in pairs))
    plain = [tuple(sorted(largest if n == "*" else n for n in pair)) for pair in pairs]
    ranges = read.ranges(largest)
    assert ranges == sorted(ranges)
    assert all(high + 1 < low for (_, high), (low, _) in zip(ranges, ranges[1:], strict=False))
    for probe in {n + d for pair in plain for n in pair for d in (-1, 0, 1)}:
        assert holds(ranges, probe) == any(low <= probe <= high for low, high in plain)


@given(st.sets(NUMBERS, min_size=1, max_size=30))
def test_a_written_set_is_read_back(numbers):
    text = write_set(sorted(numbers))
    assert read_set(text).ranges(0) == merged((n, n) for n in numbers)


@pytest.mark.parametrize(
    "text", ["", "0", "1:", ":1", "1,,2", "1:2:3", "4294967296", "a", "-1", "1 2"]
)
def test_what_is_no_set(text):
    with pytest.raises(ValueError):
        read_set(text)


@pytest.mark.parametrize(("pattern", "name", "expected"), [
    ("*", "a/b", True), ("%", "a/b", False), ("%", "ab", True), ("a/%", "a/b", True),
    ("%/b", "a/b", True), ("*b", "a/b", True), ("a*c", "a/b/c", True), ("a%c", "a/b/c", False),
    ("%%", "ab", True), ("*%", "a/b", True), ("", "", True), ("", "a", False), ("a", "A", False),
    ("a/*", "a", False),
])  # fmt: skip
def test_patterns(pattern, name, expected):
    assert matches(pattern, name) is expected


@given(st.text("ab/%*", max_size=8), st.text("ab/", max_size=8))
def test_patterns_agree_with_regular_expressions(pattern, name):
    parts = {"*": ".*", "%": "[^/]*"}
    expected = re.fullmatch("".join(parts.get(c, c) for c in pattern), name) is not None
    assert matches(pattern, name) is expected


def test_a_hostile_pattern_takes_no_time():
    assert not matches("*a" * 4000, "a" * 200 + "b")
    assert not matches("%a*" * 60 + "c", "a" * 200 + "b")


@pytest.mark.parametrize(("line", "expected"), [
    (b"a1 LOGIN {5}", Literal(5, waits=True)), (b"a1 LOGIN {5+}", Literal(5, waits=False)),
    (b"a1 LOGIN {5} ", None), (b"a1 LOGIN {-5}", None), (b"a1 LOGIN {}", None), (b"", None),
])  # fmt: skip
def test_announced_literals(line, expected):
    assert literal_ahead(line) == expected


@pytest.mark.parametrize(("octets", "tag", "rest"), [
    (b"a1 NOOP", "a1", b"NOOP"), (b"a1", "a1", b""), (b"+ NOOP", "", b"+ NOOP"),
    (b" NOOP", "", b" NOOP"), (b"a%b NOOP", "", b"a%b NOOP"), (b"A]. NOOP", "A].", b"NOOP"),
])  # fmt: skip
def test_tags(octets, tag, rest):
    assert split_tag(octets) == (tag, rest)


def test_names_of_commands_have_no_case():
    name, cursor = split_name(b"select INBOX")
    assert name == "SELECT"
    assert cursor.argument("mailbox").mailbox() == "INBOX"


def read(parser, text):
    cursor = Cursor(b" " + text.encode(), "FETCH")
    found = parser(cursor.argument("fetch-items"))
    cursor.end()
    return found


@pytest.mark.parametrize(("text", "names"), [
    ("ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"), ("fast", "FLAGS INTERNALDATE RFC822.SIZE"),
    ("FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY"), ("uid", "UID"),
    ("(UID flags UID)", "UID FLAGS"), ("(BODY BODYSTRUCTURE)", "BODY BODYSTRUCTURE"),
])  # fmt: skip
def test_fetch_items(text, names):
    assert [item.name.decode() for item in read(read_items, text)] == names.split()


@pytest.mark.parametrize(("text", "item"), [
    ("BODY[]", FetchItem(b"BODY[]", "SECTION", sets_seen=True)),
    ("body.peek[1.2.header]",
     FetchItem(b"BODY[1.2.HEADER]", "SECTION", (1, 2), "HEADER")),
    ("BODY.PEEK[HEADER.FIELDS.NOT (To \"Reply-To\")]<3.4>",
     FetchItem(b"BODY[HEADER.FIELDS.NOT (To Reply-To)]<3>", "SECTION", (), "HEADER.FIELDS.NOT",
               ("To", "Reply-To"), (3, 4))),
    ("BODY[3.MIME]", FetchItem(b"BODY[3.MIME]", "SECTION", (3,), "MIME", sets_seen=True)),
    ("RFC822.HEADER", FetchItem(b"RFC822.HEADER", "SECTION", what="HEADER")),
])  # fmt: skip
def test_sections(text, item):
    assert read(read_items, text) == (item,)


@pytest.mark.parametrize(
    "text",
    [
        "BODY[0]",
        "BODY[1.]",
        "BODY[MIME]",
        "BODY[]<1>",
        "BODY[]<1.0>",
        "BODY[TEXT",
        "BODY.PEEK",
        "()",
        "(UID",
        "(ALL)",
        "BODY[1..2]",
    ],
)
def test_what_is_no_item(text):
    with pytest.raises(Malformed):
        read(read_items, text)


def test_search_keys_nest():
    charset, key = read(read_search, 'CHARSET utf-8 NOT (SEEN OR 1:2 FROM "a b") SINCE 1-Feb-1994')
    assert charset == "UTF-8"
    assert key == SearchKey("AND", keys=(
        SearchKey("NOT", keys=(
            SearchKey("AND", keys=(
                SearchKey("SEEN"),
                SearchKey("OR", keys=(SearchKey("SET", read_set("1:2")), SearchKey("FROM", "a b"))),
            )),
        )),
        SearchKey("SINCE", date(1994, 2, 1)),
    ))  # fmt: skip
    assert key.needs_content


@given(st.dates(), st.times(), st.integers(-14 * 60, 14 * 60))
def test_a_date_time_is_read_back(day, time, minutes):
    zone = timezone(timedelta(minutes=minutes))
    moment = datetime.combine(day, time.replace(microsecond=0), zone)
    cursor = Cursor(b'"%s"' % write_date_time(moment).encode(), "")
    assert cursor.date_time() == moment


def test_dates_have_english_months():
    assert (
        write_date_time(datetime(1996, 7, 7, 2, 44, 25, tzinfo=UTC)) == " 7-Jul-1996 02:44:25 +0000"
    )
    assert read_date("7-jul-1996") == date(1996, 7, 7)


def test_phrases_have_articles():
    assert the("mailbox") == "the mailbox name"
    assert the("initial-response") == "the initial response in base64"
    assert the("SELECT") == "SELECT"
