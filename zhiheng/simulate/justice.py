"""Simulated transfers to the police, redress with insurance, and clues of watchers, through the real actions."""

import io
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

REGION = "440105"
SOURCE = "simulated"
PEOPLE = (
    ("demo-haizhu", "county", (), "海珠区局 陈所长（模拟）"),
    ("demo-haizhu-2", "county", (), "海珠区局 王执法员（模拟）"),
    ("demo-haizhu-head", "county", ("head",), "海珠区局 刘局长（模拟）"),
    ("demo-haizhu-legal", "county", ("legal",), "海珠区局 法规科 赵科员（模拟）"),
    ("demo-police-haizhu", "police", (), "海珠公安 经侦 周警官（模拟）"),
    ("demo-procurator-haizhu", "procurator", (), "海珠检察 何检察官（模拟）"),
    ("demo-watcher", "watcher", (), "社会质量监督员 梁女士（模拟）"),
)
INSURER = ("91440101MA9D90001", "广东质安财产保险（模拟）有限公司")
Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Make the people and cases that are not there yet."""
    from zhiheng.core.accounts.actions import create_user
    from zhiheng.core.accounts.models import User
    from zhiheng.core.cases.models import Case
    from zhiheng.core.registry.models import Organisation

    before = time.monotonic()
    for username, role, duties, shown in PEOPLE:
        if not User.objects.filter(username=username).exists():
            create_user(None, username, role, region=REGION, duties=duties, display_name=shown, demo=True)
    if (
        Case.objects.filter(source=SOURCE, procedure="transfer").exists()
        or Case.objects.filter(procedure="clue", region=REGION).exists()
    ):
        return
    trading = (
        Q(kinds__contains=" producer ") | Q(kinds__contains=" retailer ") | Q(kinds__contains=" seller ")
    )
    rows = Organisation.objects.filter(trading, merged_into=None).order_by("-pk")
    firms = [*rows.filter(region=REGION)[:2], *rows.filter(region__startswith="4401")[:2], *rows[:2]]
    if not firms:
        return
    people = {name.removeprefix("demo-"): User.objects.get(username=name) for name, *_rest in PEOPLE}
    shop = User.objects.filter(username="demo-shop").select_related("organisation").first()
    with transaction.atomic():
        _transfers(people, firms)
        _redress(people["haizhu"], next((one for one in firms if one.region == REGION), None))
        _redress(shop, shop.organisation if shop is not None else None)
        _watching(people, firms[0])
    say(f"simulated transfers, redress and clues of the Haizhu office ({time.monotonic() - before:.1f} s)")


def _take(user: Any, case: Any, key: str, second: Any = None, **values: Any) -> None:
    from zhiheng.core.cases import actions
    from zhiheng.core.cases.actions import Actor

    actions.take(Actor(user), case, key, values=values, second=second)


def _photo(text: str) -> Any:
    from PIL import Image, ImageDraw

    from zhiheng.core import files

    picture = Image.new("RGB", (480, 320), "#dfe6e4")
    ImageDraw.Draw(picture).text((24, 150), text, fill="#14201f")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return files.accept("现场照片（模拟）.png", out.getvalue(), strip=True)


def _transfers(people: dict[str, Any], firms: list[Any]) -> None:
    """One transfer waits for the signature of the police; in another they opened no case, and reconsider that."""
    from zhiheng.systems.justice import actions
    from zhiheng.systems.justice.queries import documents_that_may_go, files_that_may_go

    chen, wang, head, police = (people[n] for n in ("haizhu", "haizhu-2", "haizhu-head", "police-haizhu"))
    for n, (title, offence, goods) in enumerate(
        (
            ("销售假冒注册商标的洗衣液（模拟）", "销售假冒注册商标的商品罪", "洗衣液 400 瓶，货值约 20 万元"),
            ("生产不符合安全标准的腊味（模拟）", "生产、销售不符合安全标准的食品罪", "腊肠 260 公斤"),
        )
    ):
        transfer, penalty = _found(chen, wang, firms[min(n, len(firms) - 1)], title)
        now = timezone.localtime().replace(tzinfo=None).isoformat(timespec="minutes")
        _take(head, transfer, "form_team", chen, team_members="陈所长、王执法员")
        _take(
            chen, transfer, "report", wang, facts=f"{title}：现场查获{goods}，有销售记录。", offence=offence
        )
        actions.enclose(
            chen,
            transfer,
            [d.pk for d in documents_that_may_go(penalty)],
            [f.pk for f in files_that_may_go(penalty)],
        )
        _take(head, transfer, "approve", approved_at=now)
        _take(chen, transfer, "hand_over", wang, police_office=REGION, goods=goods)
        if n:
            _take(police, transfer, "sign", signed_at=now)
            _take(
                police,
                transfer,
                "not_file",
                filing_no="穗公海不立（模拟）〔2026〕3号",
                reason="现有证据不足以认定数额（模拟）",
            )
            _take(chen, transfer, "ask_reconsideration", reason="已补充销售台账（模拟）")


def _found(chen: Any, wang: Any, firm: Any, title: str) -> tuple[Any, Any]:
    from zhiheng.core.cases import actions
    from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
    from zhiheng.core.cases.models import Case

    now = timezone.now()
    opening = Opening(
        "penalty", REGION, title, now, SOURCE, subject=firm, handler=chen,
        parties=[NewParty("party", organisation=firm)],
    )  # fmt: skip
    penalty = actions.open_case(Actor(chen), opening)
    actions.take(
        Actor(chen), penalty, "inspect", second=wang, files=[Sent(_photo("simulated: goods on site"))],
        values={
            "inspected_at": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"), "place": "仓库（模拟）",
            "findings": "现场查获涉案商品（模拟）。",
        },
    )  # fmt: skip
    _take(chen, penalty, "transfer", wang, reason="涉嫌犯罪，依法移送（模拟）")
    transfer = Case.objects.get(procedure="transfer", linked__first=penalty)
    return transfer, penalty


def _redress(by: Any, seller: Any) -> None:
    """A policy; a demand that was paid in advance, with recourse open; one that was promised; one just made.

    ``by`` answers: the seller's own person, or the officer who writes down what a seller without account says.
    """
    from zhiheng.core.registry.actions import create_organisation
    from zhiheng.core.registry.models import Organisation
    from zhiheng.knowledge.codes import uscc
    from zhiheng.systems.redress import actions

    if seller is None:
        return
    code = uscc.make(INSURER[0])
    insurer = Organisation.objects.filter(uscc=code).first() or create_organisation(
        None, uscc=code, name=INSURER[1], region="440106"
    )
    today = timezone.localdate()
    actions.record_policy(
        None, insurer, seller, number=f"ZA-{seller.uscc[-6:]}（模拟）", product="食品和日用品质量安全责任",
        valid_from=today - timedelta(days=60), valid_until=today + timedelta(days=305),
        limit_each=200000, limit_total=1000000,
    )  # fmt: skip
    received = str(today - timedelta(days=3))
    for product, price, demand, what in (
        ("电热水壶（模拟）", "199.00", ["refund", "damages"], "使用时漏电，手被轻微烫伤（模拟）。"),
        ("牛肉干（模拟）", "68.00", ["return", "refund"], "打开后有霉点（模拟）。"),
        ("儿童推车（模拟）", "1280.00", ["replace"], "刹车失灵（模拟）。"),
    ):
        case, _secret = actions.demand(
            seller, name="黄消费（模拟）", phone="13800000000", what=what,
            values={"product": product, "price": price, "demand": demand, "received_on": received},
        )  # fmt: skip
        if demand == ["refund", "damages"]:
            _take(by, case, "advance", amount="699", liable="生产者（模拟）")
        elif demand == ["replace"]:
            _take(
                by,
                case,
                "agree",
                demand=demand,
                performance="更换同型号推车（模拟）",
                promised_by=str(today + timedelta(days=5)),
            )


def _watching(people: dict[str, Any], firm: Any) -> None:
    """A watcher who serves, a task, and clues: new, found true with a reward, unfounded."""
    from zhiheng.core.cases.actions import Sent
    from zhiheng.systems.watchers import actions

    chen, head, user = people["haizhu"], people["haizhu-head"], people["watcher"]
    today = timezone.localdate()
    watcher = actions.apply(
        "梁观察（模拟）", "13900000000", REGION, "食品、儿童用品", "江南西街道", "住在附近，常去市场（模拟）"
    )
    watcher = actions.appoint(head, watcher, today - timedelta(days=30), _year_on(today), "demo-watcher")
    actions.apply("冯申请（模拟）", "13900000001", REGION, "家用电器", "昌岗街道", "退休电器工程师（模拟）")
    task = actions.give_task(
        chen,
        [watcher],
        "月饼和糕点的标签（模拟）",
        "散装糕点有没有标明名称、生产日期和保质期。",
        today + timedelta(days=14),
        "江南西一带",
    )
    seen = timezone.now() - timedelta(hours=2)
    given: dict[str, Any] = {"address": "江南西路（模拟）", "seen_at": seen}
    actions.give_clue(
        user, facts="散装糕点没有标明生产日期（模拟）。", place_name="江南西市场（模拟）", task=task,
        latitude="23.09000", longitude="113.27000",
        files=[Sent(_photo("simulated: no date on label"), "evidence", ("watcher",))], **given,
    )  # fmt: skip
    true = actions.give_clue(
        user,
        facts="超过保质期的饮料仍在货架上（模拟）。",
        business=firm.name,
        place_name="便利店（模拟）",
        **given,
    )
    _take(chen, true, "verify", findings="现场核实属实，已责令下架（模拟）。")
    _take(head, true, "reward", amount="200", basis="本局社会质量监督员工作办法（模拟）")
    other = actions.give_clue(user, facts="怀疑电子秤不准（模拟）。", place_name="水果摊（模拟）", **given)
    _take(chen, other, "reject", findings="现场检定合格（模拟）。")


def _year_on(day: date) -> date:
    return day + timedelta(days=365)
