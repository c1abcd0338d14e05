"""The observer follows our own engine, whatever a client sends without waiting."""

import re
from base64 import b64encode
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.transcript import Entry, mask
from tests.protocols.imap.players import ADDRESS, PASSWORD, new_player
from tests.protocols.lockstep import LINE_ENDS, keep_in_step, packets_of

SECRET = b64encode(f"\0{ADDRESS}\0{PASSWORD}".encode()).decode()
LINES = [
    f"LOGIN {ADDRESS} {PASSWORD}", f'LOGIN {ADDRESS} "{PASSWORD}"', "LOGIN x", "LOGIN {3}",
    f"LOGIN {ADDRESS} {{{len(PASSWORD)}}}", f"LOGIN {ADDRESS} {{{len(PASSWORD)}+}}",
    "AUTHENTICATE PLAIN", f"AUTHENTICATE PLAIN {SECRET}", "AUTHENTICATE X",
    "CAPABILITY", "NOOP", "SELECT INBOX", "EXAMINE INBOX", "SELECT nowhere", "CLOSE", "CHECK",
    "FETCH 1 BODY[]", "FETCH 1:* FLAGS", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE", "IDLE",
    "APPEND INBOX {5}", "APPEND INBOX {5+}", "STATUS INBOX (MESSAGES)", "nonsense", "LOGOUT",
]  # fmt: skip
BARE = ["DONE", "*", SECRET, PASSWORD, "a", "+", "x" * 9000]
tags = (f"a{n} " for n in count())  # RFC 3501 2.2.1: each has one of its own
line = st.builds(
    lambda tagged, bare, end: (bare or next(tags) + tagged).encode() + end,
    st.sampled_from(LINES),
    st.sampled_from([None, None, *BARE]),
    LINE_ENDS,
)


def packet(lines: list[bytes]) -> bytes:
    """Who announces a literal waits for the answer (RFC 3501 4.3), or says {n+} (RFC 7888 4)."""
    waits = (n for n, line in enumerate(lines) if re.search(rb"\{\d+}\r?\n", line))
    return b"".join(lines[: next(waits, len(lines)) + 1])


packets = packets_of(line, packet)


def tells(entry: Entry) -> bool:
    """Whether others can read a password in it that belongs to a login."""
    login = entry.id in ("imap.LOGIN", "imap.AUTHENTICATE")
    return login and any(word in mask(entry) for word in (PASSWORD, SECRET))


@settings(max_examples=200)
@given(packets)
def test_states_agree(packets):
    keep_in_step(new_player(), packets, tells)
