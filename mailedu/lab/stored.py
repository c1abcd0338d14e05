"""Entries as the database keeps them: ids and values, to be shown in either language."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from operator import attrgetter

import orjson

from protocols.tls import Sealed
from protocols.transcript import Entry, Kind, Outcome, Remark, Side, Token

_REQUIRED = object()
_DEFAULTS = {
    f.name: f.default_factory() if f.default_factory is not MISSING
    else f.default if f.default is not MISSING
    else _REQUIRED
    for f in fields(Entry)
}  # fmt: skip
_values = attrgetter(*_DEFAULTS)


def to_text(entries: Iterable[Entry]) -> str:
    """A JSON array. It may say NUL, which PostgreSQL's own JSON cannot hold."""
    return orjson.dumps([_to_row(entry) for entry in entries]).decode()


def from_text(text: str) -> list[Entry]:
    return [_from_row(row) for row in orjson.loads(text)]


def _to_row(entry: Entry) -> dict:
    """What differs from an entry's defaults, as JSON can hold it."""
    values = zip(_DEFAULTS.items(), _values(entry), strict=True)
    row = {name: value for (name, default), value in values if value != default}
    if entry.tokens:
        row["tokens"] = [list(token) for token in entry.tokens]
    if entry.remark:
        row["remark"] = [entry.remark.id, entry.remark.params]
    if entry.secret:
        row["secret"] = list(entry.secret)
    if entry.sealed:
        row["sealed"] = list(entry.sealed)
    return row


def _from_row(row: dict) -> Entry:
    row = dict(row)
    row["side"], row["kind"] = Side(row["side"]), Kind(row["kind"])
    row["outcome"] = Outcome(row.get("outcome", ""))
    row["tokens"] = tuple(Token(*token) for token in row.get("tokens", ()))
    if remark := row.get("remark"):
        row["remark"] = Remark(*remark)
    if secret := row.get("secret"):
        row["secret"] = tuple(secret)
    if sealed := row.get("sealed"):
        row["sealed"] = Sealed(*sealed)
    return Entry(**row)
