import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dialog import Step, read_dialog, write_dialog
from protocols.pop3 import PROTOCOL
from protocols.pop3.session import Pop3Session
from protocols.transcript import Entry, Kind, Side
from tests.protocols.dialogs import play

DIALOG = """\
# account ann@lab.example geheim hello

S: +OK mailedu POP3 server ready <0123456789abcdef@lab.example>
C: USER ann@lab.example
S~ \\+OK .*
C! PASS geheim\\x0d\\n
S: +OK mailbox locked and ready
C: QUIT
S: +OK bye
S.
"""


def test_read():
    assert [(step.mark, step.text, step.line) for step in read_dialog(DIALOG)] == [
        ("S:", "+OK mailedu POP3 server ready <0123456789abcdef@lab.example>", 3),
        ("C:", "USER ann@lab.example", 4),
        ("S~", "\\+OK .*", 5),
        ("C!", "PASS geheim\\x0d\\n", 6),
        ("S:", "+OK mailbox locked and ready", 7),
        ("C:", "QUIT", 8),
        ("S:", "+OK bye", 9),
        ("S.", "", 10),
    ]


@pytest.mark.parametrize(
    ("mark", "text", "octets"),
    [
        ("C:", "USER jörg", b"USER j\xc3\xb6rg\r\n"),
        ("C:", "", b"\r\n"),
        ("C!", "a\\r\\n\\x00\\xff", b"a\r\n\x00\xff"),
        ("C!", "", b""),
    ],
)
def test_octets_of_a_step(mark, text, octets):
    assert Step(mark, text, 1).octets == octets


@pytest.mark.parametrize("line", ["X: a", "C", "C:a", " C: a", "S", "hello"])
def test_line_that_is_none_is_named(line):
    with pytest.raises(ValueError, match="line 2 is no line of a dialog"):
        read_dialog(f"C: a\n{line}\n")


@given(st.text())
def test_read_raises_nothing_else(text):
    try:
        steps = read_dialog(text)
    except ValueError:
        return
    assert all(step.line >= 1 for step in steps)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("S: +OK bye", "S: +OK by", "line 9: expected '\\+OK by', got '\\+OK bye'"),
        ("S: +OK bye\n", "", "line 9: expected the close, got"),
        ("S.", "S: more", "line 10: expected 'more', got nothing"),
        ("S~ \\+OK .*\n", "S~ -.*\n", "line 5: expected"),
        ("C: QUIT\nS: +OK bye\n", "", "line 8: expected the close"),
        ("S: +OK bye\nS.\n", "", "at the end: b'\\+OK bye"),
        ("S~ \\+OK .*\nC! PASS geheim\\x0d\\n\n", "", "line 5: expected"),
    ],
)
def test_player_names_the_first_line_that_differs(old, new, complaint):
    play(DIALOG, PROTOCOL, Pop3Session)
    with pytest.raises(AssertionError, match=complaint):
        play(DIALOG.replace(old, new), PROTOCOL, Pop3Session)


def test_written_dialog_is_read_again():
    player = play(DIALOG, PROTOCOL, Pop3Session)
    written = write_dialog(player.entries)
    assert written.splitlines()[0] == "# opened"
    assert written.splitlines()[-1] == "# closed"
    assert [step.text for step in read_dialog(written)] == [
        "+OK mailedu POP3 server ready <0123456789abcdef@lab.example>",
        "USER ann@lab.example",
        "+OK Please enter password",
        "PASS ••••••",
        "+OK mailbox locked and ready",
        "QUIT",
        "+OK bye",
    ]


def test_passwords_are_not_written():
    entry = Entry(Side.CLIENT, Kind.COMMAND, "PASS geheim", "pop3.PASS", secret=(5, 11))
    assert write_dialog([entry]) == "C: PASS ••••••\n"


def test_events_are_comments_with_their_whole_name():
    entry = Entry(Side.NEITHER, Kind.EVENT, "", "wire.tls.first")
    assert write_dialog([entry]) == "# tls.first\n"


def test_left_out_lines_become_a_comment():
    entry = Entry(Side.SERVER, Kind.ELIDED, "", "wire.elided", {"lines": "7", "octets": "70"})
    assert write_dialog([entry]) == "# 7 lines left out\n"
