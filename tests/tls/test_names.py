"""What this computer is called, without asking anybody."""

import socket
from ipaddress import ip_address

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from mailedu.tls.authority import general_names
from mailedu.tls.names import host_names, lab_names, own_addresses

HOSTS = """\
127.0.0.1 localhost  # laptop in a comment
192.0.2.5\tlaptop.school.example laptop
192.0.2.6 other.school.example other
"""


@pytest.mark.parametrize(
    "host, hosts, names",
    [
        ("laptop", "", ["laptop", "laptop.local"]),
        ("laptop", HOSTS, ["laptop", "laptop.local", "laptop.school.example", "laptop"]),
        ("Laptop", HOSTS, ["Laptop", "Laptop.local", "laptop.school.example", "laptop"]),
        ("pc.school.example", "", ["pc.school.example"]),
        ("", HOSTS, []),
        ("not a host", HOSTS, []),
    ],
)
def test_names_of_a_host(host, hosts, names):
    assert list(host_names(host, hosts)) == names


@given(st.text(), st.text())
def test_no_hosts_file_is_too_strange(host, hosts):
    for name in host_names(host, hosts):
        assert len(general_names([name])) <= 1


@given(st.lists(st.text()))
def test_general_names_are_of_either_kind(names):
    kinds = {type(name) for name in general_names(names)}
    assert kinds <= {x509.DNSName, x509.IPAddress}


@pytest.mark.parametrize(
    "name, general",
    [
        ("LAB.example", x509.DNSName("lab.example")),
        ("bücher.example", x509.DNSName("xn--bcher-kva.example")),
        ("::1", x509.IPAddress(ip_address("::1"))),
        ("192.0.2.1", x509.IPAddress(ip_address("192.0.2.1"))),
    ],
)
def test_a_name_or_an_address(name, general):
    assert general_names([name, name]) == [general]


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".example"])
def test_what_is_neither(name):
    assert general_names([name]) == []


def test_own_addresses_can_be_listened_on():
    addresses = list(own_addresses())
    assert addresses[:2] == ["127.0.0.1", "::1"]
    for address in filter(lambda address: ":" not in address, addresses):
        socket.create_server((address, 0)).close()


@pytest.mark.parametrize("bind, more", [("0.0.0.0", False), ("::", False), ("127.0.0.9", True)])
def test_names_of_the_lab(bind, more):
    names = lab_names("Lab.example", ("lab.example", "class.example"), bind)
    assert names[:3] == ("lab.example", "class.example", "localhost")
    assert {socket.gethostname().lower(), "127.0.0.1", "::1"} <= set(names)
    assert (bind in names, len(set(names))) == (more, len(names))
