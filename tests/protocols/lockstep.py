"""Plays what a client sends without waiting, and compares an engine with its observer."""

from collections.abc import Callable, Iterable, Sequence

from hypothesis import strategies as st

from protocols.transcript import Entry
from tests.protocols.dialogs import Player

LINE_ENDS = st.sampled_from([b"\r\n"] * 9 + [b"\n"])


def lines_of(texts: Sequence[str]) -> st.SearchStrategy[bytes]:
    return st.builds(lambda text, end: text.encode() + end, st.sampled_from(texts), LINE_ENDS)


def packets_of(
    line: st.SearchStrategy[bytes], join: Callable[[list[bytes]], bytes] = b"".join
) -> st.SearchStrategy[list[bytes]]:
    """Some lines at a time; `join` makes one packet of them."""
    return st.lists(st.lists(line, min_size=1, max_size=5).map(join), max_size=12)


def keep_in_step(made: Player, packets: Iterable[bytes], tells: Callable[[Entry], bool]) -> None:
    """`tells`: whether others can read a password in a line that belongs to a login."""
    for packet in packets:
        made.send(packet)
        seen = [(entry.id, entry.text) for entry in made.entries]
        assert "wire.unexplained" not in {id for id, _ in seen}
        assert not [entry.text for entry in made.entries if tells(entry)]
        state, closing = made.conversation.recorder.observer.state, made.session.closing
        # IMAP's engine takes no note of a BYE of its own, which ends it
        assert state == made.session.state or (closing and state == "LOGOUT"), seen
        if closing:
            return
