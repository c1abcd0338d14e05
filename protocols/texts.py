"""Explanations: an id and values in, sentences in a language out.

They are data beside each protocol: `<protocol>/texts/en.toml` and `de.toml`, and `texts/` here for
what all share. The id, not the English sentence, is the key, so each language is written for
itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

LANGUAGES = ("en", "de")
ROOT = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Explanation:
    """Three depths: `short` in one sentence; `why` here and what is `next`; `more`, the variants.

    `backticks` stand around what belongs on the wire.
    """

    short: str
    title: str = ""
    why: str = ""
    next: str = ""
    more: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the values that it uses, in order."""
        texts = (getattr(self, f) for f in self.__slots__)
        found = (name for text in texts for _, name, _, _ in Formatter().parse(text) if name)
        return tuple(dict.fromkeys(found))

    def filled(self, params: Mapping[str, str]) -> "Explanation":
        values = _Values(params)
        return Explanation(*(getattr(self, f).format_map(values) for f in self.__slots__))


class _Values(dict):
    def __missing__(self, key: str) -> str:
        return "…"


@cache
def catalogue(language: str) -> dict[str, Explanation]:
    """All explanations of a language by id: `pop3.RETR.ok`, `wire.closed`."""
    files = {"": ROOT, **{f"{p.parent.name}.": p.parent for p in ROOT.glob("*/texts")}}
    found = {}
    for prefix, folder in files.items():
        path = folder / "texts" / f"{language}.toml"
        if path.exists():
            rows = tomllib.loads(path.read_text("utf-8"))
            found |= {prefix + key: Explanation(**row) for key, row in rows.items()}
    return found


def explain(id: str, language: str, params: Mapping[str, str] = {}) -> Explanation:
    """The explanation `id`; for an unknown one its nearest ancestor's, at last an empty one."""
    return template(id, language).filled(params)


def template(id: str, language: str) -> Explanation:
    """As `explain`, before its values are filled in."""
    known = catalogue(language if language in LANGUAGES else "en")
    while id and id not in known:
        id = id.rpartition(".")[0]
    return known[id] if id else Explanation("")
