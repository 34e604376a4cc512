"""Results of spot checks in the layout of the publicity system, out and in at another office."""

import csv
import io
from datetime import timedelta

import pytest
import yaml
from django.test import Client

from tests.cases.people import HAIZHU, TIANHE, at, officer
from tests.credit.test_matching import send
from tests.inspection.after_scene import Scene, scene
from tests.shared import shared
from zhiheng.core.facts.models import Fact
from zhiheng.knowledge.codes import random_checks
from zhiheng.systems.credit import queries as credit
from zhiheng.systems.inspection import official

pytestmark = pytest.mark.django_db
HEADS = ["主体名称", "统一社会信用代码", *(one.zh for one in random_checks.COLUMNS)]


@pytest.fixture
def s() -> Scene:
    return scene()


def results(user, plan) -> list[list[str]]:
    client = Client()
    client.force_login(user)
    sent = client.get(f"/desk/inspection/plans/{plan.pk}/?results-export=csv")
    heads, *rows = csv.reader(io.StringIO(sent.getvalue().decode("utf-8-sig")))
    assert heads == HEADS
    return rows


def failed(s: Scene) -> None:
    s.tested("fail")
    s.now = at("2026-03-18T09:00")
    s.take(s.chen, "final_fail")


def test_the_layout_is_the_handbooks():
    handbook = yaml.safe_load(shared("handbook/official-formats.yaml").read_text(encoding="utf-8"))
    [layout] = [one for one in handbook["formats"] if one["id"] == "SSJ-RESULT"]
    assert [(c.zh, c.code) for c in random_checks.COLUMNS] == [(f["zh"], f["code"]) for f in layout["fields"]]
    assert set(handbook["codes"]["RANINS_RESULT"]["values"]) == random_checks.RESULTS


def test_only_a_final_conclusion_goes_out(s: Scene):
    plan = s.sample.item.plan
    s.tested("fail")
    assert results(s.chen, plan) == []
    s.now = at("2026-03-18T09:00")
    s.take(s.chen, "final_fail")
    assert results(s.chen, plan) == [
        [
            s.seller.name, s.seller.uscc, f"ZHIHENG-PLAN-{plan.pk}", plan.title, f"ZHIHENG-{s.sample.number}",
            "2026年童装监督抽查：童装", "", "广州市天河区市场监督管理局", "2026-03-18", "童装监督抽查", "发现问题待后续处理",
        ]
    ]  # fmt: skip


def test_a_result_that_fell_goes_out_no_more(s: Scene):
    failed(s)
    for fact in Fact.objects.filter(organisation=s.seller):
        Fact.objects.filter(pk=fact.pk).update(withdrawn_at=s.now, withdrawn_why="复检合格")
    assert results(s.chen, s.sample.item.plan) == []


def test_what_was_put_right_says_so_and_only_of_the_one_who_did(s: Scene):
    failed(s)
    s.take(s.chen, "order", demand="停止销售，改正标签")
    case = s.opened("rectification")
    s.take(s.chen, "recheck_pass", case, findings="复查合格")
    [sent] = results(s.chen, s.sample.item.plan)
    assert sent[-1] == random_checks.PUT_RIGHT


def test_a_passed_sample_says_that_nothing_was_found(s: Scene):
    s.tested("pass")
    s.now = at("2026-03-18T09:00")
    s.take(None, "final_pass")
    assert results(s.chen, s.sample.item.plan)[0][-1] == "未发现问题"


def test_an_office_sees_the_results_of_its_jurisdiction(s: Scene):
    failed(s)
    plan = s.sample.item.plan
    plan.region = "440000"
    plan.save()
    assert len(results(s.chen, plan)) == 1
    assert results(officer("elsewhere", HAIZHU), plan) == []
    page = Client()
    page.force_login(s.chen)
    assert "results-export=csv" in page.get(f"/desk/inspection/plans/{plan.pk}/").content.decode()


