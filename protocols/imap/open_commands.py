"""The commands of a conversation that wait for their answers."""

from collections import deque
from dataclasses import dataclass

from protocols.imap.client_lines import CommandLine
from protocols.sasl_lines import SaslLine, SaslReading, is_mechanism
from protocols.transcript import Entry, Kind, Side, Token

# Commands that may wait for their answers; real clients pipeline some hundreds.
MAX_OPEN = 1000

# How a login ends, for the explanations that all protocols share.
_ANSWERS = {"accepted": "OK", "denied": "NO", "cancelled": "BAD"}


@dataclass(slots=True)
class Open:
    """A command whose answer is awaited. `sasl` reads the lines of the login it has begun."""

    line: CommandLine
    entry: Entry
    after: str  # the state if it succeeds
    whole: bool = True  # no literal is missing
    long: bool = False  # it had more than one piece
    sasl: SaslReading | None = None
    done: bool = False  # IDLE: the client said something

    @property
    def wants_response(self) -> bool:
        """The client's next line belongs to it."""
        if self.sasl:
            return self.sasl.expects_response
        return self.line.name == "IDLE" and not self.done

    def begin_login(self) -> None:
        """AUTHENTICATE has named a mechanism, and perhaps brought the first response along."""
        mechanism, *responses = (node.value for node in self.line.nodes)
        self.sasl = SaslReading(mechanism.upper(), self.line.has_response)
        self.entry.params["user"] = "?"
        if responses:
            said = self._learn(responses[0])
            self.entry.params["decoded"] = said.decoded
            harmless = is_mechanism(mechanism) and not (said.secret or responses[1:])
            self.entry.secret = None if harmless else self.entry.secret
            self.entry.remark = self.entry.remark or said.remark

    def response(self, text: str) -> Entry:
        """A client's line within AUTHENTICATE."""
        line = self._learn(text)
        entry = Entry(Side.CLIENT, Kind.DATA, text, line.id, unit=self.entry.seq)
        entry.params = {**_ANSWERS, "decoded": line.decoded}
        entry.tokens = (Token(0, len(text), "imap.token.base64"),) if text.strip("*") else ()
        entry.secret = (0, len(text)) if line.secret else None
        entry.remark = line.remark
        return entry

    def _learn(self, response: str) -> SaslLine:
        line = self.sasl.response(response)
        self.entry.params["user"] = line.name or self.entry.params["user"]
        return line


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
