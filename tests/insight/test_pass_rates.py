"""From rows in the database to figures: the truth is covered, and what does not belong is left out."""

import random
from datetime import timedelta

import pytest

from tests.cases.people import officer
from tests.insight.build import people, units
from zhiheng.insight.indicators import pass_rates
from zhiheng.insight.scope import Scope
from zhiheng.simulate.insight import spot_check, truth
from zhiheng.systems.inspection.models import Candidate, Plan, Report, Sample, Task

pytestmark = pytest.mark.django_db


def answer(user, by="", **scope):
    return pass_rates.answer(user, Scope(**scope), by)


@pytest.mark.parametrize(
    ("failing", "nonresponse"),
    [(lambda city: 0.08 if city < "441000" else 0.03, 0.1), (lambda city: 0.2, 0.2)],
)
def test_intervals_cover_the_truth_at_their_level_from_rows_to_figure(failing, nonresponse):
    """100 draws of one population, with unequal chances, strata, refusals and overturned reports."""
    who, everybody, rng = people(), units(400, failing), random.Random(5)
    for n in range(100):
        spot_check(
            rng, who, everybody, 2025, product=f"p{n}", sizes=4, refusing=nonresponse / 2, nothing=nonresponse / 2,
            overturned=0.1,
        )  # fmt: skip
    figures = [row.figure for row in answer(who.user, "product").rows]
    rates = [one.rate for one in figures if one.rate is not None]
    assert len(rates) == 100
    true = truth(everybody)
    covered = sum(rate.low <= true <= rate.high for rate in rates) / len(rates)
    assert covered >= 0.92  # 95 % less two of the simulation's own standard errors, rounded
    # Unbiased, though those who fail are drawn more often: the unweighted share is too low.
    assert sum(rate.rate for rate in rates) / len(rates) == pytest.approx(true, abs=0.012)


def test_cities_and_years_are_told_apart_and_add_up():
    who, rng = people(), random.Random(1)
    everybody = units(210, lambda city: 0.5 if city == "440100" else 0.02)
    for year in (2024, 2025):
        spot_check(rng, who, everybody, year, sizes=8)
    by_city = {row.key: row for row in answer(who.user, "city", year="2025").rows}
    assert len(by_city) == 21
    assert by_city["440100"].figure.failed > 0
    assert [row.key for row in answer(who.user, "year").rows] == ["2024", "2025"]
    whole = answer(who.user, year="2025").overall
    assert whole.drawn == sum(row.figure.drawn for row in by_city.values())
    assert [row.key for row in answer(who.user, "division").rows] == ["C18"]
    assert answer(who.user, section="C").overall.drawn == 2 * whole.drawn
    assert answer(who.user, section="D").overall.why == "nothing"
    # Ten firms a city are too few for most; the model speaks for them, marked, and leaves the others alone.
    assert all(row.model is not None for row in by_city.values())


def test_what_was_targeted_is_counted_apart():
    who, everybody, rng = people(), units(210), random.Random(1)
    spot_check(rng, who, everybody, 2025, sizes=5)
    before = answer(who.user).overall
    for kind in ("follow_up", "special", "emergency"):
        spot_check(rng, who, everybody, 2025, kind=kind, sizes=5)
    # Somebody visited under the routine plan without having been drawn.
    sample = Sample.objects.filter(item__plan__kind="routine").first()
    Task.objects.filter(pk=sample.task_id).update(candidate=None)
    after = answer(who.user).overall
    assert after.drawn == before.drawn
    assert after.checked == before.checked - 1
    apart = {row["kind"]: row["passed"] + row["failed"] for row in pass_rates.targeted(who.user, Scope())}
    assert apart == {"emergency": 105, "follow_up": 105, "special": 105, "undrawn": 1}
    # Somebody who took the place of one who could not be checked is in no rate either.
    other = Sample.objects.filter(item__plan__kind="routine").exclude(pk=sample.pk).first()
    Candidate.objects.filter(pk=other.task.candidate_id).update(drawn=False, reserve=1)
    apart = {row["kind"]: row["passed"] + row["failed"] for row in pass_rates.targeted(who.user, Scope())}
    assert apart["reserve"] == 1
    assert answer(who.user).overall.drawn == before.drawn - 1


def test_a_retest_overturns_and_a_withdrawn_report_says_nothing():
    who, rng = people(), random.Random(1)
    spot_check(rng, who, units(210, lambda city: 0), 2025, sizes=5)
    assert answer(who.user).overall.failed == 0
    sample = Sample.objects.order_by("pk").first()
    first = sample.reports.get()
    Report.objects.filter(pk=first.pk).update(conclusion="fail")
    assert answer(who.user).overall.failed == 1
    again = Report.objects.create(
        sample=sample, retest=True, laboratory=who.laboratory, number="again", conclusion="pass", code="x" * 32,
        issued_at=first.issued_at + timedelta(days=30), signed_by=who.user, signatory="", sha256="0" * 64,
    )  # fmt: skip
    assert answer(who.user).overall.failed == 0
    Report.objects.filter(pk=again.pk).update(conclusion="fail", withdrawn_at=first.issued_at)
    Report.objects.filter(pk=first.pk).update(conclusion="not_rejected")
    assert answer(who.user).overall.failed == 0
    Report.objects.filter(pk=first.pk).update(withdrawn_at=first.issued_at)
    assert answer(who.user).overall.counts["pending"] == 1
    Sample.objects.filter(pk__in=[sample.pk, sample.pk + 1]).update(state="void")
    assert answer(who.user).overall.counts["pending"] == 2


def test_without_chances_or_with_few_checks_there_is_no_number():
    who, everybody = people(), units(210)
    spot_check(random.Random(1), who, everybody, 2025, sizes=5)
    Candidate.objects.filter(pk=Candidate.objects.first().pk).update(probability=None)
    assert answer(who.user).overall.why == "no_probabilities"
    assert answer(who.user, city="440300").overall.why == "too_few"
    assert answer(who.user, year="2019").overall.why == "nothing"


def test_drafts_and_void_draws_do_not_count():
    who, everybody, rng = people(), units(210), random.Random(1)
    item = spot_check(rng, who, everybody, 2025, sizes=5)
    Plan.objects.filter(pk=item.plan_id).update(state="cancelled")
    assert answer(who.user).overall.drawn == 0
    Plan.objects.filter(pk=item.plan_id).update(state="closed")
    item.draws.update(state="void")
    assert answer(who.user).overall.drawn == 0


def test_an_office_counts_its_own_jurisdiction(django_assert_num_queries):
    who, everybody = people(), units(210)
    spot_check(random.Random(1), who, everybody, 2025, sizes=5)
    city = officer("city", "440100", "city")
    assert answer(city).overall.drawn == 5
    assert answer(officer("leading", "440000", "leading")).overall.drawn == 105
    for role, region in (("police", "440100"), ("watcher", "440100"), ("system", "")):
        assert answer(officer(role, region, role)).overall.drawn == 0
    with django_assert_num_queries(1):
        answer(city, "city")
    with django_assert_num_queries(2):
        answer(city, "product")
