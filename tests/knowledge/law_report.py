"""The table of docs/law-clocks.md: ``python -m tests.knowledge.law_report``.

Every fact of the handbook's files (complaints, enforcement, spot checks, credit), where the law's data carries it, and the test that
works it out; and everything in which the data says something else than the handbook.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.knowledge.clock_cases import CASES
from zhiheng.knowledge.law.load import Course, cite, cites, law

FILES = ("complaints", "enforcement", "spot-checks", "credit")
MONTHS = {"m": 1, "y": 12}
# Numbers that the handbook writes as words, in the order it writes them, as (value, unit) of our data.
COMPOSITE = {
    "PUB-002": [(10, "wd"), (10, "wd")],
    "PUB-008": [(12, "m"), (36, "m")],
    "PUB-009": [(12, "m"), (36, "m")],
    "PUB-010": [(36, "m")],
    "PUB-011": [(3, "m"), (12, "m")],
    "ENF-012": [(10000, "元"), (100000, "元")],
    "SPC-023": [(60, "d"), (90, "d")],
    "SPC-029": [(30000, "元")],
    "FSI-023": [(20, "wd"), (30, "wd")],
    "CRD-013": [(6, "m"), (12, "m")],
    "CRD-017": [(3, "m"), (12, "m")],
    "CRD-018": [(12, "m"), (36, "m")],
    "CRD-037": [(1, "万元"), (5, "万元"), (20, "万元")],
    "CRD-039": [(15, "d"), (30, "d")],
    "CRD-044": [(3, "项"), (54, "项")],
    "CRD-045": [(30, "d"), (5, "wd"), (20, "wd")],
    "CRD-047": [(20, "wd"), (10, "wd"), (3, "wd")],
}
# What the handbook's sentence says besides its one number, read by hand: (value, unit).
BESIDES = {
    "CMP-050": [(15, "wd")], "CMP-051": [(15, "wd")], "CMP-060": [(15, "wd")], "ENF-002": [(15, "wd")],  # extensions
    "CMP-070": [(500, "元")], "CMP-072": [(3, "倍"), (1000, "元")], "CMP-076": [(2, "y")], "ENF-001": [(5, "y")],
    "ENF-003": [(7, "wd")], "ENF-006": [(30, "d")], "ENF-010": [(30, "d")], "ENF-018": [(3, "m")], "CRM-007": [(3, "d")],
    "CRD-011": [(10, "wd")], "CRD-011a": [(3, "wd")], "CRD-014": [(3, "wd")], "CRD-016": [(50000, "元"), (5000, "元")],
    "CRD-031": [(10, "d")], "FSI-012": [(5, "wd")], "FSI-018": [(3, "wd"), (2, "wd")],
    "RWD-001": [(5000, "元")], "RWD-002": [(3000, "元")], "RWD-003": [(1000, "元")], "RWD-004": [(500000, "元")],
}  # fmt: skip
LOCAL = "地方细则"  # what the rules of one place say, as an example: it is carried as not verified, so it only reminds
UNITS = {"个月": "m", "": "", "元/案": "元/案"}


@dataclass(frozen=True)
class Item:
    """Something in our data that carries a fact: a clock, a list of grounds, a number, a term, a sentence."""

    kind: str
    course: Course
    key: str
    cite: str
    verified: int
    numbers: tuple[tuple[float, str], ...]
    rules: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"{self.course.key} / {self.course.edition.key} / {self.kind} `{self.key}`"


def items() -> Iterator[Item]:
    """Everything in the law's data that names a fact."""

    def item(kind: str, course: Course, key: str, one: Any, *numbers: tuple[float, str]) -> Item:
        return Item(kind, course, key, one.cite, getattr(one, "verified", 1), numbers, tuple(cites(one.rule)))

    for course in law().courses():
        edition = course.edition
        for key, clock in edition.clocks.items():
            more = [(e.value, clock.unit) for e in clock.extensions if e.value]
            yield item("clock", course, key, clock, (clock.value, clock.unit), *more)
            for reading in clock.readings:
                if reading.rule:
                    yield item("reading", course, key, reading, (reading.value, reading.unit))
        for key, grounds in edition.grounds.items():
            yield item("grounds", course, key, grounds)
        for key, value in edition.values.items():
            yield item("value", course, key, value, (value.value, value.unit))
        for key, fact in edition.facts.items():
            yield item("fact", course, key, fact)
        for name, publication in edition.publications.items():
            for key, term in publication.terms.items():
                months = [(float(m), "m") for m in (term.early, term.months) if m]
                yield item("term", course, f"{name}.{key}", term, *months)


