"""Entries and conversations as the pages get them: JSON, in the viewer's language."""

from datetime import date
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import override

from mailedu.lab.followers import Live
from mailedu.lab.models import Transcript
from protocols import PROTOCOLS
from protocols.texts import Explanation, explain, template
from protocols.transcript import Entry, Kind, mask

RFC_EDITOR = "https://www.rfc-editor.org/rfc"

# After these the client owes something that is no command.
_ASKING = (Kind.CONTINUATION, Kind.COMMAND)

_HANDSHAKES = ("wire.tls", "wire.tls.first", "wire.tls.resumed", "wire.tls.resumed.first")

_TITLES = {service.name: service.title for protocol in PROTOCOLS for service in protocol.services}


def entry_json(entry: Entry, language: str, own: bool) -> dict[str, Any]:
    """E of the contract. `own`: for who may see its password."""
    is_handshake = entry.id in _HANDSHAKES
    params = _localised(entry.params, language) if entry.kind is Kind.EVENT else entry.params
    text = explained(entry.id, language, params)
    return {
        "seq": entry.seq,
        "time": round(entry.time, 3),
        "side": entry.side,
        "kind": entry.kind,
        "text": entry.text if own else mask(entry),
        "id": entry.id,
        "title": text.title,
        "short": text.short,
        "why": text.why,
        "next": text.next,
        "more": text.more,
        "rfc": entry.rfc,
        "rfc_url": rfc_url(entry.rfc),
        "tokens": [
            {"start": start, "end": end, "text": explained(id, language, params).short}
            for start, end, id in entry.tokens
        ],
        "before": entry.before,
        "state": entry.state,
        "phase": phase_json(entry.phase, language),
        "outcome": entry.outcome,
        "unit": entry.unit,
        "answers": entry.answers,
        "remark": _remark(entry, language),
        "secret": list(entry.secret) if entry.secret else None,
        "line_end": entry.line_end,
        "expects": params.get("expects", "") if entry.kind in _ASKING else "",
        "octets": _octets(entry),
        "sealed": entry.sealed._asdict() if entry.sealed else None,
        "handshake": params if is_handshake else None,
    }


def explained(id: str, language: str, params: dict[str, str]) -> Explanation:
    text, names = _template(id, language)
    if not names:
        return text
    values = [(name, params[name]) for name in names if name in params]
    return _explained(id, language, tuple(values))


@lru_cache(4096)
def _template(id: str, language: str) -> tuple[Explanation, tuple[str, ...]]:
    """The explanation without values, and the names of those that it uses."""
    return explain(id, language), template(id, language).names


@lru_cache(8192)  # a class types the same lines: filling in the values is most of the cost
def _explained(id: str, language: str, params: tuple[tuple[str, str], ...]) -> Explanation:
    return explain(id, language, dict(params))


def _localised(params: dict[str, str], language: str) -> dict[str, str]:
    """With the day of a certificate as the site's other pages write it."""
    if "until" not in params:
        return params
    with override(language):
        return params | {"until": date_format(date.fromisoformat(params["until"]))}


@lru_cache(256)
def phase_json(id: str, language: str) -> dict[str, str]:
    text = explain(id, language)
    return {"id": id, "title": text.title or text.short}


@lru_cache(512)
def rfc_url(reference: str) -> str:
    """`RFC 1939 7` -> the section's address. A link for people; nothing is ever loaded from it."""
    word, _, rest = reference.partition(" ")
    number, _, section = rest.partition(" ")
    if word != "RFC" or not number.isdigit():
        return ""
    return f"{RFC_EDITOR}/rfc{number}" + (f"#section-{section}" if section else "")


def live_json(live: Live) -> dict[str, Any]:
    """C of the contract."""
    conversation = live.conversation
    return {
        "id": conversation.id,
        "protocol": conversation.protocol.name,
        "service": conversation.service.name,
        "title": conversation.service.title,
        "tls": conversation.tls.version if conversation.tls else "",
        "port": live.port,
        "peer": "{}:{}".format(*conversation.peer),
        "origin": live.origin,
        "account": conversation.account.address if conversation.account else "",
        "guest": live.guest,
        "opened": live.opened.isoformat(timespec="seconds"),
        "closed": live.closed is not None,
        "url": reverse("transcript", args=[conversation.id]),
    }


def transcript_json(row: Transcript, guest: str) -> dict[str, Any]:
    """C of the contract, from the database: what is there no longer runs."""
    return {
        "id": row.id,
        "protocol": row.protocol,
        "service": row.service or row.protocol,
        "title": _TITLES.get(row.service, row.protocol.upper()),
        "tls": row.tls,
        "port": row.port,
        "peer": row.peer,
        "origin": row.origin,
        "account": row.account,
        "guest": guest,
        "opened": row.opened.isoformat(timespec="seconds"),
        "closed": True,
        "url": reverse("transcript", args=[row.id]),
    }


def _remark(entry: Entry, language: str) -> dict[str, str] | None:
    if not entry.remark:
        return None
    text = explained(entry.remark.id, language, entry.remark.params)
    return {"title": text.title, "text": text.short}


def _octets(entry: Entry) -> int:
    """Of a literal or a chunk that is expected, of lines left out."""
    counted = entry.kind is Kind.ELIDED or entry.params.get("expects") in ("literal", "chunk")
    return int(entry.params.get("octets", 0)) if counted else 0
