"""manage.py serve: the web site and the mail ports, until Ctrl-C or SIGTERM."""

import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Serve the web site and the mail ports in one process."
    requires_system_checks = []

    def handle(self, **options) -> None:
        if migrations_due():
            call_command("migrate", verbosity=0)
        sys.exit(serve(settings.LAB_HTTP_PORT, signals=True))


def migrations_due() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def serve(http_port: int, signals: bool) -> int:
    """Serve until the end; returns the exit code."""
    # Importing Daphne installs the asyncio reactor, so only a process that serves may do it.
    from mailedu.asgi import application
    from mailedu.lab import firststart, services
    from mailedu.server import LabServer, host_port, ready_line

    firststart.prepare()

    def announce(ports: dict[str, tuple[str, int]]) -> None:
        print(f"Open http://{host_port(*ports['http'])}/", file=sys.stderr)
        print(ready_line(ports), flush=True)

    server = LabServer(
        application,
        services.build(settings.LAB_BIND, settings.LAB_PORT_OFFSET),
        settings.LAB_BIND,
        http_port,
        signals=signals,
        announce=announce,
    )
    server.run()
    return server.exit_code
