"""What every test may count on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation


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