def rules(folder: Path) -> list[dict[str, Any]]:
    """The facts of those files."""
    found = []
    for name in FILES:
        document = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        found += document["rules"]
    return found


def wanted(rule: dict[str, Any]) -> list[tuple[float, str]]:
    """The numbers that a fact holds."""
    if rule["id"] in COMPOSITE:
        return [(float(v), u) for v, u in COMPOSITE[rule["id"]]]
    numbers = BESIDES.get(rule["id"], [])
    if isinstance(rule.get("value"), int) and rule["value"]:
        numbers = [(rule["value"], UNITS.get(rule["unit"], rule["unit"])), *numbers]
    return [(float(v), u) for v, u in numbers]


def faults(rule: dict[str, Any], carriers: list[Item]) -> Iterator[str]:
    """In what our data differs from a fact."""
    if not carriers:
        yield f"{rule['id']}: is carried nowhere"
        return
    have = {_same_unit(number) for one in carriers for number in one.numbers}
    for number in wanted(rule):
        if _same_unit(number) not in have:
            yield f"{rule['id']}: says {number[0]:g} {number[1]}, we have {sorted(have)}"
    articles = _articles(str(rule["art"]))
    for one in carriers:
        cited = [cite(c) for c in cites(one.cite)]
        if rule["law"] in law().statutes and rule["law"] not in {c.statute for c in cited}:
            yield f"{rule['id']}: is {rule['law']}, {one.place} cites {one.cite}"
        ours = set().union(*(_articles(c.article) for c in cited if c.statute == rule["law"]), set())
        if ours - articles and "未核实" not in str(rule["art"]) and len(one.rules) == 1:
            yield f"{rule['id']}: is {rule['art']}, {one.place} cites {one.cite}"
        seen = 0 if rule["law"] == LOCAL else rule["n"]
        if one.rules[0] == rule["id"] and one.verified != seen:
            yield f"{rule['id']}: was seen in {rule['n']} sources, {one.place} says {one.verified}"
        until, begins = rule.get("to"), one.course.edition.from_
        if until and begins > date.fromisoformat(str(until)):
            yield f"{rule['id']}: held until {until}, {one.place} begins on {begins}"
        ends = one.course.edition.to
        if ends and ends < date.fromisoformat(str(rule["from"])):
            yield f"{rule['id']}: holds from {rule['from']}, {one.place} ends on {ends}"


def _same_unit(number: tuple[float, str]) -> tuple[float, str]:
    return (number[0] * MONTHS[number[1]], "m") if number[1] in MONTHS else number


def _articles(text: str) -> set[str]:
    return set(re.findall(r"第([一二三四五六七八九十百]+)(?:、[一二三四五六七八九十百]+)*条", text))


def report(folder: Path) -> tuple[str, list[str]]:
    """The Markdown table, and one line for every difference."""
    carried: dict[str, list[Item]] = {}
    for one in items():
        for rule_id in one.rules:
            carried.setdefault(rule_id, []).append(one)
    lines = ["| id | when | value | source (n) | where | test |", "|---|---|---|---|---|---|"]
    wrong: list[str] = []
    known = set()
    for rule in rules(folder):
        known.add(rule["id"])
        carriers = carried.get(rule["id"], [])
        wrong += faults(rule, carriers)
        numbers = "; ".join(f"{value:g} {unit}" for value, unit in wanted(rule)) or "—"
        source = f"{rule['law']} {rule['art']} ({rule['n']})"
        where = "<br>".join(one.place for one in carriers) or "**nowhere**"
        lines.append(
            f"| {rule['id']} | {_cell(rule['when'])} | {numbers} | {source} | {where} | {_tests(carriers)} |"
        )
    wrong += [
        f"{rule_id}: is no fact of the handbook"
        for rule_id in carried
        if rule_id.split("-")[0]
        in {"CMP", "ENF", "PUB", "CRM", "RWD", "SUP", "CRD", "SPC", "FSI", "AGR", "DRG"}
        and rule_id not in known
    ]
    return "\n".join(lines), wrong


def _cell(text: object) -> str:
    return str(text).replace("|", "/")


def _tests(carriers: list[Item]) -> str:
    clocks = {
        f"`test_clocks.py` {one.course.key}-{one.course.edition.key}-{one.key}"
        for one in carriers
        if (one.course.key, one.course.edition.key, one.key) in CASES
    }
    return "<br>".join(sorted(clocks)) or "`test_law_report.py`"


def main() -> int:
    root = Path(os.environ.get("ZHIHENG_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    folder = root / "handbook"
    if not folder.exists():
        print("the handbook of the shared artefacts is not there: set ZHIHENG_SHARED", file=sys.stderr)
        return 2
    table, wrong = report(folder)
    print(table)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
