"""Who may see which conversation. Decided here alone, live and in stored transcripts.

A conversation's owner is a realm, the own world of a guest or of whoever came with a card:

- one opened from a console belongs to the guest who opened it, whatever it logs in to;
- one from outside belongs to the realm of the account it logged in to, until TLS on command makes
  the server forget that;
- one from outside that sent mail without a login belongs to the realm that it wrote to: its mail is
  there to be read anyway. But only once it is over: the next mail may be for somebody else, and its
  lines come before its recipients are known;
- one from outside that concerns more than one realm belongs to nobody: each would read what is the
  other's. So does any other.

The owner of a console sees it whole: they typed it. The owner of one from outside sees the password
of the login that succeeded, but not what was tried before: that may be somebody else's. The staff
sees all, without passwords. Nobody else sees anything.
"""

from collections.abc import Set
from dataclasses import dataclass

from protocols.transcript import Entry

CONSOLE, OUTSIDE = "console", "outside"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page: a guest (by realm), a member of the staff, both, or neither."""

    realm: str = ""
    staff: bool = False


def owns(viewer: Viewer, owner: str) -> bool:
    return owner != "" and viewer.realm == owner


def owner_of(realms: Set[str]) -> str:
    """The owner of one from outside; `realms` are those of all accounts that it concerns.

    An account that all share has the realm "", and is somebody else's as well.
    """
    return next(iter(realms)) if len(realms) == 1 else ""


def may_see(viewer: Viewer, owner: str) -> bool:
    return viewer.staff or owns(viewer, owner)


def sees_password(viewer: Viewer, owner: str, origin: str, entry: Entry) -> bool:
    return owns(viewer, owner) and (origin == CONSOLE or entry.proved)
