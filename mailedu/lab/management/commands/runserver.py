"""manage.py runserver: as `serve`, with Django's autoreload; the mail ports reload as well."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import autoreload

from mailedu.lab.management.commands.serve import serve

# What is read once, beside the code and the templates that Django itself watches.
WATCHED = (("static", "**/*"), ("protocols", "**/*.toml"))


class Command(BaseCommand):
    help = "Serve for development: reloads when a file changes."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("port", nargs="?", type=int, default=settings.LAB_HTTP_PORT)
        parser.add_argument("--noreload", action="store_true", help="serve without autoreload")

    def handle(self, port: int, noreload: bool, **options) -> None:
        if noreload:
            sys.exit(serve(port, signals=True))
        autoreload.autoreload_started.connect(watch)
        autoreload.run_with_reloader(serve_reloading, port)


def watch(sender: autoreload.BaseReloader, **kwargs) -> None:
    for folder, pattern in WATCHED:
        sender.watch_dir(settings.BASE_DIR / folder, pattern)


def serve_reloading(port: int) -> None:
    """Autoreload runs this in a second thread, where no signal handler can be set."""
    if code := serve(port, signals=False):
        os._exit(code)
