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
from mailedu.mail.planning import PRESETS, TITLES, FaultRefused, make_fault, preset
from protocols.faults import MAX_ARGUMENT, Cut

NONE = ("", _("no mail"))
SAMPLE_SETS = {"standard": _("standard"), "slides": _("as on the slides")}
ANNOUNCE = _("The transcript tells that this was planned")
CUTS = [
    (Cut.NO.value, _("stays")),
    (Cut.BEFORE.value, _("is cut before the answer")),
    (Cut.INSIDE.value, _("is cut after some octets")),
    (Cut.AFTER.value, _("is cut after the answer")),
]


def sample_sets() -> list[tuple[str, object]]:
    return [NONE, *((name, SAMPLE_SETS[name]) for name in samples.SAMPLE_SETS)]


class CreateForm(forms.Form):
    """One account or many; `addresses` is the list that the pattern stands for."""

    pattern = forms.CharField(
        label=_("Address"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
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
        help_texts = {
            "password": _(
                "Kept readable, because APOP and CRAM-MD5 are checked with the password itself: "
                "who steals the database has it. So never a person's own password; people's are "
                "hashed. After a change, browsers that came with the old card lose the "
                "mailbox."
            )
        }

    def clean_password(self) -> str:
        return _checked(check_password, self.cleaned_data["password"])


class FillForm(ActionForm):
    """Stands beside the list's actions. The action checks the number: Django would only say that no
    action was selected."""

    count = forms.CharField(
        label=_("How many?"),
        widget=forms.NumberInput(attrs={"min": 1, "max": MAX_FILL}),
        initial=10,
        required=False,
    )


class ImportForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("An .eml or .mbox file."))


class PresetForm(forms.Form):
    preset = forms.ChoiceField(
        label=_("Ready-made"), choices=lambda: [(name, p.title) for name, p in PRESETS.items()]
    )
    announce = forms.BooleanField(label=ANNOUNCE, required=False)

    def clean(self) -> None:
        values = self.cleaned_data
        if "preset" in values:
            self.faults = preset(values["preset"], values["announce"])


class FaultForm(forms.Form):
    """One fault of one's own; `faults` holds it."""

    protocol = forms.ChoiceField(label=_("Protocol"), choices=lambda: list(TITLES.items()))
    command = forms.CharField(
        label=_("Command"),
        required=False,
        max_length=20,
        help_text=_(
            "Such as RCPT, DATA, RETR or PASS; a dot is the end of the message after DATA. Empty: "
            "any. It strikes only once the server knows whose mailbox it is about: after USER or "
            "AUTH, for SMTP also after RCPT."
        ),
    )
    argument = forms.CharField(
        label=_("Only with this in its argument"),
        required=False,
        max_length=MAX_ARGUMENT,
        help_text=_("In upper or lower case. Empty: with any argument."),
    )
    times = forms.IntegerField(
        label=_("How many times"), initial=1, help_text=_("The first times; 0 is always.")
    )
    each = forms.BooleanField(
        label=_("Count for each client, sender and argument by itself"),
        required=False,
        help_text=_("As greylisting does."),
    )
    delay = forms.FloatField(label=_("Seconds to wait before the answer"), initial=0)
    reply = forms.CharField(
        label=_("Answer"),
        required=False,
        max_length=510,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        help_text=_(
            "As it goes on the wire, in place of the command, such as “451 4.7.1 try again later” "
            "or “-ERR [SYS/TEMP] try again later”. 421 also closes. Empty: the command is carried "
            "out."
        ),
    )
    cut = forms.ChoiceField(label=_("Connection"), choices=CUTS, required=False)
    octets = forms.IntegerField(
        label=_("Octets before the cut"),
        initial=0,
        help_text=_("Of the answer, such as a message after RETR, or of the message after DATA."),
    )
    announce = forms.BooleanField(label=ANNOUNCE, required=False)

    def clean(self) -> None:
        if self.errors:
            return
        values = self.cleaned_data
        try:
            self.faults = (make_fault(**values | {"cut": Cut(values["cut"])}),)
        except FaultRefused as refused:
            self.add_error(refused.field or None, str(refused))


def _checked(check, value: str):
    try:
        return check(value)
    except MailError as error:
        raise forms.ValidationError(str(error)) from error
