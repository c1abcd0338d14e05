"""What people are told of where the lab is."""

import pytest

from mailedu import places
from mailedu.tls.names import own_addresses


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("lab.example:8000", "lab.example"),
        ("[::1]", "::1"),
        ("[::1]:8000", "::1"),
    ],
)
def test_the_host_is_how_the_browser_calls_it(rf, settings, header, name):
    settings.ALLOWED_HOSTS = ["*"]
    assert places.host(rf.get("/", headers={"host": header})) == name


@pytest.mark.parametrize("name", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_other_computers_use_an_address_of_the_network(settings, name):
    settings.LOOPBACK, settings.LAB_BIND = False, "0.0.0.0"
    far = [a for a in own_addresses() if ":" not in a and not a.startswith("127.")]
    assert places.host_elsewhere(name) == (far or [name])[0]


@pytest.mark.parametrize("name", ["192.0.2.7", "2001:db8::7", "lab.example"])
def test_what_others_can_use_stays(settings, name):
    settings.LOOPBACK = False
    assert places.host_elsewhere(name) == name


def test_who_listens_on_this_computer_only_has_no_other_name():
    assert places.host_elsewhere("127.0.0.1") == "127.0.0.1"


def test_while_it_serves_the_real_ports_are_told(settings):
    settings.LAB_PORT_OFFSET = None
    places.serve({name: ("127.0.0.1", n) for n, name in enumerate(("pop3", "imap", "submission"))})
    rows = places.mail_program_ports()
    places.serve({})
    assert [(row["title"], row["plain"], row["sealed"]) for row in rows] == [
        ("POP3", 0, None), ("IMAP", 1, None), ("SMTP", 2, None),
    ]  # fmt: skip
