"""A handful of simulated penalty cases of the Haizhu office at different stages, through the real actions.

Days are counted back from today, so that clocks run whenever the demonstration is made.
"""

import io
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

SOURCE = "simulated"
REGION = "440105"
PEOPLE = (
    ("demo-haizhu", "county", (), "海珠区局 陈所长（模拟）"),
    ("demo-haizhu-2", "county", (), "海珠区局 王执法员（模拟）"),
    ("demo-haizhu-head", "county", ("head",), "海珠区局 刘局长（模拟）"),
    ("demo-haizhu-legal", "county", ("legal",), "海珠区局 法规科 赵科员（模拟）"),
)
BASIS = "《中华人民共和国食品安全法》（模拟）"
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
    if Case.objects.filter(source=SOURCE, procedure="penalty").exists():
        return
    firms = list(Organisation.objects.filter(region=REGION, merged_into=None).order_by("pk")[:5])
    firms += list(
        Organisation.objects.filter(region__startswith="4401").exclude(region=REGION).order_by("pk")[:5]
    )
    if not firms:
        return
    handler, second, head, legal = (User.objects.get(username=username) for username, *_rest in PEOPLE)
    with transaction.atomic():
        made = Scene(handler, second, head, legal, firms).play()
    say(f"{made} simulated penalty cases of the Haizhu office ({time.monotonic() - before:.1f} s)")


