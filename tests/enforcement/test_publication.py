"""Publication: by the law of the decision's day, for its term, with the listed fields; withdrawal, early end, exchange."""

import csv
import io
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, at, officer, organisation
from tests.enforcement.scenes import Office, imposed, take
from tests.enforcement.test_course import refused
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.exchange.actions import submit
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.ledger.models import Entry
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.systems.enforcement import official, reactions
from zhiheng.systems.enforcement.models import PenaltyRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def publicity(case: Case) -> Case:
    return Case.objects.get(procedure="publicity", linked__first=case)


def publish(office: Office, case: Case, when: str, domain: str = "none", **more) -> Disclosure:
    one = publicity(case)
    values = {k: one.values[k] for k in ("decision_no", "decided_on", "violation", "basis", "content")}
    take(office.chen, one, "publish", when, ground=domain, **values, **more)
    return Disclosure.objects.get(subject=f"penalty:{case.number}")


@pytest.mark.parametrize(
    ("day", "edition", "until"),
    [("2025-12-24", "SAMR-45-2021", "2028-12-26"), ("2025-12-25", "SAMR-45-2025", "2026-12-26")],
)
def test_the_edition_is_that_of_the_decisions_day_on_both_sides_of_25_december_2025(
    office, day, edition, until
):
    case = imposed(office, day=day)
    one = publicity(case)
    assert one.edition == edition
    shown = publish(office, case, "2025-12-26T10:00")
    assert shown.published_until == end_of(date.fromisoformat(until))
    assert case.penalty_record.published_until == date.fromisoformat(until)
    assert one.clocks.get(key="publish").started_at == at(f"{day}T10:00")


def test_exactly_the_listed_fields_are_public_with_the_basis_and_people_masked(office):
    case = imposed(office, day="2026-05-06")
    shown = publish(office, case, "2026-05-08T10:00", "food")
    fields = {one["zh"]: one["value"] for one in shown.body["fields"]}
    assert list(fields) == [
        "决定书文号",
        "决定日期",
        "当事人",
        "违法事实",
        "处罚依据",
        "处罚内容",
        "处罚机关",
    ]
    assert fields["当事人"] == case.subject.name
    assert "139****5678" in fields["违法事实"]
    assert "第九条" in shown.basis
    assert "第十四条" in shown.basis
    assert shown.about == f"organisation:{case.subject.uscc}"
    assert shown.decided_by == office.chen
    assert shown.published_until == end_of(date(2029, 5, 8))


def test_a_persons_name_is_masked_wherever_it_stands(office):
    case = imposed(office, day="2026-05-06", person="王小二", kinds=["fine"], fine="5000", discretion="light")
    one = publicity(case)
    assert one.parties.get().name == "王小二"
    values = {k: one.values[k] for k in ("decision_no", "decided_on", "basis", "content")}
    take(office.chen, one, "publish", "2026-05-08T10:00", ground="none", violation="王小二无照销售", **values)
    shown = Disclosure.objects.get(kind="penalty")
    assert "王小二" not in f"{shown.title}{shown.body}"
    assert "王**无照销售" in str(shown.body)
    assert shown.published_until == end_of(date(2026, 8, 8))  # a small fine on a person: three months
    assert case.penalty_record.category == "自然人"


def test_a_mere_warning_is_not_published(office):
    case = imposed(office, day="2026-05-06", kinds=["warning"])
    one = publicity(case)
    refused("exempt", publish, office, case, "2026-05-08T10:00")
    take(office.chen, one, "exempt", "2026-05-08T10:00")
    assert not Disclosure.objects.filter(kind="penalty").exists()


def test_what_is_no_mere_warning_is_not_exempt(office):
    case = imposed(office, day="2026-05-06")
    refused("not_exempt", take, office.chen, publicity(case), "exempt", "2026-05-08T10:00")


