"""manage.py create_account: also while the server runs, which notices at once."""

from django.core.management.base import BaseCommand, CommandError

from mailedu.mail import actions
from mailedu.mail.errors import MailError


class Command(BaseCommand):
    help = "Create a test mailbox."

    def add_arguments(self, parser) -> None:
        parser.add_argument("address", help="such as anna@lab.example")
        parser.add_argument("--password", help="a readable one is made up if this is missing")
        parser.add_argument("--sample-set", default="", metavar="NAME", help="begin with its mail")
        parser.add_argument(
            "--sample-mail", type=int, default=0, metavar="N", help="add N sample messages"
        )

    def handle(self, address, password, sample_set, sample_mail, **options) -> None:
        try:
            account = actions.create_account(
                address, password, sample_set=sample_set, sample_mail=sample_mail
            )
        except MailError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{account.address} {account.password}")
