"""manage.py runserver: as `serve`, with Django's autoreload; the mail ports reload as well."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import autoreload

from mailedu.lab.management.commands.serve import serve


class Command(BaseCommand):
    help = "Serve for development: reloads when a file changes."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("port", nargs="?", type=int, default=settings.LAB_HTTP_PORT)
        parser.add_argument("--noreload", action="store_true", help="serve without autoreload")

    def handle(self, port: int, noreload: bool, **options) -> None:
        if noreload:
            sys.exit(serve(port, signals=True))
        # Autoreload runs this in a second thread, where no signal handler can be set.
        autoreload.run_with_reloader(self._serve, port)

    def _serve(self, port: int) -> None:
        self.check_migrations()
        if code := serve(port, signals=False):
            os._exit(code)
