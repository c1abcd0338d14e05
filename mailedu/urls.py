from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

# The admin's pages name no icon, so browsers ask for this one.
favicon = RedirectView.as_view(url=f"{settings.STATIC_URL}lab/icon.svg")

urlpatterns = [
    path("", include("mailedu.lab.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("favicon.ico", favicon),
]
