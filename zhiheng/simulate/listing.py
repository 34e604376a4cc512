"""Lists at their stages for the demonstration, through the real actions: proposals, an entry, key supervision, an exit.

Days are counted back from today, so that clocks run whenever the demonstration is made.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

REGION = "440105"
SOURCE = "模拟数据（海珠区市场监督管理局）"
Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Make what is not there yet."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.facts.models import Fact
    from zhiheng.core.registry.models import Organisation

    before = time.monotonic()
    if Fact.objects.filter(reference__startswith="simulated:list:").exists():
        return
    trades = Q(kinds__contains=" producer ") | Q(kinds__contains=" seller ") | Q(kinds__contains=" retailer ")
    rows = (
        Organisation.objects.filter(trades, merged_into=None).exclude(pk__in=_with_accounts()).order_by("-pk")
    )
    firms = list(rows.filter(region=REGION)[:5])
    firms += list(rows.filter(region__startswith="4401").exclude(region=REGION)[:5])
    if len(firms) < 5:
        say("no lists: too few organisations in the city")
        return
    people = {one.username: one for one in User.objects.filter(username__startswith="demo-")}
    with transaction.atomic():
        Scene(people, firms[:5]).play()
    say(f"lists: proposals, entries and a firm that left ({time.monotonic() - before:.1f} s)")


def _with_accounts() -> Any:
    from zhiheng.core.accounts.models import User

    return User.objects.exclude(organisation=None).values("organisation_id")


class Scene:
    """The office's people, and five firms."""

    def __init__(self, people: dict[str, Any], firms: list[Any]) -> None:
        self.handler, self.head = people["demo-haizhu"], people["demo-haizhu-head"]
        self.city, self.firms, self.now = people["demo-guangzhou"], firms, timezone.now()

    def ago(self, days: int) -> Any:
        """A working hour so many days ago."""
        moment = timezone.localtime(self.now - timedelta(days=days))
        return moment.replace(hour=10, minute=0, second=0, microsecond=0) if days else self.now

    def day(self, days: int) -> str:
        return str(self.ago(days).date())

    def take(self, user: Any, case: Any, key: str, days: int, ground: str = "", **values: Any) -> None:
        from zhiheng.core.cases import actions as engine

        engine.take(engine.Actor(user), case, key, values=values, ground=ground, now=self.ago(days))

    def fact(self, firm: Any, kind: str, number: int, days: int, title: str, **details: Any) -> None:
        from zhiheng.core.facts.actions import record_facts
        from zhiheng.core.facts.models import Fact

        one = Fact(
            organisation=firm, kind=kind, on=self.ago(days).date(), title=title, reference=f"simulated:list:{number}",
            source=SOURCE, basis="模拟依据", region=REGION, details=details,
        )  # fmt: skip
        record_facts(None, [one])

    def case(self, procedure: str, firm: Any) -> Any:
        from zhiheng.core.cases.models import Case

        return Case.objects.get(procedure=procedure, subject=firm)

    def play(self) -> None:
        """A proposal, one that was told, one on the list and public, key supervision, and a firm that left."""
        gone, waiting, told, listed, refused = self.firms
        for n, firm in enumerate((waiting, told, listed), 1):
            self.fact(
                firm, "penalty", n, 60, "销售不符合强制性标准的产品（模拟）", kinds=["fine", "stop"],
                decision_no=f"穗海市监罚〔模拟〕{n}号", violation_type="销售不合格产品",
            )  # fmt: skip
        self.tell(self.case("serious_list", told), 2)
        self.enter(self.case("serious_list", listed))
        self.fact(refused, "check_refused", 4, 20, "拒绝监督抽查（模拟）")
        case = self.case("key_supervision", refused)
        self.take(
            self.head, case, "list", 15, "refused", reason="拒绝抽样（模拟）", listed_on=self.day(15),
            review_on=str((self.now + timedelta(days=20)).date()),
        )  # fmt: skip
        self.leave(gone)

    def tell(self, case: Any, days: int) -> None:
        """Judged, and told so many days ago."""
        said = {
            "violation": "销售不符合强制性标准的产品，责令停产停业（模拟）", "penalty_no": case.values["penalty_no"],
            "consideration": "性质恶劣、情节严重、社会危害较大（模拟）",
        }  # fmt: skip
        self.take(
            self.handler, case, "assess", days + 1, "substandard", heavier=["stop"], factors=["intent", "effect"],
            penalised_on=self.day(60), **said,
        )  # fmt: skip
        self.take(self.handler, case, "notify", days, **said)

    def enter(self, case: Any) -> None:
        """Told, consented to, decided, public, with a measure."""
        from zhiheng.systems.listing import actions
        from zhiheng.systems.listing.models import Entry

        self.tell(case, 40)
        self.take(self.handler, case, "ask_consent", 28, opinion="建议列入（模拟）")
        self.take(self.city, case, "consent", 27, consent_no="穗市监函〔模拟〕1号")
        self.take(
            self.head, case, "decide", 26, "substandard", violation="销售不符合强制性标准的产品（模拟）",
            penalty_no=case.values["penalty_no"], consideration="性质恶劣、情节严重、社会危害较大（模拟）",
            listed_on=self.day(26), remedies="可以依法申请行政复议或者提起行政诉讼（模拟）",
        )  # fmt: skip
        self.take(self.handler, case, "publish", 25)
        entry = Entry.objects.get(case=case)
        actions.apply_measure(self.handler, entry, "no_honours", self.ago(24).date())

    def leave(self, firm: Any) -> None:
        """Ordered to close; somebody with the same telephone registers."""
        from zhiheng.core.registry import actions as registering
        from zhiheng.knowledge.codes import uscc
        from zhiheng.systems.listing import exits

        registering.update_organisation(
            None, firm, phone="020-80000001", address="广州市海珠区模拟路1号101室"
        )
        self.fact(firm, "penalty", 5, 30, "无证生产（模拟）", kinds=["close"], violation_type="无证生产")
        exits.look_again()
        registering.create_organisation(
            None, uscc=uscc.make("91440105MA5L1T901"), name="广州模拟重新登记电器有限公司", region=REGION,
            phone="020-80000001", address="广州市海珠区模拟路1号101室",
        )  # fmt: skip
        exits.look_again()
