"""manage.py plan_fault: also while the server runs, which obeys at once."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from mailedu.mail import actions
from mailedu.mail.errors import MailError
from mailedu.mail.models import Account
from mailedu.mail.planning import PRESETS, TITLES, describe_all, make_fault, preset
from protocols.faults import Cut, Fault, read_faults

# What a fault of one's own is made of; None: it was not said.
OWN = ("command", "argument", "times", "each", "reply", "delay", "cut", "octets")


class Command(BaseCommand):
    help = (
        "Add a failure on purpose, in POP3 or SMTP, to the plan of a test mailbox. What is planned "
        "for a shared mailbox also strikes each guest's own copy of it, for each guest anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="of the test mailbox")
        parser.add_argument("--list", action="store_true", help="only show the plan")
        parser.add_argument("--clear", action="store_true", help="forget the plan so far")
        parser.add_argument("--preset", choices=PRESETS, help="something ready-made")
        parser.add_argument("--announce", action="store_true", help="the transcript tells")
        own = parser.add_argument_group("a fault of your own")
        own.add_argument("--protocol", choices=TITLES)
        own.add_argument("--command", help='such as RCPT; "." ends DATA; default: any')
        own.add_argument("--argument", metavar="TEXT", help="must occur in it")
        own.add_argument("--times", type=int, help="the first times; 0: always; default: 1")
        own.add_argument(
            "--each", action="store_true", default=None, help="for each client, sender, argument"
        )
        own.add_argument("--reply", help="in place of the command; 421 closes")
        own.add_argument("--delay", type=float, metavar="SECONDS")
        own.add_argument("--cut", choices=[cut.value for cut in Cut if cut])
        own.add_argument("--octets", type=int, help="before --cut inside")

    def handle(self, address: str, **options) -> None:
        account = Account.objects.filter(address=address.lower(), private=False).first()
        if not account:
            raise CommandError(f"There is no account {address}.")
        known = () if options["clear"] else read_faults(account.faults)
        try:
            new = _wanted(options)
            if new or options["clear"]:
                actions.plan(account, (*known, *new))
        except MailError as error:
            raise CommandError(str(error)) from error
        for line in describe_all((*known, *new)) or ["nothing is planned"]:
            self.stdout.write(f"{account.address}: {line}")


def _wanted(options: dict) -> tuple[Fault, ...]:
    """The faults to be added. Raises MailError, CommandError."""
    own = {name: options[name] for name in OWN if options[name] is not None}
    if mistake := _mistake(options, own):
        raise CommandError(mistake)
    if options["preset"]:
        return preset(options["preset"], options["announce"])
    if options["protocol"]:
        values = own | {"cut": Cut(own.get("cut", "")), "announce": options["announce"]}
        return (make_fault(options["protocol"], **values),)
    return ()


def _mistake(options: dict, own: dict) -> str:
    """What was said but would be passed over must not look as if it had been done."""
    given = {name for name in ("list", "clear", "preset", "protocol") if options[name]}
    if not given:
        return "What is planned? Give --preset, --protocol, --clear or --list."
    if options["list"] and (given != {"list"} or own or options["announce"]):
        return "--list only shows the plan: give it alone."
    if options["preset"] and (options["protocol"] or own):
        return "Give either --preset or a fault of your own, one after the other."
    if own and not options["protocol"]:
        return "A fault of your own needs its --protocol."
    if options["announce"] and not given & {"preset", "protocol"}:
        return "--announce needs something that is planned: --preset or --protocol."
    return ""
