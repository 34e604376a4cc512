"""The pages of figures: who reads them, what they say, where they lead, what can be published."""

import csv
import io
import random
import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cases.people import officer
from tests.insight.build import people, units
from tests.insight.test_others import FARM, WORKS, farm_row, maker, send, work_row
from zhiheng.core.accounts.actions import create_key
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.insight.methods import METHODS
from zhiheng.simulate.insight import spot_check
from zhiheng.systems.agriculture.models import Disposal
from zhiheng.systems.inspection.models import Task

pytestmark = pytest.mark.django_db
PAGES = ("index", "rates", "compare", "rows", "farm", "farm_rows", "makers", "works")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


@pytest.fixture
def who(settings):
    settings.DEMO = True
    who = people()
    rng = random.Random(4)
    everybody = units(420, lambda city: 0.25 if city == "440100" else 0.04)
    for year in (2024, 2025):
        spot_check(rng, who, everybody, year, sizes=14, refusing=0.05)
    spot_check(rng, who, everybody, 2025, sizes=1, kind="follow_up")
    send(
        who.user,
        "farm_monitoring",
        FARM,
        *(farm_row(str(n), failing="毒死蜱" if n < 3 else "", site=f"{n}号") for n in range(60)),
    )
    send(who.user, "work_acceptances", WORKS, work_row("A", 1, "pass"), work_row("B", 1, "fail", "other"))
    maker(1)
    return who


def client(user) -> Client:
    one = Client()
    one.force_login(user)
    return one


def page(user, name, query="", **arguments):
    return client(user).get(reverse(f"insight:{name}", kwargs=arguments) + query)


def test_every_page_is_for_those_who_may_read_figures(who):
    for role in ("city", "county", "leading", "auditor"):
        region = {"city": "440100", "county": "440105"}.get(role, "440000")
        for name in PAGES:
            assert page(officer(f"{role}-{name}", region, role), name).status_code == 200, (role, name)
    for role, region in (("police", "440100"), ("watcher", "440100"), ("system", "")):
        for name in PAGES:
            assert page(officer(f"{role}-{name}", region, role), name).status_code == 403, (role, name)
    assert Client().get(reverse("insight:index")).status_code == 302


def test_a_rate_never_stands_alone(who):
    text = page(who.user, "rates", "?year=2025&by=city").content.decode()
    assert "合格率和 95% 区间" in text
    # Every percentage of an estimate is followed by its interval.
    for found in re.findall(r'number-large">([^<]+)<', text):
        assert re.fullmatch(r"\d+\.\d\s% \(\d+\.\d\s% – \d+\.\d\s%\)", found), found
    assert "不代表总体" in text and "不合格跟踪抽查" in text
    assert "拒绝抽样" in text
    assert text.count('class="tile ') >= 21
    assert "<svg" in text


def test_a_figure_leads_to_its_rows_and_they_add_up_to_it(who):
    answer = page(who.user, "rates", "?year=2025&by=product&rates-export=csv")
    [row] = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    rows = page(who.user, "rows", "?year=2025&rows-export=csv")
    exported = list(csv.DictReader(io.StringIO(b"".join(rows.streaming_content).decode("utf-8-sig"))))
    assert len(exported) == int(row["抽取"])
    weights = [
        (float(one["权重（含未答复调整）"]), one["结果"] == "合格")
        for one in exported
        if one["权重（含未答复调整）"]
    ]
    assert len(weights) == int(row["已检"])
    by_hand = sum(w for w, passed in weights if passed) / sum(w for w, _passed in weights)
    assert by_hand == pytest.approx(float(row["点估计（与区间同用）"]), abs=1e-4)
    assert float(row["区间下限"]) < by_hand < float(row["区间上限"])
    xlsx = page(who.user, "rows", "?year=2025&rows-export=xlsx")
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"


def test_who_is_still_to_be_visited_is_not_told_to_those_who_only_read(who):
    Task.objects.filter(item__plan__starts_on__year=2025, state="refused").update(state="open")
    task = Task.objects.filter(state="open").first()
    leading = officer("leading", "440000", "leading")
    query = f"?year=2025&city={task.region[:4]}00"
    assert task.organisation.name in page(who.user, "rows", query).content.decode()
    assert task.organisation.name not in page(leading, "rows", query).content.decode()


def test_two_groups_are_compared_by_the_interval_of_their_difference(who):
    text = page(who.user, "compare", "?by=year&a=2024&b=2025").content.decode()
    assert "区间含 0：不能说两组有差别" in text
    assert re.search(r"[+-]\d+\.\d \(-\d+\.\d … \+\d+\.\d\)", text)
    assert "请选两个不同的组" in page(who.user, "compare", "?by=year&a=2024&b=2024").content.decode()
    assert page(who.user, "compare", "?by=nothing&a=x&b=y").status_code == 200


def test_what_cannot_be_is_said_and_no_error_of_ours(who):
    for query in (
        "?year=19",
        "?city=1",
        "?section=%00",
        "?domain=x",
        "?stage=-",
        "?division=C",
        "?section=ZZ",
    ):
        for name in ("rates", "rows", "compare"):
            assert page(who.user, name, query).status_code in (200, 422), (name, query)
    assert page(who.user, "rates", "?year=19").status_code == 422
    assert page(who.user, "farm", "?year=0&quarter=9&by=x&commodity=%00").status_code == 200
    assert page(who.user, "method", key="nothing").status_code == 404


