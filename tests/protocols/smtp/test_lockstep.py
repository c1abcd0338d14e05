"""The observer follows our own engine, whatever a client sends without waiting."""

from base64 import b64encode

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.conversation import MailHost, NoAudience
from protocols.faults import Fault, FaultPlan
from protocols.memory import MemoryStore
from protocols.smtp import PROTOCOL
from protocols.smtp.session import SmtpSession
from protocols.transcript import Entry, mask
from tests.protocols.dialogs import Player
from tests.protocols.lockstep import keep_in_step, lines_of, packets_of

SECRET = b64encode(b"\0anna@lab.example\0geheim").decode()
LOGIN = [b64encode(word).decode() for word in (b"anna@lab.example", b"geheim")]
LINES = [
    "EHLO c", "HELO c", "NOOP", "RSET", "VRFY x", "EHLO", "nonsense", "",
    "MAIL FROM:<a@b.example>", "MAIL FROM:<>", "MAIL FROM:x",
    "RCPT TO:<anna@lab.example>", "RCPT TO:<nobody@lab.example>",
    "DATA", "DATA x", "Subject: x", "..", ".",
    "BDAT 6", "BDAT 6 LAST", "BDAT 0 LAST", "BDAT x",
    "AUTH PLAIN", f"AUTH PLAIN {SECRET}", "AUTH LOGIN", "AUTH CRAM-MD5", "AUTH x", "*", *LOGIN,
]  # fmt: skip


def packets_without(*words: str) -> st.SearchStrategy[list[bytes]]:
    return packets_of(lines_of([line for line in LINES if line.split(" ")[0] not in words]))


# A BDAT that turns out to be a response: what came behind it in one go was read as its octets
packets = packets_without("AUTH") | packets_without("BDAT")


def player(*faults: Fault) -> Player:
    store = MemoryStore()
    store.add_account("anna@lab.example", "geheim").faults = FaultPlan(faults)
    return Player(PROTOCOL, SmtpSession, MailHost(store, NoAudience(), lambda: 0.0))


def tells(entry: Entry) -> bool:
    """Whether others can read a password in it that belongs to a login."""
    return "AUTH" in entry.text and SECRET in mask(entry) and entry.id != "smtp.message.body"


@settings(max_examples=200)
@given(packets)
def test_states_agree(packets):
    keep_in_step(player(), packets, tells)


PLANNED = st.builds(
    lambda command, code, times: Fault("smtp", command, times=times, reply=f"{code} no"),
    st.sampled_from(["", "EHLO", "HELO", "AUTH", "RCPT", "DATA", ".", "BDAT", "RSET"]),
    st.sampled_from([450, 500, 501, 502, 503, 530, 535, 550, 554]),
    st.integers(0, 2),
)
START = b"EHLO c\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<anna@lab.example>\r\n"


@settings(max_examples=200)
@given(PLANNED, st.lists(lines_of(LINES), max_size=12))
def test_states_agree_whatever_is_planned(fault, lines):
    keep_in_step(player(fault), [*START, *lines], tells)
