"""A sample with everything around it, for the tests of what follows a check."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.cases.people import TIANHE, at, officer, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.inspection import aftercare, queries_after
from zhiheng.systems.inspection.models import ItemResult, Plan, PlanItem, Report, Sample, Task

NUMBERS = iter(range(1, 10**6))


def laboratory(name: str, n: int) -> Organisation:
    found = organisation(name, "440103", n)
    found.kinds = " laboratory "
    found.save()
    return found


@dataclass
class Scene:
    """A seller in Tianhe sampled, a producer elsewhere named, a laboratory; the office's people."""

    chen: User
    wang: User
    head: User
    seller: Organisation
    maker: Organisation
    lab: Organisation
    other_lab: Organisation
    seller_user: User
    maker_user: User
    lab_user: User
    other_lab_user: User
    sample: Sample
    now: datetime

    @property
    def case(self) -> Case:
        assert self.sample.case is not None
        self.sample.case.refresh_from_db()
        return self.sample.case

    def later(self, **by: int) -> None:
        self.now += timedelta(**by)

    def take(
        self, who: User | None, key: str, case: Case | None = None, ground: str = "", **values: Any
    ) -> Step:
        case = case or self.case
        course_step = engine.running.course_of(case).steps[key]
        second = self.wang if course_step.officers > 1 else None
        return engine.take(Actor(who), case, key, values=values, ground=ground, second=second, now=self.now)

    def opened(self, procedure: str, of: Case | None = None) -> Case:
        return queries_after.opened(of or self.case, procedure).latest("pk")

    def report(
        self,
        conclusion: str = "fail",
        *,
        retest: bool = False,
        high_risk: bool = False,
        by: User | None = None,
    ) -> Report:
        lab = by or self.lab_user
        assert lab.organisation is not None
        report = Report.objects.create(
            sample=self.sample, retest=retest, laboratory=lab.organisation, number=f"R{next(NUMBERS)}",
            conclusion=conclusion, high_risk=high_risk, issued_at=self.now, signed_by=lab, signatory="签字人",
            code=uuid.uuid4().hex, sha256="0" * 64,
        )  # fmt: skip
        ItemResult.objects.create(
            report=report, item="甲醛含量", value="95", unit="mg/kg", limit="≤75",
            verdict="fail" if conclusion == "fail" else "pass",
        )  # fmt: skip
        aftercare.reported(lab, report, now=self.now)
        return report

    def tested(self, conclusion: str = "fail", **more: Any) -> None:
        """Received, tested, told."""
        aftercare.received(self.lab_user, self.sample, now=self.now)
        self.report(conclusion, **more)
        self.take(self.chen, "tell_pass" if conclusion != "fail" else "tell_fail")


def scene(day: str = "2026-03-02T10:00", domain: str = "product", stage: str = "sale", **more: Any) -> Scene:
    chen, wang = officer("chen"), officer("wang")
    head = officer("head", TIANHE, "county", "head")
    seller, maker = organisation("广州百货有限公司", TIANHE, 1), organisation("佛山制造有限公司", "440604", 2)
    lab, other = laboratory("甲检测有限公司", 3), laboratory("乙检测有限公司", 4)
    users = [
        User.objects.create_user(name, role=role, organisation=org)
        for name, role, org in (
            ("seller", "enterprise", seller), ("maker", "enterprise", maker), ("lab", "laboratory", lab),
            ("other_lab", "laboratory", other),
        )
    ]  # fmt: skip
    moment = at(day)
    plan = Plan.objects.create(
        title="2026年童装监督抽查", region=TIANHE, domain=domain, starts_on=moment.date(), ends_on=moment.date(),
        budget=10000, state="approved", made_by=head,
    )  # fmt: skip
    item = PlanItem.objects.create(
        plan=plan, product="童装", stage=stage, standards="GB 31701", rules="SXZ-1", size=10, unit_cost=500,
        assumed_rate="0.1",
    )  # fmt: skip
    task = Task.objects.create(item=item, organisation=seller, region=TIANHE, due_on=moment.date())
    sample = Sample.objects.create(
        key=uuid.uuid4(), number=f"CY{next(NUMBERS):05d}", task=task, item=item, organisation=seller, producer=maker,
        producer_name=maker.name, region=TIANHE, stage=stage, product="儿童连衣裙", brand="小象", spec="110/56",
        batch="20260110", base_quantity="40件", quantity="3件", spare_quantity="3件", taken_at=moment, recorded_by=chen,
        laboratory=lab, seals_intact=True, **more,
    )  # fmt: skip
    aftercare.begin(chen, sample, now=moment)
    return Scene(chen, wang, head, seller, maker, lab, other, *users, sample, moment)
