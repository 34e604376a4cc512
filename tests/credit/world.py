"""Files with something in them, for the tests of the room."""

from datetime import date, timedelta
from typing import Any

from tests.cases.people import HAIZHU, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Designation, Organisation, Person
from zhiheng.core.ui import dates


def firm(n: int = 1, region: str = HAIZHU, name: str = "广州海珠档案食品有限公司") -> Organisation:
    return organisation(name, region, n)


def fact(one: Organisation, kind: str = "check_failed", ago: int = 30, **values: Any) -> Fact:
    """A fact so many days ago, on record."""
    on = values.pop("on", dates.today() - timedelta(days=ago))
    values = {
        "title": "电热水壶",
        "reference": f"sample:{kind}-{ago}",
        "source": "省局",
        "basis": "SAMR-18",
    } | values
    [made] = record_facts(None, [Fact(organisation=one, kind=kind, on=on, region=one.region, **values)])
    return made


def public(ago: int = 10, days: int = 90) -> dict[str, date]:
    """Public since some days, for some days."""
    today = dates.today()
    return {"public_from": today - timedelta(days=ago), "public_until": today + timedelta(days=days)}


def licence(one: Organisation, number: str = "SC1", **values: Any) -> Designation:
    values = {
        "kind": "licence",
        "title": "食品生产许可证",
        "issuer": "省局",
        "issued_on": date(2024, 1, 1),
    } | values
    return Designation.objects.create(organisation=one, number=number, **values)


def account(one: Organisation, name: str = "firm") -> User:
    return User.objects.create_user(name, role="enterprise", organisation=one)


def representative(one: Organisation, name: str = "王法人", since: date = date(2020, 1, 1)) -> Person:
    return Person.objects.create(organisation=one, duty="legal_representative", name=name, since=since)
