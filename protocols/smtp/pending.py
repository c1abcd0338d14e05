"""Commands that wait for their answers, as the observer keeps them."""

from dataclasses import dataclass, field

from protocols.sasl_lines import SaslLine, SaslReading
from protocols.smtp.grammar import ChunkSize
from protocols.smtp.table import BDAT, DATA, END_OF_DATA, TABLE
from protocols.transcript import Entry, Kind, Side, Token

# Lines that a client may send after AUTH on its own, with no initial response.
_AHEAD = {"PLAIN": 1, "LOGIN": 2, "SCRAM-SHA-256": 1}

# How a login ends, for the explanations that all protocols share.
_ANSWERS = {"accepted": "235", "denied": "535", "cancelled": "501"}


@dataclass(slots=True)
class Pending:
    """A command that waits for its answer. `early` are the lines that came for it, asked or not."""

    verb: str
    entry: Entry | None = None
    first: Entry | None = None  # the first line of its reply
    early: list[Entry] = field(default_factory=list)
    challenges: int = 0
    sasl: SaslReading | None = None
    chunk: ChunkSize | None = None  # of BDAT
    cancelled: bool = False
    end: "Pending | None" = None  # of the message that came before DATA was answered

    @property
    def promising(self) -> bool:
        """Whether it will succeed, as far as its own line tells."""
        line, row = self.entry, TABLE.get(self.verb)
        if not line or not row:
            return True
        if self.verb == BDAT and not self.chunk or line.id == "smtp.incomplete":
            return False
        alone = row.syntax != "" or len(line.text.split()) == 1
        return alone and line.line_end == "CRLF"

    def passed(self, state: str) -> str:
        """The state after it, if it succeeds."""
        for verb in self.advances if self.promising else ():
            state = TABLE[verb].when.get(state, state) if verb in TABLE else state
        return state

    @property
    def ahead(self) -> int:
        """How many lines of a login may come before they are asked for."""
        return max(_AHEAD.get(self.sasl.mechanism, 0) - self.sasl.initial, 0)

    @property
    def wants_response(self) -> bool:
        return not self.cancelled and len(self.early) < max(self.ahead, self.challenges)

    @property
    def answered(self) -> Entry | None:
        """The line of the client to which the next reply is the answer."""
        return (
            self.early[self.challenges - 1]
            if 0 < self.challenges <= len(self.early)
            else self.entry
        )

    @property
    def ends_message(self) -> bool:
        return self.verb == END_OF_DATA or self.chunk is not None and self.chunk.last

    @property
    def replied(self) -> str:
        """The command whose replies these are."""
        return DATA if self.ends_message else self.verb

    @property
    def advances(self) -> tuple[str, ...]:
        """The rows of the table that its success goes through."""
        return (BDAT, END_OF_DATA) if self.chunk and self.chunk.last else (self.verb,)

    def response(self, text: str) -> Entry:
        """A client's line within AUTH."""
        entry = Entry(Side.CLIENT, Kind.CONTINUATION, text, "")
        self.respond(entry)
        return entry

    def respond(self, entry: Entry) -> None:
        """Name the line of `entry` as one within AUTH."""
        text = entry.text
        line = self.sasl.response(text)
        entry.kind, entry.id, entry.remark = Kind.CONTINUATION, line.id, line.remark
        entry.phase, entry.rfc = self.entry.phase, "RFC 4954 4"
        entry.params = self.learn(line) | _ANSWERS
        entry.tokens = (Token(0, len(text), "smtp.token.base64"),) if text.strip("*=") else ()
        entry.secret = (0, len(text)) if line.secret else None
        self.cancelled = line.kind == "cancel"
        self.early.append(entry)

    def learn(self, line: SaslLine) -> dict[str, str]:
        """The values that explain `line`; who logs in is said by one line of several."""
        params = self.entry.params
        params["user"] = line.name or params["user"]
        names = {"mechanism": params["mechanism"], "user": params["user"] or "?"}
        return names | {"decoded": line.decoded}
