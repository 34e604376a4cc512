"""Two rules that disagree on a limit: nobody is late by the doubtful one until the office has chosen, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cases.people import GUANGZHOU, TIANHE, at, officer, organisation
from zhiheng.core.cases import actions, calendars, handling, readings, running, showing
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case, ReadingChoice
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem

pytestmark = pytest.mark.django_db
OWN, OTHER = "SAMR-107 第十六条第二、三款", "SAMR-44 第十七条第三款"


@pytest.fixture
def people():
    return (
        officer("chen"),
        officer("legal", TIANHE, "county", "legal"),
        officer("head", TIANHE, "county", "head"),
    )


def accepted(user, n: int = 1, region: str = TIANHE) -> Case:
    """An application for early removal, accepted on 28 September 2026."""
    firm = organisation(f"某公司{n}", region, n)
    opening = Opening(
        "credit_repair", region, "提前移出", at("2026-09-28T09:00"), "test", subject=firm, values={"kind": "list"},
        parties=[NewParty("applicant", organisation=firm)],
    )  # fmt: skip
    case = actions.open_case(Actor(user), opening, now=at("2026-09-28T09:00"))
    actions.take(Actor(user), case, "accept_list", now=at("2026-09-28T10:00"))
    case.refresh_from_db()
    return case


def choose(user, cite: str = OWN, reason: str = "后法优于前法") -> ReadingChoice:
    return readings.choose(user, "credit_repair", "SAMR-107", "decide_list", cite, reason)


def test_before_a_choice_one_is_late_by_the_longest_and_reminded_by_the_other(people):
    chen, _legal, _head = people
    case = accepted(chen)
    clock = case.clocks.get(key="decide_list")
    assert clock.due_at == at("2026-10-24T00:00")  # fifteen: 29=1 30=2 [1–7] 8=3 9=4 10*=5 12–16=10 19–23=15
    now = at("2026-10-14T09:00")  # the seven are over: 29 30 8 9 10* 12 13
    view = showing.clock_view(clock, running.course_of(case), now, calendars.current())
    assert view.urgency == "later"
    assert any("令" in note or "信用修复" in note for note in view.notes)
    assert any("10月13日" in note for note in view.notes)


@pytest.mark.parametrize(("cite", "due"), [(OWN, "2026-10-14T00:00"), (OTHER, "2026-10-24T00:00")])
def test_the_choice_holds_for_what_starts_later_and_not_for_what_has_begun(people, cite, due):
    chen, legal, _head = people
    before = accepted(chen)
    choose(legal, cite)
    after = accepted(chen, 2)
    assert before.clocks.get(key="decide_list").due_at == at("2026-10-24T00:00")
    clock = after.clocks.get(key="decide_list")
    assert clock.due_at == at(due)
    assert clock.reading == ("" if cite == OWN else OTHER)
    assert showing.explain(clock, running.course_of(after)).due_at == clock.due_at
    elsewhere = accepted(officer("gz", GUANGZHOU, "city"), 3, GUANGZHOU)
    assert elsewhere.clocks.get(key="decide_list").due_at == at("2026-10-24T00:00")  # each office for itself


def test_only_the_text_that_allows_it_can_be_extended(people):
    chen, legal, head = people
    choose(legal, OTHER)
    case = accepted(chen)
    case.clocks.update(due_at=timezone.now() + timedelta(days=3))
    with pytest.raises(Problem) as refused:
        handling.extend(head, case, "decide_list", "复杂")
    assert refused.value.code == "no_extension"


@pytest.mark.parametrize(
    ("who", "cite", "reason", "code"),
    [(0, OWN, "x", "forbidden"), (2, OWN, "x", "forbidden"), (1, "SAMR-2", "x", "no_such_reading"), (1, OWN, " ", "reason_missing")],
)  # fmt: skip
def test_the_legal_staff_choose_with_a_reason(people, who, cite, reason, code):
    with pytest.raises(Problem) as refused:
        choose(people[who], cite, reason)
    assert refused.value.code == code


def test_once(people):
    _chen, legal, _head = people
    choose(legal)
    with pytest.raises(Problem) as refused:
        choose(legal, OTHER)
    assert refused.value.code == "chosen_already"
    assert Entry.objects.get(action="case.reading_chosen").detail["cite"] == OWN
    with pytest.raises(Problem):
        readings.choose(legal, "complaint", "SAMR-121", "accept", OWN, "x")


def test_the_page_shows_both_and_takes_the_choice(people, client, settings):
    settings.DEMO = True
    chen, legal, _head = people
    client.force_login(chen)
    page = client.get("/desk/cases/readings/").content.decode()
    assert "第十六条第二、三款" in page
    assert "第十七条第三款" in page
    assert "<textarea" not in page
    given = {
        "procedure": "credit_repair", "edition": "SAMR-107", "clock": "decide_list", "cite": OTHER, "reason": "",
    }  # fmt: skip
    assert client.post("/desk/cases/readings/", given).status_code == 403
    client.force_login(legal)
    assert client.post("/desk/cases/readings/", given).status_code == 422
    assert client.post("/desk/cases/readings/", given | {"reason": "特别规定"}).status_code == 302
    assert "特别规定" in client.get("/desk/cases/readings/").content.decode()
    client.cookies["django_language"] = "en"
    assert "Disputed time limits" in client.get("/desk/cases/readings/").content.decode()
