"""Settings of the lab. What a school changes comes from flags of lab.py or from the environment."""

import os
from pathlib import Path

import dj_database_url

from mailedu.datadir import DATABASE, secret_key, writable
from mailedu.environment import (
    http_port,
    own_certificate,
    plain_logins,
    port_offset,
    time_zone,
)
from mailedu.logs import without_traceback

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = os.environ.get("MAILEDU_DEBUG") == "1"

LAB_BIND = os.environ.get("MAILEDU_BIND") or "127.0.0.1"
LAB_HTTP_PORT = http_port()
LAB_PORT_OFFSET = port_offset()
LAB_DATA_DIR = writable(Path(os.environ.get("MAILEDU_DATA_DIR") or BASE_DIR / "var"))
LAB_DOMAINS = ("lab.example", "class.example", "example.com")
LAB_HOST_NAME = "lab.example"
# Passwords in the clear are a lesson; a school that uses real ones may forbid them.
LAB_PLAIN_LOGINS = plain_logins()
LAB_TLS_OWN = own_certificate()

SECRET_KEY = secret_key(LAB_DATA_DIR)
# In a classroom the machine is reached by any of its addresses and names; nothing here is built
# from the Host header but links back to the same page.
LOOPBACK = LAB_BIND in ("127.0.0.1", "::1", "localhost")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if LOOPBACK else ["*"]

INSTALLED_APPS = [
    "mailedu.lab",  # before staticfiles: its runserver serves the mail ports as well
    "mailedu.mail",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mailedu.headers.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "mailedu.urls"
ASGI_APPLICATION = "mailedu.asgi.application"

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{LAB_DATA_DIR / DATABASE}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # An acknowledged message survives kill -9 and a power cut: WAL with full synchronisation.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
    # A file in tests too: the store's threads cannot share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": LAB_DATA_DIR / "test.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "mailedu" / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = time_zone()
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mailedu.static.HashedStaticFilesStorage"},
}

SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"  # for who was to be led elsewhere

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "brief": {"()": "django.utils.log.CallbackFilter", "callback": without_traceback},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"mail.log": {"level": "ERROR"}, "django.request": {"filters": ["brief"]}},
}
