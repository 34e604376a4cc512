"""A handful of simulated spot checks of the Haizhu office at different stages, through the real actions.

Days are counted back from today, so that clocks run whenever the demonstration is made.
"""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

REGION = "440105"
TESTS = [
    {"item": "甲醛含量", "method": "GB/T 2912.1", "unit": "mg/kg", "limit_low": "", "limit_high": "75",
     "decision_rule": "simple", "high_risk": False},
]  # fmt: skip
Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Make the samples and their cases, unless they are there."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.registry.models import Organisation
    from zhiheng.systems.inspection.models import Sample

    before = time.monotonic()
    if Sample.objects.filter(number__startswith="CYMN").exists():
        return
    officer = User.objects.filter(username="demo-haizhu").first()
    head = User.objects.filter(username="demo-haizhu-head").first()
    firms = Organisation.objects.filter(merged_into=None, status="active").order_by("pk")
    sellers = list(firms.filter(region=REGION, kinds__contains=" retailer ")[:5])
    makers = list(firms.filter(kinds__contains=" producer ")[:5])
    labs = list(firms.filter(kinds__contains=" laboratory ")[:2])
    if officer is None or head is None or not sellers or not makers or not labs:
        return
    with transaction.atomic():
        made = Scene(officer, head, sellers, makers, labs).play()
    say(
        f"{made} simulated samples of the Haizhu office, and what followed ({time.monotonic() - before:.1f} s)"
    )


class Scene:
    """Who samples whom, and what comes of it."""

    def __init__(
        self, officer: Any, head: Any, sellers: list[Any], makers: list[Any], labs: list[Any]
    ) -> None:
        from zhiheng.systems.inspection.models import Plan, PlanItem

        self.officer, self.head, self.sellers, self.makers, self.labs = officer, head, sellers, makers, labs
        self.now, self.count = timezone.now(), 0
        start = self.ago(120).date()
        plan = Plan.objects.create(
            title="儿童服装质量监督抽查（模拟）", region=REGION, domain="product", starts_on=start,
            ends_on=self.now.date(), budget=20000, state="approved", made_by=officer, approved_by=head,
            approved_at=self.ago(120), filed_on=start,
        )  # fmt: skip
        self.item = PlanItem.objects.create(
            plan=plan, product="儿童服装", stage="sale", standards="GB 31701", rules="儿童服装抽查细则（模拟）",
            rules_public_on=start, size=5, unit_cost=800, assumed_rate="0.1", tests=TESTS,
        )  # fmt: skip

    def ago(self, days: int) -> datetime:
        """A working hour so many days ago."""
        moment = timezone.localtime(self.now - timedelta(days=days))
        return moment.replace(hour=10, minute=0, second=0, microsecond=0) if days else self.now

    def play(self) -> int:
        """In testing; passed and public; failed, in re-test; failed, to be re-checked; denied by its maker."""
        self.sample(3)
        one = self.sample(60)
        self.report(one, 50, "pass")
        self.take(one.case, 48, "tell_pass")
        self.take(one.case, 30, "final_pass", by=None)
        self.take(one.case, 29, "publish_pass")
        two = self.sample(25)
        self.report(two, 15, "fail")
        self.take(two.case, 12, "tell_fail")
        self.take(two.case, 9, "object", objector="sampled", about="result", claim="申请复检（模拟）")
        self.retest(two)
        three = self.sample(110)
        self.report(three, 100, "fail")
        self.take(three.case, 98, "tell_fail")
        self.take(three.case, 97, "order", demand="停止销售同一产品，改正标签和面料（模拟）")
        self.take(three.case, 80, "final_fail", by=None)
        self.take(three.case, 79, "publish")
        self.recheck(three)
        four = self.sample(20)
        self.report(four, 12, "fail")
        self.take(four.case, 10, "tell_fail")
        if four.case.parties.filter(key="producer").exists():
            self.take(
                four.case,
                6,
                "object",
                objector="producer",
                about="authenticity",
                claim="非本公司生产（模拟）",
            )
        return self.count

    def sample(self, days: int) -> Any:
        """A sample taken so many days ago, with its case."""
        from zhiheng.systems.inspection import aftercare
        from zhiheng.systems.inspection.models import Sample

        n, self.count = self.count, self.count + 1
        maker, at = self.makers[n % len(self.makers)], self.ago(days)
        sample = Sample.objects.create(
            key=uuid.uuid5(uuid.NAMESPACE_URL, f"simulated sample {n}"), number=f"CYMN{n + 1:04d}", item=self.item,
            organisation=self.sellers[n % len(self.sellers)], producer=maker, producer_name=maker.name, region=REGION,
            stage="sale", product=("连衣裙", "外套", "长裤", "针织衫", "羽绒服")[n % 5], brand="小禾（模拟）",
            spec="110/56", batch=f"2026{n + 1:02d}01", standard="GB 31701", base_quantity="40 件", quantity="3 件",
            spare_quantity="3 件", taken_at=at, recorded_by=self.officer, laboratory=self.labs[0],
        )  # fmt: skip
        aftercare.begin(self.officer, sample, now=at)
        return sample

    def report(self, sample: Any, days: int, conclusion: str) -> None:
        """Received and tested; the office enters the number of the paper report, for no laboratory is simulated."""
        from zhiheng.systems.inspection import aftercare

        sample.seals_intact, sample.received_at, sample.state = True, self.ago(days + 1), "received"
        sample.save(update_fields=["seals_intact", "received_at", "state"])
        aftercare.received(self.officer, sample, now=self.ago(days + 1))
        values = {"report_no": f"MN{sample.number[4:]}", "conclusion": conclusion}
        if conclusion == "fail":
            values["failing"] = "甲醛含量║95 mg/kg║≤75"
        self.take(sample.case, days, f"report_{conclusion}", **values)
        sample.state = "reported"
        sample.save(update_fields=["state"])

    def recheck(self, sample: Any) -> None:
        """Two inspectors of the office are to go, one of them with the demonstration's account."""
        from zhiheng.systems.inspection import actions_recheck, queries_after
        from zhiheng.systems.inspection.actions_tasks import save_inspector

        people = [
            save_inspector(self.officer, name="模拟抽样员甲", user=self.officer),
            save_inspector(self.officer, name="模拟抽样员乙"),
        ]
        order = queries_after.opened(sample.case, "rectification").get()
        due = timezone.localdate(self.now + timedelta(days=7))
        actions_recheck.give(
            self.officer,
            order,
            [one.number for one in people],
            self.labs[-1],
            due,
            "责令改正后的复查（模拟）",
        )

    def retest(self, sample: Any) -> None:
        """Accepted, agreed, formalities done, and a laboratory drawn where there is another one."""
        from zhiheng.systems.inspection.queries_after import objections

        case = objections(sample.case).get()
        self.take(case, 8, "accept")
        self.take(case, 7, "agree")
        self.take(case, 5, "formalities", fee="800")
        if len(self.labs) > 1:
            self.take(case, 3, "fix_laboratory")
            self.take(case, 3, "tell_laboratory")

    def take(self, case: Any, days: int, key: str, *, by: Any = "", **values: Any) -> None:
        """A step so many days ago, by the officer unless said otherwise."""
        from zhiheng.core.cases import actions
        from zhiheng.core.cases.actions import Actor

        case.refresh_from_db()
        actor = Actor() if by is None else Actor(by or self.officer)
        actions.take(actor, case, key, values=values, now=self.ago(days))
