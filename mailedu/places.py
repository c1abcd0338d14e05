"""Where the lab is, for people and their mail programs: what its machine is called, its ports."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from mailedu.tls.names import own_addresses
from protocols import PROTOCOLS

Address = tuple[str, int]

# What a mail program asks for: incoming by POP3 or IMAP, outgoing by submission.
_MAIL_PROGRAM = (
    ("POP3", "pop3", "pop3s"),
    ("IMAP", "imap", "imaps"),
    ("SMTP", "submission", "smtps"),
)

_open: dict[str, Address] = {}


def serve(opened: dict[str, Address]) -> None:
    """This process serves on these ports from now on; on none with {}."""
    global _open
    _open = opened


def ports() -> dict[str, Address]:
    """Service -> (host, port): the real ones while serving, else those of the settings."""
    if _open:
        return _open
    offset = settings.LAB_PORT_OFFSET or 0
    services = [service for protocol in PROTOCOLS for service in protocol.services]
    return {service.name: (settings.LAB_BIND, service.port + offset) for service in services}


def mail_program_ports() -> list[dict]:
    """`plain`: the port without TLS or with STARTTLS; `sealed`: in TLS from the start, or None."""
    return [
        {
            "title": title,
            "plain": ports()[plain][1],
            "sealed": ports()[sealed][1] if sealed in ports() else None,
        }
        for title, plain, sealed in _MAIL_PROGRAM
    ]


def host(request: HttpRequest) -> str:
    """How this browser calls the lab's machine, without port and brackets."""
    name = request.get_host()
    end = name.rfind("]") if name.startswith("[") else name.find(":")
    return name[1:end] if name.startswith("[") else name[: end if end > 0 else None]


def host_elsewhere(name: str) -> str:
    """What other computers call the machine that is `name` here: an address instead of loopback.

    `name` as well where there is none, or where the lab listens on this computer only.
    """
    if settings.LOOPBACK or not is_loopback(name):
        return name
    return next((address for address in own_addresses() if _is_served(address)), name)


def is_loopback(name: str) -> bool:
    """Whether every computer calls itself so."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_served(address: str) -> bool:
    return not is_loopback(address) and (settings.LAB_BIND == "::" or ":" not in address)
