"""Databases of older versions."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from mailedu.mail.models import Content

sizes = import_module("mailedu.mail.migrations.0003_sizes")


def stored_sizes() -> list[int]:
    return list(Content.objects.order_by("id").values_list("size", flat=True))


@pytest.mark.django_db(transaction=True)
def test_sizes_count_the_line_ends_that_pop3_sends():
    contents = [b"a\r\n", b"a", b"", b"\n", b"\r\n", b"a" * 9000, b"\xff\x00"]
    for octets in contents:
        Content.objects.create(
            size=len(octets),
            header_size=0,
            envelope=b"",
            bodystructure=b"",
            body=b"",
            octets=octets,
        )
    with connection.schema_editor() as editor:
        sizes.count_missing_line_ends(apps, editor)
    assert stored_sizes() == [3, 3, 0, 3, 2, 9002, 4]
    with connection.schema_editor() as editor:
        sizes.count_octets(apps, editor)
    assert stored_sizes() == [len(octets) for octets in contents]
