"""What the teaching CA may vouch for: the lab and local networks, so that its key is of no use
against anybody's bank (RFC 5280 4.2.1.10). A CA that was made without may vouch for everything.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from cryptography import x509

# Nobody owns these on the internet: RFC 6761 6, RFC 6762 3, RFC 8375 4, what ICANN keeps free for
# inner networks, and what many routers call theirs.
LOCAL_DOMAINS = ("localhost", "local", "test", "home.arpa", "internal", "lan")
# Loopback, private, link-local: RFC 6890 2.2, RFC 1918 3, RFC 3927 2.1, RFC 4193 3, RFC 4291 2.5.
LOCAL_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
# Of a global IPv6 address the rest changes daily by itself (RFC 8981).
IPV6_PREFIX = 64


def constraints(names: Iterable[x509.GeneralName]) -> x509.NameConstraints:
    """For local names and addresses, and `names` where they are others."""
    permitted: list[x509.GeneralName] = [
        *map(x509.DNSName, LOCAL_DOMAINS),
        *(x509.IPAddress(ip_network(network)) for network in LOCAL_NETWORKS),
    ]
    for name in names:
        if not any(_within(name, subtree) for subtree in permitted):
            permitted.append(_subtree(name))
    return x509.NameConstraints(permitted, excluded_subtrees=None)


def limited(ca: x509.Certificate) -> list[x509.GeneralName] | None:
    """The only names that `ca` may vouch for, with all below them; None: any."""
    try:
        found = ca.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return None
    return list(found.permitted_subtrees or ())


def permits(ca: x509.Certificate, name: x509.GeneralName) -> bool:
    subtrees = limited(ca)
    return subtrees is None or any(_within(name, subtree) for subtree in subtrees)


def passes(name: str) -> bool:
    """Whether `name` is gone tomorrow, so that nobody writes it into a mail program."""
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.version == 6 and address.is_global


def _within(name: x509.GeneralName, subtree: x509.GeneralName) -> bool:
    if type(name) is not type(subtree):
        return False
    if isinstance(name, x509.IPAddress):
        return name.value in subtree.value
    return f".{name.value}".endswith(f".{subtree.value}")


def _subtree(name: x509.GeneralName) -> x509.GeneralName:
    if not isinstance(name, x509.IPAddress):
        return name
    prefix = IPV6_PREFIX if name.value.version == 6 else 32
    return x509.IPAddress(ip_network((name.value, prefix), strict=False))
