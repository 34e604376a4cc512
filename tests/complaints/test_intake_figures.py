"""Intake from elsewhere by the same path; figures without anybody in them; what is published and who decides."""

import io
import json
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.accounts.people import person
from tests.cases.people import GUANGZHOU, HAIZHU, PROVINCE, TIANHE, at, officer, organisation
from tests.complaints.build import ADDRESS, FACTS, NAME, PHONE, file
from zhiheng.core.accounts.actions import create_key
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure import actions as disclosure
from zhiheng.core.exchange import actions as exchange
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.complaints import actions, queries, rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return organisation(n=1)


def row(firm, n: int = 1, **more) -> dict:
    return {
        "来源": "全国12315平台", "来源编号": f"144000000202611260000{n}", "类别": "投诉", "收到时间": "2026-11-25 09:30",
        "被投诉（举报）人名称": firm.name, "统一社会信用代码": firm.uscc, "姓名": NAME, "电话": PHONE, "通讯地址": ADDRESS,
        "事实和理由": FACTS, "投诉请求": "退款", "问题类别": "质量", "争议金额": "56.80", "购买日期": "2026-11-20",
    } | more  # fmt: skip


def send(user, *rows, again: bool = False):
    body = "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode()
    job = exchange.submit(
        user,
        "complaints_intake",
        io.BytesIO(body),
        "x.jsonl",
        "application/x-ndjson",
        False,
        dates.today(),
        again=again,
    )
    return run_now(job)


def test_what_12315_took_in_is_filed_by_the_same_path_and_only_once(firm):
    chen = officer("chen")
    job = send(chen, row(firm), row(firm, 2, 类别="举报"), row(firm, 3, 类别="投诉和举报"))
    assert (job.accepted, job.rejected) == (3, 0), list(job.outcomes.values("message", "place"))
    assert Case.objects.count() == 4
    case = Case.objects.get(reference="1440000002026112600001")
    assert (case.source, case.region, case.received_at) == ("12315", TIANHE, at("2026-11-25T09:30"))
    assert case.parties.get(key="complainant").phone == PHONE
    assert str(case.matter.amount) == "56.80"
    again = send(chen, row(firm), row(firm, 2, 类别="举报"), row(firm, 3, 类别="投诉和举报"), again=True)
    assert (again.accepted, again.duplicates) == (0, 3)
    assert Case.objects.count() == 4


def test_a_possible_repeat_is_filed_with_a_warning_that_names_it(firm):
    chen = officer("chen")
    first = file(firm).cases[0]
    job = send(chen, row(firm))
    warning = job.outcomes.get(kind="warning")
    assert warning.code == "possible_repeat"
    assert first.number in warning.message
    assert job.accepted == 1


def test_an_unknown_business_is_taken_by_name_with_a_warning(firm):
    from zhiheng.knowledge.codes import uscc

    job = send(
        officer("chen"),
        row(firm, 统一社会信用代码=uscc.make("91440101MA5999999"), 办理机关=TIANHE)
        | {"被投诉（举报）人名称": "没登记的店"},
    )
    assert job.accepted == 1, list(job.outcomes.values())
    assert job.outcomes.get(kind="warning").code == "unknown_organisation"
    assert Case.objects.get().subject_name == "没登记的店"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"类别": "别的"}, "not_in_code_list"), ({"收到时间": "2099-01-01 00:00"}, "received_in_future"), ({"收到时间": "2019-01-01 00:00", "购买日期": ""}, "no_edition"),
     ({"办理机关": "999999"}, "no_such_office"), ({"办理机关": HAIZHU}, "outside_jurisdiction"), ({"电话": "abc"}, "values_wrong"),
     ({"事实和理由": ""}, "required"), ({"争议金额": "-5"}, "values_wrong"), ({"数量": "-5"}, "values_wrong")],
)  # fmt: skip
def test_a_wrong_row_is_rejected_with_its_reason_and_its_personal_data_sealed(firm, more, code):
    job = send(officer("chen"), row(firm, **more))
    assert job.rejected == 1
    outcome = job.outcomes.get(kind="rejected")
    assert outcome.code == code
    assert outcome.message
    for secret in (PHONE, NAME, FACTS):
        assert secret not in json.dumps(outcome.raw, ensure_ascii=False)
    assert not Case.objects.exists()


def test_firms_may_not_send_complaints_in(firm):
    boss = person("enterprise", org=firm)
    with pytest.raises(Problem):
        send(boss, row(firm))


