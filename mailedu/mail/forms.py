"""The forms of the admin pages."""

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from mailedu.mail import samples
from mailedu.mail.actions import MAX_FILL, STANDARD
from mailedu.mail.addresses import check_password, expand
from mailedu.mail.errors import MailError
from mailedu.mail.models import Account

NONE = ("", _("no mail"))


def sample_sets() -> list[tuple[str, object]]:
    return [NONE, *((name, name) for name in samples.SAMPLE_SETS)]


class CreateForm(forms.Form):
    """One account or many; `addresses` is the list that the pattern stands for."""

    pattern = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("One address, or many at once: pupil01..pupil30@class.example"),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=128,
        help_text=_("Leave it empty, and each account gets a readable one of its own."),
    )
    sample_set = forms.ChoiceField(
        label=_("Begins with"), choices=sample_sets, required=False, initial=STANDARD
    )
    owner = forms.ModelChoiceField(get_user_model().objects, label=_("Owner"), required=False)

    def clean_pattern(self) -> str:
        self.addresses = _checked(expand, self.cleaned_data["pattern"])
        return self.cleaned_data["pattern"]

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        return _checked(check_password, password) if password else ""


class AccountForm(forms.ModelForm):
    sample_set = forms.ChoiceField(label=_("Sample set"), choices=sample_sets, required=False)

    class Meta:
        model = Account
        fields = ["password", "sample_set", "owner"]

    def clean_password(self) -> str:
        return _checked(check_password, self.cleaned_data["password"])


class FillForm(ActionForm):
    """Stands beside the list's actions. The action checks the number: Django would only say that no
    action was selected."""

    count = forms.CharField(
        label=_("Messages:"),
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_FILL}),
        initial=10,
        required=False,
    )


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("An .eml or .mbox file."))


def _checked(check, value: str):
    try:
        return check(value)
    except MailError as error:
        raise forms.ValidationError(str(error)) from error
