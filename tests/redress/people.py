"""A seller, an insurer, their people, the office; a demand."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.cases.people import HAIZHU, officer, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Party
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.redress import actions
from zhiheng.systems.redress.models import Policy


@dataclass
class Market:
    shop: Organisation
    insurer: Organisation
    seller: User
    agent: User
    chen: User
    case: Case
    secret: str

    @property
    def consumer(self) -> Party:
        return self.case.parties.get(key="consumer")

    def take(self, who: User | Party, key: str, case: Case | None = None, **values: Any) -> None:
        actor = Actor(party=who) if isinstance(who, Party) else Actor(who)
        engine.take(actor, case or self.case, key, values=values)
        self.case.refresh_from_db()

    def policy(self, **more: Any) -> Policy:
        today = dates.today()
        about = {
            "number": "PL1", "product": "电热水壶", "valid_from": today - timedelta(days=30),
            "valid_until": today + timedelta(days=300), "limit_each": 5000, "limit_total": 8000, **more,
        }  # fmt: skip
        return actions.record_policy(None, self.insurer, self.shop, **about)


def member(name: str, of: Organisation) -> User:
    return User.objects.create_user(name, role="enterprise", organisation=of)


def market() -> Market:
    shop, insurer = organisation("海珠电器商行", HAIZHU, 11), organisation("广州测试保险公司", "440106", 12)
    case, secret = actions.demand(
        shop, name="张三丰", phone="13800138000", what="水壶漏电，手被烫伤",
        values={"product": "电热水壶", "price": "199", "demand": ["refund", "damages"], "received_on": dates.today().isoformat()},
    )  # fmt: skip
    return Market(
        shop, insurer, member("seller", shop), member("agent", insurer), officer("chen", HAIZHU), case, secret
    )
