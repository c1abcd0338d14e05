"""What the log says of requests."""

import logging
import sys

import pytest
from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


def test_a_page_that_is_refused_is_one_line(client, caplog):
    client.force_login(User.objects.create_user("helper", is_staff=True))
    assert client.get("/admin/mail/account/").status_code == 403
    [record] = caplog.records
    assert (record.name, record.levelname) == ("django.request", "WARNING")
    assert record.getMessage() == "Forbidden (Permission denied): /admin/mail/account/"
    assert record.exc_info is None


def test_a_failure_keeps_its_traceback(caplog):
    try:
        raise ValueError("of ours")
    except ValueError as error:
        logging.getLogger("django.request").error("Internal Server Error", exc_info=error)
    [record] = caplog.records
    assert record.exc_info[0] is ValueError


def test_a_request_that_breaks_a_limit_is_one_line(client, capsys):
    """Anybody may send one, again and again."""
    [console] = [h for h in logging.getLogger().handlers if h.get_name() == "console"]
    before = console.setStream(sys.stderr)
    try:
        assert client.post("/card/", {"address": "x" * 3_000_000}).status_code == 400
    finally:
        console.setStream(before)
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("ERROR django.security.RequestDataTooBig: ")
