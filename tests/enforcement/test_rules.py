"""Pure decisions: thresholds, severity, limitation, discretion, accounts, terms."""

from datetime import date
from decimal import Decimal

import pytest

from tests.cases.people import at
from zhiheng.knowledge.law import terms
from zhiheng.knowledge.law.load import law
from zhiheng.systems.enforcement import rules

VALUES = law().course("penalty", "SAMR-2").edition.values


def penalty(*kinds: str, **amounts: str) -> rules.Penalty:
    return rules.penalty({"kinds": list(kinds), **amounts})


@pytest.mark.parametrize(
    ("one", "lower", "ground"),
    [
        (penalty("fine", fine="9999.99"), True, None),
        (penalty("fine", fine="10000"), True, "fine"),
        (penalty("fine", fine="10000"), False, None),
        (penalty("fine", fine="99999.99"), False, None),
        (penalty("fine", fine="100000"), False, "fine"),
        (penalty("gains", "goods", gains="60000", goods_value="39999.99"), False, None),
        (penalty("gains", "goods", gains="60000", goods_value="40000"), False, "confiscation"),
        (penalty("fine", "gains", fine="60000", gains="60000"), False, None),
        (penalty("warning"), False, None),
        (penalty("stop"), False, "stop"),
        (penalty("bar"), True, "stop"),
        (penalty("close"), False, "stop"),
        (penalty("revoke"), False, "licence"),
        (penalty("downgrade"), False, "licence"),
    ],
)
def test_a_hearing_is_due_from_the_threshold_on_and_for_heavy_kinds(one, lower, ground):
    due = rules.hearing_due(one, lower=lower, values=VALUES)
    assert (due.ground if due else None) == ground


def test_a_decision_goes_beyond_its_notice_by_kind_or_amount():
    told = penalty("fine", "gains", fine="8000", gains="100")
    assert rules.more_severe(penalty("fine", fine="8000"), told) == []
    assert rules.more_severe(penalty("fine", fine="8000.01"), told) == ["fine"]
    assert rules.more_severe(penalty("fine", "stop", fine="1"), told) == ["kinds"]


def test_amounts_and_kinds_go_together():
    assert rules.amounts_fault(penalty("fine", fine="1")) == ""
    assert rules.amounts_fault(penalty("fine")) == "fine"
    assert rules.amounts_fault(penalty("warning", fine="1")) == "fine"
    assert rules.amounts_fault(penalty("warning", gains="1")) == "gains"
    assert rules.amounts_fault(penalty("warning", goods_value="1")) == "goods_value"
    assert rules.amounts_fault(penalty("goods")) == ""


@pytest.mark.parametrize(
    ("ended", "found", "answer", "day", "state"),
    [
        (None, "2026-06-01", "", None, "unknown"),
        ("2024-06-01", "2026-06-01", "", None, "within"),
        ("2024-05-31", "2026-06-01", "", None, "ask"),
        ("2021-06-01", "2026-06-01", "grave", None, "answered"),
        ("2021-05-31", "2026-06-01", "grave", None, "expired"),
        ("2020-01-01", "2026-06-01", "continuing", None, "answered"),
        ("2020-01-01", "2026-06-01", "continuing", "2024-06-01", "answered"),
        ("2020-01-01", "2026-06-01", "continuing", "2024-05-31", "expired"),
        ("2023-01-01", "2026-06-01", "found_earlier", "2025-01-01", "answered"),
        ("2023-01-01", "2026-06-01", "found_earlier", "2025-01-02", "expired"),
        ("2024-02-29", "2026-02-28", "", None, "within"),
        ("2024-02-29", "2026-03-01", "", None, "ask"),
    ],
)
def test_limitation_is_two_years_five_when_grave_and_counts_from_the_end(ended, found, answer, day, state):
    def of(text):
        return date.fromisoformat(text) if text else None

    assert rules.limitation(of(ended), of(found), answer, of(day), VALUES) == state


def test_a_level_of_discretion_rests_on_its_factors():
    assert rules.discretion_fault("normal", []) == ""
    assert rules.discretion_fault("heavy", ["mitigating"]) == "aggravating"
    assert rules.discretion_fault("light", ["mitigating"]) == ""
    assert rules.discretion_fault("mitigated", []) == "mitigating"
    assert rules.discretion_fault("none", ["exempting"]) == "no_penalty"


def test_payments_cover_instalments_in_their_order():
    plan = [(date(2026, 7, 1), Decimal(30)), (date(2026, 8, 1), Decimal(30)), (date(2026, 9, 1), Decimal(40))]
    account = rules.account(Decimal(100), [Decimal(30), Decimal(10)], plan, date(2026, 8, 2))
    assert [(line.covered, line.state) for line in account.lines] == [(30, "paid"), (10, "late"), (0, "open")]
    assert account.remainder == 60
    # What was paid before the plan is no part of it.
    late = rules.account(Decimal(120), [Decimal(20), Decimal(30)], plan, date(2026, 7, 2))
    assert [line.state for line in late.lines] == ["paid", "open", "open"]


