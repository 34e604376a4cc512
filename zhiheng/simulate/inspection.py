"""Simulated plans of spot checks of the province and of Guangzhou, their draws and inspectors, by the real actions.

Days are counted back from today. The random values are made up and say so: no lottery and no index is quoted.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

PROVINCE, GUANGZHOU = "440000", "440100"
PEOPLE = (
    ("demo-province-head", "province", PROVINCE, "省局 郑局长（模拟）"),
    ("demo-guangzhou-head", "city", GUANGZHOU, "广州市局 谢局长（模拟）"),
)
ROLL = {
    PROVINCE: ("冯抽样", "陈抽样", "褚抽样", "卫抽样", "蒋抽样", "沈抽样", "韩抽样", "杨抽样"),
    GUANGZHOU: ("朱抽样", "秦抽样", "尤抽样", "许抽样", "何抽样", "吕抽样"),
}
SOURCE = "演示随机值第{}号：程序给定的六个两位数，以一个空格分隔（模拟，不是真正的公开值）"
VALUES = ("07 11 19 23 28 33", "02 09 14 21 30 31")
WEIGHTS = {"A": "1", "B": "1", "C": "2", "D": "4", "key": "4", "serious": "4"}
FERTILISER = (
    {
        "item": "总养分（N+P₂O₅+K₂O）",
        "method": "GB/T 15063",
        "unit": "%",
        "limit_low": "40.0",
        "limit_high": "",
    },
    {"item": "氯离子", "method": "GB/T 24890", "unit": "%", "limit_low": "", "limit_high": "3.0"},
)
TOYS = (
    {
        "item": "小零件",
        "method": "GB 6675.2",
        "unit": "",
        "limit_low": "",
        "limit_high": "",
        "high_risk": True,
    },
    {
        "item": "邻苯二甲酸酯（三种之和）",
        "method": "GB/T 22048",
        "unit": "%",
        "limit_low": "",
        "limit_high": "0.1",
    },
)
SOY_SAUCE = (
    {"item": "氨基酸态氮", "method": "GB 5009.235", "unit": "g/100mL", "limit_low": "0.40", "limit_high": ""},
    {"item": "苯甲酸", "method": "GB 5009.28", "unit": "g/kg", "limit_low": "", "limit_high": "1.0"},
)
VEGETABLE = (
    {
        "item": "毒死蜱",
        "method": "GB 23200.113",
        "unit": "mg/kg",
        "limit_low": "",
        "limit_high": "0.02",
        "high_risk": True,
    },
)
CAPSULE = (
    {
        "item": "含量测定",
        "method": "中国药典2025年版二部",
        "unit": "%",
        "limit_low": "90.0",
        "limit_high": "110.0",
    },
)
Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Make the people, the roll and the plans that are not there yet."""
    from zhiheng.core.accounts.actions import create_user
    from zhiheng.core.accounts.models import User
    from zhiheng.systems.inspection.models import Plan

    before = time.monotonic()
    for username, role, region, shown in PEOPLE:
        if not User.objects.filter(username=username).exists():
            create_user(None, username, role, region=region, duties=("head",), display_name=shown, demo=True)
    if Plan.objects.exists():
        return
    users = User.objects.in_bulk(
        ["demo-province", "demo-guangzhou", "demo-province-head", "demo-guangzhou-head"],
        field_name="username",
    )
    with transaction.atomic():
        office = Offices(users)
        office.roll()
        office.plans()
    say(
        f"{Plan.objects.count()} simulated plans of spot checks with their draws ({time.monotonic() - before:.1f} s)"
    )


