"""What every test may count on."""

import gettext
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.core.cache import cache
from django.utils import translation
from django.utils.translation import trans_real

import zhiheng


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Other languages are read from compiled catalogues, which a fresh checkout does not have yet."""
    for source in Path(zhiheng.__file__).parent.glob("locale/*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            part = target.with_suffix(f".{os.getpid()}")  # tests run in several processes
            with source.open("rb") as texts, part.open("wb") as compiled:
                write_mo(compiled, read_po(texts, locale=source.parts[-3]))
            part.replace(target)
    # What was read before, when Django was set up: it keeps translations, and so does gettext below it.
    trans_real._translations.clear()
    gettext._translations.clear()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _calm(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No rate limit unless a test asks for one; submissions of tests go to a folder of their own."""
    settings.RATE = 0
    translation.activate(settings.LANGUAGE_CODE)
    settings.SUBMISSIONS = tmp_path_factory.mktemp("submissions")
    settings.FILES = tmp_path_factory.mktemp("files")
    cache.clear()
    yield
    cache.clear()
