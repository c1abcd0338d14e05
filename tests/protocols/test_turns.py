"""Who may do how much before it is the others' turn."""

from itertools import count

from protocols.turns import Rounds

CLOCK = count().__next__  # each look takes longer than a turn


def test_each_does_a_step_round_by_round_and_the_others_have_their_turns():
    said, later = [], []

    def worker(name, steps):
        left = iter(range(steps, 0, -1))
        return lambda: said.append(name) or next(left) > 1

    def enter(step):
        rounds.enter(step, CLOCK, lambda *call: later.append(call))

    rounds = Rounds()
    step = worker("a", 3)
    for one in (step, step, worker("b", 1), worker("c", 2)):
        enter(one)
    assert (said, len(later)) == ([], 1)
    turns = []
    while later:
        function, *arguments = later.pop()
        function(*arguments)
        turns.append("".join(said))
        said.clear()
    assert "".join(turns) == "abcaca"
    assert len(turns) > 2
    enter(worker("d", 1))
    assert len(later) == 1


def test_one_that_fails_does_not_keep_the_others_from_theirs():
    said, later = [], []
    rounds = Rounds()
    for step in (lambda: 1 // 0, lambda: said.append("b")):
        rounds.enter(step, CLOCK, lambda *call: later.append(call))
    while later:
        function, *arguments = later.pop()
        try:
            function(*arguments)
        except ZeroDivisionError:
            said.append("failed")
    assert said == ["failed", "b"]
