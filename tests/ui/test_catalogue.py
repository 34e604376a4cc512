"""English is a full translation: every text marked in code and templates is in the catalogue, with its places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import zhiheng

PACKAGE = Path(zhiheng.__file__).parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
LITERAL = r"""u?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
CALL = re.compile(rf"\b(?:gettext|_)\(\s*({LITERAL})|\bngettext\(\s*({LITERAL})", re.S)
PLACES = re.compile(r"%\((\w+)\)([a-z])|%([sd])")


def marked() -> Iterator[tuple[str, str]]:
    """Every marked text with the file it stands in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            for _line, message, _comments, _context in extract("python", file, KEYWORDS):
                texts = message if isinstance(message, tuple) else (message,)
                yield texts[0], str(path.relative_to(PACKAGE))
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        # What makemessages itself reads of a template: everything but the marked texts blotted out.
        for single, plural in CALL.findall(templatize(path.read_text(), origin=str(path))):
            yield ast.literal_eval(single or plural), str(path.relative_to(PACKAGE))


@pytest.fixture(scope="module")
def catalogue() -> dict:
    with (PACKAGE / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue if m.id}


def test_the_texts_are_found_at_all():
    assert len({text for text, _path in marked()}) > 500


def test_every_marked_text_is_translated(catalogue):
    missing = sorted({f"{path}: {text}" for text, path in marked() if text and text not in catalogue})
    assert not missing, "run `django-admin makemessages -l en` in zhiheng/ and translate"
    assert not [
        m.id
        for m in catalogue.values()
        if m.fuzzy or not all(m.string if isinstance(m.string, tuple) else (m.string,))
    ]


def test_nothing_in_the_catalogue_is_left_over(catalogue):
    assert not set(catalogue) - {text for text, _path in marked()}


def test_placeholders_are_the_same_in_both_languages(catalogue):
    def places(text: str) -> list[str]:
        return sorted(found.group(0) for found in PLACES.finditer(text))

    for message in catalogue.values():
        source = message.id if isinstance(message.id, str) else message.id[0]
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert places(text) == places(source), source


def test_markup_is_the_same_in_both_languages(catalogue):
    tags = re.compile(r"</?[a-z][^>]*>")
    for source, message in catalogue.items():
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert sorted(tags.findall(text)) == sorted(tags.findall(source)), source
            assert text.startswith("\n") == source.startswith("\n"), source
            assert text.endswith("\n") == source.endswith("\n"), source


def test_english_texts_are_english(catalogue):
    """Chinese words stand in English texts only where a form must be filled in with them."""
    allowed = {"是", "否", "其他", "备案"}
    for source, message in catalogue.items():
        for text in message.string if isinstance(message.string, tuple) else (message.string,):
            assert set(re.findall(r"[\u4e00-\u9fff]+", text)) <= allowed, source
