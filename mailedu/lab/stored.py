"""Entries as the database keeps them: ids and values, to be shown in either language."""

import json
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


class Encoder(json.JSONEncoder):
    """For a field of rows: every line of every console is written."""

    def encode(self, o: list[dict]) -> str:
        return orjson.dumps(o).decode()


def to_row(entry: Entry) -> dict:
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


def from_row(row: dict) -> Entry:
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
