"""Failures on purpose: what is planned against an account, and whether it strikes now. Pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

# Seconds: the patience that RFC 5321 4.5.3.2 asks of a client for most commands.
MAX_DELAY = 300
# A class plays a failure a few times; always is 0.
MAX_TIMES = 1000
# Octets before a cut: more than any message has.
MAX_OCTETS = 100 * 1024 * 1024
MAX_ARGUMENT = 200
# In one plan: what a person still understands.
MAX_FAULTS = 20
# Counts that a plan keeps apart; the oldest go first.
MAX_COUNTED = 10_000

# RFC 5321 4.5.3.1.5, RFC 2449 4: a reply line has at most 512 octets, its CRLF included.
_MAX_REPLY = 510
# What a planned reply must look like: protocols whose faults can be planned, and no success.
_REPLIES = {
    # RFC 1939 3; a response code has no blank in its brackets (RFC 2449 8)
    "pop3": re.compile(r"-ERR(?: (?!\[)[ -~]+| \[[A-Z0-9-]+(?:/[A-Z0-9-]+)*\](?: [ -~]*)?)?"),
    # RFC 5321 4.2; an enhanced code is of the same class (RFC 2034 4)
    "smtp": re.compile(r"(?:([45])[0-5]\d) (?:\1\.\d{1,3}\.\d{1,3} )?(?![245]\.\d)[ -~]+"),
}
# What MAIL and RCPT are about; parameters follow (RFC 5321 4.1.2).
_PATH = re.compile(r'(?:FROM|TO): *(<(?:[^<>"]|"(?:[^"\\]|\\.)*")*>)', re.IGNORECASE)
_STATUS = re.compile(r"^(\d{3} )[45]\.\d{1,3}\.\d{1,3} ")


class Cut(StrEnum):
    """Where the connection is cut. The command is carried out: only its answer suffers."""

    NO = ""
    BEFORE = "before"  # the answer
    INSIDE = "inside"  # the answer, or the message after DATA, after so many octets
    AFTER = "after"


class Problem(StrEnum):
    """What is wrong with a fault."""

    PROTOCOL = "protocol"
    COMMAND = "command"
    ARGUMENT = "argument"
    TIMES = "times"
    REPLY = "reply"
    DELAY = "delay"
    OCTETS = "octets"
    NOTHING = "nothing"  # neither reply nor delay nor cut


class BadFault(ValueError):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Fault:
    """`command` is a name of the protocol's table, in capitals ("." ends DATA, "" is any).

    `argument` must occur in the command's argument, in any case ("" always does). It strikes the
    first `times` times (0: always); `each`: counted for each client, sender and argument by itself,
    as greylisting does. `delay` is in seconds. `reply` is the line that answers in place
    of the command ("": the command is carried out); 421 also closes (RFC 5321 3.8). `announce`: the
    transcript tells. Raises BadFault.
    """

    protocol: str
    command: str = ""
    argument: str = ""
    times: int = 1
    each: bool = False
    reply: str = ""
    delay: float = 0.0
    cut: Cut = Cut.NO
    octets: int = 0
    announce: bool = False

    def __post_init__(self) -> None:
        checks = {
            Problem.PROTOCOL: self.protocol in _REPLIES,
            Problem.COMMAND: self.command == self.command.upper() and len(self.command) <= 20,
            Problem.ARGUMENT: len(self.argument) <= MAX_ARGUMENT and self.argument.isprintable(),
            Problem.TIMES: 0 <= self.times <= MAX_TIMES,
            Problem.REPLY: not self.reply or _is_reply(self.protocol, self.reply),
            Problem.DELAY: 0 <= self.delay <= MAX_DELAY,
            Problem.OCTETS: 0 <= self.octets <= MAX_OCTETS,
            Problem.NOTHING: self.reply or self.delay or self.cut,
        }
        for problem, fine in checks.items():
            if not fine:
                raise BadFault(problem)

    def fits(self, protocol: str, command: str, argument: str) -> bool:
        return (
            self.protocol == protocol
            and self.command in ("", command)
            and self.argument.casefold() in argument.casefold()
        )

    @property
    def ends(self) -> bool:
        """Whether no other fault can strike the same command."""
        return bool(self.reply or self.cut)

    @property
    def closes(self) -> bool:
        return self.reply.startswith("421")


class FaultPlan:
    """The faults of one account. It counts in memory: a new plan, as a restart, begins at zero."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self._struck: dict[tuple[Fault, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self.faults)

    def strike(
        self, protocol: str, command: str, argument: str, by: str, realm: str = ""
    ) -> list[Fault]:
        """What happens now: the first fault that is due, after those before it that only delay.

        One that has struck often enough leaves the command to the next. `by` names client and
        sender for those that count `each`; all count each `realm` by itself.
        """
        struck = []
        for fault in self.faults:
            key = fault, f"{realm} {by} {_counted(argument)}" if fault.each else realm
            if fault.fits(protocol, command, argument) and self._is_due(key):
                self._count(key)
                struck.append(fault)
                if fault.ends:
                    break
        return struck

    def _is_due(self, key: tuple[Fault, str]) -> bool:
        fault = key[0]
        return not fault.times or self._struck.get(key, 0) < fault.times

    def _count(self, key: tuple[Fault, str]) -> None:
        self._struck[key] = self._struck.pop(key, 0) + 1
        if len(self._struck) > MAX_COUNTED:
            del self._struck[next(iter(self._struck))]


def plain_reply(reply: str) -> str:
    """An SMTP reply without enhanced code: that is for who said EHLO (RFC 2034 3)."""
    return _STATUS.sub(r"\1", reply, count=1)


def _counted(argument: str) -> str:
    """What tells one argument from another: another parameter makes no other recipient."""
    path = _PATH.match(argument)
    return (path[1] if path else argument).casefold()


def write_faults(faults: Iterable[Fault], planned: str = "") -> str:
    """As a store keeps them; `planned` tells a plan from an earlier one that says the same."""
    return json.dumps({"planned": planned, "faults": [asdict(fault) for fault in faults]})


def read_faults(text: str) -> tuple[Fault, ...]:
    """What `write_faults` wrote, or a bare list; what is no fault (any more) is left out."""
    try:
        rows = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    rows = rows.get("faults") if isinstance(rows, dict) else rows
    found = [_read(row) for row in rows[:MAX_FAULTS]] if isinstance(rows, list) else []
    return tuple(fault for fault in found if fault)


def _read(row: object) -> Fault | None:
    kinds = {field.name: type(field.default) for field in fields(Fault)} | {"protocol": str}
    if not isinstance(row, dict) or "protocol" not in row or row.keys() - kinds.keys():
        return None
    try:
        return Fault(**{name: kinds[name](value) for name, value in row.items()})
    except (BadFault, ValueError, TypeError, OverflowError):
        return None


def _is_reply(protocol: str, reply: str) -> bool:
    pattern = _REPLIES.get(protocol)
    return bool(pattern and len(reply) <= _MAX_REPLY and pattern.fullmatch(reply))
