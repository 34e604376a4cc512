import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _plain_settings(settings):
    settings.DEMO = False
    settings.RATE = 600
    cache.clear()
    yield
    cache.clear()
