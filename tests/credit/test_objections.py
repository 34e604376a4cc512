"""An organisation objects to an item of its file: it shows, the office looks into it, and what was wrong is put right."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import GUANGZHOU, HAIZHU, officer
from tests.credit.world import account, fact, firm, licence, public
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import actions as facts
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.credit import objections, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm_and_fact(settings):
    settings.DEMO = True
    one = firm()
    return one, fact(one, **public())


def raised(one, item, why="不是本单位的产品"):
    return objections.raise_objection(account(one), one, item, why)


def uphold(case):
    user = officer("o", HAIZHU)
    engine.take(Actor(user), case, "uphold", values={"item": "抽查", "finding": "确有错误"})
    case.refresh_from_db()
    return user


def test_an_item_under_objection_shows_it_and_its_clock_runs(firm_and_fact):
    one, item = firm_and_fact
    case = raised(one, item)
    assert case.clocks.get().key == "verify"
    [shown] = queries.public_file(one, dates.today())
    assert shown.objection == case
    assert queries.file_of(one, dates.today(), officer=True)[0].objection == case


def test_one_objection_at_a_time(firm_and_fact):
    one, item = firm_and_fact
    user = account(one)
    objections.raise_objection(user, one, item, "不对")
    with pytest.raises(Problem) as refused:
        objections.raise_objection(user, one, item, "还是不对")
    assert refused.value.code == "under_objection"


def test_only_the_organisation_itself_objects(firm_and_fact):
    one, item = firm_and_fact
    with pytest.raises(Problem) as refused:
        objections.raise_objection(account(firm(2, name="广州另一家有限公司")), one, item, "不对")
    assert refused.value.code == "forbidden"


def test_what_was_wrong_is_withdrawn_with_the_step(firm_and_fact):
    one, item = firm_and_fact
    case = raised(one, item)
    user = uphold(case)
    with pytest.raises(Problem) as refused:  # the step alone would leave the item as it is
        engine.take(Actor(user), case, "correct", values={"reason": "更正"})
    assert refused.value.code == "item_not_corrected"
    objections.correct(user, case, "withdraw", "确有错误", {})
    case.refresh_from_db()
    item.refresh_from_db()
    assert case.state == "corrected"
    assert item.withdrawn_at is not None
    assert queries.public_file(one, dates.today()) == []


def test_what_was_wrong_is_amended(firm_and_fact):
    one, item = firm_and_fact
    case = raised(one, item)
    objections.correct(uphold(case), case, "amend", "型号写错", {"title": "电水壶", "on": item.on})
    item.refresh_from_db()
    assert (item.title, item.withdrawn_at) == ("电水壶", None)


def published(item) -> Disclosure:
    """The notice that made a fact public here."""
    by = officer("gz", GUANGZHOU, "city")
    notice = disclosing.publish_by_law(
        by, "notice", "notice:x", HAIZHU, "抽查结果", {"fields": []}, "依据", timezone.now(), None
    )
    facts.publish(by, item, notice)
    return notice


def test_a_record_that_was_wrong_takes_its_public_notice_with_it(firm_and_fact, client):
    one, item = firm_and_fact
    notice = published(item)
    address = reverse("web:disclosure", args=[notice.pk])
    assert client.get(address).status_code == 200
    case = raised(one, item)
    user = uphold(case)
    client.force_login(user)
    assert "public_until" not in client.get(reverse("credit:correct", args=[case.pk])).context["form"].fields
    objections.correct(user, case, "withdraw", "确有错误", {})
    notice.refresh_from_db()
    assert notice.withdrawn_why == "确有错误"
    client.logout()
    assert client.get(address).status_code == 404


def test_what_still_holds_a_firm_on_a_list_is_not_withdrawn_from_its_file_alone(firm_and_fact):
    one, _item = firm_and_fact
    listed = fact(one, "serious", 5)
    facts.stand(None, one, "serious", "listed", listed.on, reference="case:1")
    case = raised(one, listed)
    user = uphold(case)
    with pytest.raises(Problem) as refused:
        objections.correct(user, case, "withdraw", "不应列入", {})
    assert refused.value.code == "still_listed"
    case.refresh_from_db()
    listed.refresh_from_db()
    assert (case.state, listed.withdrawn_at) == ("to_correct", None)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_of_a_correction_holds_the_dates_as_they_are(firm_and_fact, client, language):
    one, item = firm_and_fact
    case = raised(one, item)
    client.force_login(uphold(case))
    client.cookies["django_language"] = language
    page = client.get(reverse("credit:correct", args=[case.pk])).content.decode()
    # In any other form a browser shows an empty field, and sending it would make the item public for ever.
    assert f'value="{item.on.isoformat()}"' in page
    assert f'value="{item.public_until.isoformat()}"' in page


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"on": "9999-12-31"}, "on"),
        ({"on": "2026-02-30"}, "on"),
        ({"public_until": "1900-01-01"}, "public_until"),
        ({"counts_until": "1900-01-01"}, "counts_until"),
        ({"title": "长" * 301}, "title"),
    ],
)
def test_absurd_corrections_are_refused_at_their_field(firm_and_fact, client, values, field):
    one, item = firm_and_fact
    case = raised(one, item)
    client.force_login(uphold(case))
    form = {"how": "amend", "title": "电水壶", "on": item.on.isoformat(), "why": "写错"} | values
    answer = client.post(reverse("credit:correct", args=[case.pk]), form)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_licence_can_be_objected_to_as_well(firm_and_fact):
    one, _item = firm_and_fact
    row = licence(one)
    case = raised(one, row)
    objections.correct(uphold(case), case, "withdraw", "已注销", {})
    row.refresh_from_db()
    assert row.status == "withdrawn"


def test_what_was_right_is_kept_and_the_mark_goes(firm_and_fact):
    one, item = firm_and_fact
    case = raised(one, item)
    engine.take(Actor(officer("o", HAIZHU)), case, "keep", values={"item": "抽查", "finding": "无误"})
    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert queries.public_file(one, dates.today())[0].objection is None


def test_on_the_pages(firm_and_fact, client):
    one, item = firm_and_fact
    client.force_login(account(one))
    assert "提出异议" in client.get(reverse("credit:file", args=[one.uscc])).content.decode()
    url = reverse("credit:object", args=[one.uscc, "fact", item.pk])
    assert client.post(url, {"why": ""}).status_code == 422
    assert client.post(url, {"why": "不是本单位的产品"}).status_code == 302
    case = Case.objects.get(procedure="credit_objection")
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200  # the firm follows its case
    assert client.get(reverse("credit:correct", args=[case.pk])).status_code == 403
    user = uphold(case)
    client.force_login(user)
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert reverse("credit:correct", args=[case.pk]) in page
    form = {"how": "amend", "title": "", "on": "", "why": "x"}
    assert client.post(reverse("credit:correct", args=[case.pk]), form).status_code == 422
    done = client.post(reverse("credit:correct", args=[case.pk]), {"how": "withdraw", "why": "确有错误"})
    assert done.status_code == 302
    item.refresh_from_db()
    assert item.withdrawn_why == "确有错误"


def test_what_is_confidential_cannot_be_asked_for(firm_and_fact, client):
    one, _item = firm_and_fact
    secret = fact(one, "complaint_upheld", 3)
    client.force_login(account(one))
    assert client.get(reverse("credit:object", args=[one.uscc, "fact", secret.pk])).status_code == 404
