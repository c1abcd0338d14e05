"""manage.py import_mail: also while the server runs, which notices at once."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from mailedu.mail import actions
from mailedu.mail.errors import MailError
from mailedu.mail.models import Account


class Command(BaseCommand):
    help = "Import messages from an .eml or .mbox file into the INBOX of a test mailbox."

    def add_arguments(self, parser) -> None:
        parser.add_argument("address", help="of the test mailbox")
        parser.add_argument("file", type=Path)

    def handle(self, address, file, **options) -> None:
        account = Account.objects.filter(address=address.lower(), private=False).first()
        if not account:
            raise CommandError(f"There is no account {address}.")
        try:
            with file.open("rb") as opened:
                count = actions.import_messages(account, opened, file.name)
        except MailError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.") from error
        self.stdout.write(f"{count} imported into {account.address}")
