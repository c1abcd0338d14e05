"""Who may see which conversation. Decided here alone, live and in stored transcripts.

A conversation's owner is a realm, a guest's own world:

- one opened from a console belongs to the guest who opened it, whatever it logs in to;
- one from outside belongs to the realm of the account it logged in to;
- one from outside that sent mail without a login belongs to the realm of the first account it
  delivered to: its mail is there to be read anyway;
- any other belongs to nobody.

The owner sees it whole. The staff sees all, without passwords. Nobody else sees anything.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page: a guest (by realm), a member of the staff, both, or neither."""

    realm: str = ""
    staff: bool = False


def owns(viewer: Viewer, owner: str) -> bool:
    return owner != "" and viewer.realm == owner


def may_see(viewer: Viewer, owner: str) -> bool:
    return viewer.staff or owns(viewer, owner)
