import re

from mailedu.mail.passwords import pseudonym, readable_password


def test_readable():
    made = {readable_password() for _ in range(50)}
    assert len(made) > 40
    assert all(re.fullmatch(r"[a-z]{3,8}-\d{4}", password) for password in made)


def test_pseudonyms_are_local_parts():
    assert re.fullmatch(r"[a-z]{3,8}-\d{4}", pseudonym())
