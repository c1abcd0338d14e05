"""Django's admin as the place to manage test mailboxes."""

import zipfile
from collections.abc import Iterable
from io import BytesIO

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mailedu.mail import actions
from mailedu.mail.admin_pages import (
    credentials_url,
    download_response,
    mbox_response,
)
from mailedu.mail.counts import with_counts, with_guests
from mailedu.mail.errors import MailError
from mailedu.mail.fault_pages import FaultPages
from mailedu.mail.filters import FaultFilter, KindFilter, SampleSetFilter
from mailedu.mail.forms import AccountForm, FillForm
from mailedu.mail.models import Account
from mailedu.mail.sign_in import SignInForm

admin.site.login_form = SignInForm
admin.site.site_header = admin.site.site_title = "mailedu"
admin.site.enable_nav_sidebar = False  # the lists of few models need its width more


@admin.register(Account)
class AccountAdmin(FaultPages):
    form = AccountForm
    action_form = FillForm
    fields = ["address", "password", "sample_set", "owner", "created", "last_used"]
    readonly_fields = ["address", "created", "last_used"]
    list_display = ["address", "guest", "owner", "folders", "total", "unseen", "size", "used"]
    list_filter = [KindFilter, FaultFilter, SampleSetFilter, "owner", "last_used"]
    list_per_page = 50
    list_select_related = ["owner"]
    search_fields = ["address", "owner__username", "realm"]
    change_form_template = "admin/mail/account/change.html"
    actions = ["reset", "fill", "empty", "download", "print_credentials"]

    class Media:
        css = {"all": ["mail/admin.css"]}

    def get_queryset(self, request: HttpRequest):
        return with_guests(with_counts(super().get_queryset(request)))

    @admin.display(description=gettext_lazy("guest"), ordering="guest")
    def guest(self, account: Account) -> str | None:
        return account.guest

    @admin.display(description=gettext_lazy("folders"), ordering="folder_count")
    def folders(self, account: Account) -> int:
        return account.folder_count

    @admin.display(description=gettext_lazy("messages"), ordering="message_count")
    def total(self, account: Account) -> int:
        return account.message_count

    @admin.display(description=gettext_lazy("unseen"), ordering="unseen_count")
    def unseen(self, account: Account) -> int:
        return account.unseen_count

    @admin.display(description=gettext_lazy("size"), ordering="octets")
    def size(self, account: Account) -> str:
        return filesizeformat(account.octets)

    @admin.display(description=gettext_lazy("last used"), ordering="last_used")
    def used(self, account: Account) -> str | None:
        """The time of today, or the day: the column is narrow."""
        if not account.last_used:
            return None
        moment = localtime(account.last_used)
        if moment.date() != localdate():
            return date_format(moment, "SHORT_DATE_FORMAT")
        return f"{date_format(moment, 'TIME_FORMAT')} {moment:%Z}"

    @admin.action(description=gettext_lazy("Reset to the sample set"), permissions=["change"])
    def reset(self, request: HttpRequest, accounts: Iterable[Account]) -> None:
        self._each(request, accounts, actions.reset)

    @admin.action(description=gettext_lazy("Fill with sample messages"), permissions=["change"])
    def fill(self, request: HttpRequest, accounts: Iterable[Account]) -> None:
        count = request.POST.get("count", "")
        if not count.isdecimal() or not 0 < int(count[:9]) <= actions.MAX_FILL:
            text = _("How many messages? From 1 to {count}.").format(count=actions.MAX_FILL)
            self.message_user(request, text, messages.ERROR)
            return
        self._each(request, accounts, lambda account: actions.fill(account, int(count)))

    @admin.action(description=gettext_lazy("Empty all folders"), permissions=["change"])
    def empty(self, request: HttpRequest, accounts: Iterable[Account]) -> None:
        self._each(request, accounts, actions.empty)

    @admin.action(description=gettext_lazy("Download as mbox"), permissions=["view"])
    def download(self, request: HttpRequest, accounts: Iterable[Account]) -> HttpResponse:
        accounts = list(accounts)
        if len(accounts) == 1:
            return mbox_response(accounts[0])
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for account in accounts:
                # A guest's copies share an address, so the id tells them apart.
                name = f"{account.address}-{account.id}" if account.private else account.address
                file.writestr(f"{name}.mbox", b"".join(actions.export_mbox(account)))
        return download_response(archive.getvalue(), "mailboxes.zip", "application/zip")

    @admin.action(description=gettext_lazy("Print credentials"), permissions=["view"])
    def print_credentials(self, request: HttpRequest, accounts: Iterable[Account]) -> HttpResponse:
        return redirect(credentials_url(accounts))

    def save_model(self, request, account: Account, form, change: bool) -> None:
        actions.change(account)

    def delete_model(self, request: HttpRequest, account: Account) -> None:
        actions.delete([account])

    def delete_queryset(self, request: HttpRequest, accounts: Iterable[Account]) -> None:
        actions.delete(accounts)

    def get_deleted_objects(self, accounts: Iterable[Account], request: HttpRequest):
        """The accounts only: Django would list every message."""
        counted = with_counts(Account.objects.filter(pk__in=[a.pk for a in accounts]))
        lines = [self._with_count(account) for account in counted]
        missing = [] if self.has_delete_permission(request) else [self.opts.verbose_name]
        return lines, {self.opts.verbose_name_plural: len(lines)}, missing, []

    def _with_count(self, account: Account) -> str:
        count = ngettext("{count} message", "{count} messages", account.message_count)
        return f"{account.address}: {count.format(count=account.message_count)}"

    def _each(self, request: HttpRequest, accounts: Iterable[Account], action) -> None:
        done = 0
        for account in accounts:
            try:
                action(account)
                done += 1
            except MailError as error:
                self.message_user(request, str(error), messages.ERROR)
        if done:
            text = ngettext("{count} account changed.", "{count} accounts changed.", done)
            self.message_user(request, text.format(count=done), messages.SUCCESS)
