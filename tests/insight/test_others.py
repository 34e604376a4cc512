"""Farm products, makers of drugs, works: by contract in, as figures out."""

import random
from datetime import date, timedelta

import pytest

from tests.cases.people import officer, organisation
from tests.insight.build import organisations, people
from zhiheng.core.exchange.actions import submit
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui import dates
from zhiheng.insight.indicators import drug_makers, farm, works
from zhiheng.insight.models import DrugMaker
from zhiheng.knowledge.methods.draw import verify
from zhiheng.simulate import insight as simulate
from zhiheng.systems.agriculture import actions
from zhiheng.systems.agriculture.models import Disposal, MonitoringSample
from zhiheng.systems.construction.models import WorkAcceptance
from zhiheng.systems.inspection.models import Draw

pytestmark = pytest.mark.django_db
FARM = (
    "scheme,number,commodity,region,stage,site,taken_on,laboratory,tested,failing,conclusion,uscc,stall,code"
)
WORKS = "project_code,project,section,kind,size,region,accepted_on,attempt,conclusion,source"


def send(user, contract, header, *rows):
    text = "\n".join([header, *rows]) + "\n"
    job = submit(user, contract, iter([text.encode()]), "x.csv", "text/csv", False, dates.today())
    run_now(job)
    job.refresh_from_db()
    return job


def farm_row(
    number,
    *,
    failing="",
    conclusion=None,
    region="440105",
    site="一号基地",
    taken="2026-03-02",
    uscc="",
    stall="王小二",
    code="",
):
    conclusion = conclusion or ("fail" if failing else "pass")
    return f"例行,{number},菜心,{region},base,{site},{taken},质检站,毒死蜱,{failing},{conclusion},{uscc},{stall},{code}"


def work_row(code, attempt, conclusion, size="large_medium", day="2026-03-02", region="440105"):
    return f"{code},示例工程,一标段,municipal,{size},{region},{day},{attempt},{conclusion},住建局"


# -- farm products -------------------------------------------------------------------------------------------


