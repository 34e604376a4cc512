"""What a figure must say of itself: whom it leaves out, what it may be held against, for whom it has no answer."""

import random
import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import officer
from tests.insight.build import people
from tests.insight.test_others import FARM, farm_row, maker, send
from tests.insight.test_pages import page, who  # noqa: F401  a fixture
from zhiheng.core.cases.models import Step
from zhiheng.core.registry.actions import merge
from zhiheng.core.ui import forest
from zhiheng.insight import rules, words
from zhiheng.insight.indicators import drug_makers, farm
from zhiheng.insight.models import DrugMaker
from zhiheng.insight.rules import Cell, Row
from zhiheng.simulate import insight as simulate
from zhiheng.systems.inspection import aftercare
from zhiheng.systems.inspection.models import Sample, Task

pytestmark = pytest.mark.django_db
MANUFACTURING = "&domain=product&section=C"


def test_how_much_of_the_population_a_rate_does_not_speak_of_is_said_and_published(who):  # noqa: F811
    tasks = Task.objects.filter(item__plan__starts_on__year=2025, item__plan__kind="routine")
    tasks.filter(region="440300").update(state="refused")
    gone = [task.sample for task in tasks.filter(region="440300") if hasattr(task, "sample")]
    for sample in gone:
        sample.reports.update(withdrawn_at="2025-12-01T00:00Z")
    found = re.search(
        r"谁也没有检到，占总体的 ([\d.]+)", page(who.user, "rates", "?year=2025").content.decode()
    )
    assert found and float(found[1]) == pytest.approx(100 / 21, abs=0.5)  # one city of 21, of equal size
    said = page(who.user, "publish", "?year=2025", indicator="pass-rates").content.decode()
    assert f"占总体的 {found[1]}" in said
    assert "占总体的" not in page(who.user, "rates", "?year=2024").content.decode()


def test_the_target_of_manufactured_products_is_held_against_nothing_else(who):  # noqa: F811
    one = page(who.user, "rates", "?year=2025" + MANUFACTURING).content.decode()
    assert "T02" in one and "与目标" in one and 'class="target"' in one and "虚线：目标 93%" in one
    assert (
        "T02"
        in page(who.user, "publish", "?year=2025" + MANUFACTURING, indicator="pass-rates").content.decode()
    )
    for query in ("?year=2025", "?year=2025&domain=food&section=C", "?year=2025&domain=product"):
        text = page(who.user, "rates", query).content.decode()
        assert "T02" not in text and "与目标" not in text and 'class="target"' not in text, query
    assert "T02" not in page(who.user, "publish", "?year=2025", indicator="pass-rates").content.decode()


def test_nothing_was_checked_is_not_said_of_what_one_may_not_see(who):  # noqa: F811
    guangzhou, county = officer("gz", "440100", "city"), officer("hz", "440105")
    for name in ("rates", "rows", "compare"):
        assert page(guangzhou, name, "?city=440300").status_code == 403, name
        assert page(guangzhou, name, "?city=440100").status_code == 200, name
    assert page(county, "rates", "?city=440100").status_code == 200
    for name in ("index", "rates"):
        assert "没有县（区）的合格率" in page(county, name).content.decode(), name
        assert "没有县（区）的合格率" not in page(guangzhou, name).content.decode(), name


def test_where_everybody_was_checked_no_plot_says_an_interval():
    cells = [Cell((1, "440100"), 1.0, "passed", 30), Cell((1, "440100"), 1.0, "failed", 1)]
    line = words.line(Row("x", "广州", rules.figure(cells)))
    assert line.words == "96.8\u00a0%（全部检查，无抽样误差）"
    assert "–" not in forest.forest([line], title="t")


def test_one_site_is_one_cluster_whatever_was_sampled_there():
    user = officer("gz", "440100", "city")
    rows = [
        farm_row(str(n), site=f"{n // 3}号").replace("菜心", "菜心" if n % 3 else "荔枝") for n in range(60)
    ]
    rows += [farm_row("x", site="0号", region="440106")]  # the same name in another county is another site
    assert send(user, "farm_monitoring", FARM, *rows).accepted == 61
    assert farm.answer(user, 2026, "city").rows[0].figure.rate.clusters == 21


def test_monitoring_and_works_have_their_years(who):  # noqa: F811
    send(
        who.user,
        "farm_monitoring",
        FARM,
        *(farm_row(f"o{n}", site=f"{n}号", taken="2025-03-02") for n in range(40)),
    )
    answer = farm.answer(who.user, None, "year")
    assert [(row.key, row.figure.checked) for row in answer.rows] == [("2025", 40), ("2026", 60)]
    text = page(who.user, "farm", "?by=year").content.decode()
    assert text.count('class="direct"') == 2 and "全部年度" in text
    assert reverse("insight:farm_rows") + "?year=2025" in text.replace("&amp;", "&")
    assert "公开这一数据" not in text  # a notice is of one year
    assert 'class="direct"' in page(who.user, "works", "?by=year").content.decode()


def test_makers_that_were_merged_are_one_and_stay_covered():
    us = people()
    kept, given_up, other = maker(1), maker(2), maker(3)
    for one in (given_up, other):
        DrugMaker.objects.create(year=2026, organisation=one, in_production=True, source="名录")
    simulate.spot_check(
        random.Random(1),
        us,
        [simulate.Unit(given_up, given_up.region, 1, True)],
        2026,
        domain="drug",
        sizes=1,
    )
    merge(us.user, kept, given_up, reason="同一主体")
    whole, _cities = drug_makers.coverage(us.user, 2026)
    assert (whole.makers, whole.checked) == (2, 1)
    one = drug_makers.checked(drug_makers.makers(us.user, 2026), 2026).get(pk=kept.pk)
    assert one.last_made.date() > date(2026, 1, 1)


def test_a_check_of_drugs_that_another_platform_sends_covers_a_maker():
    us, one = people(), maker(1)
    header = "name,uscc,number,title,on,source,basis,kind,domain"
    given = f"{one.name},{one.uscc},药抽1,抽验,2026-04-01,省药品监督管理局,药品管理法,check_passed"
    assert send(us.user, "credit_facts", header, f"{given},food").accepted == 1
    assert drug_makers.coverage(us.user, 2026)[0].checked == 0
    assert send(us.user, "credit_facts", header, f"{given.replace('药抽1', '药抽2')},drug").accepted == 1
    assert drug_makers.coverage(us.user, 2026)[0].checked == 1


def test_a_maker_that_was_found_not_to_have_made_it_was_not_sampled():
    us, shop, one = people(), maker(1), maker(2)
    simulate.spot_check(
        random.Random(1), us, [simulate.Unit(shop, shop.region, 1, True)], 2026, domain="drug", sizes=1
    )
    sample = Sample.objects.get()
    sample.producer = one
    sample.save()
    assert drug_makers.coverage(us.user, 2026)[0].checked == 2  # where it was taken, and who made it
    case = aftercare.begin(us.user, sample)
    Step.objects.create(case=case, seq=99, key="clear_producer", to_state=case.state, at=timezone.now())
    assert drug_makers.coverage(us.user, 2026)[0].checked == 1
