"""Lists at their stages, for the tests of the room: offices of three levels, a firm with its account, facts."""

from datetime import date
from typing import Any

from tests.cases.people import GUANGZHOU, HAIZHU, PROVINCE, at, officer, organisation
from tests.enforcement.scenes import Office, imposed, take
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Organisation

HEAVY = {"kinds": ["fine", "stop"], "fine": "80000"}
JUDGED = {
    "violation": "销售不符合强制性标准的插座，责令停产停业后仍继续", "factors": ["intent", "duration"],
    "consideration": "性质恶劣、情节严重、社会危害较大",
}  # fmt: skip


class World:
    """A county's office, the city's and the province's above it, and a firm."""

    def __init__(self) -> None:
        self.office = Office()
        self.chen, self.head, self.legal = self.office.chen, self.office.head, self.office.legal
        self.city = officer("gz-li", GUANGZHOU, "city")
        self.province = officer("gd-head", PROVINCE, "province", "head")
        self.firm = organisation("广州海珠测试电器有限公司", HAIZHU, 21)
        self.boss = account("boss", self.firm)

    def penalised(self, day: str = "2026-07-01", **penalty: Any) -> Case:
        """A penalty of the county's office; what follows on lists follows at once."""
        return imposed(self.office, day=day, firm=self.firm, **(penalty or HEAVY))

    def proposal(self, procedure: str = "serious_list") -> Case:
        """The proposal there is."""
        return Case.objects.get(procedure=procedure, subject=self.firm)


def account(name: str, firm: Organisation) -> User:
    return User.objects.create_user(name, role="enterprise", organisation=firm)


def fact(firm: Organisation, kind: str, reference: str = "x:1", on: str = "2026-07-01", **more: Any) -> Fact:
    """Put a fact on record."""
    made = {
        "title": "电热水壶", "source": "海珠区市场监督管理局", "basis": "《产品质量法》", "region": HAIZHU,
        "on": date.fromisoformat(on),
    }  # fmt: skip
    return record_facts(None, [Fact(organisation=firm, kind=kind, reference=reference, **made | more)])[0]


def penalty_fact(
    firm: Organisation, reference: str = "penalty:1", on: str = "2026-07-01", **details: Any
) -> Fact:
    """A penalty that came from elsewhere."""
    given = {
        "decision_no": "穗海市监罚〔2026〕1号",
        "kinds": ["fine", "stop"],
        "violation_type": "销售不合格插座",
    }
    return fact(firm, "penalty", reference, on, details=given | details)


def assessed(
    world: World, case: Case, day: str = "2026-07-06", ground: str = "substandard", **more: Any
) -> Case:
    given = JUDGED | {"heavier": ["stop"], "penalty_no": "罚1号"} | more
    take(world.chen, case, "assess", f"{day}T10:00", ground=ground, **given)
    return case


def notified(world: World, case: Case, day: str = "2026-07-07") -> Case:
    assessed(world, case)
    given = {
        "violation": JUDGED["violation"],
        "penalty_no": "罚1号",
        "consideration": JUDGED["consideration"],
    }
    take(world.chen, case, "notify", f"{day}T10:00", **given)
    return case


def consented(world: World, case: Case, day: str = "2026-07-16") -> Case:
    """Told, silent, and consented to by the city."""
    notified(world, case)
    take(world.chen, case, "ask_consent", f"{day}T10:00", opinion="建议列入")
    take(world.city, case, "consent", f"{day}T15:00", consent_no="穗市监函〔2026〕8号")
    return case


def decided(world: World, case: Case, day: str = "2026-07-20", **more: Any) -> Case:
    given = {
        "violation": JUDGED["violation"], "penalty_no": "罚1号", "consideration": JUDGED["consideration"],
        "listed_on": day, "remedies": "依法申请复议或者提起诉讼",
    } | more  # fmt: skip
    take(world.head, case, "decide", f"{day}T16:00", ground="substandard", **given)
    case.refresh_from_db()
    return case


def listed(world: World, day: str = "2026-07-20", **more: Any) -> Case:
    """On the list and public, as the county's decision of a day."""
    case = world.proposal() if Case.objects.filter(procedure="serious_list").exists() else proposed(world)
    consented(world, case)
    decided(world, case, day, **more)
    take(world.chen, case, "publish", f"{day}T17:00")
    case.refresh_from_db()
    return case


def proposed(world: World) -> Case:
    penalty_fact(world.firm)
    return world.proposal()


__all__ = [
    "HEAVY", "JUDGED", "Organisation", "World", "account", "assessed", "at", "consented", "decided", "fact", "listed",
    "notified", "penalty_fact", "proposed", "take",
]  # fmt: skip