def test_failing_samples_make_tasks_and_mended_conclusions_end_them():
    user = officer("gz", "440100", "city")
    job = send(
        user,
        "farm_monitoring",
        FARM,
        farm_row("1"),
        farm_row("2", failing="毒死蜱"),
        farm_row("3", failing="毒死蜱"),
    )
    assert (job.accepted, job.rejected) == (3, 0)
    assert sorted(Disposal.objects.values_list("sample__number", "state")) == [("2", "open"), ("3", "open")]
    assert send(user, "farm_monitoring", FARM, farm_row("1")).accepted == 0  # the same again is a duplicate
    send(user, "farm_monitoring", FARM, farm_row("2"))
    assert Disposal.objects.get(sample__number="2").state == "void"
    send(user, "farm_monitoring", FARM, farm_row("2", failing="氟虫腈"))
    assert Disposal.objects.get(sample__number="2").state == "open"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (farm_row("1", conclusion="fail"), "不合格参数"),
        (farm_row("1", failing="毒死蜱", conclusion="pass"), "不合格参数"),
        (farm_row("1", taken="2999-01-01"), "抽样日期"),
        (farm_row("1", stall=""), "统一社会信用代码"),
        (farm_row("1", region="440300"), "抽样地"),
        (farm_row("1", region="999999"), "抽样地"),
        (farm_row("1", code="没有这种码"), "追溯码"),
        (farm_row("1", uscc="91440101MA00EXAM02"), "统一社会信用代码"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_at_its_field(row, field):
    job = send(officer("gz", "440100", "city"), "farm_monitoring", FARM, row)
    assert (job.accepted, job.rejected) == (0, 1)
    problem = job.outcomes.get()
    assert field in problem.place
    assert problem.message and problem.remedy
    assert not MonitoringSample.objects.exists()


def test_a_task_is_taken_done_with_reasons_and_by_its_owner():
    user, other = officer("hz", "440105"), officer("sz", "440305")
    send(user, "farm_monitoring", FARM, farm_row("1", failing="毒死蜱"))
    task = Disposal.objects.get()
    for who, code in ((other, "forbidden"), (officer("auditor", "440000", "auditor"), "forbidden")):
        with pytest.raises(Problem) as fault:
            actions.take(who, task)
        assert fault.value.code == code
    with pytest.raises(Problem) as fault:
        actions.finish(user, task, "本地基地", "销毁")
    assert fault.value.code == "not_owner"
    actions.take(user, task)
    with pytest.raises(Problem) as fault:
        actions.finish(user, task, " ", "")
    assert set(fault.value.extra["errors"]) == {"traced", "measures"}
    actions.finish(user, task, "本地基地", "销毁")
    with pytest.raises(Problem) as fault:
        actions.finish(user, task, "本地基地", "销毁")
    assert fault.value.code == "not_open"
    assert list(Entry.objects.order_by("-seq").values_list("action", flat=True)[:2]) == [
        "agriculture.disposal_done", "agriculture.disposal_taken",
    ]  # fmt: skip
    send(user, "farm_monitoring", FARM, farm_row("1"))  # mended afterwards: what was done stays done
    assert Disposal.objects.get().state == "done"


def test_stalls_are_masked_and_a_look_is_recorded():
    user = officer("hz", "440105")
    send(user, "farm_monitoring", FARM, farm_row("1", failing="毒死蜱"))
    task = Disposal.objects.get()
    assert task.sample.holder == "王**"
    assert actions.reveal(user, task) == "王小二"
    assert Entry.objects.order_by("-seq").first().look
    with pytest.raises(Problem):
        actions.reveal(officer("auditor", "440000", "auditor"), task)


def test_samples_of_one_site_widen_the_interval():
    user = officer("gz", "440100", "city")
    apart = [
        farm_row(f"a{n}", failing="毒死蜱" if n < 6 else "", site=f"{n}号基地", taken="2025-03-02")
        for n in range(60)
    ]
    together = [
        farm_row(f"b{n}", failing="毒死蜱" if n < 6 else "", site=f"{n // 3}号基地") for n in range(60)
    ]
    assert send(user, "farm_monitoring", FARM, *apart, *together).accepted == 120
    one, other = (farm.answer(user, year).overall.rate for year in (2025, 2026))
    assert one.rate == other.rate == pytest.approx(0.9)
    assert other.high - other.low > one.high - one.low
    assert (one.clusters, other.clusters) == (60, 20)
    assert [row.key for row in farm.answer(user, 2026, "quarter").rows] == ["2026Q1"]
    assert [row.key for row in farm.answer(user, 2026, "city").rows] == ["440100"]
    assert farm.answer(officer("sz", "440300", "city"), 2026).overall.why == "nothing"


# -- makers of drugs -----------------------------------------------------------------------------------------


def maker(n, region="440105", until=date(2030, 1, 1), status="valid"):
    one = organisation(f"药厂{n}", region, 100 + n)
    Designation.objects.create(
        organisation=one, kind="licence", title="药品生产许可证", number=f"粤{n}", valid_from=date(2024, 1, 1),
        valid_until=until, status=status,
    )  # fmt: skip
    return one


def test_coverage_counts_makers_in_production_and_lists_the_others():
    who = people()
    a, b, c = maker(1), maker(2), maker(3, "440305")
    maker(4, until=date(2025, 12, 31))
    maker(5, status="cancelled")
    whole, cities = drug_makers.coverage(who.user, 2026)
    assert (whole.makers, whole.checked) == (3, 0)
    record_facts(who.user, [
        Fact(organisation=a, kind="check_failed", on=date(2026, 4, 1), title="抽验", reference="sample:1", source="省药监局",
             basis="药品管理法", details={"domain": "drug"}),
        Fact(organisation=b, kind="check_passed", on=date(2026, 4, 1), title="抽查", reference="sample:2", source="市局",
             basis="产品质量法", details={"domain": "product"}),
        Fact(organisation=b, kind="check_passed", on=date(2025, 4, 1), title="抽验", reference="sample:3", source="省药监局",
             basis="药品管理法", details={"domain": "drug"}),
    ])  # fmt: skip
    simulate.spot_check(
        random.Random(1),
        who,
        [simulate.Unit(c, c.region, 1, True)],
        2026,
        domain="drug",
        product="阿莫西林",
        sizes=1,
    )
    whole, cities = drug_makers.coverage(who.user, 2026)
    assert (whole.makers, whole.checked) == (3, 2)
    assert {key: (one.makers, one.checked) for key, one in cities.items()} == {
        "440100": (2, 1),
        "440300": (1, 1),
    }
    left = drug_makers.checked(drug_makers.makers(who.user, 2026), 2026).filter(covered=False)
    assert [(one.name, one.last_fact) for one in left] == [("药厂2", date(2025, 4, 1))]


def test_a_years_list_takes_the_place_of_licences():
    user = officer("province", "440000", "province")
    a, b = maker(1), maker(2)
    job = send(
        user, "essential_drug_makers", "year,uscc,in_production,source", f"2026,{a.uscc},是,名录", f"2026,{b.uscc},否,名录",
        "2026,91440101MA00EXAM02,是,名录", f"1026,{a.uscc},是,名录",
    )  # fmt: skip
    assert (job.accepted, job.rejected) == (2, 2)
    assert [one.name for one in drug_makers.makers(user, 2026)] == ["药厂1"]
    assert drug_makers.makers(user, 2025).count() == 2
    assert DrugMaker.objects.count() == 2


# -- works ---------------------------------------------------------------------------------------------------


def test_only_the_first_attempt_can_be_a_first_pass():
    user = officer("gz", "440100", "city")
    job = send(
        user, "work_acceptances", WORKS, work_row("A", 1, "pass"), work_row("B", 1, "fail", day="2025-12-30"),
        work_row("B", 2, "pass"), work_row("C", 2, "pass"), work_row("D", 1, "pass", "other"),
    )  # fmt: skip
    assert (job.accepted, job.rejected) == (5, 0)
    sizes = works.shares(user, "size")
    large = sizes["large_medium"]
    assert (large.works, large.first, large.unknown) == (3, 1, 1)
    assert (sizes["other"].works, sizes["other"].first) == (1, 1)
    assert {year: (one.works, one.first) for year, one in works.shares(user, "year").items()} == {
        "2025": (1, 0), "2026": (3, 2),
    }  # fmt: skip
    low, high = large.process
    assert low < large.share < high
    assert sizes["other"].process.high == 1.0
    assert works.shares(officer("sz", "440300", "city"), "size") == {}


def test_a_work_that_passed_is_not_accepted_again():
    user = officer("gz", "440100", "city")
    job = send(user, "work_acceptances", WORKS, work_row("A", 1, "pass"), work_row("A", 2, "pass"))
    assert (job.accepted, job.rejected) == (1, 1)
    for bad in (
        work_row("E", 0, "pass"),
        work_row("E", 1, "pass", day="2999-01-01"),
        work_row("E", 1, "pass", region="440300"),
    ):
        assert send(user, "work_acceptances", WORKS, bad).rejected == 1
    send(user, "work_acceptances", WORKS, work_row("A", 1, "fail"))
    assert WorkAcceptance.objects.get().conclusion == "fail"


# -- the demonstration ---------------------------------------------------------------------------------------


def test_the_demonstration_has_figures_and_is_made_once():
    officer("demo-province", "440000", "province")
    organisations(420)
    organisation("检测中心", "440105", 77)
    type(organisations(1, start=800)[0]).objects.filter(name="检测中心").update(kinds=" laboratory ")
    maker(1)
    said: list[str] = []
    for _time in range(2):
        simulate.prepare(said.append)
    assert len(said) == 2
    assert MonitoringSample.objects.filter(taken_on__gt=dates.today() - timedelta(days=365)).count() >= 800
    assert Disposal.objects.filter(state="open").exists()
    assert all(not verify(one.record) for one in Draw.objects.all()[:2])
    assert works.shares(officer("p2", "440000", "province"), "size")["other"].works > 100
