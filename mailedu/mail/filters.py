"""What the list of accounts can be narrowed to."""

from collections.abc import Iterator

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailedu.mail.forms import SAMPLE_SETS

SHARED, GUESTS, ALL = "shared", "guests", "all"


class KindFilter(admin.SimpleListFilter):
    """Those that all share at first: of a class of guests there are three accounts for each."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(SHARED, _("Shared by all")), (GUESTS, _("Of guests")), (ALL, _("All"))]

    def value(self) -> str:
        return super().value() or SHARED

    def choices(self, changelist) -> Iterator[dict]:
        everything, *chosen = super().choices(changelist)  # the first means: not chosen
        yield from chosen

    def queryset(self, request, queryset):
        match self.value():
            case "shared":
                return queryset.made_by_staff()
            case "guests":
                return queryset.of_guests()
        return queryset


class FaultFilter(admin.SimpleListFilter):
    title = gettext_lazy("planned faults")
    parameter_name = "faults"

    def lookups(self, request, model_admin):
        return [("some", _("With planned faults"))]

    def queryset(self, request, queryset):
        return queryset.exclude(faults="") if self.value() == "some" else queryset


class SampleSetFilter(admin.SimpleListFilter):
    title = gettext_lazy("sample set")
    parameter_name = "sample_set"

    def lookups(self, request, model_admin):
        return list(SAMPLE_SETS.items())

    def queryset(self, request, queryset):
        return queryset.filter(sample_set=self.value()) if self.value() else queryset