def test_the_edition_of_what_comes_late_is_that_of_its_day(firm):
    send(officer("chen"), row(firm, 收到时间="2026-04-14 23:59", 购买日期=""))
    assert Case.objects.get().edition == "SAMR-20"


# -- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 10, "b": 7}, {"a": 10, "b": 7}),
        ({"a": 10, "b": 3, "c": 6}, {"a": 10, "b": None, "c": None}),  # the total would tell b
        ({"a": 10, "b": 3, "c": 2}, {"a": 10, "b": None, "c": None}),
        ({"a": 3}, {"a": None}),
        ({"a": 0, "b": 5}, {"a": 0, "b": 5}),
        ({}, {}),
    ],
)
def test_small_cells_are_left_out_and_cannot_be_worked_out(counts, shown):
    assert rules.suppress(counts) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (5, 10, (50, 10)),
        (1, 10, (None, None)),
        (9, 10, (None, None)),
        (10, 10, (100, 10)),
        (0, 0, (None, 0)),
        (0, 9, (0, 9)),
    ],
)
def test_a_rate_is_not_told_of_few(part, whole, shown):
    assert rules.rate(part, whole) == shown


@pytest.fixture
def many(firm):
    """Six refused, six agreed, one terminated, one open complaint, and a report."""
    chen = officer("chen", TIANHE, "county", "head")

    def take(case, key, ground="", **values):
        engine.take(Actor(chen), Case.objects.get(pk=case.pk), key, values=values, ground=ground)

    how = {"received_at": timezone.now() - timedelta(days=3)}
    cases = []
    for n in range(14):
        text = f"{n}号顾客{'甲乙丙丁戊己庚辛壬癸子丑寅卯'[n] * 12}"
        cases += file(
            firm, name=f"某{n}", phone=f"1370000{n:04d}", facts=text, amount=n + 1, purchased_on=None, how=how
        ).cases
    for case in cases[:6]:
        take(case, "refuse", "no_consumer", reason="x")
    for case in cases[6:13]:
        take(case, "accept")
    for case in cases[6:12]:
        take(case, "agree", terms="退款")
    take(cases[12], "terminate", "absent")
    engine.take(
        Actor(party=cases[0].parties.get(key="complainant")), cases[0], "rate", values={"rating": "4"}
    )
    file(firm, kind="report", how=how)
    return cases


def test_figures_count_what_came_and_what_became_of_it(many):
    today = dates.today()
    found = queries.figures("4401", today - timedelta(days=10), today)
    assert found["received"] == {"complaint": 14, "report": 1}
    assert found["by_city"] == {"440100": 14}
    assert found["by_category"] == {"food": 14}
    assert found["outcome_complaint"] == {"refused": 6, "agreed": 6, "terminated": 1, "open": 1}
    assert found["mediation"] == {"ended": 7, "agreed": 6}
    assert found["satisfaction"] == {"rated": 1, "mean": 4.0}
    assert queries.figures("4403", today - timedelta(days=10), today)["received"] == {
        "complaint": 0,
        "report": 0,
    }
    public = queries.published_form(found)
    assert public["outcome_complaint"] == {"refused": 6, "agreed": 6, "terminated": None, "open": None}
    assert public["mediation"] == {"rate": None, "ended": None}
    assert public["satisfaction"] == {"rated": None, "mean": None}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_digest_is_public_by_a_person_s_decision_without_a_person_in_it(client, many, language):
    client.cookies["django_language"] = language
    city = officer("gz", GUANGZHOU, "city")
    client.force_login(city)
    yesterday = dates.today() - timedelta(days=1)
    assert client.get(reverse("complaints:statistics")).status_code == 200
    given = {"what": "digest", "digest-since": yesterday - timedelta(days=20), "digest-until": yesterday,
             "digest-title": "三季度投诉数据", "digest-text": "注意饼干", "digest-basis": "SAMR-121 第三十八条"}  # fmt: skip
    assert client.get(reverse("complaints:published")).content.decode().count("三季度投诉数据") == 0
    assert (
        client.post(reverse("complaints:statistics"), given | {"digest-until": dates.today()}).status_code
        == 422
    )
    assert client.post(reverse("complaints:statistics"), given).status_code == 302
    client.logout()
    page = client.get(reverse("complaints:published")).content.decode()
    assert "三季度投诉数据" in page
    one = queries.digests().get()
    csv = client.get(reverse("complaints:download", args=[one.pk])).content.decode()
    assert "14" in csv
    notice = client.get(reverse("web:disclosure", args=[one.disclosure_id])).content.decode()
    for text in (page, csv, notice):
        for secret in ("某0", "13700000000", "号顾客", ADDRESS, "测试食品"):
            assert secret not in text
    disclosure.withdraw(city, one.disclosure, "数据有误")
    assert "三季度投诉数据" not in client.get(reverse("complaints:published")).content.decode()
    assert client.get(reverse("complaints:download", args=[one.pk])).status_code == 404


