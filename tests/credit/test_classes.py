"""Risk classes: points each traceable to its fact, all organisations in one run that can be stopped, and nobody outside."""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.people import HAIZHU, TIANHE, officer
from tests.credit.world import account, fact, firm
from zhiheng.core.facts import actions
from zhiheng.core.facts.models import Standing
from zhiheng.core.ledger.models import Entry
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.systems.credit import classes, scoring, tasks
from zhiheng.systems.credit.models import Change, Run
from zhiheng.systems.credit.scoring import Said, outlook, score, stability

TODAY = date(2026, 11, 26)
KINDS = sorted({rule.kind for rule in scoring.table().rules})


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


# -- the rules ---------------------------------------------------------------------------------------------------


def test_nothing_on_record_is_ordinary():
    assert score([], TODAY) == (20.0, "B", [])


def test_a_failed_check_fades_evenly_to_nothing():
    points = [score([Said("check_failed", ago(days))], TODAY)[0] for days in (0, 365, 730, 1095, 2000)]
    assert points == [45.0, 36.67, 28.33, 20.0, 20.0]


def test_the_first_rule_that_holds_is_taken():
    def rule(details):
        [line] = score([Said("penalty", TODAY, details)], TODAY)[2]
        return line.rule.id

    assert rule({"kinds": ["fine", "revoke"], "tier": "minor"}) == "penalty_grave"
    assert rule({"kinds": ["fine"], "tier": "minor"}) == "penalty_minor"
    assert rule({"kinds": ["fine"]}) == "penalty"
    assert rule({}) == "penalty"


def test_what_does_not_count_gives_nothing():
    future = Said("accident", TODAY + timedelta(days=1))
    over = Said("serious", ago(900), counts_until=ago(1))
    assert score([future, over], TODAY)[0] == 20


def test_what_a_rule_gives_in_all_is_bounded():
    assert score([Said("check_passed", ago(n)) for n in range(50)], TODAY)[0] == 8
    assert score([Said("complaint_upheld", ago(n)) for n in range(50)], TODAY)[0] == 44


def test_a_serious_listing_stays_while_it_counts():
    [line] = score([Said("serious", ago(900))], TODAY)[2]
    assert (line.points, line.until) == (60, None)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1500)), max_size=12))
def test_points_are_the_base_and_their_lines_and_the_class_follows(facts):
    known = scoring.table()
    points, value, lines = score([Said(kind, ago(days)) for kind, days in facts], TODAY)
    assert points == pytest.approx(max(0, known.base + sum(line.points for line in lines)), abs=0.01)
    assert value == scoring.class_of(points, known)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1500), max_size=8), st.integers(0, 1500))
def test_one_more_failure_never_lowers_the_points(days, another):
    facts = [Said("check_failed", ago(n)) for n in days]
    assert score([*facts, Said("check_failed", ago(another))], TODAY)[0] >= score(facts, TODAY)[0]


def test_what_would_change_it():
    seen = outlook([Said("check_failed", ago(0)), Said("penalty", ago(100), {"kinds": ["fine"]})], TODAY)
    assert seen.by_itself is not None
    assert seen.by_itself[1] == "B"
    assert {line.rule.id for line, _then in seen.without} == {"check_failed"}
    assert "serious" in {rule.id for rule, _then in seen.one_more}


# -- drift -------------------------------------------------------------------------------------------------------


def test_the_stability_index_agrees_with_its_formula():
    assert stability({"0": 50, "1": 50}, {"0": 50, "1": 50}) == 0
    assert stability({"0": 50, "1": 50}, {"0": 25, "1": 75}) == pytest.approx(0.2747, abs=1e-4)
    assert stability({}, {"0": 1}) is None
    assert stability({"0": 10}, {"1": 10}) > 5


