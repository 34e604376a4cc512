"""Simulated complaints and reports of the demonstration, at every stage, through the real actions.

Who complains is called 模拟 and a number; who is complained of is a firm of the simulated province. Most go to the
office whose people one can sign in as. Run again, it files only what is not there.
"""
# ruff: noqa: E501  (a matter, and a stage, is one line of a table)

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

OFFICE = "440105"
PHONE = "1990000"  # no operator gives these out; the rest is a running number
COUNT = 36
# kind, problem, category, product, facts, claim
MATTERS = (
    ("quality", "food", "酱油", "买了一瓶酱油，打开以后瓶口有白色漂浮物，味道发酸，还在保质期内。", "退货退款", ("refund",)),
    ("label", "food", "饼干", "包装上的生产日期被涂改过，看不清，店员说是印刷问题。", "退款并赔偿", ("refund", "damages")),
    ("price", "catering", "套餐", "菜单上写的价格和结账时不一样，多收了服务费，事先没有说明。", "退还多收的钱", ("refund",)),
    ("measure", "agri", "荔枝", "买了五斤荔枝，回家称只有四斤一两，商家不承认。", "补足分量", ("quantity",)),
    ("service", "appliance", "电饭煲", "用了两个月不通电，商家让找厂家，厂家让找商家，一直没有修。", "修理或者更换", ("repair", "replace")),
    ("refund", "service", "健身卡", "办了年卡，三个月后门店搬走，剩下的钱不肯退。", "退还剩余的钱", ("refund",)),
    ("false", "drug", "保健食品", "宣传能治高血压，吃了一个月没有用，说明书上也没有这一项。", "退货退款", ("return",)),
    ("contract", "clothing", "校服", "付了定金，到期没有交货，电话也不接。", "退还定金", ("refund",)),
    ("safety", "children", "儿童滑板车", "刚骑两天车把断裂，孩子摔倒擦伤。", "退货并赔偿医药费", ("return", "damages")),
)  # fmt: skip
# For each: the steps taken, with their values; ``respondent`` and ``complainant`` act by themselves.
STAGES: tuple[tuple[tuple[str, str, dict[str, str], str], ...], ...] = (
    (),
    (("officer", "register", {}, ""),),
    (("respondent", "offer", {"offer": "愿意退款，并送一份小礼品表示歉意。"}, ""),),
    (("officer", "accept", {}, ""),),
    (("officer", "accept", {}, ""), ("respondent", "answer", {"answer": "已联系供货方核查，三天内答复。"}, "")),
    (("respondent", "offer", {"offer": "全额退款。"}, ""), ("complainant", "settle", {}, ""), ("complainant", "rate", {"rating": "5"}, "")),
    (("officer", "accept", {}, ""), ("officer", "agree", {"terms": "商家退还货款，投诉人退回商品。"}, ""), ("officer", "close", {"result": "已履行"}, ""),
     ("complainant", "rate", {"rating": "4"}, "")),
    (("officer", "refuse", {"reason": "购买数量与生活消费明显不符，不能证明为生活消费需要。"}, "no_consumer"),),
    (("officer", "accept", {}, ""), ("officer", "terminate", {"reason": "商家明确拒绝调解。"}, "absent"), ("officer", "tell_termination", {}, ""),
     ("officer", "close_terminated", {"result": "已告知其他途径"}, ""), ("complainant", "rate", {"rating": "2"}, "")),
)  # fmt: skip
REPORT_STAGES: tuple[tuple[tuple[str, str, dict[str, str], str], ...], ...] = (
    (),
    (("officer", "register", {}, ""),),
    (("head", "not_file", {"reason": "经核查未发现违法行为。"}, ""),),
)


