"""Admin pages beside Django's own: create accounts, print credentials, import, download."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import BinaryField
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailedu import places
from mailedu.mail import actions
from mailedu.mail.errors import MailError
from mailedu.mail.forms import CreateForm, ImportForm
from mailedu.mail.models import Account, Message
from protocols.mime import header_value

# Messages on one page of an account.
PER_PAGE = 50
# Octets of a message that hold its From and Subject, except in mail made to hide them.
HEADER = 16 * 1024


class AccountPages(ModelAdmin):
    def get_urls(self) -> list:
        view = self.admin_site.admin_view
        return [
            path("credentials/", view(self.credentials_view), name="mail_account_credentials"),
            path("<int:pk>/import/", view(self.import_view), name="mail_account_import"),
            path("<int:pk>/mbox/", view(self.mbox_view), name="mail_account_mbox"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CreateForm(request.POST) if request.method == "POST" else CreateForm()
        if form.is_valid() and (accounts := self._create(form)):
            text = ngettext("{count} account created.", "{count} accounts created.", len(accounts))
            messages.success(request, text.format(count=len(accounts)))
            return redirect(credentials_url(accounts))
        return self.page(request, "admin/mail/account/create.html", _("Create accounts"), form=form)

    def change_view(self, request, object_id: str, form_url: str = "", extra_context=None):
        number = request.GET.get("page")
        page = Paginator(_listed(object_id), PER_PAGE).get_page(number)
        for message in page:
            message.sender = header_value(bytes(message.header), "From") or ""
            message.subject = header_value(bytes(message.header), "Subject") or ""
        return super().change_view(request, object_id, form_url, {"page": page})

    def credentials_view(self, request: HttpRequest) -> HttpResponse:
        """Cards to print and cut out, for the accounts in ?ids=1,2,3."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [int(id) for id in request.GET.get("ids", "").split(",") if _is_id(id)]
        opened = places.host(request)
        host = places.host_elsewhere(opened)
        context = {
            "accounts": Account.objects.filter(pk__in=ids[: actions.MAX_AT_ONCE]),
            "host": host,
            "opened": opened,
            "only_here": places.is_loopback(host),
            "local_bind": settings.LOOPBACK,
            "site": _site(request, host) if host != opened else request.build_absolute_uri("/"),
            "ports": places.mail_program_ports(),
        }
        return TemplateResponse(request, "mail/credentials.html", context)

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.account(request, pk, "change")
        posted = request.method == "POST"
        form = ImportForm(request.POST, request.FILES) if posted else ImportForm()
        if form.is_valid() and (count := self._import(account, form)):
            text = ngettext("{count} message imported.", "{count} messages imported.", count)
            messages.success(request, text.format(count=count))
            return redirect("admin:mail_account_change", pk)
        template = "admin/mail/account/import.html"
        return self.page(request, template, _("Import mail"), form=form, account=account)

    def mbox_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return mbox_response(self.account(request, pk, "view"))

    def account(self, request: HttpRequest, pk: int, permission: str) -> Account:
        """For somebody who may `view` or `change` it."""
        account = get_object_or_404(Account, pk=pk)
        if not getattr(self, f"has_{permission}_permission")(request, account):
            raise PermissionDenied
        return account

    def page(self, request: HttpRequest, template: str, title: str, **context) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, template, context)

    def _create(self, form: CreateForm) -> list[Account]:
        values = form.cleaned_data
        options = {"sample_set": values["sample_set"], "owner": values["owner"]}
        try:
            return actions.create_many(form.addresses, values["password"], **options)
        except MailError as error:
            none = [_("None of the accounts was created.")] if len(form.addresses) > 1 else []
            form.add_error("pattern", [str(error), *none])
            return []

    def _import(self, account: Account, form: ImportForm) -> int:
        file = form.cleaned_data["file"]
        try:
            return actions.import_messages(account, file, file.name)
        except MailError as error:
            form.add_error("file", str(error))
            return 0


def mbox_response(account: Account) -> HttpResponse:
    octets = b"".join(actions.export_mbox(account))
    return download_response(octets, f"{account.address}.mbox", "application/mbox")


def download_response(octets: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(True, name),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(octets, content_type=content_type, headers=headers)


def credentials_url(accounts: Iterable[Account]) -> str:
    ids = ",".join(str(account.pk) for account in accounts)
    return f"{reverse('admin:mail_account_credentials')}?ids={ids}"


def _listed(account_id: str):
    """The newest first."""
    header = Substr("content__octets", 1, HEADER, output_field=BinaryField())
    return (
        Message.objects.filter(mailbox__account=account_id if _is_id(account_id) else 0)
        .select_related("mailbox")
        .annotate(header=header)
        .order_by("-internal_date", "-pk")
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def _site(request: HttpRequest, host: str) -> str:
    return f"{request.scheme}://{places.place(host, int(request.get_port()))}/"
