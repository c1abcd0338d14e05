"""The lab's pages. What happens on them live comes through the websocket (consumers.py)."""

from functools import partial
from math import ceil

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from mailedu.lab import connect as mail_programs
from mailedu.lab import guests, keeper, letters, pages, services, transcripts, trusting
from mailedu.lab.rendering import entry_json
from mailedu.lab.rules import Viewer
from mailedu.lab.sessions import WIKI, sessions_json
from mailedu.places import host, mail_program_ports
from protocols.dialog import write_dialog


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    return page(request, "lab/start.html")


@require_http_methods(["GET", "POST"])
def try_it(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":  # where a refusal stood: a change of language, a tab that came back
        return redirect("start")
    try:
        guests.welcome(request.session, request.META.get("REMOTE_ADDR", ""))
    except guests.TooManyGuests:
        return page(request, "lab/start.html", status=429, too_many_guests=True)
    return redirect(target(request, reverse("console", args=["pop3"])))


@require_http_methods(["GET", "POST"])
def card(request: HttpRequest) -> HttpResponse:
    """Somebody has a mailbox on a card: address and password."""
    if request.method == "GET":
        return redirect("start")
    address = request.POST.get("address", "").strip().lower()
    password = request.POST.get("password", "").strip()
    judge = partial(services.judge, request.META.get("REMOTE_ADDR", ""), address)
    before, browser = guests.claim_of(request.session), guests.browser_of(request.session)
    next = target(request, reverse("watch"))
    refuse = partial(page, request, "lab/start.html", next=next)
    try:
        guests.come_with_card(request.session, address, password, judge)
    except guests.WrongCard:
        return refuse(status=403, card="wrong", address=address)
    except guests.SharedByAll:
        return refuse(status=403, card="shared", address=address)
    except services.MustWait as wait:
        return refuse(status=429, card="wait", seconds=ceil(wait.seconds))
    services.put_away(before, browser)
    return redirect(next)


@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    guest = guests.guest_of(request.session)
    if guest:
        guests.reset_mailboxes(guest)
    if request.accepts("text/html"):
        if guest:
            messages.success(request, _("The mailbox is as it was at the beginning."))
        return redirect(target(request, reverse("start")))
    return HttpResponse(status=204)


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    return page(request, "lab/mailbox.html", guest_days=guests.KEEP_DAYS)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Somebody else sits down at this computer."""
    guest, browser = guests.claim_of(request.session), guests.browser_of(request.session)
    guests.put_away(request.session)
    services.put_away(guest, browser)
    messages.success(request, _("The mailbox is put away. This browser knows nothing of it now."))
    return redirect("start")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The staff's way out, which ends a session: a pupil at whose computer a teacher did something
    has a mailbox afterwards as well."""
    kept = guests.in_session(request.session)
    response = admin.site.logout(request)
    request.session.update(kept)
    return response


@require_safe
@vary_on_headers("HX-Request")
def message(request: HttpRequest, address: str, folder: str, uid: int) -> HttpResponse:
    """A whole page, or what the console's dialog shows of it."""
    letter = letters.find(viewer(request).realm, address, folder, uid)
    base = "lab/fragment.html" if request.htmx else "base.html"
    status = 200 if letter else 404
    return page(request, "lab/message.html", status, base=base, letter=letter)


@require_safe
def console(request: HttpRequest, name: str) -> HttpResponse:
    """`?service=` chooses a door of the protocol, `?beside=` the door of a second pane."""
    known = {row["name"]: row for row in protocols(request)}
    doors = {door["name"]: row for row in known.values() for door in row["services"]}
    if name not in known:
        raise Http404
    service, beside = request.GET.get("service", name), request.GET.get("beside", "")
    return page(
        request,
        "lab/console.html",
        protocol=known[name],
        service=service if doors.get(service) is known[name] else name,
        beside=doors.get(beside),
        beside_service=beside,
    )


@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    rows = transcripts.recent(viewer(request))
    return page(request, "lab/watch.html", transcripts=rows)


@require_safe
def transcript(request: HttpRequest, id: str) -> HttpResponse:
    shown = visible(request, id)
    language = get_language()
    return page(
        request,
        "lab/transcript.html",
        conversation=shown.conversation,
        entries=[entry_json(entry, language, shown.bare(entry)) for entry in shown.entries],
        live=shown.live,
        text_url=reverse("transcript-text", args=[id]),
    )


@require_safe
def transcript_text(request: HttpRequest, id: str) -> HttpResponse:
    """Without passwords, for its owner too: a file is passed on."""
    shown = visible(request, id)
    name = f"{shown.conversation['protocol']}-{id}.txt"
    return kept_nowhere(
        HttpResponse(
            write_dialog(shown.entries),
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    )


@require_safe
def connect(request: HttpRequest) -> HttpResponse:
    guest, name = living_guest(request), host(request)
    return page(
        request,
        "lab/connect.html",
        host=name,
        bind_is_local=settings.LOOPBACK,
        ports=mail_programs.doors(),
        clients=mail_programs.clients(guest, name),
        thunderbird=mail_program_ports(),
        login=(guest or WIKI).address,
    )


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    trusted, name = trusting.trusted(), host(request)
    ca = trusted.name if trusted else ""
    return page(
        request,
        "lab/trust.html",
        own=settings.LAB_TLS_OWN is not None,
        trusted=trusted,
        limited=trusting.is_limited(),
        services=trusting.services(),
        programs=trusting.PROGRAMS,
        commands=trusting.commands(living_guest(request), name, ca),
        projected=trusting.commands(None, name, ca),
    )


@require_safe
def ca_certificate(request: HttpRequest) -> HttpResponse:
    pem = trusting.ca_certificate()
    if not pem:
        raise Http404
    return HttpResponse(
        pem,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": f'attachment; filename="{trusting.FILE_NAME}"'},
    )


@require_safe
def learn(request: HttpRequest) -> HttpResponse:
    return page(request, "lab/learn.html", own=settings.LAB_TLS_OWN is not None)


@require_safe
def reference(request: HttpRequest, name: str) -> HttpResponse:
    protocol = pages.protocol_named(name)
    if not protocol:
        raise Http404
    language = get_language()
    return page(
        request,
        "lab/reference.html",
        protocol=pages.protocol_json(protocol, language, host(request)),
        groups=pages.reference(protocol, language),
    )


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    days = {"transcript_days": keeper.KEEP_DAYS, "guest_days": guests.KEEP_DAYS}
    return page(request, "lab/privacy.html", **days)


def page(request: HttpRequest, template: str, status: int = 200, **more: object) -> HttpResponse:
    """What all pages share: the guest, whether its mailbox is gone or its card an old one,
    protocols, sample sessions."""
    claim = guests.claim_of(request.session)
    old_card = claim is not None and guests.is_outdated(claim)
    guest = None if old_card else guests.living(claim)
    context = {
        "guest": guest,
        "guest_lost": guest is None and claim is not None and not old_card,
        "protocols": protocols(request),
        "sessions": sessions_json(guest),
        **({"card": "old", "address": claim.address} if old_card else {}),
        **more,
    }
    response = render(request, template, context, status=status)
    return kept_nowhere(response) if viewer(request) != Viewer() else response


def kept_nowhere(response: HttpResponse) -> HttpResponse:
    """The way back must not show what is somebody's to whoever sits down next."""
    patch_cache_control(response, private=True, no_store=True)
    return response


def living_guest(request: HttpRequest) -> guests.Guest | None:
    return guests.living(guests.guest_of(request.session))


def viewer(request: HttpRequest) -> Viewer:
    guest = guests.guest_of(request.session)
    return Viewer(guest.realm if guest else "", request.user.is_staff)


def visible(request: HttpRequest, id: str) -> transcripts.Shown:
    shown = transcripts.find(id, viewer(request))
    if not shown:
        raise Http404
    return shown


def protocols(request: HttpRequest) -> list[dict]:
    return pages.protocols_json(get_language(), host(request))


def target(request: HttpRequest, default: str) -> str:
    """Where the form wants to go next, if that is on this site."""
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if allowed else default
