"""Several offices: assistance, disputes, joint action, listing, campaigns; and the pages of the room."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import GUANGZHOU, HAIZHU, PROVINCE, TIANHE, at, officer
from tests.enforcement.scenes import Office, imposed, opened, photo, take
from tests.enforcement.test_course import refused
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Link
from zhiheng.systems.enforcement import actions, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def child(case: Case, procedure: str) -> Case:
    return Case.objects.get(procedure=procedure, linked__first=case, linked__kind=Link.Kind.OPENED)


def test_assistance_lies_with_the_other_office_with_its_clock_and_the_answer_comes_back(office):
    case, there = opened(office), officer("tianhe", TIANHE)
    refused("own_office", take, office.chen, case, "ask_assistance", assist_office=HAIZHU, request="x")
    take(
        office.chen, case, "ask_assistance", "2026-06-02T09:00", assist_office=TIANHE, request="查明供货单位"
    )
    one = child(case, "assistance")
    assert (one.region, one.handler, one.number[:4]) == (TIANHE, None, "广州天河")
    clock = one.clocks.get(key="answer")
    assert (clock.state, clock.started_at) == ("running", at("2026-06-02T00:00"))
    assert one.files.get(kind="letter").content_type == "application/pdf"
    assert set(cases.visible_to(office.chen)) == {case, one}
    assert case not in cases.visible_to(there)
    take(there, one, "register", "2026-06-03T09:00", request="查明供货单位", received_on="2026-06-03")
    take(there, one, "answer", "2026-06-10T09:00", findings="供货单位为某公司")
    assert cases.notices_for(office.chen).filter(case=one, step__key="answer").exists()
    assert [d.kind for d in cases.documents_for(one, cases.parties_of(one, office.chen))] == ["answer"]
    other = opened(office, firm=case.subject)
    take(office.chen, other, "ask_assistance", assist_office=TIANHE, request="x")
    assert take(office.chen, child(other, "assistance"), "recall").party.key == "requester"


def test_a_dispute_over_jurisdiction_goes_to_the_office_above_both(office):
    case = opened(office)
    refused("no_superior", take, office.chen, case, "dispute_competence", counterpart="110101", reason="x")
    take(office.chen, case, "dispute_competence", counterpart=TIANHE, reason="经营地有争议")
    one = child(case, "competence")
    there, city = officer("tianhe", TIANHE), officer("gz", GUANGZHOU, "city")
    take(there, one, "state_position", matter="管辖", position="应由海珠管辖")
    take(office.head, one, "refer_penalty", matter="管辖", position="应由天河管辖")
    assert one.clocks.get(key="designate").state == "running"
    take(city, one, "designate", outcome="天河区局")
    one.refresh_from_db()
    assert (one.state, one.values["outcome"]) == ("settled", "天河区局")


def test_an_office_that_acts_jointly_is_a_party_and_reports(office):
    case, there = opened(office), officer("tianhe", TIANHE)
    take(office.head, case, "act_jointly", joint_office=TIANHE)
    assert case in cases.visible_to(there)
    assert not queries.whole(there).filter(pk=case.pk).exists()
    step = take(there, case, "report_jointly", findings="天河区库存已查清")
    assert step.party.key == "joint"
    assert case not in cases.visible_to(officer("by", "440111"))


def test_a_major_case_is_listed_reported_on_and_delisted(office):
    case = opened(office)
    city = officer("gz-head", GUANGZHOU, "city", "head")
    refused("not_above", take, office.head, case, "list_supervised", listing_office=TIANHE, reason="重大")
    take(office.head, case, "list_supervised", listing_office=GUANGZHOU, reason="重大")
    one = child(case, "supervision")
    assert one.region == GUANGZHOU
    day = timezone.localdate()
    take(
        city, one, "list", matter="x", basis="市局督办办法", requirements="查清", deadline=str(day + timedelta(days=30)),
        report_every="7", conditions="结案",
    )  # fmt: skip
    one.refresh_from_db()
    assert queries.next_report(one) == day + timedelta(days=7)
    assert one.due_at is None  # no text sets a period: nobody is late
    take(office.chen, one, "report", progress="已取证")
    take(office.chen, one, "ask_delisting", result="已结案")
    take(city, one, "delist", result="已结案")
    one.refresh_from_db()
    assert one.state == "delisted"


def test_an_office_above_lists_a_case_itself_and_only_once(office):
    case = opened(office)
    city = officer("gz", GUANGZHOU, "city")
    refused("cannot_list", actions.list_case, office.head, case)
    refused("cannot_list", actions.list_case, officer("sz", "440300", "city"), case)
    one = actions.list_case(city, case)
    assert (one.region, one.parties.get().region) == (GUANGZHOU, HAIZHU)
    assert one in cases.visible_to(office.chen)
    refused("listed_already", actions.list_case, officer("gd", PROVINCE, "province"), case)


def test_a_campaign_counts_the_cases_of_its_offices(office):
    head = officer("gz-head", GUANGZHOU, "city", "head")
    days = (date(2026, 1, 1), date(2026, 12, 31))
    refused("forbidden", actions.begin_campaign, officer("gz", GUANGZHOU, "city"), "x", "x", "x", *days)
    refused("days_wrong", actions.begin_campaign, head, "x", "x", "x", *days[::-1])
    one = actions.begin_campaign(head, "食品标签专项行动", "市局通知", "饼干标签", *days)
    refused("campaign_exists", actions.begin_campaign, head, "食品标签专项行动", "x", "x", *days)
    case = imposed(office, day="2026-05-06")
    actions.attach(office.chen, case, one)
    refused("attached", actions.attach, office.chen, case, one)
    refused(
        "other_time", actions.attach, office.chen, opened(office, "2025-12-31T09:00", firm=case.subject), one
    )
    far = Office("440305", "sz")
    refused("other_region", actions.attach, far.chen, opened(far), one)
    refused("not_handler", actions.attach, office.legal, case, one)
    (row,) = queries.progress(one, head)
    assert (row["region"], row["n"], row["decided"], row["fine"]) == (HAIZHU, 1, 1, 8000)
    assert queries.progress(one, officer("th", TIANHE)) == []
    assert set(queries.campaigns_visible_to(office.chen)) == {one}
    assert not queries.campaigns_visible_to(far.chen).exists()
    assert set(queries.campaigns_visible_to(officer("lead", PROVINCE, "leading"))) == {one}


# -- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pages(client, office, settings):
    settings.DEMO = True
    client.force_login(office.chen)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_room_answers(pages, office, language):
    pages.cookies["django_language"] = language
    case = opened(office)
    take(
        office.chen,
        case,
        "collect",
        second=office.wang,
        evidence="x",
        evidence_kind="sample",
        files=[photo()],
    )
    take(office.chen, case, "take_measure")
    take(office.chen, case, "ask_assistance", assist_office=TIANHE, request="x")
    take(office.head, case, "list_supervised", listing_office=GUANGZHOU, reason="x")
    done = imposed(office, day="2026-05-06", firm=case.subject)
    take(office.chen, done, "serve", "2026-05-07T09:00", service_way="direct", served_on="2026-05-07")
    head = officer("gz-head", GUANGZHOU, "city", "head")
    campaign = actions.begin_campaign(head, "标签", "通知", "饼干", date(2026, 1, 1), date(2026, 12, 31))
    item, sealed = case.evidence.get(), child(case, "measure")
    for name, *args in (
        ("index",), ("supervised",), ("campaigns",), ("campaign", campaign.pk), ("new_campaign",), ("penalties",),
        ("register", case.pk), ("evidence", item.pk), ("evidence_enter", item.pk, "custody"),
        ("evidence_enter", item.pk, "files"), ("strike", "evidence", item.pk), ("enter", sealed.pk, "item"),
        *[("enter", case.pk, what) for what in ("limitation", "factor", "discussion", "campaign")],
        ("enter", done.pk, "instalments"), ("enter", done.pk, "court"), ("court_zip", done.pk),
    ):  # fmt: skip
        answer = pages.get(reverse(f"enforcement:{name}", args=args))
        assert answer.status_code == 200, (name, args)
    every = [case, done, *Case.objects.exclude(pk__in=[case.pk, done.pk])]
    for one in every:
        assert pages.get(reverse("cases:case", args=[one.pk])).status_code == 200, one
    for step in ("collect", "ask_assistance", "dispute_competence", "submit"):
        assert pages.get(reverse("cases:step", args=[case.pk, step])).status_code == 200
    assert pages.post(reverse("enforcement:verify", args=[case.pk])).status_code == 200


def test_what_is_entered_on_a_page_stands_in_the_case(pages, office):
    case = opened(office)
    sent = {"kind": "mitigating", "what": "及时改正", "basis": "裁量基准", "reason": "当日下架"}
    assert pages.post(reverse("enforcement:enter", args=[case.pk, "factor"]), sent).status_code == 302
    assert "及时改正" in pages.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert pages.post(reverse("enforcement:enter", args=[case.pk, "factor"]), {"kind": ""}).status_code == 422
    wrong = pages.post(
        reverse("enforcement:enter", args=[case.pk, "limitation"]), {"answer": "found_earlier", "reason": "x"}
    )
    assert wrong.status_code == 422
    assert "须写明发现的日期" in wrong.content.decode()
    assert pages.get(reverse("enforcement:enter", args=[case.pk, "nonsense"])).status_code == 404
    take(office.chen, case, "collect", second=office.wang, evidence="x", evidence_kind="object")
    item = case.evidence.get()
    form = {"event": "moved", "at": "2026-06-20T09:00", "giver": "陈", "taker": "仓库", "place": "物证室"}
    late = pages.post(reverse("enforcement:evidence_enter", args=[item.pk, "custody"]), form)
    assert late.status_code == 422  # before it was taken: today
    form["at"] = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    assert (
        pages.post(reverse("enforcement:evidence_enter", args=[item.pk, "custody"]), form).status_code == 302
    )


def test_instalments_are_agreed_on_a_page_by_the_head(pages, office):
    case = imposed(office, day=str(timezone.localdate() - timedelta(days=3)))
    today = timezone.localdate()
    take(office.chen, case, "serve", service_way="direct", served_on=str(today))
    address = reverse("enforcement:enter", args=[case.pk, "instalments"])
    sent = {
        "reason": "资金困难", "part-TOTAL_FORMS": "2", "part-INITIAL_FORMS": "0",
        "part-0-due_on": str(today + timedelta(days=10)), "part-0-amount": "3000",
        "part-1-due_on": str(today + timedelta(days=40)), "part-1-amount": "4000",
    }  # fmt: skip
    pages.force_login(office.head)
    short = pages.post(address, sent)
    assert short.status_code == 422
    assert "8000" in short.content.decode()
    assert pages.post(address, sent | {"part-1-amount": "5000"}).status_code == 302


def test_another_offices_evidence_is_not_found(pages, office):
    far = Office("440305", "sz")
    case = opened(far)
    take(far.chen, case, "collect", second=far.wang, evidence="x", evidence_kind="object")
    item = case.evidence.get()
    for name, *args in (
        ("register", case.pk), ("evidence", item.pk), ("evidence_enter", item.pk, "custody"),
        ("strike", "evidence", item.pk), ("enter", case.pk, "factor"), ("court_zip", case.pk),
    ):  # fmt: skip
        assert pages.get(reverse(f"enforcement:{name}", args=args)).status_code == 404, name
    mine = opened(office)
    pages.force_login(officer("gz", GUANGZHOU, "city"))
    assert pages.get(reverse("enforcement:register", args=[mine.pk])).status_code == 200
    for what in ("limitation", "factor", "discussion", "campaign"):  # above one reads; one does not fill in
        assert pages.get(reverse("enforcement:enter", args=[mine.pk, what])).status_code == 403
    pages.force_login(officer("jd", HAIZHU, "police"))
    assert pages.get(reverse("enforcement:index")).status_code == 403