def test_a_plan_is_in_order_and_comes_to_what_is_owed():
    today, day = date(2026, 7, 1), date(2026, 7, 10)
    assert rules.plan_fault([], Decimal(10), today) == "empty"
    assert rules.plan_fault([(date(2026, 6, 30), Decimal(10))], Decimal(10), today) == "past"
    assert rules.plan_fault([(day, Decimal(5)), (day, Decimal(5))], Decimal(10), today) == "order"
    assert rules.plan_fault([(day, Decimal(0))], Decimal(0), today) == "amount"
    assert rules.plan_fault([(day, Decimal(9))], Decimal(10), today) == "sum"
    assert rules.plan_fault([(day, Decimal(10))], Decimal(10), today) == ""


def test_custody_follows_in_time_and_ends_with_destruction():
    now = at("2026-07-01T10:00")
    assert rules.custody_fault("taken", at("2026-06-01T10:00"), at("2026-06-02T10:00"), now) == ""
    assert rules.custody_fault("taken", at("2026-06-01T10:00"), at("2026-05-31T10:00"), now) == "before_last"
    assert rules.custody_fault("taken", at("2026-06-01T10:00"), at("2026-07-01T10:01"), now) == "future"
    assert (
        rules.custody_fault("destroyed", at("2026-06-01T10:00"), at("2026-06-02T10:00"), now) == "destroyed"
    )


OLD, NEW = law().course("publicity", "SAMR-45-2021"), law().course("publicity", "SAMR-45-2025")


@pytest.mark.parametrize(
    ("course", "one", "discretion", "domain", "said", "key", "months", "early"),
    [
        (NEW, penalty("criticism"), "normal", "food", False, "minor", 3, None),
        (NEW, penalty("fine", fine="50000"), "light", "food", False, "minor", 3, None),
        (NEW, penalty("fine", fine="50000.01"), "light", "food", False, "field", 36, 12),
        (NEW, penalty("fine", fine="100"), "normal", "food", False, "field", 36, 12),
        (NEW, penalty("fine", fine="100"), "normal", "none", False, "other", 12, 3),
        (NEW, penalty("warning", "fine", fine="100"), "mitigated", "none", True, "minor", 3, None),
        (NEW, penalty("fine", "gains", fine="100", gains="1"), "light", "none", True, "other", 12, 3),
        (NEW, penalty("stop", "fine", fine="100"), "light", "none", False, "restriction", 36, 12),
        (NEW, penalty("revoke", "stop"), "heavy", "none", False, "revocation", 36, None),
        (OLD, penalty("fine", fine="100"), "light", "none", False, "other", 36, 6),
        (OLD, penalty("fine", fine="100"), "normal", "none", True, "minor", 3, None),
        (OLD, penalty("fine", fine="100"), "normal", "drugs", False, "field", 36, 12),
        (OLD, penalty("stop"), "normal", "drugs", False, "heavy", 36, None),
    ],
)
def test_the_term_of_publication_is_that_of_the_edition(
    course, one, discretion, domain, said, key, months, early
):
    small = rules.minor(one, discretion, person=False, said=said, values=course.edition.values)
    terms = course.publication("penalty").terms
    found = rules.term_key(one, minor=small, domain=domain, terms=terms)
    assert (found, terms[found].months, terms[found].early) == (key, months, early)


def test_a_persons_fine_is_small_up_to_its_own_limit():
    values = NEW.edition.values
    assert rules.minor(penalty("fine", fine="5000"), "light", person=True, said=False, values=values)
    assert not rules.minor(penalty("fine", fine="5000.01"), "light", person=True, said=False, values=values)


def test_a_publication_outlasts_its_restriction():
    term = NEW.publication("penalty").terms["restriction"]
    day = date(2026, 1, 31)
    assert terms.last_day(term, day, None) == date(2029, 1, 31)
    assert terms.last_day(term, day, date(2031, 5, 1)) == date(2031, 5, 1)
    assert terms.early_from(term, day, date(2028, 1, 1)) == date(2028, 1, 1)
    assert terms.last_day(NEW.publication("penalty").terms["minor"], date(2025, 11, 30), None) == date(
        2026, 2, 28
    )


def test_people_are_masked_in_texts_for_the_public():
    text = "欧阳修与李大明（440105199001011234，13912345678）在场，欧阳修签字"
    assert rules.masked(text, ["李大明", "欧阳修"]) == (
        "欧阳*与李**（4401**********1234，139****5678）在场，欧阳*签字"
    )  # fmt: skip


def test_the_office_above_both():
    assert rules.common_superior("440105", "440106") == "440100"
    assert rules.common_superior("440105", "440305") == "440000"
    assert rules.common_superior("440100", "440105") == "440000"
    assert rules.common_superior("440105", "110101") == ""
    assert rules.common_superior("440105", "440105") == ""
    assert rules.superiors("440105") == ["440100", "440000"]
    assert rules.superiors("440000") == []