def test_a_county_officer_sees_figures_and_decides_no_publication(client, many):
    from zhiheng.core.accounts.models import User

    client.force_login(User.objects.get(username="chen"))
    assert (
        client.get(
            reverse("complaints:statistics"), {"since": "2026-01-01", "until": "2026-11-01"}
        ).status_code
        == 200
    )
    assert client.get(reverse("complaints:statistics"), {"since": "x", "until": ""}).status_code == 200
    assert client.post(reverse("complaints:statistics"), {"what": "warning"}).status_code == 403


def test_a_consumer_warning_is_a_notice(client):
    client.force_login(officer("pr", PROVINCE, "province"))
    given = {
        "what": "warning",
        "warning-title": "慎购某饼干",
        "warning-text": "近期投诉集中",
        "warning-basis": "SAMR-121 第三十八条",
    }
    assert client.post(reverse("complaints:statistics"), given | {"warning-text": ""}).status_code == 422
    assert client.post(reverse("complaints:statistics"), given).status_code == 302
    client.logout()
    assert "慎购某饼干" in client.get(reverse("complaints:published")).content.decode()
    assert "慎购某饼干" in client.get(reverse("web:published")).content.decode()


def test_the_figures_have_an_api_within_the_jurisdiction(client, many):
    from zhiheng.core.accounts.models import User

    key = create_key(None, "k", ["cases:read"], user=User.objects.get(username="chen"))[1]
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.get("/api/v1/complaints/statistics", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["received"] == {"complaint": 14, "report": 1}
    assert (
        client.get(
            "/api/v1/complaints/statistics?since=2026-02-01&until=2026-01-01", headers=headers
        ).status_code
        == 422
    )
    assert client.get("/api/v1/complaints/statistics?until=0001-01-01", headers=headers).status_code == 422
    assert client.get("/api/v1/complaints/statistics").status_code == 401


def test_publishing_a_period_that_is_not_over_or_backwards_is_refused(many):
    gz = officer("gz", GUANGZHOU, "city")
    for since, until in ((date(2026, 1, 2), date(2026, 1, 1)), (date(2026, 1, 1), dates.today())):
        with pytest.raises(Problem):
            actions.publish_digest(gz, since, until, "t", "", "b")


# -- lists ----------------------------------------------------------------------------------------------------------


def test_the_lists_show_what_their_readers_may_see(client, firm):
    ours, far = file(firm).cases[0], file(firm, where=HAIZHU).cases[0]
    report = file(firm, kind="report").cases[0]
    client.force_login(officer("chen"))
    page = client.get(reverse("complaints:desk")).content.decode()
    assert ours.number in page
    assert report.number in page
    assert far.number not in page
    for value in ("open", "free", "again"):
        assert (
            client.get(
                reverse("complaints:desk"), {"complaints-open": value, "complaints-kind": "complaint"}
            ).status_code
            == 200
        )
    assert client.get(reverse("complaints:desk"), {"complaints-export": "xlsx"}).status_code == 200
    client.force_login(officer("gz", GUANGZHOU, "city"))
    page = client.get(reverse("complaints:desk")).content.decode()
    assert ours.number in page
    assert far.number in page
    assert report.number not in page  # a report is read in its own office only
    client.force_login(person("laboratory", org=firm))
    assert client.get(reverse("complaints:desk")).status_code in {200, 403}
    client.logout()
    assert client.get(reverse("complaints:desk")).status_code == 302


def test_a_firm_sees_which_complaints_wait_for_its_answer(client, firm):
    case = file(firm).cases[0]
    boss = person("enterprise", org=firm)
    client.force_login(boss)
    assert "待答复" in client.get(reverse("complaints:desk")).content.decode()
    assert (
        client.post(reverse("complaints:respond", args=[case.pk]), {"answer": "", "offer": ""}).status_code
        == 422
    )
    assert (
        client.post(reverse("complaints:respond", args=[case.pk]), {"answer": "正在核实"}).status_code == 302
    )
    page = client.get(reverse("complaints:desk")).content.decode()
    assert "已答复" in page
    other = organisation("别家", n=9)
    client.force_login(person("enterprise", org=other, username="else"))
    assert client.get(reverse("complaints:respond", args=[case.pk])).status_code == 404
