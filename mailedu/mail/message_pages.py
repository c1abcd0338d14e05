"""Admin pages for one message. Nothing of it is ever loaded, run or followed."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from mailedu.mail import actions
from mailedu.mail.admin_pages import AccountPages, download_response
from mailedu.mail.models import Message
from mailedu.mail.reading import Reading

# For the frame that shows a message's HTML: nothing may be loaded, sent or run.
FRAME_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)


class MessagePages(AccountPages):
    def get_urls(self) -> list:
        pages = {
            "": (self.read_view, "mail_message"),
            "html/": (xframe_options_sameorigin(self.html_view), "mail_message_html"),
            "source/": (self.source_view, "mail_message_source"),
            "part/<int:number>/": (self.part_view, "mail_message_part"),
            "delete/": (require_POST(self.delete_message_view), "mail_message_delete"),
        }
        return [
            path(f"<int:pk>/messages/<int:id>/{end}", self.admin_site.admin_view(view), name=name)
            for end, (view, name) in pages.items()
        ] + super().get_urls()

    def read_view(self, request: HttpRequest, pk: int, id: int) -> HttpResponse:
        return self._show(request, pk, id, "admin/mail/account/message.html")

    def source_view(self, request: HttpRequest, pk: int, id: int) -> HttpResponse:
        return self._show(request, pk, id, "admin/mail/account/source.html")

    def html_view(self, request: HttpRequest, pk: int, id: int) -> HttpResponse:
        reading = Reading(bytes(self._message(request, pk, id, "view").content.octets))
        response = render(request, "mail/html.html", {"reading": reading})
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def part_view(self, request: HttpRequest, pk: int, id: int, number: int) -> HttpResponse:
        reading = Reading(bytes(self._message(request, pk, id, "view").content.octets))
        for attachment in reading.attachments:
            if attachment.number == number:
                return download_response(
                    attachment.data, attachment.name, "application/octet-stream"
                )
        raise Http404

    def delete_message_view(self, request: HttpRequest, pk: int, id: int) -> HttpResponse:
        actions.delete_message(self._message(request, pk, id, "change"))
        self.message_user(request, _("The message is deleted."))
        return redirect("admin:mail_account_change", pk)

    def _show(self, request: HttpRequest, pk: int, id: int, template: str) -> HttpResponse:
        message = self._message(request, pk, id, "view")
        reading = Reading(bytes(message.content.octets))
        title = reading.subject or _("(no subject)")
        can_change = self.has_change_permission(request, message.mailbox.account)
        return self.page(
            request, template, title, message=message, reading=reading, can_change=can_change
        )

    def _message(self, request: HttpRequest, pk: int, id: int, permission: str) -> Message:
        self.account(request, pk, permission)
        found = Message.objects.select_related("mailbox__account", "content")
        return get_object_or_404(found, pk=id, mailbox__account=pk)
