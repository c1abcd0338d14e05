"""The sentences that a server can say, each with the id under which it is explained."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, eq=False)  # there is one of each
class Reply:
    """One reply: `id` names its explanation, `template` is its text with {named} values."""

    id: str
    template: str

    def text(self, **values: object) -> str:
        return self.template.format_map(values)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = _VALUE.split(self.template)
        texts = [re.escape(part) for part in parts[::2]]
        names = [f"(?P<{name}>.*?)" for name in parts[1::2]]
        return re.compile(
            "".join(t + n for t, n in zip(texts, [*names, ""], strict=True)), re.DOTALL
        )


class Refused(Exception):
    """A handler's way to answer with a refusal: carries the reply and its values.

    `erred`: the client is to blame.
    """

    erred = True

    def __init__(self, reply: Reply, **values: object) -> None:
        super().__init__(reply.id)
        self.reply = reply
        self.values = values

    @property
    def text(self) -> str:
        return self.reply.text(**self.values)


class ReplyCatalogue:
    """All replies of one protocol; also reads a reply back from its text, for the observer."""

    def __init__(self) -> None:
        self._by_id: dict[str, Reply] = {}
        self._by_text: dict[str, list[Reply]] = {}
        self._by_word: dict[str, list[Reply]] = {}

    def define(self, id: str, template: str) -> Reply:
        if id in self._by_id:
            raise ValueError(f"reply {id} is defined twice")
        reply = self._by_id[id] = Reply(id, template)
        if _VALUE.search(template):
            self._by_word.setdefault(template.split(" ", 1)[0], []).append(reply)
        else:
            self._by_text.setdefault(template, []).append(reply)
        return reply

    def recognise(self, text: str, command: str = "") -> tuple[Reply, dict[str, str]] | None:
        """The reply that `text` is, with its values; among equals the one that names `command`."""
        found = [(reply, {}) for reply in self._by_text.get(text, ())] or self._matches(text)
        if len(found) < 2:
            return found[0] if found else None
        named = (hit for hit in found if f".{command}." in f".{hit[0].id}.")
        return next(named, found[0])

    def _matches(self, text: str) -> list[tuple[Reply, dict[str, str]]]:
        rows = self._by_word.get(text.split(" ", 1)[0], ())
        hits = ((reply, reply.pattern.fullmatch(text)) for reply in rows)
        return [(reply, match.groupdict()) for reply, match in hits if match]

    def __iter__(self) -> Iterator[Reply]:
        return iter(self._by_id.values())
