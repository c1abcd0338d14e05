"""Signing in to the admin, but not by trying one password after the other."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Wrong passwords from one address in WINDOW seconds: some teachers behind one router may err.
# Beyond, none is looked at: the hash costs parts of a second, for which all other pages wait.
MAX_WRONG = 20
WINDOW = 60


class SignInForm(AdminAuthenticationForm):
    def clean(self) -> dict:
        key = "wrong-sign-ins-{}".format(self.request.META.get("REMOTE_ADDR", ""))
        if cache.get(key, 0) >= MAX_WRONG:
            raise ValidationError(_("Too many wrong passwords from your address. Wait a minute."))
        try:
            return super().clean()
        except ValidationError:
            cache.add(key, 0, WINDOW)
            cache.incr(key)
            raise