# -- the run -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestRun:
    @pytest.fixture
    def firms(self, settings):
        settings.DEMO = True
        good, bad = firm(1), firm(2, name="广州屡教不改有限公司")
        for n in range(3):
            fact(good, "check_passed", n + 1, reference=f"sample:p{n}")
        fact(bad, "check_failed", 5)
        fact(bad, "not_rectified", 3)
        return good, bad

    def test_everybody_gets_a_class_and_the_ledger_one_entry(self, firms):
        good, bad = firms
        third = firm(3, name="广州新办有限公司")
        run = classes.run_all(None, TODAY)
        found = dict(Standing.objects.values_list("organisation__uscc", "value"))
        assert found == {good.uscc: "A", bad.uscc: "D", third.uscc: "B"}
        assert (run.organisations, run.counts, run.changed) == (3, {"A": 1, "B": 1, "D": 1}, 0)
        assert Entry.objects.filter(action="credit.classes_run").count() == 1
        assert Standing.objects.get(value="D").details["points"] == pytest.approx(79.7, abs=0.5)

    def test_only_what_changed_is_written(self, firms, django_assert_max_num_queries):
        good, bad = firms
        classes.run_all(None, TODAY)
        stamps = dict(Standing.objects.values_list("organisation_id", "updated_at"))
        fact(good, "accident", 1)
        run = classes.run_all(None, TODAY + timedelta(days=1))
        assert run.changed == 1
        assert Change.objects.get().was == "A"
        now = dict(Standing.objects.values_list("organisation_id", "updated_at"))
        assert now[bad.pk] == stamps[bad.pk]
        assert now[good.pk] > stamps[good.pk]
        assert run.psi is not None

    def test_a_stopped_run_goes_on_where_it_was(self, firms, monkeypatch):
        monkeypatch.setattr(classes, "CHUNK", 1)
        run = classes.begin(None, TODAY)
        assert classes.chunk(run)
        assert run.organisations == 1
        done = classes.run_all(None, TODAY)
        assert (done.pk, done.organisations) == (run.pk, 2)

    def test_a_chunk_that_dies_is_done_again_whole(self, firms, monkeypatch):
        run = classes.begin(None, TODAY)
        monkeypatch.setattr(classes.Change.objects, "bulk_create", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            classes.chunk(run)
        monkeypatch.undo()
        assert not Standing.objects.exists()
        assert classes.run_all(None, TODAY).organisations == 2

    def test_statements_do_not_grow_with_the_organisations(self, firms, django_assert_max_num_queries):
        for n in range(10, 60):
            fact(firm(n, name=f"广州第{n}有限公司"), "check_passed", 2)
        run = classes.begin(None, TODAY)
        with django_assert_max_num_queries(12):
            classes.chunk(run)

    def test_at_night_once_a_day(self, firms):
        night = datetime(2026, 11, 26, 3, tzinfo=SHANGHAI)
        assert not tasks.nightly(night.replace(hour=12))
        assert not Run.objects.exists()
        while tasks.nightly(night):
            pass
        assert Run.objects.get().organisations == 2
        assert not tasks.nightly(night)

    def test_a_withdrawn_fact_counts_no_more(self, firms):
        _good, bad = firms
        for one in bad.facts.all():
            actions.withdraw(None, one, "错了")
        classes.run_all(None, TODAY)
        assert Standing.objects.get(organisation=bad).value == "B"

    def test_officers_see_why_and_nobody_else(self, firms, client):
        _good, bad = firms
        classes.run_all(None, TODAY)
        url = reverse("credit:class", args=[bad.uscc])
        client.force_login(officer("o", HAIZHU))
        page = client.get(url).content.decode()
        assert "电热水壶" in page
        assert "如果撤回" in page
        assert "监督抽查不合格" in client.get(reverse("credit:classes")).content.decode()
        client.force_login(officer("t", TIANHE))
        assert client.get(url).status_code == 404
        client.force_login(account(bad))
        assert client.get(url).status_code == 403
        assert client.get(reverse("credit:classes")).status_code == 403
        assert "信用风险分类" not in client.get(reverse("credit:file", args=[bad.uscc])).content.decode()

    def test_counts_are_those_of_the_jurisdiction(self, firms, client):
        fact(firm(3, region=TIANHE, name="广州天河有限公司"), "check_passed", 2)
        classes.run_all(None, TODAY)
        from zhiheng.systems.credit import queries

        assert sum(queries.class_counts(officer("t", TIANHE)).values()) == 1
        assert sum(queries.class_counts(officer("p", "440000", "province")).values()) == 3


def test_who_begins_a_run_a_moment_later_gets_the_same_one(db, monkeypatch):
    first, looked, get = classes.begin(None, TODAY), [], QuerySet.get

    def late(self, *args, **kwargs):
        """The first look comes before the other has written, so that the constraint has to tell."""
        looked.append(kwargs)
        if len(looked) == 1:
            raise Run.DoesNotExist
        return get(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "get", late)
    assert classes.begin(None, TODAY) == first and len(looked) == 2
