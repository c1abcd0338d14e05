"""Clients at IMAP sessions on one host, without an event loop."""

from protocols.conversation import MailHost, NoAudience
from protocols.imap import PROTOCOL
from protocols.imap.session import ImapSession
from protocols.memory import MemoryStore
from tests.protocols.dialogs import Player
from tests.protocols.mails import HELLO, SLIDES

ADDRESS, PASSWORD = "wiki@example.com", "geheim"


def new_host(messages: int = 3) -> MailHost:
    store = MemoryStore()
    store.add_account(ADDRESS, PASSWORD, [SLIDES, HELLO, HELLO, HELLO, HELLO, HELLO][:messages])
    return MailHost(store, NoAudience(), lambda: 0.0)


def new_player(host: MailHost | None = None, select: str = "SELECT") -> Player:
    """A client that is logged in and has INBOX open, unless `select` is empty."""
    player = Player(PROTOCOL, ImapSession, host or new_host())
    if select:
        player.command(f"l LOGIN {ADDRESS} {PASSWORD}")
        player.command(f"s {select} INBOX")
        player.output = b""
    return player


def lines(answer: str) -> list[str]:
    assert answer.endswith("\r\n")
    return answer.removesuffix("\r\n").split("\r\n")