def test_the_public_sees_it_to_the_last_day_and_then_404(client, office, monkeypatch):
    today = timezone.localdate()
    case = imposed(office, day=str(today - timedelta(days=40)), kinds=["criticism"])
    shown = publish(office, case, f"{today - timedelta(days=30)}T10:00")
    last = shown.published_until - timedelta(days=1)
    addresses = [
        f"/published/{shown.pk}/",
        f"/o/{case.subject.uscc}/",
        "/published/",
        "/api/v1/enforcement/penalties",
    ]
    for moment, there in ((last.replace(hour=23, minute=59), True), (shown.published_until, False)):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        page, firm, listed, api = (client.get(address) for address in addresses)
        assert page.status_code == (200 if there else 404)
        for answer in (firm, listed):
            assert (case.number in answer.content.decode()) == there
        assert [one["decision_no"] for one in api.json()["items"]] == ([case.number] if there else [])
    # The platform takes the last step by itself, and the case ends.
    assert reactions.stop_publications(timezone.now()) == 1
    assert publicity(case).state == "stopped"
    assert reactions.stop_publications(timezone.now()) == 0


def test_a_decision_that_fell_is_withdrawn_within_three_working_days(client, office):
    case = imposed(office, day="2026-09-01")
    shown = publish(office, case, "2026-09-03T10:00")
    take(office.head, case, "overturned", "2026-09-28T10:00", reason="复议撤销")
    one = publicity(case)
    assert one.state == "overturned"
    clock = one.clocks.get(key="withdraw")
    assert clock.due_at == at("2026-10-09T00:00")  # 29, 30 September, 8 October
    take(office.chen, one, "withdraw", "2026-09-29T10:00")
    shown.refresh_from_db()
    assert shown.withdrawn_why == "复议撤销"
    assert client.get(f"/published/{shown.pk}/").status_code == 404
    assert client.get("/api/v1/enforcement/penalties").json()["items"] == []


def test_an_early_end_waits_for_the_least_term_the_conditions_and_the_repair(office):
    case = imposed(office, day="2026-02-02")
    publish(office, case, "2026-02-04T10:00")
    one = publicity(case)
    take(office.chen, one, "ask_early", reason="已履行")
    refused("conditions_missing", take, office.chen, one, "stop_early", conditions=["performed"], reason="x")
    met = ["performed", "corrected", "no_repeat"]
    refused("not_granted", take, office.chen, one, "stop_early", conditions=met, reason="x")
    Case.objects.filter(procedure="credit_repair").update(state="granted")
    take(office.chen, one, "stop_early", conditions=met, reason="准予信用修复")
    assert Disclosure.objects.get(kind="penalty").withdrawn_why == "准予信用修复"


def test_an_early_end_is_not_asked_for_too_soon_or_where_there_is_none(office):
    today = timezone.localdate()
    case = imposed(office, day=str(today - timedelta(days=30)))
    publish(office, case, f"{today - timedelta(days=28)}T10:00")
    problem = refused("too_early", take, office.chen, publicity(case), "ask_early")
    assert "第十五条" in problem.message
    other = imposed(office, day="2026-02-02", kinds=["revoke"], firm=organisation("甲", HAIZHU, 11))
    publish(office, other, "2026-02-04T10:00")
    refused("no_early_end", take, office.chen, publicity(other), "ask_early")


def test_a_publication_does_not_expire_before_its_day(office):
    case = imposed(office, day="2026-09-01")
    publish(office, case, "2026-09-03T10:00")
    refused("not_over", take, office.chen, publicity(case), "expire")


def test_nobody_publishes_a_penalty_by_hand(office):
    from zhiheng.core.disclosure import actions
    from zhiheng.core.disclosure.forms import PublishForm

    city = officer("gz", "440100", "city")
    refused("unknown_kind", actions.publish, city, "penalty", "penalty:1", "x", {}, "x", timezone.now())
    assert "penalty" not in dict(PublishForm().fields["kind"].choices)


def test_the_official_file_has_the_official_names_and_says_what_is_missing(client, office, settings):
    settings.DEMO = True
    case = imposed(office, day="2026-05-06")
    client.force_login(office.chen)
    answer = client.get("/desk/enforcement/penalties/official.csv")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert len(head) == 30
    told = dict(zip(head, row, strict=True))
    assert told["行政处罚决定书文号"] == case.number
    assert told["罚款金额(万元)"] == "0.800000"
    assert told["行政相对人代码_1(统一社会信用代码)"] == case.subject.uscc
    assert told["处罚决定日期"] == "2026-05-06"
    assert client.get("/desk/enforcement/penalties/official.xlsx").getvalue().startswith(b"PK")
    assert Entry.objects.filter(action="enforcement.official_file", look=True).count() == 2
    assert "处罚机关统一社会信用代码" in official.missing(case.penalty_record)
    client.force_login(officer("auditor", "440000", "auditor"))
    assert client.get("/desk/enforcement/penalties/official.csv").status_code == 403


