"""What the environment says of the time zone."""

import pytest

from mailedu.environment import time_zone


def test_the_zone_that_is_named(monkeypatch):
    monkeypatch.setenv("MAILEDU_TIME_ZONE", "Europe/Berlin")
    assert time_zone() == "Europe/Berlin"


@pytest.mark.parametrize("name", ["Berlin", "/etc/passwd", "../..", "Europe"])
def test_a_name_that_is_none_ends_in_one_line(monkeypatch, name):
    monkeypatch.setenv("MAILEDU_TIME_ZONE", name)
    with pytest.raises(SystemExit, match="MAILEDU_TIME_ZONE must be a zone like Europe/Berlin"):
        time_zone()


@pytest.mark.parametrize(
    ("own", "zone"), [("Asia/Tokyo", "Asia/Tokyo"), (":Asia/Tokyo", "Asia/Tokyo"), ("CET-1", "UTC")]
)
def test_without_one_it_is_the_computers_own(monkeypatch, own, zone):
    monkeypatch.delenv("MAILEDU_TIME_ZONE", raising=False)
    monkeypatch.setenv("TZ", own)
    assert time_zone() == zone
