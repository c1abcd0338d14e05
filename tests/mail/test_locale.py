"""The German of the admin pages is complete and compiled."""

import re
from pathlib import Path

import polib

FOLDER = Path(__file__).parents[2] / "mailedu/mail/locale/de/LC_MESSAGES"
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)s")


def entries(catalogue) -> dict[str, list[str]]:
    return {
        entry.msgid: [entry.msgstr, *entry.msgstr_plural.values()]
        for entry in catalogue
        if entry.msgid
    }


def test_every_sentence_has_its_german_with_the_same_placeholders():
    for english, german in entries(polib.pofile(str(FOLDER / "django.po"))).items():
        for text in filter(None, german):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english))
        assert any(german), english


def test_the_compiled_catalogue_is_the_written_one():
    written = entries(polib.pofile(str(FOLDER / "django.po")))
    assert entries(polib.mofile(str(FOLDER / "django.mo"))) == written
