"""A penalty case of the Haizhu office, its people, and the police and procurators of two regions."""

import io
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from PIL import Image

from tests.cases.people import HAIZHU, TIANHE, officer, organisation
from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions, handling
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case

NOW = timezone.now


def picture(colour: str = "red") -> filing.Checked:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return filing.accept(f"{colour}.png", out.getvalue(), strip=False)


@dataclass
class World:
    """Who is there, and the case."""

    chen: User
    wang: User
    head: User
    police: User
    other_police: User
    procurator: User
    other_procurator: User
    penalty: Case
    transfer: Case

    def take(self, user: User, key: str, case: Case | None = None, **more: Any) -> Any:
        values = more.pop("values", more)
        second = self.wang if user != self.wang and user.role == "county" else None
        return actions.take(Actor(user), case or self.transfer, key, values=values, second=second)

    def now(self) -> str:
        return NOW().isoformat()

    def state(self) -> str:
        self.transfer.refresh_from_db()
        return self.transfer.state

    def penalty_state(self) -> str:
        self.penalty.refresh_from_db()
        return self.penalty.state

    def approve(self) -> None:
        self.take(self.head, "form_team", team_members="陈所长、王科员")
        self.take(
            self.chen, "report", facts="销售假冒洗衣液，货值 20 万元", offence="销售假冒注册商标的商品罪"
        )
        self.take(self.head, "approve", approved_at=self.now())

    def hand_over(self, region: str = HAIZHU) -> None:
        self.approve()
        self.take(self.chen, "hand_over", police_office=region, goods="洗衣液 400 瓶")

    def refused(self) -> None:
        self.hand_over()
        self.take(self.police, "sign", signed_at=self.now())
        self.take(self.police, "not_file", filing_no="穗公海不立〔2026〕1号", reason="数额未达到起点")


def world() -> World:
    firm = organisation("广州海珠日化商行", HAIZHU)
    chen, wang = officer("chen", HAIZHU), officer("wang", HAIZHU)
    head = officer("head", HAIZHU, "county", "head")
    opening = Opening(
        "penalty", HAIZHU, "销售假冒洗衣液", NOW(), "case", subject=firm, handler=chen,
        parties=[NewParty("party", organisation=firm), NewParty("reporter", name="李举报", phone="13900139000")],
    )  # fmt: skip
    penalty = actions.open_case(Actor(chen), opening)
    reporter = penalty.parties.get(key="reporter")
    actions.take(
        Actor(chen), penalty, "inspect", second=wang, files=[Sent(picture("red"))],
        values={"inspected_at": NOW().isoformat(), "place": "仓库", "findings": "现场有假冒洗衣液"},
    )  # fmt: skip
    actions.take(
        Actor(chen),
        penalty,
        "question",
        second=wang,
        values={"interviewee": "赵老板", "testimony": "货从外地来"},
    )
    handling.note(chen, penalty, "先不要惊动经营者", [Sent(picture("blue"))])
    actions.keep_file(penalty, None, Actor(party=reporter), Sent(picture("green")), NOW())
    actions.take(Actor(chen), penalty, "transfer", second=wang, values={"reason": "内部：货值超过追诉起点"})
    return World(
        chen, wang, head, officer("police", HAIZHU, "police"), officer("police2", TIANHE, "police"),
        officer("proc", HAIZHU, "procurator"), officer("proc2", TIANHE, "procurator"), penalty,
        Case.objects.get(procedure="transfer"),
    )  # fmt: skip
