"""Offices, people and cases for the tests of the engine and of the rooms on it."""

from datetime import datetime
from typing import Any

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.knowledge.codes import uscc

TIANHE, HAIZHU, GUANGZHOU, PROVINCE = "440106", "440105", "440100", "440000"


def officer(name: str, region: str = TIANHE, role: str = "county", *duties: str) -> User:
    words = f" {' '.join(duties)} " if duties else ""
    return User.objects.create_user(name, role=role, region=region, duties=words)


def organisation(name: str = "广州测试食品有限公司", region: str = TIANHE, n: int = 1) -> Organisation:
    return Organisation.objects.create(uscc=uscc.make(f"91{region}MA5{n:06d}"), name=name, region=region)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def complaint(subject: Organisation | None, received: str = "2026-09-28T15:00", **more: Any) -> Case:
    """A complaint of 张三丰 about an organisation."""
    region = more.pop("region", subject.region if subject else TIANHE)
    parties = [
        NewParty("complainant", name="张三丰", phone="13800138000", receipt=more.pop("receipt", "")),
        NewParty("respondent", organisation=subject, name="" if subject else "无名小店"),
    ]
    opening = Opening(
        "complaint", region, more.pop("title", "购买的饼干有异味"), at(received), "web", subject=subject,
        subject_name="" if subject else "无名小店", parties=parties,
        personal={"facts": "在店里买了饼干，打开有异味"}, **more,
    )  # fmt: skip
    return actions.open_case(Actor(), opening)
