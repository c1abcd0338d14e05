"""One conversation for a page: from the hub while it lives, from the database afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mailedu.lab import services
from mailedu.lab.guests import addresses
from mailedu.lab.models import Transcript
from mailedu.lab.rendering import live_json, transcript_json
from mailedu.lab.rules import Viewer, may_see, sees_password
from mailedu.lab.stored import from_text
from protocols.transcript import Entry

# Transcripts that the watch page lists: a double lesson's work.
MAX_RECENT = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """`conversation` is C of the contract; `bare`: whether the viewer sees an entry's password."""

    conversation: dict
    entries: list[Entry]
    bare: Callable[[Entry], bool]
    live: bool


def find(id: str, viewer: Viewer) -> Shown | None:
    """None also for what the viewer may not see: nobody learns that it exists."""
    running = services.current()
    return (running and running.call(_from_hub, id, viewer)) or _from_database(id, viewer)


def recent(viewer: Viewer) -> list[dict]:
    """C of the newest stored transcripts that the viewer may see."""
    found = Transcript.objects.all()
    if not viewer.staff:
        found = found.filter(owner=viewer.realm) if viewer.realm else found.none()
    rows = list(found[:MAX_RECENT])
    names = addresses({row.owner for row in rows})
    return [transcript_json(row, names.get(row.owner, "")) for row in rows]


def _from_hub(id: str, viewer: Viewer) -> Shown | None:
    live = services.current().hub.find(id, viewer)
    if not live:
        return None
    entries = live.conversation.recorder.entries
    bare = partial(sees_password, viewer, live.owner, live.origin)
    return Shown(live_json(live), entries, bare, not live.closed)


def _from_database(id: str, viewer: Viewer) -> Shown | None:
    row = Transcript.objects.filter(pk=id).prefetch_related("part_set").first()
    if not row or not may_see(viewer, row.owner):
        return None
    entries = [entry for part in row.part_set.all() for entry in from_text(part.entries)]
    guest = addresses({row.owner}).get(row.owner, "")
    bare = partial(sees_password, viewer, row.owner, row.origin)
    return Shown(transcript_json(row, guest), entries, bare, False)
