import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.smtp.grammar import Fault, Malformed, is_host, is_text, read_path, split_command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail from:<a@b>", ("MAIL", "from:<a@b>")),
        ("  NOOP  ", ("NOOP", "")),
        ("", ("", "")),
        (".", ("", "")),
        ("From: me", ("", "me")),
        ("DATA  x  y ", ("DATA", "x  y")),
    ],
)
def test_split_command(text, expected):
    assert split_command(text) == expected


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
        ('FROM:<""@c>', Fault.ADDRESS),
        ("FROM:<" + "a" * 65 + "@b>", Fault.ADDRESS),
        ("FROM:<a@" + "b" * 256 + ">", Fault.ADDRESS),
        ("FROM:<a@b>X", Fault.ADDRESS),
        ("FROM:<a@b> X=", Fault.PARAMETER),
        ("FROM:<a@b> X=1=2", Fault.PARAMETER),
        ("FROM:<a@b> X x", Fault.PARAMETER),
    ],
)
def test_faults_are_named(argument, fault):
    with pytest.raises(Malformed) as raised:
        read_path(argument, "FROM")
    assert raised.value.fault is fault


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


@pytest.mark.parametrize("name", ["", "a b", "büro", "-a", "a..b", "[x", "a" * 256, "a\r\nb"])
def test_no_hosts(name):
    assert is_host(name) is False


@given(st.binary(max_size=40))
def test_text_has_no_control_characters(line):
    controls = {chr(n) for n in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
    try:
        text = line.decode()
    except UnicodeDecodeError:
        assert is_text(line) is False
    else:
        assert is_text(line) is not bool(controls & set(text))


@pytest.mark.parametrize("line_end", ["\x85", "\u2028", "\u2029"])
def test_text_has_no_line_end_of_another_alphabet(line_end):
    """Else an address would begin a header line of its own, for those who split text."""
    assert is_text(f"MAIL FROM:<a{line_end}Bcc:b@c.example> SMTPUTF8".encode()) is False