def test_over_the_api(s: Scene, settings):
    settings.DEMO = True
    failed(s)
    plan = s.sample.item.plan
    client = Client()
    path = f"/api/v1/inspection/plans/{plan.pk}/results"
    assert client.get(path).status_code == 401
    client.force_login(s.chen)
    [row] = client.get(path).json()["items"]
    assert (row["raninsCheckResName"], row["uscc"]) == ("发现问题待后续处理", s.seller.uscc)
    client.force_login(officer("elsewhere", HAIZHU))
    assert client.get(path).status_code == 404


# -- in ----------------------------------------------------------------------------------------------------------


def row(**more):
    return {
        "name": "广州百货有限公司", "uscc": "", "raninsTaskId": "T1", "raninsItemName": "产品质量监督检查", "insAuth": "某区市场监督管理局",
        "insDate": "2026-06-10", "raninsCheckResName": "发现问题待后续处理", **more,
    }  # fmt: skip


def test_our_own_file_is_taken_in_elsewhere_and_says_the_same(s: Scene):
    failed(s)
    [sent] = results(s.chen, s.sample.item.plan)
    Fact.objects.all().delete()
    job = send("random_checks", dict(zip(HEADS, sent, strict=True)), actor=officer("o", TIANHE))
    assert job.accepted == 1
    fact = Fact.objects.get()
    assert (fact.kind, fact.organisation, fact.source) == (
        "random_check",
        s.seller,
        "广州市天河区市场监督管理局",
    )
    assert fact.title == "童装监督抽查：发现问题待后续处理"
    [item] = credit.file_of(s.seller, at("2026-07-01T09:00").date(), officer=True)
    assert (item.group, item.state, item.public_from) == ("check", "counts", None)


def test_a_result_of_elsewhere_is_put_right_by_its_number_and_never_twice(s: Scene):
    one = row(uscc=s.seller.uscc)
    assert send("random_checks", one).accepted == 1
    assert send("random_checks", one).duplicates == 1
    assert send("random_checks", one | {"raninsCheckResName": "发现问题经责令已改正"}).accepted == 1
    assert Fact.objects.get().title == "产品质量监督检查：发现问题经责令已改正"
    other = row(uscc=s.maker.uscc, name=s.maker.name)
    assert send("random_checks", other).accepted == 1  # another enterprise of the same task
    assert Fact.objects.count() == 2


def test_without_a_code_it_waits_and_words_nobody_knows_are_kept_with_a_warning(s: Scene):
    assert send("random_checks", row()).outcomes.get(kind="warning").code == "waits_for_matching"
    job = send("random_checks", row(uscc=s.maker.uscc, name=s.maker.name, raninsCheckResName="暂停营业"))
    assert (job.accepted, job.outcomes.get(kind="warning").code) == (1, "result_words_unknown")
    assert Fact.objects.get().title.endswith("：暂停营业")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"raninsCheckResName": "01"}, "result_is_code"), ({"raninsCheckResName": "A"}, "result_is_code"),
        ({"raninsCheckResName": ""}, "required"), ({"insDate": "2199-01-01"}, "in_future"),
        ({"raninsTaskId": ""}, "required"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(s: Scene, values, code):
    job = send("random_checks", row(uscc=s.seller.uscc, **values))
    assert (job.rejected, job.outcomes.get(kind="rejected").code) == (1, code)


def test_it_gives_no_points_and_proposes_nothing(s: Scene):
    from zhiheng.core.cases.models import Case
    from zhiheng.systems.credit import scoring

    before = Case.objects.count()
    send("random_checks", row(uscc=s.seller.uscc, raninsCheckResName="不配合检查情节严重"))
    fact = Fact.objects.get()
    said = scoring.Said(fact.kind, fact.on, fact.details)
    assert scoring.score([said], fact.on + timedelta(days=1))[2] == []
    assert Case.objects.count() == before


def test_a_conclusion_of_another_plan_is_not_there(s: Scene):
    failed(s)
    other = s.sample.item.plan
    other.pk, other.title = None, "另一计划"
    other.save()
    assert not official.concluded(s.chen, other).exists()
