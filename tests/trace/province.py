"""A small supply chain of six firms in five cities, for tests of the desk."""

from typing import Any

from tests.trace.build import (
    amount,
    box,
    capture,
    gln,
    gtin,
    lot,
    made,
    pack,
    receive,
    serial,
    ship,
    transform,
)
from zhiheng.core.registry.models import Organisation, Person, Product, Site

FIRMS = (
    ("91440101MA5CKXTM2G", "白云果园有限公司", "440111", "grower"),
    ("914400001903616522", "番禺食品厂有限公司", "440113", "producer"),
    ("91440300708461136T", "深圳冷链有限公司", "440300", "logistics"),
    ("91440600193536364D", "佛山批发市场有限公司", "440600", "seller"),
    ("91441900617425231D", "东莞超市有限公司", "441900", "retailer"),
)


def firms() -> list[Organisation]:
    """Firm n answers for GLN n, counted from 1."""
    made_ones = []
    for number, (uscc, name, region, kind) in enumerate(FIRMS, 1):
        firm = Organisation.objects.create(
            uscc=uscc, name=name, region=region, kinds=f" {kind} ", address="一路 1 号", phone="020-1"
        )
        Site.objects.create(
            gln=gln(number), organisation=firm, name="一号仓", region=region, address="一路 1 号"
        )
        Person.objects.create(organisation=firm, duty=Person.Duty.CHIEF_QUALITY_OFFICER, name="张三丰")
        made_ones.append(firm)
    Product.objects.create(
        gtin=gtin(1), organisation=made_ones[0], name="增城荔枝", category="agri", spec="散装"
    )
    Product.objects.create(
        gtin=gtin(2), organisation=made_ones[1], name="荔枝罐头", category="food", spec="425g"
    )
    return made_ones


def cans(cases: int, each: int) -> list[str]:
    """One lot of litchis becomes ``cases`` cases of ``each`` cans; all are shipped, the first is never received."""
    events: list[dict[str, Any]] = [made(1, 1, quantity=(lot(1, "F1"), 100, "KGM"))]
    paper = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epc:id:gdti:6901234.00001.D1"}]}
    raw = {"quantityList": [amount(lot(1, "F1"), 100, "KGM")]} | paper
    events += [ship(2, 1, 2, **raw), receive(3, 1, 2, **raw)]
    goods = [[serial(2, f"{case}-{n}") for n in range(each)] for case in range(cases)]
    for case, inside in enumerate(goods):
        at = 8 + case / 60
        ilmd = {"cbvmda:lotNumber": f"C{case % 4}", "cbvmda:itemExpirationDate": "2027-06-01"}
        events += [
            transform(at, 2, [(lot(1, "F1"), 1, "KGM")], inside, ilmd=ilmd),
            pack(at + 4, 2, box(case), *inside),
            ship(at + 8, 2, 4, box(case)),
        ]
        if case:
            events.append(receive(at + 12, 2, 4, box(case)))
    capture(*events)
    return [one for inside in goods for one in inside]
