"""An office that plans spot checks, its people, and firms to be drawn."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from tests.cases.people import GUANGZHOU, officer
from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation
from zhiheng.knowledge.codes import uscc
from zhiheng.systems.inspection import actions_draw, actions_plan, actions_tasks
from zhiheng.systems.inspection.models import Draw, Plan, PlanItem
from zhiheng.systems.inspection.rules_plan import DEFAULT_WEIGHTS

SOURCE = "双色球第2026142期，红球由小到大各两位，再写蓝球，以空格分隔"
VALUE = "03 08 15 22 27 31 06"
TODAY = timezone.localdate()
TESTS = [
    {
        "item": "接地电阻", "method": "GB 4706.1", "unit": "Ω", "limit_low": "", "limit_high": "0.1",
        "decision_rule": "simple", "high_risk": True,
    }
]  # fmt: skip


def firms(
    count: int, city: str = "4401", *, kinds: str = " producer ", begin: int = 0, **more: Any
) -> list[Organisation]:
    """Firms of two counties of a city."""
    counties = [f"{city}05", f"{city}06"]
    rows = [
        Organisation(
            uscc=uscc.make(f"91{counties[n % 2]}MB{begin + n:07d}"), name=f"模拟电器{city}{begin + n}有限公司",
            region=counties[n % 2], kinds=kinds, **more,
        )
        for n in range(count)
    ]  # fmt: skip
    return Organisation.objects.bulk_create(rows)


class Office:
    """An office with somebody who drafts, a colleague, a head, and inspectors."""

    def __init__(
        self, region: str = GUANGZHOU, role: str = "city", name: str = "gz", inspectors: int = 4
    ) -> None:
        self.region = region
        self.li = officer(f"{name}-li", region, role)
        self.wu = officer(f"{name}-wu", region, role)
        self.head = officer(f"{name}-head", region, role, "head")
        self.inspectors = [
            actions_tasks.save_inspector(self.li, name=f"张抽样{n}") for n in range(inspectors)
        ]

    def plan(self, **more: Any) -> Plan:
        """A draft."""
        fields: dict[str, Any] = {
            "title": "2026年电热水壶监督抽查", "domain": "product", "kind": "routine", "starts_on": TODAY,
            "ends_on": TODAY + timedelta(days=60), "budget": Decimal(100_000), "weights": dict(DEFAULT_WEIGHTS),
            "regions": [],
        }  # fmt: skip
        return actions_plan.draft(self.li, **fields | more)

    def item(self, plan: Plan, **more: Any) -> PlanItem:
        """A product with a test, not yet spread."""
        fields: dict[str, Any] = {
            "product": "电热水壶", "stage": "production", "kinds": "producer", "industry": "", "laboratory": None,
            "standards": "GB 4706.1;GB 4706.19", "rules": "CCGF 201.5-2026", "rules_public_on": TODAY - timedelta(days=9),
            "size": 10, "unit_cost": Decimal("800.00"), "assumed_rate": Decimal("0.1"), "max_failing": 0,
        }  # fmt: skip
        item = actions_plan.save_item(self.li, plan, **fields | more)
        actions_plan.set_tests(self.li, item, TESTS)
        return item

    def ready(
        self,
        size: int = 10,
        rule: str = "proportional",
        minimum: int = 1,
        plan: Plan | None = None,
        **more: Any,
    ) -> PlanItem:
        """A product of an approved plan."""
        plan = plan or self.plan()
        item = self.item(plan, size=size, **more)
        actions_plan.allot(self.li, item, size, rule, minimum, TODAY)
        actions_plan.approve(self.head, plan, "", TODAY)
        return PlanItem.objects.get(pk=item.pk)

    def committed(self, item: PlanItem, minutes: int = 60) -> Draw:
        """The list fixed a day ago, its value due some minutes later."""
        then = timezone.now() - timedelta(days=1)
        return actions_draw.commit(self.li, item, SOURCE, then + timedelta(minutes=minutes), now=then)

    def drawn(self, item: PlanItem, value: str = VALUE) -> Draw:
        """Drawn with a value that became known after the list was fixed."""
        draw = self.committed(item)
        actions_draw.enter_value(self.li, draw, value, draw.random_after + timedelta(minutes=5))
        return actions_draw.confirm(self.wu, draw, value)


def moment(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 10))


__all__ = ["SOURCE", "TESTS", "TODAY", "VALUE", "Office", "User", "firms", "moment"]
