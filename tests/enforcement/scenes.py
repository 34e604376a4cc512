"""Penalty cases at their stages, for the tests of the room."""

import io
from typing import Any

from tests.cases.people import HAIZHU, at, officer, organisation
from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, Step

VIOLATION = "当事人销售标签不符合规定的饼干，负责人李大明（电话13912345678）在场"
BASIS = "《中华人民共和国食品安全法》"


class Office:
    """The people of a county office: two who investigate, the head, who reviews."""

    def __init__(self, region: str = HAIZHU, name: str = "hz") -> None:
        self.region = region
        self.chen = officer(f"{name}-chen", region)
        self.wang = officer(f"{name}-wang", region)
        self.head = officer(f"{name}-head", region, "county", "head")
        self.legal = officer(f"{name}-legal", region, "county", "legal")


def photo(colour: str = "red") -> filing.Checked:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return filing.accept("现场.jpg", out.getvalue(), strip=False)


def opened(office: Office, received: str = "2026-06-01T09:00", *, person: str = "", firm: Any = None) -> Case:
    """A penalty case against a firm, or against a natural person."""
    if not person and firm is None:
        firm = organisation("广州海珠测试食品有限公司", office.region, 9)
    party = (
        NewParty("party", name=person, identity="440105199001011234")
        if person
        else NewParty("party", organisation=firm)
    )
    opening = Opening(
        "penalty", office.region, "销售标签不符合规定的食品", at(received), "test", subject=firm, parties=[party],
        handler=office.chen,
    )  # fmt: skip
    return engine.open_case(Actor(office.chen), opening, now=at(received))


def take(
    user: User,
    case: Case,
    key: str,
    when: str = "",
    *,
    ground: str = "",
    second: Any = None,
    files: Any = (),
    **values: Any,
) -> Step:
    """Take a step at a time."""
    now = {"now": at(when)} if when else {}
    sent = [Sent(file) for file in files]
    return engine.take(Actor(user), case, key, values=values, ground=ground, second=second, files=sent, **now)


def reviewed(office: Office, case: Case, day: str = "2026-06-10", *, ended: str = "2026-05-20") -> Case:
    """Investigated, submitted and passed."""
    take(
        office.chen, case, "submit", f"{day}T10:00", second=office.wang, violation=VIOLATION, ended_on=ended, basis=BASIS,
        discretion_reasons="初次违法，及时改正", proposal="罚款",
    )  # fmt: skip
    take(office.legal, case, "pass_review", f"{day}T15:00", opinion="同意")
    return case


def told(office: Office, case: Case, day: str = "2026-06-11", *, hearing: str = "", **penalty: Any) -> Step:
    """Told of the intended penalty, with the right to a hearing or without."""
    penalty = penalty or {"kinds": ["fine"], "fine": "8000"}
    return take(
        office.chen, case, "notify_hearing" if hearing else "notify", f"{day}T10:00", ground=hearing, violation=VIOLATION,
        basis=BASIS, intended="罚款", **penalty,
    )  # fmt: skip


def decided(office: Office, case: Case, day: str = "2026-07-01", **more: Any) -> Step:
    """The penalty imposed."""
    given = {"discretion": "normal"} | more
    if "kinds" not in given:
        given = {"kinds": ["fine"], "fine": "8000"} | given
    return take(
        office.head, case, "decide", f"{day}T10:00", violation=VIOLATION, basis=BASIS, discretion_reasons="一般情节",
        collective=given.pop("collective", "false"), content="罚款8000元", remedies="依法申请复议或者提起诉讼", **given,
    )  # fmt: skip


def imposed(
    office: Office, *, day: str = "2026-07-01", person: str = "", firm: Any = None, **penalty: Any
) -> Case:
    """A case from its beginning to its decision on a day, three weeks in all."""
    from datetime import date, timedelta

    on = date.fromisoformat(day)
    penalty = penalty or {"kinds": ["fine"], "fine": "8000"}
    discretion, ends = penalty.pop("discretion", "normal"), penalty.pop("restriction_ends", "")
    begin, notice = on - timedelta(days=30), on - timedelta(days=20)
    case = opened(office, f"{begin}T09:00", person=person, firm=firm)
    reviewed(office, case, str(notice - timedelta(days=1)), ended=str(begin - timedelta(days=10)))
    heavy = bool({"stop", "revoke", "close", "bar", "downgrade"} & set(penalty["kinds"]))
    told(office, case, str(notice), hearing="stop" if heavy else "", **penalty)
    if discretion in {"light", "mitigated", "heavy"}:
        from zhiheng.systems.enforcement import actions

        kind = "aggravating" if discretion == "heavy" else "mitigating"
        actions.add_factor(office.chen, case, kind, "初次违法", "裁量基准", "及时改正")
    more = {"restriction_ends": ends} if ends else {}
    decided(office, case, day, discretion=discretion, **penalty, **more)
    case.refresh_from_db()
    return case
