"""The commands of a conversation that wait for their answers."""

from collections import deque
from dataclasses import dataclass

from protocols.imap.client_lines import CommandLine
from protocols.transcript import Entry

# Commands that may wait for their answers; real clients pipeline some hundreds.
MAX_OPEN = 1000


@dataclass(slots=True)
class Open:
    """A command whose answer is awaited. `responses`: lines it sent after its own, `asked`: +s."""

    line: CommandLine
    entry: Entry
    after: str  # the state if it succeeds
    whole: bool = True  # no literal is missing
    long: bool = False  # it had more than one piece
    responses: int = 0
    asked: int = 0

    @property
    def wants_response(self) -> bool:
        """The client's next line belongs to it."""
        if self.line.name == "IDLE":
            return not self.responses
        first = 0 if self.line.has_response else 1
        return self.line.name == "AUTHENTICATE" and self.responses < max(self.asked, first)


class OpenCommands(deque[Open]):
    """In the order in which they came; older ones than the limit are forgotten."""

    def __init__(self) -> None:
        super().__init__(maxlen=MAX_OPEN)

    @property
    def coming_state(self) -> str:
        """The state after all of them, if they succeed; "" if none is open."""
        return self[-1].after if self else ""

    @property
    def running(self) -> Open | None:
        """The command that the server is answering: the oldest that is whole."""
        return next((o for o in self if o.whole), None)

    @property
    def tagless(self) -> Open | None:
        """The line that an untagged BAD answers: one without a tag, or one too long."""
        nameless = (o for o in self if not o.line.tag)
        return next(nameless, None) or next((o for o in self if o.long), None)

    def by_tag(self, tag: str) -> Open | None:
        return next((o for o in self if o.line.tag == tag), None)
