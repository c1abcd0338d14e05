"""What the rest of the lab knows of a mail protocol."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protocols.commands import CommandTable
from protocols.observer import Observer
from protocols.replies import ReplyCatalogue

if TYPE_CHECKING:
    from asyncio import BaseProtocol

    from protocols.conversation import Conversation, MailHost
    from protocols.session import Session


@dataclass(frozen=True, slots=True)
class Service:
    """One port on which a protocol is spoken; `port` is the standard one (IANA).

    `tls`: from the first octet (RFC 8314 3). `submission`: for the programs of users, who log in,
    and not for other servers (RFC 6409). `serve` makes the connections of a server that is not
    ours.
    """

    name: str
    title: str
    port: int
    tls: bool = False
    submission: bool = False
    serve: Callable[["MailHost", "MailProtocol", "Service"], "BaseProtocol"] | None = None


@dataclass(frozen=True)
class MailProtocol:
    """`services` begins with the one that slides and telnet know; `session` makes an engine."""

    name: str
    title: str
    services: tuple[Service, ...]
    rfcs: tuple[str, ...]
    table: CommandTable
    replies: ReplyCatalogue
    observer: Callable[[], Observer]
    session: Callable[["MailHost", "Conversation"], "Session"] = field(repr=False)
