"""What the pages know of the protocols: read from the tables and the explanations."""

import re
from collections.abc import Iterator
from dataclasses import asdict

from django.utils.translation import gettext as _

from mailedu.lab.rendering import rfc_url
from mailedu.lab.trusting import UPGRADES
from mailedu.places import ports
from protocols import PROTOCOLS
from protocols.commands import Command
from protocols.protocol import MailProtocol, Service
from protocols.texts import catalogue, explain

_PLACEHOLDER = re.compile(r"[A-Za-z][\w-]*")


def protocol_named(name: str) -> MailProtocol | None:
    return next((protocol for protocol in PROTOCOLS if protocol.name == name), None)


def protocols_json(language: str, host: str) -> list[dict]:
    """The page data `protocols` of the contract; `host` is how the browser calls this machine."""
    return [protocol_json(protocol, language, host) for protocol in PROTOCOLS]


def protocol_json(protocol: MailProtocol, language: str, host: str) -> dict:
    return {
        "name": protocol.name,
        "title": protocol.title,
        "port": ports()[protocol.name][1],
        "standard_port": protocol.services[0].port,
        "host": host,
        "services": list(services_json(protocol)),
        "rfcs": list(protocol.rfcs),
        "states": [_state(protocol, state, language) for state in protocol.table.states],
        "transitions": [list(edge) for edge in protocol.table.transitions()],
        "commands": [_command(protocol, row, language) for row in protocol.table.values()],
    }


def services_json(protocol: MailProtocol) -> Iterator[dict]:
    """The doors to a protocol that are open here; `kind` is what tells one from the others.

    `upgrades`: TLS can begin there on command.
    """
    sealed = any(service.tls and service.name in ports() for service in protocol.services)
    for service in protocol.services:
        if service.name in ports():
            yield {
                "name": service.name,
                "title": service.title,
                "port": ports()[service.name][1],
                "standard_port": service.port,
                "tls": service.tls,
                "upgrades": sealed and not service.tls and not service.serve,
                "kind": _kind(protocol, service),
            }


def _kind(protocol: MailProtocol, service: Service) -> str:
    if service.serve:
        return _("another server")
    if not any(one.submission for one in protocol.services):
        return "TLS" if service.tls else _("plain")
    if not service.submission:
        return _("relay")
    return _("submission, TLS") if service.tls else _("submission")


def _state(protocol: MailProtocol, state: str, language: str) -> dict:
    text = explain(f"{protocol.name}.state.{state}", language)
    return {"name": state, "title": text.title or state, "short": text.short}


def _command(protocol: MailProtocol, row: Command, language: str) -> dict:
    return {
        "name": row.name,
        "syntax": row.syntax,
        "usage": row.usage,
        "when": dict(row.when),
        "short": explain(f"{protocol.name}.{row.name}", language).short,
        "rfc": row.rfc,
        "secures": row.name in UPGRADES,
        "arguments": list(_arguments(protocol, row, language)),
    }


def _arguments(protocol: MailProtocol, row: Command, language: str) -> Iterator[dict]:
    known = catalogue(language)
    for word in dict.fromkeys(_PLACEHOLDER.findall(row.syntax)):
        if text := known.get(f"{protocol.name}.argument.{word}"):
            yield {"name": word, "text": text.short}


def reference(protocol: MailProtocol, language: str) -> list[dict]:
    """Groups of rows for the reference page; groups without rows are left out."""
    groups = {
        "commands": [
            _row(f"{protocol.name}.{row.name}", row.usage, language, rfc=row.rfc)
            for row in protocol.table.values()
        ],
        "states": _by_prefix(protocol, "state.", language),
        "replies": [
            _row(reply.id, reply.template, language, template=reply.template)
            for reply in protocol.replies
        ],
        "capabilities": _by_prefix(protocol, "capability.", language),
        "flags": _by_prefix(protocol, "flag.", language),
        "codes": _by_prefix(protocol, "status.", language)
        + _by_prefix(protocol, "code.", language),
    }
    return [{"name": name, "rows": rows} for name, rows in groups.items() if rows]


def _by_prefix(protocol: MailProtocol, prefix: str, language: str) -> list[dict]:
    start = f"{protocol.name}.{prefix}"
    ids = (id for id in catalogue(language) if id.startswith(start))
    return [_row(id, id.removeprefix(start), language) for id in ids]


def _row(id: str, name: str, language: str, rfc: str = "", template: str = "") -> dict:
    text = asdict(explain(id, language))
    return {
        "id": id, "name": name, "template": template, "rfc": rfc, "rfc_url": rfc_url(rfc), **text,
    }  # fmt: skip
