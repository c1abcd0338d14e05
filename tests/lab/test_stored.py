"""What the database keeps of an entry is the entry."""

import json

from hypothesis import given
from hypothesis import strategies as st

from mailedu.lab.stored import from_text, to_text
from protocols.tls import Sealed
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(0, 10_000)
params = st.dictionaries(texts, texts, max_size=3)
entries = st.builds(
    Entry,
    side=st.sampled_from(Side),
    kind=st.sampled_from(Kind),
    text=texts,
    id=texts,
    params=params,
    tokens=st.lists(st.builds(Token, numbers, numbers, texts), max_size=3).map(tuple),
    before=texts,
    state=texts,
    phase=texts,
    outcome=st.sampled_from(Outcome),
    rfc=texts,
    unit=numbers,
    answers=numbers,
    remark=st.none() | st.builds(Remark, texts, params),
    secret=st.none() | st.tuples(numbers, numbers),
    line_end=st.sampled_from(["CRLF", "LF", ""]),
    seq=numbers,
    time=st.floats(0, 1e6),
    sealed=st.none() | st.builds(Sealed, numbers, texts, numbers),
)


@given(entries)
def test_an_entry_comes_back_as_it_was(entry):
    assert from_text(to_text([entry])) == [entry]


def test_only_what_is_not_default_is_kept():
    entry = Entry(Side.CLIENT, Kind.COMMAND, "STAT", "pop3.STAT", seq=2)
    assert json.loads(to_text([entry])) == [
        {"side": "C", "kind": "command", "text": "STAT", "id": "pop3.STAT", "seq": 2}
    ]


def test_pieces_of_old_transcripts_have_no_number():
    row = {"side": "C", "kind": "command", "text": "STAT", "id": "x", "sealed": [28, "17 03 03"]}
    assert from_text(json.dumps([row]))[0].sealed == Sealed(28, "17 03 03", 0)
