"""What an observer knows of a conversation from the lines that it has seen."""

from dataclasses import dataclass, field

from protocols.pop3.grammar import number, split_command
from protocols.pop3.reading import Asked
from protocols.pop3.table import AUTHORIZATION
from protocols.sasl_lines import SaslReading
from protocols.transcript import Entry, mask

# Messages whose sizes and marks are remembered.
MAX_MESSAGES = 10_000


@dataclass(slots=True)
class Maildrop:
    """What the lines have told of the maildrop; "?" where they have not."""

    count: str = "?"
    octets: str = "?"
    sizes: dict[int, str] = field(default_factory=dict)
    marked: set[int] = field(default_factory=set)

    def learn(self, verb: str, msg: int | None, params: dict[str, str]) -> None:
        """Take note of a command that succeeded; `params` are its reply's values."""
        if verb in ("STAT", "RSET") or (verb == "LIST" and msg is None):
            self.count, self.octets = params["count"], params["octets"]
        if verb == "RSET":
            self.marked.clear()
        if verb == "DELE" and msg is not None and len(self.marked) < MAX_MESSAGES:
            self.marked.add(msg)
        if verb == "LIST" and msg is not None:
            self.learn_size(msg, params["octets"])

    def holds(self, msg: int | None) -> bool:
        """Whether there was such a message when its like was last counted."""
        count = number(self.count) or 0
        return msg is not None and (msg in self.sizes or 1 <= msg <= count)

    def learn_size(self, msg: int, octets: str) -> None:
        if len(self.sizes) < MAX_MESSAGES:
            self.sizes[msg] = octets


@dataclass(slots=True)
class Open:
    """A command whose answer is awaited; `after` is the state if it succeeds.

    `sasl` reads the lines of the login that AUTH has begun; `early` is one that came before the
    server asked for it.
    """

    entry: Entry
    asked: Asked
    after: str
    sasl: SaslReading | None = None
    early: Entry | None = None

    @property
    def wants_response(self) -> bool:
        """Whether the client's next line belongs to the login, as far as can be told by now."""
        if not self.sasl or not (self.sasl.challenges or self.asked.state == AUTHORIZATION):
            return False
        return self.sasl.expects_response

    @property
    def command(self) -> str:
        """Its first word, but for a password that stands there."""
        return self.asked.verb if self.asked.row else split_command(mask(self.entry))[0][:40]
