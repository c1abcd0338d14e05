"""The German of the lab's sentences in Python is complete and compiled."""

import ast
from pathlib import Path

import polib

LAB = Path(__file__).parents[2] / "mailedu/lab"
FOLDER = LAB / "locale/de/LC_MESSAGES"
TRANSLATING = {"_", "gettext_lazy"}


def entries(catalogue) -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in catalogue if entry.msgid}


def asked(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if called(node)]
    return {ast.literal_eval(call.args[0]) for call in calls}


def called(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATING


def test_each_sentence_has_its_german_and_none_is_idle():
    written = entries(polib.pofile(str(FOLDER / "django.po")))
    wanted = set().union(*(asked(path) for path in LAB.rglob("*.py")))
    assert len(wanted) > 20
    assert wanted ^ written.keys() == set()
    assert [english for english, german in written.items() if not german] == []


def test_the_compiled_catalogue_is_the_written_one():
    written = entries(polib.pofile(str(FOLDER / "django.po")))
    assert entries(polib.mofile(str(FOLDER / "django.mo"))) == written
