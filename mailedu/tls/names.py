"""The names and addresses of this computer, found without asking anybody: nothing is sent."""

import os
import re
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Documentation addresses (RFC 5737, RFC 3849). A UDP socket that is "connected" to one sends
# nothing; the system only chooses the address that it would send from.
FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
ANY_PORT = 9
# The ioctl that asks an interface for its IPv4 address, and where the answer holds it.
SIOCGIFADDR, IN_IFREQ = 0x8915, slice(20, 24)

WINDOWS_HOSTS = r"System32\drivers\etc\hosts"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")


def lab_names(host_name: str, domains: tuple[str, ...], bind: str) -> tuple[str, ...]:
    """What clients may call the lab: `host_name` first, each once, in lower case."""
    host = socket.gethostname()
    names = [host_name, *domains, "localhost", *host_names(host, _hosts_file())]
    names += [*own_addresses(), *([] if bind in ("0.0.0.0", "::") else [bind])]
    return tuple(dict.fromkeys(name.lower() for name in names))


def host_names(host: str, hosts: str) -> Iterator[str]:
    """`host`, its name of the local network (RFC 6762 3), and what the `hosts` file says of it.

    That file is where a computer keeps its fully qualified name; to ask DNS would send something.
    """
    if not _HOST.fullmatch(host):
        return
    yield host
    if "." not in host:
        yield f"{host}.local"
    for line in hosts.splitlines():
        names = line.partition("#")[0].split()[1:]
        if host.lower() in map(str.lower, names):
            yield from filter(_HOST.fullmatch, names)


def own_addresses() -> Iterator[str]:
    yield from ("127.0.0.1", "::1")
    for family, far in FAR:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, ANY_PORT))
            yield probe.getsockname()[0].partition("%")[0]
    with suppress(OSError):
        yield from _interfaces()


def _interfaces() -> Iterator[str]:
    """Networks that no route leads out of count as well: a classroom needs no internet."""
    if os.name == "nt":  # answers for its own name without asking
        yield from socket.gethostbyname_ex(socket.gethostname())[2]
    elif sys.platform == "linux":
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                yield _ipv4_of(name)


def _ipv4_of(interface: str) -> str:
    import fcntl  # not on Windows

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("256s", interface.encode())
        return socket.inet_ntoa(fcntl.ioctl(probe, SIOCGIFADDR, request)[IN_IFREQ])


def _hosts_file() -> str:
    windows = os.environ.get("SYSTEMROOT") if os.name == "nt" else None
    path = Path(windows, WINDOWS_HOSTS) if windows else Path("/etc/hosts")
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
