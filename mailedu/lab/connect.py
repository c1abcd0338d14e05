"""How mail programs of one's own reach this lab: its ports, and commands to copy for them."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mailedu.lab.guests import Guest
from mailedu.lab.programs import PROGRAMS, Program, Snippet, typed
from mailedu.lab.sessions import WIKI
from mailedu.lab.trusting import FILE_NAME, upgrade
from mailedu.places import place, ports
from protocols import PROTOCOLS

USES = {
    "pop3": _("fetch mail; plain, so that you can read along"),
    "pop3s": _("fetch mail, encrypted from the first octet"),
    "imap": _("work in the mailbox; plain, so that you can read along"),
    "imaps": _("work in the mailbox, encrypted from the first octet"),
    "smtp": _("from server to server: no login, only mail for people of this lab"),
    "submission": _("hand in mail of one's own: after a login, with one's own address"),
    "smtps": _("the same, encrypted from the first octet"),
    "aiosmtpd": _(
        "another program of the same kind as port 25, to compare: other words, same codes"
    ),
}


def doors() -> list[dict]:
    """Every open port: `tls` if it can be had, `upgrade` is its command, "" = from the start."""
    return [
        {
            "name": service.name,
            "title": service.title,
            "protocol": protocol.name,
            "port": ports()[service.name][1],
            "standard_port": service.port,
            "tls": not service.serve,
            "upgrade": "" if service.tls else upgrade(protocol),
            "use": USES[service.name],
        }
        for protocol in PROTOCOLS
        for service in protocol.services
        if service.name in ports()
    ]


def clients(guest: Guest | None, host: str) -> list[dict]:
    """Each program with its texts, made out for `guest`, and the `public` ones for a projector."""
    open_doors = {door["name"]: door for door in doors()}
    return [
        {
            "name": program.name,
            "title": program.title,
            "snippets": list(_snippets(program, guest or WIKI, host, open_doors)),
        }
        for program in PROGRAMS
    ]


def _snippets(
    program: Program, guest: Guest, host: str, open_doors: dict[str, dict]
) -> Iterator[dict]:
    for snippet in program.snippets:
        if door := open_doors.get(snippet.service):
            yield {
                "id": "-".join([program.name, snippet.service, *snippet.by.lower().split()]),
                "title": " · ".join(filter(None, [door["title"], snippet.by])),
                "text": _text(snippet, guest, host, door["port"]),
                "public": _text(snippet, WIKI, host, door["port"]),
            }


def _text(snippet: Snippet, guest: Guest, host: str, port: int) -> str:
    return snippet.text.format(
        host=host,
        port=port,
        place=place(host, port),
        **typed(guest),
        ca=FILE_NAME,
        name=host if settings.LAB_TLS_OWN else settings.LAB_HOST_NAME,
    )
