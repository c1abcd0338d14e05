"""manage.py serve: the web site and the mail ports, until Ctrl-C or SIGTERM."""

import sys
from socket import gethostname

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mailedu.handles import make_room
from protocols.limits import Limits


class Command(BaseCommand):
    help = "Serve the web site and the mail ports in one process."
    requires_system_checks = []

    def handle(self, **options) -> None:
        sys.exit(serve(settings.LAB_HTTP_PORT, signals=True))


def serve(http_port: int, signals: bool) -> int:
    """Serve until the end; returns the exit code."""
    # Importing Daphne installs the asyncio reactor, so only a process that serves may do it.
    from mailedu.asgi import application
    from mailedu.certificates import CertificateError
    from mailedu.lab import firststart, services, trust
    from mailedu.server import LabServer

    try:
        migrate_when_due()
        first = firststart.prepare()
        tls, trusting = trust.server_tls(), trust.client_context()
    except DatabaseError as error:
        print(f"mailedu: the database cannot be used: {error}".rstrip(), file=sys.stderr)
        return 1
    except CertificateError as error:
        print(f"mailedu: {error}", file=sys.stderr)
        return 1
    limits = Limits(connections=make_room())
    mail = services.build(settings.LAB_BIND, settings.LAB_PORT_OFFSET, tls, limits, trusting)
    server = LabServer(
        application, mail, settings.LAB_BIND, http_port, signals=signals, announce=announce
    )
    server.run()
    if server.exit_code and first:
        firststart.take_back()
    return server.exit_code


def migrate_when_due() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)


def announce(ports: dict[str, tuple[str, int]]) -> None:
    """Where to go, for people; then one line for programs."""
    from mailedu.server import host_port, ready_line

    host, port = ports["http"]
    if host in ("0.0.0.0", "::"):
        here = host_port("127.0.0.1" if host == "0.0.0.0" else "::1", port)
        print(f"Open http://{here}/ here, or http://{gethostname()}:{port}/ from elsewhere")
    else:
        print(f"Open http://{host_port(host, port)}/")
    print(ready_line(ports), flush=True)