class Scene:
    """The office's people, and what they do."""

    def __init__(self, handler: Any, second: Any, head: Any, legal: Any, firms: list[Any]) -> None:
        self.handler, self.second, self.head, self.legal, self.firms = handler, second, head, legal, firms
        self.now = timezone.now()

    def ago(self, days: int) -> datetime:
        """A working hour so many days ago."""
        moment = timezone.localtime(self.now - timedelta(days=days))
        return moment.replace(hour=10, minute=0, second=0, microsecond=0) if days else self.now

    def day(self, days: int) -> str:
        """A day so many days ago, as forms write it."""
        return self.ago(days).date().isoformat()

    def play(self) -> int:
        """Six cases: under investigation with sealed goods, in review, told with hearing rights, paying in parts,
        published and closed, and a mere warning."""
        from zhiheng.systems.enforcement import actions

        campaign = actions.begin_campaign(
            self.head,
            "食品标签专项行动（模拟）",
            "海珠区市场监督管理局工作方案（模拟）",
            "预包装食品的标签、生产日期和保质期",
            self.ago(90).date(),
            (self.now + timedelta(days=60)).date(),
        )
        cases = [
            self.investigating("经营标签不符合规定的饼干（模拟）", 12),
            self.reviewing("使用未经检定的计量器具（模拟）", 20),
            self.told("经营超过保质期的食品（模拟）", 30),
            self.paying("销售不符合标准的产品（模拟）", 60),
            self.published("经营标注虚假生产日期的食品（模拟）", 75),
            self.warned("未按规定明码标价（模拟）", 50),
        ]
        for case in (cases[0], cases[2], cases[4]):
            if case.closed_at is None:
                actions.attach(self.handler, case, campaign)
        return len(cases)

    # -- steps

    def take(self, user: Any, case: Any, key: str, days: int, **values: Any) -> Any:
        """Take a step so many days ago."""
        from zhiheng.core.cases import actions as engine

        more = {name: values.pop(name) for name in ("second", "ground", "files") if name in values}
        return engine.take(engine.Actor(user), case, key, values=values, now=self.ago(days), **more)

    def opened(self, title: str, days: int) -> Any:
        from zhiheng.core.cases.actions import Actor, NewParty, Opening, open_case

        firm = self.firms[len(title) % len(self.firms)]
        opening = Opening(
            "penalty",
            REGION,
            title,
            self.ago(days),
            SOURCE,
            subject=firm,
            parties=[NewParty("party", organisation=firm)],
            handler=self.handler,
        )
        case = open_case(Actor(self.handler), opening, now=self.ago(days))
        self.take(
            self.handler, case, "register_filing", days, second=self.second, ended_on=self.day(days + 10)
        )
        self.take(
            self.handler,
            case,
            "inspect",
            days - 1,
            second=self.second,
            inspected_at=f"{self.day(days - 1)}T09:30",
            place="海珠区新港东路（模拟地址）",
            findings="现场检查发现涉案商品（模拟）",
        )
        return case

    def reviewed(self, case: Any, days: int, proposal: str) -> Any:
        self.take(
            self.handler,
            case,
            "submit",
            days,
            second=self.second,
            violation=f"当事人{case.title}，事实清楚。",
            basis=BASIS,
            discretion_reasons="初次违法，配合调查，及时改正",
            proposal=proposal,
        )
        return case

    def decided(self, case: Any, days: int, content: str, hearing: str = "", **penalty: Any) -> Any:
        """Review, notice and decision; the notice lies twenty-two days before the decision."""
        from zhiheng.systems.enforcement import actions

        self.reviewed(case, days + 24, content)
        self.take(self.legal, case, "pass_review", days + 23, opinion="事实清楚，证据充分，同意（模拟）")
        more = {"ground": hearing} if hearing else {}
        self.take(
            self.handler,
            case,
            "notify_hearing" if hearing else "notify",
            days + 22,
            violation=case.title,
            basis=BASIS,
            intended=content,
            **more,
            **penalty,
        )
        if penalty["kinds"] != ["warning"]:
            actions.add_factor(
                self.handler, case, "mitigating", "及时改正", "裁量基准（模拟）", "检查当日即下架"
            )
        self.take(
            self.head,
            case,
            "decide",
            days,
            violation=f"当事人{case.title}。",
            basis=BASIS,
            collective="false",
            discretion="normal" if penalty["kinds"] == ["warning"] else "light",
            discretion_reasons="及时改正",
            content=content,
            remedies="可以依法申请行政复议或者提起行政诉讼（模拟）",
            **penalty,
        )
        self.take(self.handler, case, "serve", days - 1, service_way="direct", served_on=self.day(days - 1))
        case.refresh_from_db()
        return case

    # -- the cases

    def investigating(self, title: str, days: int) -> Any:
        """Evidence taken, a sample sent to the laboratory, goods sealed."""
        from zhiheng.core.cases.actions import Sent
        from zhiheng.core.cases.models import Case
        from zhiheng.systems.enforcement import actions

        case = self.opened(title, days)
        self.take(
            self.handler,
            case,
            "collect",
            days - 1,
            second=self.second,
            evidence="现场照片一张",
            evidence_kind="audiovisual",
            evidence_place="货架",
            evidence_from="当事人",
            files=[Sent(_photo())],
        )
        self.take(
            self.handler,
            case,
            "collect",
            days - 1,
            second=self.second,
            evidence="饼干样品两份",
            evidence_kind="sample",
            evidence_place="仓库",
            evidence_from="当事人",
            seal_number="海市监样 0001",
        )
        actions.hand_on(
            self.handler,
            case.evidence.get(number=2),
            "sent",
            self.ago(days - 3),
            giver=self.handler.get_full_name(),
            taker="省质检院收样员（模拟）",
            place="省质检院",
        )
        self.take(self.handler, case, "take_measure", days - 1)
        measure = Case.objects.get(procedure="measure", linked__first=case)
        actions.add_item(
            self.handler,
            measure,
            name="曲奇饼干 200g",
            quantity="120 箱",
            seal="海市监封 0001",
            place="当事人仓库",
        )
        self.take(
            self.head,
            measure,
            "seal",
            days - 1,
            kind="seal",
            goods="曲奇饼干 120 箱",
            place="当事人仓库",
            basis=BASIS,
            reason="涉嫌标签不符合规定，防止流入市场",
            taken_at=f"{self.day(days - 1)}T09:45",
        )
        return case

    def reviewing(self, title: str, days: int) -> Any:
        """Submitted two days ago."""
        return self.reviewed(self.opened(title, days), 2, "罚款2000元")

    def told(self, title: str, days: int) -> Any:
        """Told today of a fine over the threshold, with the right to a hearing."""
        case = self.reviewed(self.opened(title, days), 6, "罚款120000元")
        self.take(self.legal, case, "pass_review", 3, opinion="同意（模拟）")
        self.take(
            self.handler,
            case,
            "notify_hearing",
            1,
            ground="fine",
            violation=title,
            basis=BASIS,
            kinds=["fine"],
            fine="120000",
            intended="罚款120000元",
        )
        return case

    def paying(self, title: str, days: int) -> Any:
        """Decided, served, one of three parts paid."""
        from zhiheng.systems.enforcement import actions

        case = self.decided(self.opened(title, days), 3, "罚款60000元", kinds=["fine"], fine="60000")
        today = timezone.localdate()
        plan = [(today + timedelta(days=30 * n), Decimal(20000)) for n in (0, 1, 2)]
        actions.agree_instalments(self.head, case, plan, "资金周转困难（模拟）")
        self.take(self.handler, case, "record_payment", 0, paid="20000")
        return case

    def published(self, title: str, days: int) -> Any:
        """Performed, closed, and public."""
        from zhiheng.core.cases.models import Case

        case = self.decided(
            self.opened(title, days),
            30,
            "罚款8000元，没收违法所得600元",
            kinds=["fine", "gains"],
            fine="8000",
            gains="600",
        )
        public = Case.objects.get(procedure="publicity", linked__first=case)
        shown = {k: public.values[k] for k in ("decision_no", "decided_on", "violation", "basis", "content")}
        self.take(self.handler, public, "publish", 25, ground="food", **shown)
        self.take(self.handler, public, "to_credit_china", 25)
        self.take(self.handler, case, "perform", 24, paid="8600")
        self.take(self.head, case, "close", 20, result="当事人已自觉履行")
        case.refresh_from_db()
        return case

    def warned(self, title: str, days: int) -> Any:
        """A mere warning, which is not published."""
        from zhiheng.core.cases.models import Case

        case = self.decided(self.opened(title, days), 10, "警告", kinds=["warning"])
        self.take(self.handler, Case.objects.get(procedure="publicity", linked__first=case), "exempt", 8)
        return case


def _photo() -> Any:
    """A picture that says that it is none."""
    from PIL import Image, ImageDraw

    from zhiheng.core import files

    out = io.BytesIO()
    picture = Image.new("RGB", (480, 320), "#d8dedd")
    ImageDraw.Draw(picture).text((24, 150), "simulated photograph", fill="#14201f")
    picture.save(out, "JPEG", quality=80)
    return files.accept("现场照片（模拟）.jpg", out.getvalue(), strip=False)
