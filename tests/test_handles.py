"""File handles: what is asked of the system, and what is said when they run out."""

import errno
import logging
import subprocess
import sys

import pytest

from mailedu.handles import CONNECTIONS, FEWEST, complain_briefly, connections

resource = pytest.importorskip("resource", reason="the system has no such limit")


@pytest.mark.parametrize(
    ("handles", "allowed"),
    [(1, FEWEST), (128, FEWEST), (1024, 298), (4096, 1322), (1_000_000, CONNECTIONS)],
)
def test_a_console_takes_three(handles, allowed):
    assert connections(handles) == allowed


@pytest.mark.parametrize("hard", [700, 4000])
def test_the_soft_limit_is_raised_to_the_hard_one(hard):
    code = (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, {0}));"
        "from mailedu.handles import make_room; print(make_room(), *r.getrlimit(r.RLIMIT_NOFILE))"
    )
    said = subprocess.run([sys.executable, "-c", code.format(hard)], stdout=subprocess.PIPE)
    assert [int(word) for word in said.stdout.split()] == [connections(hard), hard, hard]


class FakeLoop:
    """Keeps the handler and what reaches the default one; `now` is its time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.others: list[dict] = []
        complain_briefly(self)

    def time(self) -> float:
        return self.now

    def set_exception_handler(self, handler) -> None:
        self.handler = handler

    def default_exception_handler(self, context: dict) -> None:
        self.others.append(context)

    def meet(self, number: int) -> None:
        self.handler(self, {"message": "accept", "exception": OSError(number, "")})


def test_one_complaint_a_minute(caplog):
    loop = FakeLoop()
    with caplog.at_level(logging.WARNING):
        for loop.now in (0, 1, 59, 60, 61):
            loop.meet(errno.EMFILE)
    assert [record.getMessage() for record in caplog.records] == [
        "out of file handles: new connections have to wait"
    ] * 2
    assert loop.others == []


def test_other_errors_are_told_as_ever():
    loop = FakeLoop()
    loop.meet(errno.EPIPE)
    assert [context["exception"].errno for context in loop.others] == [errno.EPIPE]
