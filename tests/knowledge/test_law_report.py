"""The law's data says what the handbook says: values, units, articles, sources, dates; and nothing it does not say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.knowledge.law_report import faults as differences
from tests.knowledge.law_report import items, report, rules
from tests.shared import shared
from zhiheng.knowledge.law.load import Course, cite, cites, law

PAGE = Path(__file__).resolve().parents[2] / "docs" / "law-clocks.md"
NAMES = {"消保法": "L-CPL", "消费者权益保护法": "L-CPL", "行政处罚法": "L-APL-PEN"}
MARKS = "①②③④⑤⑥⑦⑧⑨"


@pytest.fixture
def handbook() -> Path:
    return shared("handbook")


@pytest.mark.oracle
def test_every_fact_of_the_two_files_is_carried_as_the_handbook_has_it(handbook: Path) -> None:
    _table, wrong = report(handbook)
    assert wrong == []


@pytest.mark.oracle
def test_the_table_in_the_documentation_is_the_one_the_command_prints(handbook: Path) -> None:
    assert report(handbook)[0] in PAGE.read_text(encoding="utf-8")


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": 8}, "says 8 wd"),
        ({"unit": "d"}, "says 7 d"),
        ({"art": "第十六条"}, "is 第十六条"),
        ({"law": "SAMR-2"}, "is SAMR-2"),
        ({"n": 4}, "was seen in 4 sources"),
        ({"to": date(2026, 4, 14)}, "held until 2026-04-14"),
    ],
)
def test_a_difference_is_seen(handbook: Path, change: dict[str, Any], message: str) -> None:
    rule = next(one for one in rules(handbook) if one["id"] == "CMP-049")
    carriers = [one for one in items() if "CMP-049" in one.rules]
    assert list(differences(rule, carriers)) == []
    assert message in " ".join(differences({**rule, **change}, carriers))


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("rule", "procedure", "edition", "grounds"),
    [
        ("CMP-020", "complaint", "SAMR-121", "refusal"),
        ("CMP-020a", "complaint", "SAMR-20", "refusal"),
        ("CMP-043", "complaint", "SAMR-121", "termination"),
    ],
)
def test_a_list_of_grounds_has_as_many_items_as_the_handbooks(
    handbook: Path, rule: str, procedure: str, edition: str, grounds: str
) -> None:
    said = next(one["do"] for one in rules(handbook) if one["id"] == rule)
    listed = law().course(procedure, edition).grounds(grounds).of
    assert len(listed) == sum(mark in said for mark in MARKS)
    assert [one.item for one in listed.values()] == [
        f"（{sign}）" for sign in "一二三四五六七八"[: len(listed)]
    ]


@pytest.mark.oracle
def test_every_instrument_is_registered_with_its_dates_and_sources(handbook: Path) -> None:
    wrong = []
    for one in yaml.safe_load((handbook / "laws.yaml").read_text(encoding="utf-8")):
        statute = law().statutes.get(one["key"])
        if statute is None:
            wrong.append(f"{one['key']} is not registered")
            continue
        first, last = one.get("from"), one.get("to")
        starts = [e.from_ for e in statute.editions if e.from_]
        if isinstance(first, date) and min(starts) != first:
            wrong.append(f"{one['key']} is in force from {first}, not {min(starts)}")
        if isinstance(last, date) and statute.editions[-1].to != last:
            wrong.append(f"{one['key']} ends on {last}, not {statute.editions[-1].to}")
        if isinstance(one.get("issued"), date) and statute.issued not in (None, one["issued"]):
            wrong.append(f"{one['key']} was issued on {one['issued']}, not {statute.issued}")
        if (statute.verified, statute.status) != (one["n"], one["status"]):
            wrong.append(f"{one['key']}: {one['n']} sources, {one['status']}")
        if one.get("replaced_by", "") != statute.replaced_by:
            wrong.append(f"{one['key']} is replaced by {one.get('replaced_by')}")
        for day in re.findall(r"(\d{4}-\d\d-\d\d)施行", str(one.get("amended", ""))):
            if date.fromisoformat(day) not in starts:
                wrong.append(f"{one['key']} has no text from {day}")
    assert wrong == ["EU-2019-417 is replaced by None"]  # the handbook says it in a note


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"第([一二三四五六七八九十百]+)(?:[、至][一二三四五六七八九十百]+)*条", text))


def _cited(course: Course) -> list[str]:
    edition = course.edition
    found = [edition.counting.cite, *edition.articles.values()]
    for part in (edition.clocks, edition.grounds, edition.values, edition.facts, edition.publications):
        found += [one.cite for one in part.values()]
    for clock in edition.clocks.values():
        found += [one.cite for one in (*clock.extensions, *clock.readings)]
    for publication in edition.publications.values():
        found += [term.cite for term in publication.terms.values()]
    found += [one.cite for one in course.documents.values() if one.cite]
    return [single for one in found for single in cites(one)]


@pytest.mark.oracle
def test_no_article_is_cited_that_the_handbook_does_not_name(handbook: Path) -> None:
    # complaints.md: 旧令对应第九、十、十一条; credit.md: 广东条例第二十七条
    known: dict[str, set[str]] = {"SAMR-20": {"九", "十", "十一"}, "GD-MR": {"二十七"}}
    for path in [*handbook.glob("*.yaml"), *handbook.glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        for name, articles in re.findall(
            r"(S[A-Z]+-[0-9A-Z-]+|L-[A-Z]+(?:-PEN)?|FOOD-RECALL|消保法|消费者权益保护法|行政处罚法)\s*"
            r"((?:第[一二三四五六七八九十百]+条[^ ;,；，。第]{0,12}[、/]?)+)",
            text,
        ):
            known.setdefault(NAMES.get(name, name), set()).update(_numbers(articles))
        if path.suffix == ".yaml" and isinstance(document := yaml.safe_load(text), dict):
            for one in document.get("rules", []):
                if isinstance(one, dict) and one.get("law"):
                    known.setdefault(one["law"], set()).update(_numbers(str(one.get("art", ""))))
    invented = {
        single
        for course in law().courses()
        for single in _cited(course)
        if _numbers(cite(single).article) - known.get(cite(single).statute, set())
    }
    assert invented == set()
