import pytest

from tests.accounts.people import organisation, person
from zhiheng.knowledge.codes import uscc


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    """Officers of these tests need no second factor; submissions go to a folder of their own."""
    settings.DEMO = True
    settings.RATE = 0
    settings.SUBMISSIONS = tmp_path / "submissions"


@pytest.fixture
def firm(db):
    return organisation(uscc.make("91440101MA5CKXTM2"))


@pytest.fixture
def shenzhen(db):
    return organisation(uscc.make("91440300MA5HEN001"), "440305", "深圳前海贸易有限公司")


@pytest.fixture
def people(db, firm):
    """One user of each role; the enterprise and the laboratory belong to the firm in Guangzhou."""
    made = {role: person(role) for role in ("province", "city", "county", "leading", "auditor", "system")}
    return made | {role: person(role, org=firm) for role in ("enterprise", "laboratory")}