def fill(say: Callable[[str], None]) -> None:
    """File what is not there yet; the office's people are those of the simulated penalty cases."""
    from zhiheng.core.cases.models import Case

    known = Case.objects.filter(reference__startswith="DEMO-").values_list("reference", flat=True)
    there = {reference.partition("#")[0] for reference in known}  # a complaint and report have a word more
    made = sum(
        1 for number, one in enumerate(_filings()) if f"DEMO-{number}" not in there and _file(number, one)
    )
    if made:
        say(f"{made} complaints and reports filed")


def _filings() -> Iterator[dict[str, Any]]:
    """What is filed, always the same for the same province."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.registry.models import Organisation

    chance = Random(20261126)  # noqa: S311  a simulation, no secret
    signed_in = [
        u.organisation
        for u in User.objects.filter(username__in=["demo-food", "demo-shop"]).select_related("organisation")
    ]
    near = list(Organisation.objects.filter(region=OFFICE, merged_into=None).order_by("uscc")[:6])
    far = list(Organisation.objects.exclude(region=OFFICE).filter(merged_into=None).order_by("uscc")[:4])
    firms = [firm for firm in [*signed_in, *near, *far] if firm is not None]
    for number in range(COUNT):
        firm = firms[number % len(firms)]
        problem, category, product, facts, claim, claims = MATTERS[number % len(MATTERS)]
        twice = number in (10, 11)  # the same person tells the same twice, to be found as a repeat
        person = 10 if twice else number
        kind = "report" if number % 6 == 5 else "both" if number % 11 == 7 else "complaint"
        yield {
            "kind": "complaint" if twice else kind, "problem": problem if not twice else "quality",
            "uscc": (firms[0] if twice else firm).uscc, "respondent": firm.name, "category": "food" if twice else category,
            "product": "酱油" if twice else product, "facts": (MATTERS[0][3] if twice else facts) + f"（模拟 {person}）",
            "claim": claim, "claim_kinds": claims, "name": f"模拟{person}号", "phone": f"{PHONE}{person:04d}",
            "address": f"广州市海珠区模拟路{person + 1}号", "anonymous": kind == "report" and number % 12 == 5,
            "amount": Decimal("36.80") if twice else Decimal(chance.randrange(1000, 90_000)) / 100,
            "quantity": chance.randrange(1, 5), "where": OFFICE if number % 9 != 8 else firm.region,
            "publish_consent": number % 3 == 0, "age": chance.randrange(1, 60),
        }  # fmt: skip


def _file(number: int, given: dict[str, Any]) -> bool:
    from zhiheng.core.problems import Problem
    from zhiheng.systems.complaints import actions
    from zhiheng.systems.complaints.rules import Filing

    received = timezone.now() - timedelta(days=given.pop("age"), hours=number % 7)
    filing = Filing(purchased_on=(received - timedelta(days=3)).date(), **given)
    source = ("web", "12315", "12345")[number % 3]
    try:
        receipt = actions.file(filing, source=source, received_at=received, reference=f"DEMO-{number}")
    except Problem as problem:
        if problem.code == "outside_province":  # a firm of the province's partners
            return False
        raise
    for case in receipt.cases:
        if case.region == OFFICE:
            stages = STAGES if case.procedure == "complaint" else REPORT_STAGES
            _go_on(case, stages[number % len(stages)], received)
    return True


def _go_on(case: Any, steps: tuple[tuple[str, str, dict[str, str], str], ...], received: datetime) -> None:
    """Take the steps of a stage, a day apart, not later than now."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.cases.actions import Actor, take
    from zhiheng.core.cases.models import Case

    at = received
    for who, key, values, ground in steps:
        at = min(at + timedelta(days=1), timezone.now())
        if who == "officer":
            actor = Actor(User.objects.get(username="demo-haizhu"))
        elif who == "head":
            actor = Actor(User.objects.get(username="demo-haizhu-head"))
        else:
            party = case.parties.filter(key=who).first()
            if party is None or (who == "respondent" and party.organisation is None):
                return
            actor = Actor(party=party)
        take(actor, Case.objects.get(pk=case.pk), key, values=values, ground=ground, now=at)
