"""The contents kept in memory."""

import asyncio

import pytest

from mailedu.mail import contents
from mailedu.mail.contents import Contents
from protocols.store import MessageGone


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(contents, "MAX_KEPT", 100)
    kept = Contents()
    yield kept
    kept.close()


def get(kept: Contents, id: int) -> bytes:
    return asyncio.run(kept.get(id))


@pytest.mark.django_db(transaction=True)
def test_the_longest_unused_goes_first(kept):
    for id in range(4):
        kept.keep(id, bytes(25))
    assert get(kept, 0) == bytes(25)
    kept.keep(4, bytes(25))
    assert get(kept, 0) == bytes(25)
    with pytest.raises(MessageGone):  # neither in memory nor in the database
        get(kept, 1)


@pytest.mark.django_db(transaction=True)
def test_a_giant_is_not_kept(kept):
    kept.keep(1, bytes(26))
    with pytest.raises(MessageGone):
        get(kept, 1)


def test_what_is_kept_costs_no_wait(kept):
    kept.keep(1, b"x")
    with pytest.raises(StopIteration) as done:
        kept.get(1).send(None)
    assert done.value.value == b"x"


def test_a_stuffed_message_is_stuffed_once(kept):
    kept.keep(1, b".x\r\n")
    first, second = (asyncio.run(kept.stuffed(1)) for _ in range(2))
    assert first == b"..x\r\n"
    assert second is first
    assert get(kept, 1) == b".x\r\n"
