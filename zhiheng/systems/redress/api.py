"""The calculator as JSON, for everybody."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.cases import calendars
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law
from zhiheng.systems.redress import rules, words

router = Router(tags=["redress"])


class MultipliedOut(Schema):
    """A multiplication: ``times`` × ``of`` = ``result``."""

    times: str
    base: str
    of: str
    result: str


class AmountOut(Schema):
    """One result. Amounts are yuan with two decimals."""

    key: str
    title: str
    status: str = Field(description="applies, at_most, excluded, incomplete, until, over or duty")
    amount: str | None
    floor: str | None
    products: list[MultipliedOut]
    until: date | None
    formula: str
    why: str
    counting: str
    citation: str = Field(description="statute and article, as the law's data has them")
    article: str
    rule: str


class CalculationOut(Schema):
    """What the laws give for a purchase as it is stated: arithmetic, and no decision."""

    edition: str
    statement: str
    lines: list[AmountOut]


class PurchaseIn(Schema):
    """What is stated of a purchase."""

    price: Decimal | None = Field(None, ge=0, lt=rules.MOST, description="yuan")
    loss: Decimal | None = Field(None, ge=0, lt=rules.MOST, description="yuan")
    received_on: date | None = None
    fraud: bool = False
    serious_harm: bool = Field(False, description="a known defect that killed or gravely harmed")
    food: bool = Field(False, description="food below safety standards")
    against: Literal["producer", "seller"] = "producer"
    knew: bool = Field(False, description="the seller knew")
    label_only: bool = Field(False, description="a flaw of the label that neither harms nor misleads")
    unfit: bool = Field(False, description="quality below what is required")
    otherwise_agreed: bool = Field(False, description="the state or the parties set another rule on returns")
    found_substandard: bool = Field(False, description="found substandard by an authority")
    distance: bool = Field(False, description="bought online, by television, telephone or mail")
    excepted: bool = Field(False, description="one of the four kinds without return")


@router.get(
    "/calculation", response={200: CalculationOut}, auth=None, summary="What the consumer and food laws give"
)
def calculation(request: HttpRequest, given: Query[PurchaseIn]) -> Any:
    """Added damages, returns and their last day, with formula and citation. Nothing of it is kept."""
    today = dates.today()
    course = law().course("redress", on=today)
    purchase = rules.Purchase(**given.dict())
    wrong = words.faults(rules.purchase_faults(purchase, today))
    if wrong:
        raise Problem(
            "values_wrong", "; ".join(f"{k}: {v}" for k, v in wrong.items()), status=422,
            remedy="See the parameters in the API's documentation.", errors=wrong,
        )  # fmt: skip
    found = rules.calculate(purchase, course, calendars.current(), today)

    def text(amount: Decimal | None) -> str | None:
        return None if amount is None else str(rules.money(amount))

    return {
        "edition": course.edition.key,
        "statement": words.statement(),
        "lines": [
            {
                "key": one.key, "title": shown["title"], "status": one.status, "amount": text(one.amount),
                "floor": text(one.floor), "until": one.until, "formula": shown["formula"], "why": shown["why"],
                "counting": shown["counting"], "citation": one.cite, "article": shown["article"], "rule": one.rule,
                "products": [
                    {"times": f"{p.times.normalize():f}", "base": p.base, "of": text(p.of), "result": text(p.result)}
                    for p in one.products
                ],
            }
            for one, shown in zip(found, words.lines(found, course), strict=True)
        ],
    }  # fmt: skip