def test_the_work_of_a_page_does_not_grow_with_the_rows(who, django_assert_max_num_queries):
    one = client(who.user)
    for name in PAGES:
        with django_assert_max_num_queries(32):
            one.get(reverse(f"insight:{name}"))


def test_a_figure_is_published_with_interval_method_and_day(who):
    address = reverse("insight:publish", args=["pass-rates"]) + "?year=2025"
    county, leading = officer("county", "440105"), officer("leading", "440000", "leading")
    assert client(county).get(address).status_code == 403
    assert client(leading).get(address).status_code == 403
    one = client(who.user)
    assert one.get(address).status_code == 200
    assert one.post(address, {"title": "合格率"}).status_code == 422
    assert not Disclosure.objects.exists()
    assert (
        one.post(address, {"title": "合格率", "basis": "政府信息公开条例 第二十条", "sure": "on"}).status_code
        == 302
    )
    twice = one.post(address, {"title": "合格率", "basis": "政府信息公开条例 第二十条", "sure": "on"})
    assert twice.status_code == 422 and "已经公开" in twice.content.decode()
    kept = Disclosure.objects.get()
    assert kept.kind == "notice" and kept.decided_by == who.user
    values = {field["zh"]: field["value"] for field in kept.body["fields"]}
    assert re.search(r"% \(.+%\)", values["合格率和 95% 区间"])
    assert {"数据截至", "怎么算的", "局限", "未答复比例", "拒绝抽样的都算不合格时"} <= set(values)
    public = Client().get(reverse("web:disclosure", args=[kept.pk])).content.decode()
    assert values["合格率和 95% 区间"] in public
    for indicator, query in (("farm", "?year=2026"), ("works", ""), ("drug-makers", "?year=2026")):
        assert one.get(reverse("insight:publish", args=[indicator]) + query).status_code == 200, indicator
    assert one.get(reverse("insight:publish", args=["pass-rates"]) + "?year=2019").status_code == 409
    assert one.get(reverse("insight:publish", args=["farm"])).status_code == 422
    assert one.get(reverse("insight:publish", args=["nothing"])).status_code == 404


def test_the_api_gives_the_same_figures(who):
    key = create_key(None, "k", ["insight:read"], user=who.user)[1]
    headers = {"authorization": f"Bearer {key}"}
    answer = Client().get("/api/v1/insight/pass-rates?by=city&year=2025", headers=headers).json()
    assert len(answer["rows"]) == 21
    assert answer["overall"]["low"] < answer["overall"]["rate"] < answer["overall"]["high"]
    assert answer["targeted"][0]["kind"] == "follow_up"
    assert any(row["model"] for row in answer["rows"])
    bad = Client().get("/api/v1/insight/pass-rates?year=x", headers=headers)
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_filter")
    watcher = client(officer("watcher", "440100", "watcher"))
    assert watcher.get("/api/v1/insight/pass-rates").status_code == 403


def test_every_figure_says_how_it_is_counted(who):
    for key, method in METHODS.items():
        text = page(who.user, "method", key=key).content.decode()
        assert (
            str(method.title) in text and method.formula[0].replace("<", "&lt;").replace(">", "&gt;") in text
        )


def test_the_desk_of_failing_samples(who):
    task = Disposal.objects.first()
    haizhu, other = officer("hz", "440105"), officer("sz", "440305")
    address = reverse("agriculture:disposal", args=[task.pk])
    assert task.sample.number in client(haizhu).get(reverse("agriculture:index")).content.decode()
    assert client(other).get(address).status_code == 404
    one = client(haizhu)
    text = one.get(address).content.decode()
    assert "王**" in text and "王小二" not in text
    assert "王小二" in one.post(reverse("agriculture:holder", args=[task.pk])).content.decode()
    assert one.post(address, {"what": "take"}).status_code == 302
    assert one.post(address, {"what": "finish", "traced": "", "measures": ""}).status_code == 200
    assert one.post(address, {"what": "finish", "traced": "本地", "measures": "销毁"}).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", haizhu)


def test_english_pages_show_no_chinese_besides_data(who):
    one = client(who.user)
    one.cookies["django_language"] = "en"
    data = {
        "模拟",
        "区",
        "儿童服装",
        "菜心",
        "示例工程",
        "一标段",
        "号",
        "毒死蜱",
        "药厂",
        "简体中文",
        "质衡",
        "例行",
        "王",
    }
    addresses = [reverse(f"insight:{name}") for name in PAGES]
    addresses += [reverse("insight:method", args=[key]) for key in METHODS]
    addresses += [reverse("insight:rates") + "?by=section", reverse("agriculture:index")]
    for address in addresses:
        text = re.sub(r"<(script|style).*?</\1>", "", one.get(address).content.decode(), flags=re.S)
        left: list[str] = [
            word
            for word in CHINESE.findall(re.sub(r"<[^>]+>", " ", text))
            if not any(one in word for one in data)
        ]
        assert left == [], address
