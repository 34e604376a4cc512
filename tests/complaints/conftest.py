"""The desk opens without a second factor, as in the demonstration."""

import pytest


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True
