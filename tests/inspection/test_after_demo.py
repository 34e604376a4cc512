"""The demonstration's spot checks, made through the real actions."""

import pytest

from tests.cases.people import officer, organisation
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.simulate import aftercare, enforcement
from zhiheng.systems.inspection.models import Retest, Sample, Task

pytestmark = pytest.mark.django_db


def test_the_stages_are_there_once() -> None:
    for n, kind in enumerate(("retailer", "producer", "laboratory", "laboratory"), 1):
        one = organisation(f"模拟{n}", enforcement.REGION, n)
        one.kinds = f" {kind} "
        one.save()
    officer("demo-haizhu", enforcement.REGION)
    officer("demo-haizhu-head", enforcement.REGION, "county", "head")
    for _twice in range(2):
        aftercare.prepare(lambda said: None)
    states = sorted(case.state for case in Case.objects.filter(procedure="product_check"))
    assert states == ["final", "objected", "objected", "sampled", "to_return"]
    assert Sample.objects.count() == 5
    assert Retest.objects.get().laboratory.name == "模拟4"
    assert sorted(Disclosure.objects.values_list("check_result__result", flat=True)) == ["fail", "pass"]
    order = Case.objects.get(procedure="rectification")
    assert order.state == "ordered" and order.clocks.get(key="rectify").due_at is not None
    task = Task.objects.get(rectification=order)
    assert task.laboratory is not None and task.laboratory.name == "模拟4" and task.inspectors.count() == 2
