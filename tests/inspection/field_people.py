"""Plans, tasks and people for the tests of the field and of the laboratory."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tests.cases.people import GUANGZHOU, TIANHE, officer, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.inspection.models import Inspector, Plan, PlanItem, Task
from zhiheng.systems.inspection.models.plan import Domain, Stage

TESTS = [
    {"item": "铅", "method": "GB 5009.12", "unit": "mg/kg", "limit_low": "", "limit_high": "0.5", "decision_rule": "simple", "high_risk": True},
    {"item": "水分", "method": "GB 5009.3", "unit": "%", "limit_low": "3", "limit_high": "6", "decision_rule": "guard_band", "high_risk": False},
]  # fmt: skip


class World:
    """An office, two of its inspectors, a shop to be sampled, a laboratory."""

    def __init__(self, domain: str = Domain.PRODUCT) -> None:
        self.head = officer("head", GUANGZHOU, "city", "head")
        self.first = officer("first", GUANGZHOU, "city")
        self.second = officer("second", GUANGZHOU, "city")
        self.county = officer("county")
        self.shop = organisation("广州测试超市有限公司", TIANHE, 11)
        self.maker = organisation("佛山测试饼干有限公司", "440604", 12)
        self.lab_org = organisation("广东测试检验有限公司", GUANGZHOU, 13)
        self.lab = User.objects.create_user("lab", role="laboratory", organisation=self.lab_org)
        self.plan = Plan.objects.create(
            title="2026年饼干监督抽查", region=GUANGZHOU, domain=domain, starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31), budget=1000, state=Plan.State.APPROVED, made_by=self.head,
        )  # fmt: skip
        self.item = PlanItem.objects.create(
            plan=self.plan, product="饼干", stage=Stage.SALE, standards="GB 7100", rules="细则1", tests=TESTS, size=2,
            unit_cost=100, assumed_rate="0.05", laboratory=self.lab_org,
        )  # fmt: skip
        self.inspectors = [
            Inspector.objects.create(number=f"G{n}", user=user, name=name, region=GUANGZHOU)
            for n, (user, name) in enumerate([(self.first, "王小明"), (self.second, "李大海")], 1)
        ]
        self.task = self.new_task()

    def new_task(self, shop: Organisation | None = None) -> Task:
        shop = shop or self.shop
        task = Task.objects.create(
            item=self.item, organisation=shop, region=shop.region, due_on=dates.today() + timedelta(days=9)
        )
        task.inspectors.set(self.inspectors)
        return task


def values(world: World, **more: Any) -> dict[str, Any]:
    """A sheet that is right."""
    return {
        "uscc": world.shop.uscc, "product": "苏打饼干", "stage": "sale", "base_quantity": "40 袋", "quantity": "4 袋",
        "spare_quantity": "2 袋", "seal_sample": "F0001", "seal_spare": "F0002", "price": "36.50", "batch": "20261101",
        "taken_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "may_sample": True, "signature_refused": True, "refused_why": "店长离店", **more,
    }  # fmt: skip


def sheet(
    world: World, task: Task | None = None, key: uuid.UUID | None = None, **more: Any
) -> dict[str, Any]:
    """The body of the API for a sample."""
    return {
        "key": str(key or uuid.uuid4()), "task": str((task or world.task).key), "values": values(world, **more),
        "inspectors": ["G1", "G2"], "photos": [],
    }  # fmt: skip
