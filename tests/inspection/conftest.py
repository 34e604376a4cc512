"""What the tests of spot checks share."""

import pytest

from tests.inspection.office import Office


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    """Officers sign in as in the demonstration; second factors are tested in ``tests/accounts``."""
    settings.DEMO = True


@pytest.fixture
def office(db) -> Office:
    return Office()
