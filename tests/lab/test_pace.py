"""How fast one page may send."""

from mailedu.lab.pace import BURST, CONNECTION, PATIENCE, RATE, Pace


def test_a_burst_passes_then_the_rate_holds():
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert [pace.allows() for _ in range(BURST + 1)] == [True] * BURST + [False]
    now[0] = 1.0
    assert sum(pace.allows() for _ in range(BURST)) == RATE


def test_what_costs_more_is_allowed_less_often():
    pace = Pace(lambda: 0.0)
    assert sum(pace.allows(CONNECTION) for _ in range(BURST)) == BURST // CONNECTION


def test_who_heeds_no_refusal_is_known_by_it():
    now = [0.0]
    pace = Pace(lambda: now[0])
    for _ in range(BURST + PATIENCE - 1):
        pace.allows()
    assert not pace.ignored
    pace.allows()
    assert pace.ignored


def test_who_is_refused_now_and_then_is_forgiven():
    now = [0.0]
    pace = Pace(lambda: now[0])
    for _ in range(BURST):
        pace.allows()
    for _ in range(10):  # at twice the rate
        now[0] += 1
        assert sum(pace.allows() for _ in range(2 * RATE)) == RATE
    assert not pace.ignored


def test_the_bucket_has_a_rim():
    now = [0.0]
    pace = Pace(lambda: now[0])
    now[0] = 1e6
    assert sum(pace.allows() for _ in range(2 * BURST)) == BURST
