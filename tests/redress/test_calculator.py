"""The calculator against values worked by hand from the articles (CMP-070 to CMP-076)."""

from datetime import date
from decimal import Decimal

import pytest

from zhiheng.knowledge.law.calendar import Calendar
from zhiheng.knowledge.law.load import law
from zhiheng.systems.redress.rules import Purchase, calculate, purchase_faults

TODAY = date(2026, 6, 1)
COURSE = law().course("redress", on=TODAY)


def lines(today: date = TODAY, **given):
    for name in ("price", "loss"):
        if name in given:
            given[name] = Decimal(given[name])
    return {one.key: one for one in calculate(Purchase(**given), COURSE, Calendar.published(), today)}


@pytest.mark.parametrize(
    ("price", "amount"),
    [("0", "500.00"), ("0.01", "500.00"), ("100", "500.00"), ("166.66", "500.00"), ("166.67", "500.01"),
     ("1299", "3897.00"), ("20000.555", "60001.67")],
)  # fmt: skip
def test_fraud_is_three_times_the_price_and_five_hundred_at_least(price, amount):
    line = lines(price=price, fraud=True)["fraud"]
    assert (line.status, str(line.amount), str(line.floor)) == ("applies", amount, "500.00")
    assert (line.cite, line.rule) == ("L-CPL 第五十五条第一款", "CMP-070")


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ({"price": "9.9"}, "1000.00"), ({"price": "100"}, "1000.00"), ({"price": "100.01"}, "1000.10"),
        ({"price": "258"}, "2580.00"), ({"loss": "100"}, "1000.00"), ({"loss": "3200"}, "9600.00"),
        ({"price": "258", "loss": "3200"}, "9600.00"), ({"price": "5000", "loss": "1"}, "50000.00"),
    ],
)  # fmt: skip
def test_food_is_ten_times_the_price_or_three_times_the_loss_and_a_thousand_at_least(given, amount):
    line = lines(food=True, **given)["food"]
    assert (line.status, str(line.amount)) == ("applies", amount)
    assert (line.cite, line.rule, len(line.products)) == ("L-FSL 第一百四十八条", "CMP-072", len(given))


def test_a_seller_owes_it_only_when_he_knew_and_a_harmless_label_gives_none():
    assert (lines(price="100", food=True, against="seller")["food"].status) == "excluded"
    assert (lines(price="100", food=True, against="seller")["food"].why) == "seller"
    assert lines(price="100", food=True, against="seller", knew=True)["food"].status == "applies"
    label = lines(price="100", food=True, label_only=True)
    assert (label["food"].status, label["food"].why, label["food"].amount) == ("excluded", "label", None)
    assert "first" not in label


@pytest.mark.parametrize(
    ("loss", "amount"), [("0", "0.00"), ("12345.67", "24691.34"), ("800000", "1600000.00")]
)
def test_a_known_defect_that_gravely_harmed_gives_at_most_twice_the_loss(loss, amount):
    line = lines(loss=loss, serious_harm=True)["defect"]
    assert (line.status, str(line.amount), line.floor) == ("at_most", amount, None)
    assert (line.cite, line.rule) == ("L-CPL 第五十五条第二款", "CMP-071")


def test_what_is_missing_is_asked_for_and_nothing_is_guessed():
    assert lines(fraud=True)["fraud"].why == "price"
    assert lines(food=True)["food"].why == "price_or_loss"
    assert lines(serious_harm=True)["defect"].why == "loss"
    assert lines(unfit=True)["return"].why == "received_on"
    assert lines() == {}


@pytest.mark.parametrize(
    ("received", "until"),
    [
        ("2026-05-20", "2026-05-27"),  # 21 … 27 May: seven days, the day of receipt not counted
        ("2026-05-23", "2026-05-30"),  # ends on a Saturday: an ordinary weekend does not move it
        ("2025-09-26", "2025-10-09"),  # the 3rd is in the National Day holiday (1 to 8 October): the first day after
        ("2026-02-11", "2026-02-24"),  # the 18th is in Spring Festival (15 to 23 February 2026)
        ("2026-02-28", "2026-03-07"), ("2024-02-25", "2024-03-03"),
    ],
)  # fmt: skip
def test_the_seven_days_end_as_counted_by_hand(received, until):
    for key, how in (("return", "unfit"), ("return_distance", "distance")):
        line = lines(received_on=date.fromisoformat(received), **{how: True})[key]
        assert line.until == date.fromisoformat(until)
        assert line.period.value == 7


def test_the_last_day_still_counts_and_the_day_after_is_over():
    received = date(2026, 5, 20)
    assert lines(date(2026, 5, 27), received_on=received, distance=True)["return_distance"].status == "until"
    assert lines(date(2026, 5, 28), received_on=received, distance=True)["return_distance"].status == "over"


def test_excepted_goods_and_another_agreement_give_no_period():
    assert lines(distance=True, excepted=True, received_on=TODAY)["return_distance"].why == "excepted"
    assert lines(unfit=True, otherwise_agreed=True, received_on=TODAY)["return"].why == "agreed"
    assert lines(found_substandard=True)["unfit"].cite == "L-CPL 第五十四条"


def test_the_right_to_damages_for_a_defect_ends_ten_years_after_delivery():
    assert lines(serious_harm=True, loss="1", received_on=date(2016, 2, 29))["defect_claim"].until == date(
        2026, 2, 28
    )
    assert lines(serious_harm=True, loss="1", received_on=date(2016, 6, 1))["defect_claim"].status == "until"
    assert lines(serious_harm=True, loss="1", received_on=date(2016, 5, 31))["defect_claim"].status == "over"


def test_several_at_once_each_stand_for_themselves():
    found = lines(price="60", loss="400", fraud=True, food=True, distance=True, received_on=TODAY)
    assert {k: str(v.amount) for k, v in found.items() if k in {"fraud", "food"}} == {
        "fraud": "500.00",
        "food": "1200.00",
    }
    assert set(found) == {"fraud", "food", "return_distance", "first"}


def test_what_cannot_be_is_refused_by_field():
    wrong = purchase_faults(
        Purchase(price=Decimal(-1), loss=Decimal("1e30"), received_on=date(2026, 6, 2)), TODAY
    )
    assert wrong == {"price": "negative", "loss": "too_large", "received_on": "in_future"}
    assert purchase_faults(Purchase(price=Decimal("NaN")), TODAY) == {"price": "too_large"}


def test_every_line_cites_what_is_registered():
    found = lines(
        price="1", loss="1", fraud=True, food=True, serious_harm=True, unfit=True, distance=True,
        found_substandard=True, received_on=TODAY,
    )  # fmt: skip
    assert all(law().title(line.cite) and line.rule.startswith("CMP-07") for line in found.values())
    assert len(found) == 8
