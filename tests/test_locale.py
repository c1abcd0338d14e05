"""The German of the pages is complete, compiled, and keeps every placeholder and tag."""

import re
from pathlib import Path

import polib

FOLDER = Path(__file__).parents[1] / "mailedu/locale/de/LC_MESSAGES"
KEPT = re.compile(r"\{\w+\}|%\(\w+\)s|</?\w+[^>]*>|`[^`]*`")


def entries(catalogue) -> dict[str, list[str]]:
    return {
        entry.msgid: list(filter(None, [entry.msgstr, *entry.msgstr_plural.values()]))
        for entry in catalogue
        if entry.msgid
    }


def test_every_sentence_has_its_german():
    catalogue = polib.pofile(str(FOLDER / "django.po"))
    assert not catalogue.fuzzy_entries()
    for english, german in entries(catalogue).items():
        assert german, english
        for text in german:
            assert sorted(KEPT.findall(text)) == sorted(KEPT.findall(english)), english


def test_the_compiled_catalogue_is_the_written_one():
    written = entries(polib.pofile(str(FOLDER / "django.po")))
    assert entries(polib.mofile(str(FOLDER / "django.mo"))) == written


def test_no_sentence_of_the_templates_is_missing():
    templates = Path(__file__).parents[1] / "templates"
    known = entries(polib.pofile(str(FOLDER / "django.po")))
    pages = [*templates.glob("*.html"), *templates.glob("lab/**/*.html")]
    asked = {
        text for page in pages for text in re.findall(r'{% translate "([^"]+)"', page.read_text())
    }
    assert len(asked) > 250
    assert asked - set(known) == set()
