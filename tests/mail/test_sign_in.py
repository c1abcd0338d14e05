"""Signing in to the admin."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from mailedu.mail.sign_in import MAX_WRONG

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"
TOO_MANY = "Too many wrong passwords from your address. Wait a minute."


@pytest.fixture(autouse=True)
def teacher(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield User.objects.create_superuser("teacher", password="right")
    cache.clear()


def sign_in(client, password: str, name: str = "teacher", address: str = "192.0.2.1"):
    data = {"username": name, "password": password}
    return client.post(LOGIN, data, REMOTE_ADDR=address)


def test_a_mistyped_password_may_be_typed_again(client):
    for _ in range(MAX_WRONG - 1):
        response = sign_in(client, "wrong")
        assert response.status_code == 200
        assert TOO_MANY not in response.content.decode()
    assert sign_in(client, "right").status_code == 302


def test_who_goes_on_guessing_has_to_wait(client):
    for n in range(MAX_WRONG):
        sign_in(client, "wrong", f"name-{n}")
    response = sign_in(client, "right")
    assert (response.status_code, TOO_MANY in response.content.decode()) == (200, True)
    assert sign_in(client, "right", address="192.0.2.2").status_code == 302
    client.logout()
    cache.clear()  # the minute is over
    assert sign_in(client, "right").status_code == 302


def test_signing_in_leads_to_the_admin_not_elsewhere(client):
    data = {"username": "teacher", "password": "right", "next": "//evil.example/"}
    assert client.post(LOGIN, data).headers["location"] == "/admin/"
