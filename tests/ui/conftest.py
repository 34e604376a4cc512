"""The pages' own language, whatever a test before has left behind."""

from collections.abc import Iterator

import pytest
from django.utils.translation import override


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    with override("zh-hans"):
        yield
