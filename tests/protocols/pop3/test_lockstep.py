"""The observer follows our own engine, whatever a client sends without waiting."""

from base64 import b64encode

from hypothesis import given, settings

from protocols.conversation import MailHost, NoAudience
from protocols.memory import MemoryStore
from protocols.pop3 import PROTOCOL
from protocols.pop3.session import Pop3Session
from protocols.transcript import Entry, Kind, mask
from tests.protocols.dialogs import Player
from tests.protocols.lockstep import keep_in_step, lines_of, packets_of
from tests.protocols.mails import DOTS, SLIDES

SECRET = b64encode(b"\0anna@lab.example\0geheim").decode()
LINES = [
    "USER anna@lab.example", "PASS geheim", "PASS falsch", "APOP anna@lab.example 00",
    "AUTH", "AUTH PLAIN", f"AUTH PLAIN {SECRET}", "AUTH CRAM-MD5", "AUTH LOGIN", SECRET, "*", "",
    "PASS", "USER",
    "STAT", "LIST", "LIST 1", "LIST 9", "RETR 1", "RETR 2", "RETR x", "TOP 2 1", "UIDL",
    "DELE 1", "RSET", "NOOP", "CAPA", "UTF8", "UTF8 x", "nonsense", "x" * 300, "QUIT",
]  # fmt: skip
packets = packets_of(lines_of(LINES))


def player() -> Player:
    store = MemoryStore()
    store.add_account("anna@lab.example", "geheim", [SLIDES, DOTS])
    return Player(PROTOCOL, Pop3Session, MailHost(store, NoAudience(), lambda: 0.0))


def tells(entry: Entry) -> bool:
    """Whether others can read a password in it that belongs to a login."""
    return entry.text.startswith(("AUTH PLAIN ", "PASS ")) and entry.text in mask(entry)


@settings(max_examples=200)
@given(packets)
def test_states_agree(packets):
    keep_in_step(player(), packets, tells)


@settings(max_examples=200)
@given(packets)
def test_every_answer_finds_its_command(packets):
    made = player()
    for packet in packets:
        made.send(packet)
        if made.session.closing:
            return
    greeting, *replies = [entry for entry in made.entries if entry.kind is Kind.REPLY]
    commands = [entry.seq for entry in made.entries if entry.kind is Kind.COMMAND]
    waiting = 1 if made.session.exchange else 0
    assert [entry.answers for entry in replies] == commands[: len(commands) - waiting]
