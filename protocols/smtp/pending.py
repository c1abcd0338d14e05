"""Commands that wait for their answers, as the observer keeps them."""

from dataclasses import dataclass, field

from protocols.smtp.lines import auth_user
from protocols.transcript import Entry, Kind, Side, Token

# Lines that a client sends after AUTH, with no initial response.
_RESPONSES = {"PLAIN": ("plain",), "LOGIN": ("username", "password")}


@dataclass(slots=True)
class Pending:
    """A command that waits for its answer. `early` are the lines that came for it, asked or not."""

    verb: str
    entry: Entry | None = None
    first: Entry | None = None  # the first line of its reply
    early: list[Entry] = field(default_factory=list)
    challenges: int = 0
    responses: tuple[str, ...] = ()  # what AUTH expects, in order
    cancelled: bool = False

    @property
    def wants_response(self) -> bool:
        return not self.cancelled and len(self.early) < max(len(self.responses), self.challenges)

    @property
    def answered(self) -> Entry | None:
        """The line of the client to which the next reply is the answer."""
        return (
            self.early[self.challenges - 1]
            if 0 < self.challenges <= len(self.early)
            else self.entry
        )

    def expect_responses(self, argument: str) -> None:
        """`argument` is that of AUTH."""
        mechanism, _, initial = argument.partition(" ")
        self.responses = _RESPONSES.get(mechanism.upper(), ())[1 if initial.strip() else 0 :]

    def response(self, text: str) -> Entry:
        """A client's line within AUTH."""
        number = len(self.early)
        kind = self.responses[number] if number < len(self.responses) else "response"
        entry = Entry(Side.CLIENT, Kind.DATA, text, f"smtp.AUTH.client-{kind}")
        entry.phase, entry.rfc = self.entry.phase, "RFC 4954 4"
        if text == "*":
            entry.id, self.cancelled = "smtp.AUTH.cancel", True
        else:
            self._read_response(entry, kind)
        self.early.append(entry)
        return entry

    def _read_response(self, entry: Entry, kind: str) -> None:
        params = self.entry.params
        if kind != "password":
            params["user"] = auth_user(params["mechanism"], entry.text) or params["user"]
        entry.params = {"mechanism": params["mechanism"], "user": params["user"]}
        entry.tokens = (Token(0, len(entry.text), "smtp.token.base64"),) if entry.text else ()
        entry.secret = (0, len(entry.text)) if kind != "username" and entry.text else None