class Offices:
    """The two offices and what they do."""

    def __init__(self, users: dict[str, Any]) -> None:
        self.users, self.now = users, timezone.now()

    def who(self, region: str) -> tuple[Any, Any]:
        """The officer who drafts and the head who approves and confirms."""
        name = "province" if region == PROVINCE else "guangzhou"
        return self.users[f"demo-{name}"], self.users[f"demo-{name}-head"]

    def ago(self, days: int) -> datetime:
        """Ten o'clock so many days ago."""
        moment = timezone.localtime(self.now - timedelta(days=days))
        return moment.replace(hour=10, minute=0, second=0, microsecond=0)

    def roll(self) -> None:
        """Inspectors of both offices; one is on leave, one must keep out of a firm."""
        from zhiheng.core.registry.models import Organisation
        from zhiheng.systems.inspection.actions_tasks import add_absence, add_conflict, save_inspector

        for region, names in ROLL.items():
            officer, _head = self.who(region)
            made = [
                save_inspector(officer, name=name, user=officer if not n else None)
                for n, name in enumerate(names)
            ]
            today = timezone.localdate()
            add_absence(
                officer, made[-1], today - timedelta(days=30), today + timedelta(days=90), "学习（模拟）"
            )
            firm = Organisation.objects.filter(
                region__startswith=region.rstrip("0"), merged_into=None
            ).first()
            if firm is not None:
                add_conflict(officer, made[-2], firm, "近亲属任职（模拟）")

    def plans(self) -> None:
        """Drawn, waiting for its value, approved, and a draft that the province's plan forbids."""
        toys: dict[str, Any] = {
            "product": "塑料玩具",
            "stage": "sale",
            "kinds": "retailer",
            "industry": "F5212",
            "standards": "GB 6675.1;GB 6675.4",
            "tests": TOYS,
            "rules": "CCGF 401.1-2026（模拟）",
        }
        first = self.item(
            self.plan(PROVINCE, "儿童用品质量监督抽查", "product", "routine", 30), **toys, size=63, minimum=2
        )
        food = self.item(
            self.plan(PROVINCE, "调味品食品安全监督抽检", "food", "routine", 30),
            product="酿造酱油",
            stage="sale",
            kinds="retailer",
            industry="F5212",
            standards="GB 2717;GB 2760",
            tests=SOY_SAUCE,
            size=50,
            rule="neyman",
            minimum=1,
        )
        fertiliser = self.item(
            self.plan(PROVINCE, "复混肥料产品质量监督抽查", "product", "special", 10),
            product="复混肥料",
            stage="production",
            kinds="producer",
            industry="C2624",
            standards="GB/T 15063",
            tests=FERTILISER,
            rules="CCGF 301.2-2026（模拟）",
            size=4,
        )
        drugs = self.item(
            self.plan(PROVINCE, "阿莫西林胶囊药品质量抽检", "drug", "special", 10),
            product="阿莫西林胶囊",
            stage="sale",
            kinds="retailer",
            industry="F5251",
            standards="中国药典2025年版",
            tests=CAPSULE,
            size=16,
            rule="power",
            minimum=1,
        )
        markets = self.item(
            self.plan(GUANGZHOU, "节日蔬菜监督抽检", "agri", "special", 10),
            product="菜心",
            stage="sale",
            kinds="retailer",
            industry="F5212",
            standards="GB 2763",
            tests=VEGETABLE,
            size=9,
            minimum=1,
        )
        for number, item in enumerate((first, food)):
            if self.approved(item):
                self.drawn(item, number)
        self.approved(fertiliser)
        self.approved(drugs)
        if self.approved(markets):
            self.waiting(markets)
        self.item(self.plan(GUANGZHOU, "儿童玩具监督抽查", "product", "routine", 0), **toys, size=8)

    def plan(self, region: str, title: str, domain: str, kind: str, days: int) -> Any:
        """A draft that began so many days ago."""
        from zhiheng.systems.inspection.actions_plan import draft, file_plan

        officer, _head = self.who(region)
        starts = self.ago(days).date()
        plan = draft(
            officer,
            title=f"{starts.year}年{title}（模拟）",
            domain=domain,
            kind=kind,
            starts_on=starts,
            ends_on=starts + timedelta(days=120),
            budget=Decimal(90_000),
            weights=dict(WEIGHTS),
            regions=[],
        )
        return file_plan(officer, plan, starts) if kind == "routine" and days else plan

    def item(
        self,
        plan: Any,
        *,
        tests: Any,
        size: int,
        rule: str = "proportional",
        minimum: int = 0,
        rules: str = "",
        **fields: Any,
    ) -> Any:
        """A product with tests, spread over as many as there are."""
        from zhiheng.core.problems import Problem
        from zhiheng.systems.inspection import actions_plan, queries_plan

        officer, _head = self.who(plan.region)
        item = actions_plan.save_item(
            officer,
            plan,
            **fields,
            rules=rules,
            rules_public_on=plan.starts_on - timedelta(days=20) if rules else None,
            max_failing=0,
            size=size,
            unit_cost=Decimal(1200),
            assumed_rate=Decimal("0.08"),
            laboratory=None,
        )
        given = [{"decision_rule": "simple", "high_risk": False, **test} for test in tests]
        actions_plan.set_tests(officer, item, given)
        today = timezone.localdate()
        there = sum(map(len, queries_plan.by_stratum(queries_plan.entries(item, today)).values()))
        try:
            actions_plan.allot(officer, item, min(size, there), rule, minimum, today)
        except Problem:  # a small province has nobody of this kind here: the plan stays a draft that says so
            pass
        return item

    def approved(self, item: Any) -> bool:
        """The head approves, unless something is wrong with it."""
        from zhiheng.systems.inspection import actions_plan, queries_plan

        _officer, head = self.who(item.plan.region)
        today = timezone.localdate()
        if any(one.level == "fault" for one in queries_plan.findings(item.plan, today)):
            return False
        actions_plan.approve(head, item.plan, "", today)
        return True

    def drawn(self, item: Any, number: int) -> None:
        """Fixed and drawn three weeks ago."""
        from zhiheng.systems.inspection import actions_draw

        officer, head = self.who(item.plan.region)
        then = self.ago(22)
        due = then + timedelta(days=1)
        draw = actions_draw.commit(officer, item, SOURCE.format(number + 1), due, now=then)
        at = due + timedelta(hours=1)
        actions_draw.enter_value(officer, draw, VALUES[number], due + timedelta(minutes=5), now=at)
        actions_draw.confirm(head, draw, VALUES[number], now=at)

    def waiting(self, item: Any) -> None:
        """Fixed yesterday, the value comes in two days."""
        from zhiheng.systems.inspection import actions_draw

        officer, _head = self.who(item.plan.region)
        then = self.ago(1)
        actions_draw.commit(officer, item, SOURCE.format(3), then + timedelta(days=3), now=then)
