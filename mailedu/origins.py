"""Websockets are for the lab's own pages: browsers let any page open one, with the cookies of here.

As Django's CSRF check it compares host and port, since another port is another site. A proxy in
front may end TLS, but has to hand on the Host header as it came.
"""

from collections.abc import Awaitable, Callable

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": ":80", "https": ":443"}

Application = Callable[..., Awaitable[None]]


def own_pages_only(application: Application) -> Application:
    async def guarded(scope: dict, receive: Callable, send: Callable) -> None:
        let_in = is_own(scope["headers"])
        await (application if let_in else WebsocketDenier.as_asgi())(scope, receive, send)

    return guarded


def is_own(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the page that asks was served under the name and port that it asks (RFC 6454)."""
    fields = dict(headers)
    scheme, _, place = fields.get(b"origin", b"").decode("latin-1").lower().partition("://")
    host = fields.get(b"host", b"").decode("latin-1").lower()
    if scheme not in DEFAULT_PORTS or not place:
        return False
    port = DEFAULT_PORTS[scheme]
    known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
    return known and host.removesuffix(port) == place.removesuffix(port)
