#!/usr/bin/env python
"""Django's command line: manage.py serve, runserver, create_account, import_mail, ..."""

import os
import sys

from mailedu.datadir import keep_new_files_private


def main() -> None:
    keep_new_files_private()  # the mailboxes' passwords are readable in the database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mailedu.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:  # before the server catches it
        sys.exit(130)


if __name__ == "__main__":
    main()
