"""The demonstration's penalty cases, made through the real actions."""

import pytest

from tests.cases.people import organisation
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.simulate import enforcement

pytestmark = pytest.mark.django_db


def test_the_simulated_cases_stand_at_their_stages_and_are_made_once():
    for n in range(3):
        organisation(f"模拟{n}", "440105", 40 + n)
    said: list[str] = []
    for _time in range(2):
        enforcement.prepare(said.append)
    assert len(said) == 1
    states = sorted(Case.objects.filter(procedure="penalty").values_list("state", flat=True))
    assert states == ["closed", "investigating", "notified", "reviewing", "served", "served"]
    assert Case.objects.get(procedure="measure").state == "sealed"
    assert Disclosure.objects.filter(kind="penalty").count() == 1
