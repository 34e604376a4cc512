"""Two editions of a procedure side by side: what each says of every step, clock, ground, term, number and sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from zhiheng.knowledge.law.answers import LAST_DAYS, amount_of
from zhiheng.knowledge.law.load import Course, Law
from zhiheng.knowledge.law.model import Clock, Step, Words

Part = Literal["counting", "clock", "step", "ground", "publication", "value", "fact"]
PARTS: dict[Part, Words] = {
    "counting": Words("期间计算", "Counting"),
    "clock": Words("期限", "Time limits"),
    "step": Words("步骤", "Steps"),
    "ground": Words("法定情形", "Grounds"),
    "publication": Words("公示", "Publication"),
    "value": Words("数额", "Numbers"),
    "fact": Words("其他规定", "Other provisions"),
}
OFFICES = {
    "officer": Words("承办人员", "officer"),
    "head": Words("负责人", "head of the office"),
    "legal": Words("审核机构", "legal review"),
    "police": Words("公安机关", "police"),
    "procurator": Words("检察机关", "procuratorate"),
    "system": Words("系统", "system"),
}
UNITS = {
    "倍": "times", "元": "yuan", "万元": "yuan", "人": "people", "项": "items", "%以上": "% or more",
    "%罚没款": "% of fine and confiscation", "元/案": "yuan a case",
    "y": "years", "m": "months", "d": "days", "wd": "working days", "h": "hours",
}  # fmt: skip
UNITS_ZH = {"y": "年", "m": "个月", "d": "日", "wd": "个工作日", "h": "小时", "%罚没款": "%（罚没款）"}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that either edition has; a side is none where it has not."""

    part: Part
    key: str
    name: Words
    left: Words | None
    right: Words | None

    @property
    def same(self) -> bool:
        return self.left == self.right


def compare(law: Law, left: Course, right: Course) -> list[Row]:
    """Everything that either edition says, in the order of the left one."""
    ours = {(part, key): (name, text) for part, key, name, text in lines(law, left)}
    theirs = {(part, key): (name, text) for part, key, name, text in lines(law, right)}
    rows = [
        Row(
            part, key, (ours.get((part, key)) or theirs[part, key])[0],
            ours[part, key][1] if (part, key) in ours else None,
            theirs[part, key][1] if (part, key) in theirs else None,
        )
        for part, key in [*ours, *(name for name in theirs if name not in ours)]
    ]  # fmt: skip
    order = list(PARTS)
    return sorted(rows, key=lambda row: order.index(row.part))


def lines(law: Law, course: Course) -> Iterator[tuple[Part, str, Words, Words]]:
    """What an edition says, a line for each thing: (part, key, name, text)."""
    edition = course.edition

    def cited(zh: str, en: str, cite: str) -> Words:
        return Words(f"{zh}（{law.title(cite)}）", f"{en} ({law.title(cite, 'en')})")

    last = LAST_DAYS[course.counting.last_day]
    yield "counting", "last_day", PARTS["counting"], cited(last.zh, last.en, course.counting.cite)
    for key, clock in edition.clocks.items():
        yield "clock", key, clock, cited(limit(course, clock, "zh"), limit(course, clock, "en"), clock.cite)
    for key, step in course.steps.items():
        yield "step", key, step, cited(who(course, step, "zh"), who(course, step, "en"), course.article(key))
    for key, grounds in edition.grounds.items():
        for ground_key, ground in grounds.of.items():
            yield (
                "ground",
                f"{key}.{ground_key}",
                ground,
                cited(ground.zh, ground.en, f"{grounds.cite}{ground.item}"),
            )
    for key, publication in edition.publications.items():
        for term_key, term in publication.terms.items():
            yield "publication", f"{key}.{term_key}", publication, cited(term.zh, term.en, term.cite)
    for key, value in edition.values.items():
        yield (
            "value",
            key,
            value,
            cited(number(value.value, value.unit, "zh"), number(value.value, value.unit, "en"), value.cite),
        )
    for key, fact in edition.facts.items():
        yield "fact", key, fact, cited(fact.zh, fact.en, fact.cite)


def limit(course: Course, clock: Clock, language: str) -> str:
    """A clock's length with what may lengthen and stop it."""
    zh = language.startswith("zh")
    parts = [amount_of(clock.value, clock.unit, language)]
    for extension in clock.extensions:
        by = actor(course, extension.by, language)
        if extension.value is None:
            parts.append(
                f"可以由{by}决定延长，未定天数" if zh else f"may be extended by the {by}, for a time not set"
            )
        else:
            more = amount_of(extension.value, clock.unit, language)
            parts.append(f"经{by}批准可以延长{more}" if zh else f"may be extended by {more} by the {by}")
    if clock.pauses:
        grounds = [course.procedure.pauses[key].of(language) for key in clock.pauses]
        parts.append(
            f"{'、'.join(grounds)}的时间不计入" if zh else f"not counted: {', '.join(grounds).lower()}"
        )
    return ("；" if zh else "; ").join(parts)


def who(course: Course, step: Step, language: str) -> str:
    """Who takes a step, and how many officers it needs."""
    zh = language.startswith("zh")
    by = ("、" if zh else ", ").join(actor(course, one, language) for one in step.by)
    if step.officers > 1:
        by += f"（不少于{step.officers}人）" if zh else f" (at least {step.officers})"
    return by


def actor(course: Course, key: str, language: str) -> str:
    """An office or a party by its name."""
    return (OFFICES.get(key) or course.procedure.parties[key]).of(language)


def number(value: float, unit: str, language: str) -> str:
    """A number with its unit: 10000元, 10,000 yuan; 5万元, 50,000 yuan."""
    if language.startswith("zh"):
        return f"{value:.0f}{UNITS_ZH.get(unit, unit)}"
    if unit == "万元":
        value *= 10_000
    return f"{value:,.0f} {UNITS.get(unit, unit)}"
