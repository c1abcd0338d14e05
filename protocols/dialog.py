"""Dialogs in C:/S: text: tests, sample sessions and export share one form.

# a comment
C: a line the client sends, with CRLF
S: a line the server sends, with CRLF
S~ a regular expression for such a line
C! raw octets without line end, with \\r \\n \\xNN escapes
S. the server closes the connection
"""

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.transcript import Entry, Kind, Side, mask

MARKS = ("C:", "S:", "S~", "C!", "S.")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a dialog; `mark` is one of MARKS, `line` its number in the file."""

    mark: str
    text: str
    line: int

    @property
    def octets(self) -> bytes:
        """What a client's step puts on the wire."""
        if self.mark == "C!":
            return self.text.encode("latin-1").decode("unicode_escape").encode("latin-1")
        return self.text.encode() + b"\r\n"


def read_dialog(text: str) -> list[Step]:
    """Raises ValueError that names the first line that is none."""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        mark, rest = line[:2], line[3:]
        if mark not in MARKS or line[2:3] not in ("", " "):
            raise ValueError(f"line {number} is no line of a dialog: {line!r}")
        steps.append(Step(mark, rest, number))
    return steps


def write_dialog(entries: Iterable[Entry]) -> str:
    """A transcript as C:/S: text, without passwords."""
    lines = (_written(entry) for entry in entries)
    return "".join(f"{line}\n" for line in lines)


def _written(entry: Entry) -> str:
    if entry.kind is Kind.EVENT:
        return f"# {entry.id.partition('.')[2]}"
    if entry.kind is Kind.ELIDED:
        return f"# {entry.params['lines']} lines left out"
    return f"{Side(entry.side)}: {mask(entry)}"
