"""Planned faults for people: ready-made ones, what is wrong with one, and what one does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mailedu.mail.errors import MailError
from protocols import PROTOCOLS
from protocols import faults as core
from protocols.faults import BadFault, Cut, Fault, Problem

# Protocols whose faults can be planned, with the commands that their servers know.
TITLES = {p.name: p.title for p in PROTOCOLS if p.name in ("pop3", "smtp")}
COMMANDS = {p.name: tuple(p.table) for p in PROTOCOLS if p.name in TITLES}

# They come before a login and name nobody: whose plan should be asked? TLS forgets logins, too.
TOO_EARLY = {"pop3": ("STLS", "UTF8"), "smtp": ("HELO", "EHLO", "STARTTLS")}

_TEMPORARY = "-ERR [SYS/TEMP] mailbox is not available now, try again"
_LOGINS = [name for name in ("PASS", "APOP", "AUTH") if name in COMMANDS["pop3"]]


@dataclass(frozen=True, slots=True)
class Preset:
    title: Promise
    faults: tuple[Fault, ...]


PRESETS = {
    "greylisting": Preset(
        gettext_lazy("Greylisting: each sender and recipient is refused once (451)"),
        (Fault("smtp", "RCPT", each=True, reply="451 4.7.1 greylisted, try again later"),),
    ),
    "mailbox-full": Preset(
        gettext_lazy("Full mailbox: every recipient is refused (452)"),
        (Fault("smtp", "RCPT", times=0, reply="452 4.2.2 mailbox full"),),
    ),
    "mailbox-full-late": Preset(
        gettext_lazy("Full mailbox: noticed only at the end of the message (552)"),
        (Fault("smtp", ".", times=0, reply="552 5.2.2 mailbox full"),),
    ),
    "unavailable": Preset(
        gettext_lazy(
            "Service not available: at AUTH or RCPT the server says 421 once and hangs up"
        ),
        (Fault("smtp", reply="421 4.3.2 service not available, closing channel"),),
    ),
    "slow": Preset(
        gettext_lazy("Slow server: five seconds for each answer"),
        (Fault("smtp", times=0, delay=5.0), Fault("pop3", times=0, delay=5.0)),
    ),
    "cut-message": Preset(
        gettext_lazy("The connection breaks once in the middle of RETR"),
        (Fault("pop3", "RETR", cut=Cut.INSIDE, octets=200),),
    ),
    "lost-answer": Preset(
        gettext_lazy("The answer to a sent message is lost once: the sender does not know"),
        (Fault("smtp", ".", cut=Cut.BEFORE),),
    ),
    "login-trouble": Preset(
        gettext_lazy("The POP3 login fails once for now ([SYS/TEMP])"),
        tuple(Fault("pop3", command, reply=_TEMPORARY) for command in _LOGINS),
    ),
    "wrong-reply": Preset(
        gettext_lazy("The server claims once not to know a command (STAT, RCPT)"),
        (
            Fault("pop3", "STAT", reply="-ERR unknown command"),
            Fault("smtp", "RCPT", reply="500 5.5.1 command not recognized"),
        ),
    ),
}


class FaultRefused(MailError):
    """`field` is the name of the value of a fault that is wrong ("": their combination)."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def preset(name: str, announce: bool) -> tuple[Fault, ...]:
    """Raises MailError."""
    if name not in PRESETS:
        text = _("There is no preset {name}; there are: {names}.")
        raise MailError(text.format(name=name, names=", ".join(PRESETS)))
    return tuple(replace(fault, announce=announce) for fault in PRESETS[name].faults)


def make_fault(protocol: str, command: str = "", **values) -> Fault:
    """Raises FaultRefused."""
    command = command.strip().upper()
    if protocol in COMMANDS and command and command not in COMMANDS[protocol]:
        text = _("The {protocol} server knows no command “{command}”.")
        raise FaultRefused("command", text.format(protocol=TITLES[protocol], command=command))
    if command in TOO_EARLY.get(protocol, ()):
        text = _(
            "At {command} the {protocol} server does not know yet whose mailbox it is about: a "
            "fault cannot strike there."
        )
        raise FaultRefused("command", text.format(protocol=TITLES[protocol], command=command))
    try:
        return Fault(protocol, command, **values)
    except BadFault as bad:
        field = "" if bad.problem is Problem.NOTHING else bad.problem.value
        raise FaultRefused(field, _sentence(bad.problem)) from bad


def describe(fault: Fault) -> str:
    """What happens when, in one line."""
    return "; ".join(part for part in (_where(fault), _when(fault), *_what(fault)) if part)


def describe_all(faults: Sequence[Fault]) -> list[str]:
    return [describe(fault) for fault in faults]


def _sentence(problem: Problem) -> str:
    match problem:
        case Problem.ARGUMENT:
            text = _("An argument has at most {count} characters, none of them invisible.")
            return text.format(count=core.MAX_ARGUMENT)
        case Problem.TIMES:
            return _("Between 0 (always) and {count} times.").format(count=core.MAX_TIMES)
        case Problem.REPLY:
            return _(
                "A planned reply is one line of ASCII that refuses: such as “451 4.7.1 try again "
                "later” for SMTP, “-ERR [SYS/TEMP] try again later” for POP3."
            )
        case Problem.DELAY:
            return _("A delay is between 0 and {count} seconds.").format(count=core.MAX_DELAY)
        case Problem.OCTETS:
            return _("Between 0 and {count} octets.").format(count=core.MAX_OCTETS)
        case Problem.NOTHING:
            return _("This fault does nothing yet: give it a reply, a delay or a cut.")
    return _("Faults can be planned for POP3 and SMTP.")


def _where(fault: Fault) -> str:
    title = TITLES[fault.protocol]
    anywhere = _("{protocol}, any command").format(protocol=title)
    place = f"{title} {fault.command}" if fault.command else anywhere
    return f"{place} “{fault.argument}”" if fault.argument else place


def _when(fault: Fault) -> str:
    if not fault.times:
        return _("always")
    text = _("the first time") if fault.times == 1 else _("the first {count} times")
    each = _(" for each client, sender and argument") if fault.each else ""
    return text.format(count=fault.times) + each


def _what(fault: Fault) -> list[str]:
    octets = ngettext("cut after {count} octet", "cut after {count} octets", fault.octets)
    cuts = {
        Cut.BEFORE: _("cut before the answer"),
        Cut.INSIDE: octets.format(count=fault.octets),
        Cut.AFTER: _("cut after the answer"),
    }
    return [
        _("waits {count} s").format(count=f"{fault.delay:g}") if fault.delay else "",
        fault.reply,
        cuts.get(fault.cut, ""),
        _("the transcript tells") if fault.announce else "",
    ]
