"""The command table: the one source for what a server obeys, offers, explains and draws."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Handler = Callable[..., Awaitable[Any] | Any]


@dataclass(frozen=True)
class Command:
    """One row of a table.

    `when` maps each state in which the command is allowed to the state after its success.
    `syntax` names the arguments in the words of the RFC: a word is a placeholder, [x] is optional.
    `capability` is the keyword by which a server announces the command ("" = always there).
    """

    name: str
    when: Mapping[str, str]
    syntax: str
    rfc: str
    capability: str
    handler: Handler

    def allowed_in(self, state: str) -> bool:
        return state in self.when

    @cached_property
    def usage(self) -> str:
        return f"{self.name} {self.syntax}".rstrip()


class CommandTable(Mapping[str, Command]):
    """The commands of one protocol in teaching order; names are looked up in upper case."""

    def __init__(self, states: tuple[str, ...]) -> None:
        self.states = states
        self._rows: dict[str, Command] = {}

    def command(
        self,
        name: str,
        when: Mapping[str, str],
        syntax: str = "",
        *,
        rfc: str,
        capability: str = "",
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function as the handler of `name`."""
        unknown = {*when, *when.values()} - set(self.states)
        if name in self._rows or unknown:
            raise ValueError(f"command {name}: registered twice, or unknown states {unknown}")

        def register(handler: Handler) -> Handler:
            self._rows[name] = Command(name, dict(when), syntax, rfc, capability, handler)
            return handler

        return register

    def allowed_in(self, state: str) -> list[Command]:
        return [row for row in self._rows.values() if row.allowed_in(state)]

    def capabilities(self, state: str) -> list[str]:
        """Keywords of the commands that are allowed in `state`, each once, in table order."""
        return list(
            dict.fromkeys(row.capability for row in self.allowed_in(state) if row.capability)
        )

    def transitions(self) -> list[tuple[str, str, str]]:
        """(state, command, state after success), for the state map and the tests."""
        return [(a, row.name, b) for row in self._rows.values() for a, b in row.when.items()]

    def get(self, name: str, default: Command | None = None) -> Command | None:
        return self._rows.get(name, default)  # the inherited ones cost more than a command's work

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __getitem__(self, name: str) -> Command:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def stays(*states: str) -> dict[str, str]:
    """`when` of a command that is allowed in `states` and changes none of them."""
    return {state: state for state in states}
