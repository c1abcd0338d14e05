"""Who a websocket belongs to and which language it reads: asked when it connects."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from urllib.parse import parse_qs

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.translation import get_language_from_request

from mailedu.lab.guests import BROWSER_KEY, SESSION_KEY, Guest, is_outdated
from mailedu.lab.rules import Viewer

Application = Callable[..., Awaitable[None]]


def with_session(application: Application) -> Application:
    """Puts the session that the cookies name into the scope.

    Channels' SessionMiddleware looks before each frame whether the session is to be saved; a
    websocket only reads it.
    """

    async def opened(scope: dict, receive: Callable, send: Callable) -> None:
        session = _session(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
        await application({**scope, "session": session}, receive, send)

    return opened


async def guest_of(scope: dict) -> Guest | None:
    values = await scope["session"].aget(SESSION_KEY)
    claim = Guest(**values) if values else None
    if claim and claim.needs_password and await database_sync_to_async(is_outdated)(claim):
        return None
    return claim


async def browser_of(scope: dict) -> str:
    return await scope["session"].aget(BROWSER_KEY, "")


async def viewer_of(scope: dict) -> Viewer:
    guest = await guest_of(scope)
    signed_in = await scope["session"].aget(USER_KEY)
    user = await get_user(scope) if signed_in else None
    return Viewer(guest.realm if guest else "", bool(user and user.is_staff))


async def viewer_now(scope: dict) -> Viewer:
    """As `viewer_of`, by what the session and its user are by now."""
    return await viewer_of({**scope, "session": _session(scope["session"].session_key)})


def address_of(scope: dict) -> str:
    """Of the browser's computer, or of the router before it; ASGI may not know it."""
    return (scope.get("client") or [""])[0]


def page_of(scope: dict) -> str:
    """What the page calls itself while it is open, "" if it does not say."""
    return parse_qs(scope["query_string"].decode("latin-1")).get("page", [""])[0]


def language_of(scope: dict) -> str:
    """By the rules of the pages: the language cookie, then what the browser asks for."""
    request = HttpRequest()
    request.COOKIES = scope["cookies"]
    headers = dict(scope["headers"])
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return get_language_from_request(request)


def _session(key: str | None) -> SessionBase:
    return import_module(settings.SESSION_ENGINE).SessionStore(key)
