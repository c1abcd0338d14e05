"""The admin page on which faults are planned for an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from mailedu.mail import actions
from mailedu.mail.errors import MailError
from mailedu.mail.forms import FaultForm, PresetForm
from mailedu.mail.message_pages import MessagePages
from mailedu.mail.models import Account
from mailedu.mail.planning import describe_all
from protocols.faults import Fault, read_faults

FORMS = {"preset": PresetForm, "fault": FaultForm}


class FaultPages(MessagePages):
    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.faults_view)
        return [path("<int:pk>/faults/", view, name="mail_account_faults"), *super().get_urls()]

    def faults_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows plan and forms; POST does what its `do` names."""
        account = self.account(request, pk, "view" if request.method == "GET" else "change")
        faults = read_faults(account.faults)
        forms = {name: form(prefix=name) for name, form in FORMS.items()}
        if request.method == "POST":
            forms |= _posted(request)
            wanted = _wanted(request, faults, forms)
            if wanted == faults:
                messages.error(request, _("Nothing was changed: the page was out of date."))
            elif wanted is not None and self._plan(request, account, wanted):
                return redirect("admin:mail_account_faults", pk)
        return self.page(
            request,
            "admin/mail/account/faults.html",
            _("Planned faults"),
            account=account,
            faults=describe_all(faults),
            can_change=self.has_change_permission(request, account),
            **{f"{name}_form": form for name, form in forms.items()},
        )

    def _plan(self, request: HttpRequest, account: Account, faults: tuple[Fault, ...]) -> bool:
        try:
            actions.plan(account, faults)
        except MailError as error:
            messages.error(request, str(error))
            return False
        messages.success(request, _("The plan is changed; it counts from the beginning."))
        return True


def _posted(request: HttpRequest) -> dict[str, PresetForm | FaultForm]:
    do = request.POST.get("do")
    return {do: FORMS[do](request.POST, prefix=do)} if do in FORMS else {}


def _wanted(
    request: HttpRequest, faults: tuple[Fault, ...], forms: dict[str, PresetForm | FaultForm]
) -> tuple[Fault, ...] | None:
    """The plan that was asked for; None if the form has to be corrected."""
    do = request.POST.get("do")
    if do in forms:
        return (*faults, *forms[do].faults) if forms[do].is_valid() else None
    if do == "clear":
        return ()
    # By its words: on another page its number may have become that of the next
    names, name = describe_all(faults), request.POST.get("remove")
    at = names.index(name) if name in names else len(names)
    return faults[:at] + faults[at + 1 :]
