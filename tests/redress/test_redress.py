"""Demand, answer, advance payment, recourse, insurance: who does what, who sees what, who is reminded."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, complaint, officer, organisation
from tests.redress.people import market, member
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Notice
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.redress import actions, queries, tasks
from zhiheng.systems.redress.models import Policy
from zhiheng.systems.redress.rules import Cover, next_to_act, settlement_fault

pytestmark = pytest.mark.django_db


@pytest.fixture
def m():
    return market()


def refused(code, call, *args, **more):
    with pytest.raises(Problem) as problem:
        call(*args, **more)
    assert problem.value.code == code
    assert problem.value.message
    return problem.value


def day(n):
    return (dates.today() + timedelta(days=n)).isoformat()


def test_a_demand_reaches_the_seller_at_once_without_name_or_telephone(client, m):
    assert list(cases.visible_to(m.seller)) == [m.case]
    client.force_login(m.seller)
    said = client.get(reverse("cases:case", args=[m.case.pk])).content.decode()
    assert "水壶漏电" in said
    assert "张三丰" not in said
    assert "13800138000" not in said
    other = member("other", organisation("别家", TIANHE, 9))
    assert not cases.visible_to(other).exists()


def test_what_is_missing_is_told_by_field(m):
    problem = refused(
        "values_wrong", actions.demand, m.shop, name=" ", phone="1", what="x", values={"demand": []}
    )
    assert set(problem.extra["errors"]) == {"name", "demand"}


def test_agreed_performed_and_confirmed(m):
    m.take(m.seller, "agree", demand=["refund"], performance="退款 199 元", promised_by=day(5))
    one = queries.next_of(m.case, dates.today())
    assert (one.parties, one.by.isoformat(), one.late) == (("seller", "maker"), day(5), False)
    m.take(m.seller, "perform", performance="已退款", amount="199")
    assert queries.next_of(m.case, dates.today()).parties == ("consumer",)
    m.take(m.consumer, "confirm", performance="收到 199 元")
    assert m.case.state == "done"
    assert [d.kind for d in m.case.documents.all()] == ["undertaking", "confirmation"]


def test_a_dispute_goes_back_to_the_seller(m):
    m.take(m.seller, "agree", demand=["refund"], performance="退款", promised_by=day(1))
    m.take(m.consumer, "dispute", reason="没有收到")
    assert queries.next_of(m.case, dates.today()).parties == ("seller", "maker")


def test_paid_in_advance_and_recovered_not_more_than_was_paid(m):
    refused("values_wrong", m.take, m.seller, "advance", amount="0", liable="厂家")
    m.take(m.seller, "advance", amount="1199", liable="生产者")
    problem = refused("values_wrong", m.take, m.seller, "recover", amount="1199.01")
    assert "1199.00" in problem.message
    m.take(m.seller, "recover", amount="1000")
    assert m.case.state == "done"
    (row,) = queries.figures(m.chen, timezone.now() - timedelta(days=1))
    assert (row["advances"], row["advanced"], row["recovered"], row["done"]) == (
        1,
        Decimal(1199),
        Decimal(1000),
        1,
    )


def test_an_officer_records_what_a_seller_without_account_says(m):
    m.take(m.chen, "agree", demand=["repair"], performance="修好", promised_by=day(3))
    assert m.case.steps.get(key="agree").party is None
    assert Notice.objects.filter(case=m.case, party__key="seller", step__key="agree").exists()


def test_who_lets_a_promised_day_pass_is_reminded_once_and_the_office_with_him(m):
    m.take(m.chen, "agree", demand=["refund"], performance="退款", promised_by=day(2))
    now = timezone.now()
    assert tasks.remind_all(now + timedelta(days=2)) == 0  # the day itself is not over
    before = Notice.objects.count()
    assert tasks.remind_all(now + timedelta(days=3)) == 1
    assert tasks.remind_all(now + timedelta(days=4)) == 0
    assert Notice.objects.count() == before + 2  # the seller and the handler
    m.take(m.consumer, "dispute", reason="没有履行")
    m.take(m.seller, "agree", demand=["refund"], performance="退款", promised_by=day(10))
    assert tasks.remind_all(now + timedelta(days=11)) == 1  # a new promise, a new reminder


def test_next_to_act_is_by_state_and_promise():
    from datetime import date

    today = date(2026, 6, 2)
    assert next_to_act("redress", "demanded", {"promised_by": "2026-06-01"}, today).by is None
    late = next_to_act("redress", "agreed", {"promised_by": "2026-06-01"}, today)
    assert late.late
    assert not next_to_act("redress", "agreed", {"promised_by": "2026-06-02"}, today).late
    assert next_to_act("redress", "done", {}, today).parties == ()
    assert next_to_act("claim", "assessing", {"answer_by": "2026-06-30"}, today).parties == ("insurer",)


def test_redress_out_of_a_complaint_is_between_the_same_two_with_the_same_receipt(m):
    secret = engine.new_secret()
    one = complaint(m.shop, receipt=secret, values={"product": "水壶", "amount": "199.00"})
    engine.take(Actor(m.chen), one, "accept")
    engine.take(Actor(m.chen), one, "perform_at_once", values={"terms": "退款"})
    one.refresh_from_db()
    engine.take(Actor(m.chen), one, "open_redress")
    case = Case.objects.filter(procedure="redress").latest("pk")
    assert {p.key for p in case.parties.all()} == {"consumer", "seller"}
    assert all(p.told_at for p in case.parties.all())
    assert case.values == {"product": "水壶", "price": "199.00"}
    assert queries.by_receipt(case.number, engine.receipt_digest(secret)).name == "张三丰"


# -- policies and claims ---------------------------------------------------------------------------------------------


def test_a_policy_is_recorded_by_those_it_is_between_and_their_office(m):
    about = {
        "number": "X",
        "product": "p",
        "valid_from": dates.today(),
        "valid_until": dates.today(),
        "limit_each": 1,
        "limit_total": 1,
    }
    for n, who in enumerate((m.seller, m.agent, m.chen, officer("city", "440100", "city"))):
        actions.record_policy(who, m.insurer, m.shop, **{**about, "number": f"X{n}"})
    stranger = member("stranger", organisation("别家", "440300", 9))
    for who in (
        stranger,
        officer("far", "440303"),
        officer("watcher", HAIZHU, "watcher"),
        officer("p", HAIZHU, "police"),
    ):
        refused("forbidden", actions.record_policy, who, m.insurer, m.shop, **about)
    refused("policy_known", actions.record_policy, m.chen, m.insurer, m.shop, **{**about, "number": "X0"})
    assert queries.policies_visible_to(m.seller).count() == queries.policies_visible_to(m.agent).count() == 4
    assert not queries.policies_visible_to(stranger).exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"limit_each": 0}, "limit_each"), ({"limit_each": -1}, "limit_each"), ({"limit_total": 1}, "limit_total"),
     ({"valid_until": dates.today() - timedelta(days=31)}, "valid_until")],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(m, change, field):
    assert field in refused("policy_wrong", m.policy, **change).extra["errors"]


@pytest.mark.parametrize(
    ("amount", "settled", "fault"),
    [("0", [], "nothing"), ("5000", [], None), ("5000.01", [], "each"), ("3000", ["5000"], None),
     ("3000.01", ["5000"], "total"), ("1", ["5000", "3000"], "total")],
)  # fmt: skip
def test_a_policy_bears_what_its_limits_leave(amount, settled, fault):
    today = dates.today()
    cover = Cover(today, today, Decimal(5000), Decimal(8000))
    assert settlement_fault(Decimal(amount), cover, [Decimal(s) for s in settled]) == fault


def claim_of(m):
    m.take(m.consumer, "claim_insurance")
    return Case.objects.filter(procedure="claim").latest("pk")


def test_a_claim_out_of_redress_reaches_the_insurer_of_the_one_policy_in_force(m):
    m.policy()
    m.policy(
        number="OLD",
        valid_from=dates.today() - timedelta(days=400),
        valid_until=dates.today() - timedelta(days=40),
    )
    claim = claim_of(m)
    assert claim.values["policy_no"] == "PL1"
    assert {p.key for p in claim.parties.all()} == {"insured", "injured", "insurer"}
    assert list(cases.visible_to(m.agent)) == [claim]


def test_with_two_policies_somebody_says_which(m):
    m.policy()
    m.policy(number="PL2")
    claim = claim_of(m)
    assert not claim.parties.filter(key="insurer").exists()
    refused("unknown_policy", m.take, m.seller, "register", claim, policy_no="NONE", event="x")
    m.take(m.seller, "register", claim, policy_no="PL2", event="漏电")
    assert list(cases.visible_to(m.agent)) == [claim]


def settled(m, amount, claim):
    from tests.justice.world import picture
    from zhiheng.core import files as filing
    from zhiheng.core.cases.actions import Sent

    assert filing
    m.take(m.agent, "assess", claim)
    engine.keep_file(claim, None, Actor(m.agent), Sent(picture(), "loss_report"), timezone.now())
    m.take(m.agent, "settle", claim, policy_no="PL1", amount=amount)


def test_settled_within_the_limits_paid_as_settled_and_recovered(m):
    m.policy()
    first = claim_of(m)
    refused("values_wrong", settled, m, "5000.01", first)
    m.take(m.agent, "settle", first, policy_no="PL1", amount="5000")
    refused("values_wrong", m.take, m.agent, "pay", first, amount="4999")
    m.take(m.agent, "pay", first, amount="5000")
    refused("values_wrong", m.take, m.agent, "recourse", first, liable="生产者", amount="5001")
    m.take(m.agent, "recourse", first, liable="生产者", amount="2000")
    second = claim_of(m)
    problem = refused("values_wrong", settled, m, "3000.01", second)
    assert "累计限额" in problem.message
    m.take(m.agent, "settle", second, policy_no="PL1", amount="3000")
    m.take(m.agent, "pay", second, amount="3000")
    (row,) = queries.figures(m.chen, timezone.now() - timedelta(days=1))
    assert (row["claims"], row["insured"]) == (2, Decimal(8000))


def test_an_event_is_reported_under_a_policy_that_runs(m):
    claim = actions.report_claim(m.seller, m.policy(), "水壶漏电", "800")
    assert (claim.state, claim.values["loss"]) == ("reported", "800.00")
    assert list(cases.visible_to(m.agent)) == [claim]
    over = m.policy(
        number="OLD",
        valid_from=dates.today() - timedelta(days=9),
        valid_until=dates.today() - timedelta(days=1),
    )
    refused("not_in_force", actions.report_claim, m.seller, over, "x")
    refused("forbidden", actions.report_claim, member("s", organisation("别家", TIANHE, 9)), over, "x")


def test_policies_come_as_a_batch_and_what_is_wrong_is_said_by_row(m, tmp_path):
    from zhiheng.core.exchange.actions import submit
    from zhiheng.core.jobs.runner import run_now

    head = "policy_no,insurer,insured,product,valid_from,valid_until,limit_each,limit_total\n"
    good = f"B1,{m.insurer.uscc},{m.shop.uscc},水壶,2026-01-01,2026-12-31,5000,20000\n"
    rows = [
        good, good.replace("B1", "B2").replace("2026-12-31", "2025-12-31"),
        good.replace("B1", "B3").replace(m.shop.uscc, m.insurer.uscc), good.replace("B1", "B4").replace("20000", "1"),
    ]  # fmt: skip
    body = (head + "".join(rows)).encode()
    job = run_now(
        submit(m.seller, "liability_policies", iter([body]), "p.csv", "text/csv", False, dates.today())
    )
    assert (job.accepted, job.rejected) == (1, 3)
    wrong = {o.index: (o.place, o.code) for o in job.outcomes.filter(kind="rejected")}
    assert {code for _place, code in wrong.values()} == {"policy_wrong", "not_yours_or_unknown"}
    assert Policy.objects.get().number == "B1"
    again = run_now(
        submit(
            m.agent,
            "liability_policies",
            iter([(head + good).encode()]),
            "q.csv",
            "text/csv",
            False,
            dates.today(),
        )
    )
    assert (again.accepted, again.duplicates) == (0, 1)


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers(client, settings, m, language):
    settings.DEMO = True
    policy, claim = m.policy(), claim_of(m)
    client.cookies["django_language"] = language
    for name in ("start", "calculator", "new", "status"):
        assert client.get(reverse(f"redress:{name}")).status_code == 200, name
    pages = [("desk",), ("policies",), ("new_policy",), ("claim", policy.pk)]
    for user in (m.seller, m.agent, m.chen):
        client.force_login(user)
        for name, *args in pages:
            assert client.get(reverse(f"redress:{name}", args=args)).status_code == 200, (user, name)
        assert client.get(reverse("cases:case", args=[claim.pk])).status_code == 200
    assert client.get(reverse("redress:figures")).status_code == 200
    client.force_login(officer("police", HAIZHU, "police"))
    assert client.get(reverse("redress:policies")).context["table"].rows.count() == 0
    client.force_login(m.seller)
    assert client.get(reverse("redress:figures")).status_code == 403


def test_a_consumer_demands_and_follows_without_an_account(client, m):
    from tests.cases.test_pages import photo

    sent = {
        "seller": "海珠电器", "product": "风扇", "price": "99.5", "demand": ["refund"], "what": "不转", "name": "李四",
        "phone": "13900000000", "files": photo(),
    }  # fmt: skip
    assert client.post(reverse("redress:new"), sent, follow=True).status_code == 200
    receipt = client.session["redress_sent"]
    case = Case.objects.get(number=receipt["number"])
    assert case.values["price"] == "99.50"
    assert case.files.get().sees == ["consumer", "seller"]
    client.session.flush()
    client.cookies.clear()
    assert client.get(reverse("redress:show", args=[receipt["party"]])).status_code == 404
    wrong = {"number": receipt["number"], "secret": "AAAABBBBCCCC"}
    assert client.post(reverse("redress:status"), wrong).status_code == 422
    page = client.post(reverse("redress:status"), {**wrong, "secret": receipt["secret"].lower()}, follow=True)
    assert "等销售者办理" in page.content.decode()
    m.take(m.seller, "agree", case, demand=["refund"], performance="退款", promised_by=day(3))
    shown = client.get(reverse("redress:show", args=[receipt["party"]])).content.decode()
    assert "承诺" in shown
    document = case.documents.get()
    assert client.get(reverse("redress:document", args=[receipt["party"], document.pk])).content.startswith(
        b"%PDF"
    )
    assert (
        client.get(reverse("redress:file", args=[receipt["party"], case.files.get().pk])).status_code == 200
    )
    assert client.get(reverse("redress:step", args=[receipt["party"], "dispute"])).status_code == 200
    assert client.get(reverse("redress:step", args=[receipt["party"], "confirm"])).status_code == 409
    assert client.get(reverse("redress:step", args=[receipt["party"], "agree"])).status_code == 409
    assert client.get(reverse("redress:step", args=[receipt["party"], "perform"])).status_code == 403
    assert client.get(reverse("redress:step", args=[receipt["party"], "nonsense"])).status_code == 404
    assert (
        client.post(
            reverse("redress:step", args=[receipt["party"], "dispute"]), {"reason": "没收到"}
        ).status_code
        == 302
    )
    other = m.case.parties.get(key="consumer").pk
    for name, args in (("show", [other]), ("document", [other, document.pk]), ("step", [other, "drop"])):
        assert client.get(reverse(f"redress:{name}", args=args)).status_code == 404


def test_a_name_that_fits_several_is_asked_about_and_none_is_said(client, m):
    organisation("海珠电器维修部", HAIZHU, 7)
    sent = {
        "seller": "海珠电器",
        "product": "p",
        "demand": ["refund"],
        "what": "w",
        "name": "n",
        "phone": "1",
    }
    page = client.post(reverse("redress:new"), sent)
    assert page.status_code == 422
    assert "海珠电器商行" in page.content.decode()
    assert client.post(reverse("redress:new"), {**sent, "which": m.shop.uscc}).status_code == 302
    assert client.post(reverse("redress:new"), {**sent, "seller": "查无此店"}).status_code == 422
    assert client.post(reverse("redress:new"), {**sent, "seller": m.shop.uscc.lower()}).status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_calculator_says_formula_citation_and_that_it_decides_nothing(client, language):
    client.cookies["django_language"] = language
    asked = {
        "price": "100",
        "loss": "400",
        "fraud": "on",
        "food": "on",
        "against": "seller",
        "knew": "on",
        "distance": "on",
        "received_on": "2025-09-26",
    }
    said = client.get(reverse("redress:calculator"), asked).content.decode()
    for part in ("100.00", "500.00", "1,200.00", "CMP" if False else "400.00"):
        assert part in said
    if language == "zh-hans":
        for part in (
            "不足 500.00 元，按 500.00 元",
            "《中华人民共和国消费者权益保护法》第五十五条第一款",
            "第一百四十八条",
            "不是决定",
            "顺延到 2025年10月9日",
        ):
            assert part in said, part
    wrong = client.get(reverse("redress:calculator"), {"price": "-1", "received_on": "2099-01-01"})
    assert wrong.status_code == 422
    assert client.get(reverse("redress:calculator"), {"price": "abc", "against": "nobody"}).status_code == 422


def test_the_calculation_as_json(client):
    address = "/api/v1/redress/calculation"
    found = client.get(
        address, {"price": "100", "fraud": "true", "distance": "true", "received_on": "2026-05-20"}
    ).json()
    fraud, back = found["lines"]
    assert (fraud["amount"], fraud["floor"], fraud["citation"], fraud["rule"]) == (
        "500.00",
        "500.00",
        "L-CPL 第五十五条第一款",
        "CMP-070",
    )
    assert fraud["products"] == [{"times": "3", "base": "price", "of": "100.00", "result": "300.00"}]
    assert back["until"] == "2026-05-27"
    assert "statement" in found
    for wrong in (
        {"price": "-1"},
        {"price": "x"},
        {"received_on": "2099-01-01"},
        {"against": "x"},
        {"price": "1e40"},
    ):
        answer = client.get(address, wrong)
        assert answer.status_code == 422, wrong
        assert answer["Content-Type"].startswith("application/problem+json")