def send(user, rows: list[dict[str, str]]):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    job = submit(
        user, "penalties", iter([text.getvalue().encode()]), "cf.csv", "text/csv", False, timezone.localdate()
    )
    return run_now(job)


def elsewhere(uscc: str, **more: str) -> dict[str, str]:
    return {
        "CF_XDR_MC": "广州测试食品有限公司", "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": uscc, "CF_XDR_GSZC": "",
        "CF_WSH": "深示例罚〔2026〕8号", "CF_WFXW": "虚假宣传", "CF_SY": "夸大功效", "CF_YJ": "《广告法》", "CF_CFLB": "罚款",
        "CF_NR": "罚款2000元", "CF_NR_FK": "0.2", "CF_JDRQ": "2026-05-06", "CF_CFJG": "深圳市市场监督管理局",
    } | more  # fmt: skip


def test_penalties_of_elsewhere_come_in_by_the_official_layout_and_find_their_firm(office):
    firm = organisation()
    job = send(office.chen, [elsewhere(firm.uscc)])
    assert (job.accepted, job.rejected) == (1, 0)
    row = PenaltyRecord.objects.get()
    assert (row.organisation, row.fine, row.case) == (firm, 2000, None)
    assert send(office.chen, [elsewhere(firm.uscc, BZ="")]).duplicates == 1
    assert not Disclosure.objects.exists()  # what came in is for officers; it makes nothing public


def test_a_placeholder_code_joins_nothing_and_needs_its_registration_number(office):
    individual = {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": official.PLACEHOLDER}
    job = send(office.chen, [elsewhere("", **individual)])
    assert (job.accepted, job.rejected) == (0, 1)
    job = send(office.chen, [elsewhere("", **individual, CF_XDR_GSZC="440105600000001")])
    assert job.accepted == 1
    assert PenaltyRecord.objects.get().organisation is None


def test_a_firm_sends_no_penalties_and_an_own_decision_is_not_changed_from_outside(office):
    case = imposed(office, day="2026-05-06")
    boss = officer("boss", "", "enterprise")
    boss.organisation = case.subject
    boss.save()
    refused("not_permitted", send, boss, [elsewhere(case.subject.uscc)])
    row = case.penalty_record
    job = send(office.chen, [elsewhere(case.subject.uscc, CF_WSH=row.decision_no, CF_CFJG=row.authority)])
    assert job.rejected == 1


def test_penalties_on_record_are_seen_in_the_jurisdiction(office):
    from zhiheng.systems.enforcement import queries

    imposed(office, day="2026-05-06")
    for user, n in (
        (office.chen, 1), (officer("gz", "440100", "city"), 1), (officer("th", TIANHE), 0),
        (officer("sz", "440300", "city"), 0), (officer("lead", "440000", "leading"), 0),
    ):  # fmt: skip
        assert queries.penalties_visible_to(user).count() == n, user


def test_a_summary_decision_is_published_too(office):
    case = engine.open_case(
        Actor(office.chen),
        engine.Opening(
            "simple_penalty", HAIZHU, "未明码标价", at("2026-05-06T09:00"), "test", subject=organisation("乙", HAIZHU, 12),
            parties=[engine.NewParty("party", organisation=organisation("丙", HAIZHU, 13))],
        ),
    )  # fmt: skip
    take(
        office.chen, case, "decide", "2026-05-06T10:00", second=office.wang, violation="未明码标价", place="店内",
        basis="《价格法》", kinds=["fine"], fine="200", content="罚款200元", remedies="x",
    )  # fmt: skip
    shown = publish(office, case, "2026-05-07T10:00")
    assert shown.published_until == datetime(2027, 5, 8, tzinfo=SHANGHAI)
