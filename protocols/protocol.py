"""What the rest of the lab knows of a mail protocol."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protocols.commands import CommandTable
from protocols.conversation import MailHost
from protocols.observer import Observer
from protocols.replies import ReplyCatalogue

if TYPE_CHECKING:
    import asyncio


@dataclass(frozen=True)
class MailProtocol:
    """`serve` makes the server side of one connection; `port` is the standard port (IANA)."""

    name: str
    title: str
    port: int
    rfcs: tuple[str, ...]
    table: CommandTable
    replies: ReplyCatalogue
    observer: Callable[[], Observer]
    serve: Callable[["MailProtocol", MailHost], "asyncio.BaseProtocol"] = field(repr=False)
