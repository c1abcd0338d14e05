import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smtp.grammar import (
    Fault,
    Malformed,
    TooLong,
    is_host,
    read_path,
    read_text,
    split_command,
)
from protocols.smtp.lines import read_command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail from:<a@b>", ("MAIL", "from:<a@b>")),
        ("  NOOP  ", ("NOOP", "")),
        ("NOOP\t", ("NOOP", "")),
        ("NOOP x\t \t", ("NOOP", "x")),
        ("\tNOOP", ("", "")),
        ("", ("", "")),
        (".", ("", "")),
        ("From: me", ("", "me")),
        ("DATA  x  y ", ("DATA", "x  y")),
    ],
)
def test_split_command(text, expected):
    assert split_command(text) == expected


def test_blanks_at_the_end_belong_to_no_part():
    text = "VRFY ann\t \t"
    tokens = read_command(text).tokens
    assert [text[token.start : token.end] for token in tokens] == ["VRFY", "ann"]


@pytest.mark.parametrize(
    ("argument", "address"),
    [
        ("FROM:<a@b.example>", "a@b.example"),
        ("from: <a.b+c@d>", "a.b+c@d"),
        ("FROM:<>", ""),
        ("FROM:<@x.example,@y.example:a@b.example>", "a@b.example"),
        ('FROM:<"a b\\""@c.example>', 'a b"@c.example'),
        ('FROM:<"a>b"@c.example>', "a>b@c.example"),
        ("FROM:<a@[IPv6:::1]>", "a@[IPv6:::1]"),
        ("FROM:<jörg@straße.example>", "jörg@straße.example"),
        ("FROM:<postmaster>", "postmaster"),
        ('FROM:<""@c>', "@c"),
    ],
)
def test_paths(argument, address):
    assert read_path(argument, "FROM").address == address


@pytest.mark.parametrize(
    ("argument", "fault"),
    [
        ("", Fault.KEYWORD),
        ("<a@b>", Fault.KEYWORD),
        ("FROMAGE:<a@b>", Fault.KEYWORD),
        ("FROM <a@b>", Fault.COLON),
        ("FROM :<a@b>", Fault.COLON),
        ("FROM:", Fault.BRACKETS),
        ("FROM:a@b", Fault.BRACKETS),
        ("FROM:<a@b", Fault.BRACKETS),
        ("FROM:< a@b>", Fault.ADDRESS),
        ("FROM:<a@>", Fault.ADDRESS),
        ("FROM:<@b>", Fault.ADDRESS),
        ("FROM:<.a@b>", Fault.ADDRESS),
        ("FROM:<a..b@c>", Fault.ADDRESS),
        ('FROM:<"">', Fault.ADDRESS),
        ("FROM:<" + "a" * 65 + "@b>", Fault.ADDRESS),
        ("FROM:<a@" + "b" * 256 + ">", Fault.ADDRESS),
        ("FROM:<a@b>X", Fault.PARAMETER),
        ("FROM:<a@b>SIZE=1 X", Fault.PARAMETER),
        ("FROM:<>X=1", Fault.PARAMETER),
        ("FROM:<a>b>", Fault.PARAMETER),
        ("FROM:<a@b>,<c@d>", Fault.PARAMETER),
        ("FROM:<a@b>.", Fault.PARAMETER),
        ("FROM:<>;", Fault.PARAMETER),
        ("FROM:<a@b> X=", Fault.PARAMETER),
        ("FROM:<a@b> X=1=2", Fault.PARAMETER),
    ],
)
def test_faults_are_named(argument, fault):
    with pytest.raises(Malformed) as raised:
        read_path(argument, "FROM")
    assert raised.value.fault is fault


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("a" * 65 + "@b", "local part"),
        ("ä" * 33 + "@b", "local part"),
        ("a@" + "b.ab" * 64, "domain"),
        ("a@" + "b" * 64 + ".c", "domain label"),
        ("a@c." + "ö" * 64, "domain label"),
    ],
)
def test_what_is_too_long_is_named(path, part):
    with pytest.raises(TooLong) as raised:
        read_path(f"FROM:<{path}>", "FROM")
    assert raised.value.part == part


def test_paths_of_the_greatest_length():
    domain = ".".join(["b" * 63] * 4)
    assert read_path(f"FROM:<{'a' * 64}@{domain}>", "FROM").domain == domain
    assert is_host(domain) is True


def test_the_null_path_is_not_an_empty_local_part():
    null, empty = read_path("FROM:<>", "FROM"), read_path('FROM:<""@c>', "FROM")
    assert (null.is_null, empty.is_null) == (True, False)
    assert (null.written, empty.written) == ("", '""@c')


def test_a_parameter_given_twice_is_named():
    assert read_path("FROM:<a@b> X x", "FROM").repeated == "X"
    assert read_path("FROM:<a@b> X=1 Y=1", "FROM").repeated == ""


def test_parameters_and_spans():
    path = read_path("FROM: <a@b>  size=3 SMTPUTF8", "FROM")
    assert path.parameters == {"SIZE": "3", "SMTPUTF8": ""}
    assert path.span == (6, 11)
    assert path.parameter_spans == (("SIZE", 13, 19), ("SMTPUTF8", 20, 28))
    assert path.spaced is True


@given(st.text(alphabet='FROM:<>@.,"\\ a=[]+-é', max_size=40))
def test_any_argument_is_read_or_malformed(argument):
    try:
        path = read_path(argument, "FROM")
    except Malformed:
        return
    begin, end = path.span
    assert argument[begin] == "<"
    assert argument[end - 1] == ">"


@pytest.mark.parametrize("name", ["a", "a.b-c.example", "my_pc", "[127.0.0.1]", "[IPv6:fe80::1]"])
def test_hosts(name):
    assert is_host(name) is True


@pytest.mark.parametrize(
    "name", ["", "a b", "büro", "-a", "a..b", "[x", "a" * 64, "a." * 127 + "aa", "a\r\nb"]
)
def test_no_hosts(name):
    assert is_host(name) is False


@given(st.binary(max_size=40))
def test_text_has_no_control_characters(line):
    controls = {chr(n) for n in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
    try:
        text = line.decode()
    except UnicodeDecodeError:
        assert read_text(line) is None
    else:
        assert (read_text(line) is None) is bool(controls & set(text))


@pytest.mark.parametrize("line_end", ["\x85", "\u2028", "\u2029"])
def test_text_has_no_line_end_of_another_alphabet(line_end):
    """Else an address would begin a header line of its own, for those who split text."""
    assert read_text(f"MAIL FROM:<a{line_end}Bcc:b@c.example> SMTPUTF8".encode()) is None
