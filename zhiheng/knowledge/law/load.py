"""Reading the law's YAML: typed, cross-checked, and refused whole when anything in it does not hold.

What is refused: an unknown or missing key, a citation of a statute that is not registered or not in force in the
edition that cites it, editions that overlap, a step without an article, a state that no step leads to or out of, a
clock that no step starts or stops, a list of grounds that no step asks for, and a name (clock, field, document, party,
ground, pause, procedure, placeholder of a text) that nothing defines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

import msgspec
import yaml

from zhiheng.knowledge.law.calendar import CalendarError, Year, parse_year
from zhiheng.knowledge.law.model import (
    Clock,
    Counting,
    Document,
    Edition,
    Grounds,
    Procedure,
    Publication,
    State,
    Statute,
    Step,
    Value,
)

DATA = Path(__file__).parent / "data"
OFFICES = frozenset({"officer", "head", "legal", "police", "procurator", "system"})
COMMON_FIELDS = frozenset(
    {
        "number",
        "office",
        "today",
        "year",
        "received_at",
        "subject",
        "reason",
        "ground",
        "handler",
        "case_title",
    }
)
"""What every document may say without a step having asked for it."""
ANY = "*"
Read = TypeVar("Read")
_CITE = re.compile(r"([A-Za-z0-9-]+)(?: (.+))?")


class LawError(ValueError):
    """The law's data does not hold; ``faults`` are (place, what is wrong)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{place}: {fault}" for place, fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a statute: ``SAMR-121 第十五条``."""

    statute: str
    article: str

    def __str__(self) -> str:
        return f"{self.statute} {self.article}".strip()


@dataclass(frozen=True)
class Course:
    """A procedure under one of its editions: what the engine walks."""

    procedure: Procedure
    edition: Edition
    steps: Mapping[str, Step]
    documents: Mapping[str, Document]

    @property
    def key(self) -> str:
        return self.procedure.key

    @property
    def clocks(self) -> Mapping[str, Clock]:
        return self.edition.clocks

    @property
    def counting(self) -> Counting:
        return self.edition.counting

    def grounds(self, key: str) -> Grounds:
        return self.edition.grounds[key]

    def value(self, key: str) -> Value:
        return self.edition.values[key]

    def publication(self, key: str) -> Publication:
        return self.edition.publications[key]

    def article(self, step: str) -> str:
        """By which article a step is taken."""
        return self.edition.articles[step]

    def at(self, state: str) -> list[str]:
        """The steps a case in a state could take, before anybody asks who and whether."""
        final = self.procedure.states[state].final
        return [
            key
            for key, step in self.steps.items()
            if state in step.from_ or (ANY in step.from_ and not final)
        ]


class Law:
    """All statutes and procedures, checked."""

    def __init__(self, statutes: Mapping[str, Statute], procedures: Mapping[str, Procedure]) -> None:
        self.statutes, self.procedures = statutes, procedures
        self._courses = {
            (key, edition.key): Course(
                procedure, edition, _steps(procedure, edition), _documents(procedure, edition)
            )
            for key, procedure in procedures.items()
            for edition in procedure.editions
        }

    def course(self, procedure: str, edition: str | None = None, on: date | None = None) -> Course:
        """A procedure under a named edition, or the one in force on a day. Raises KeyError with the names there are."""
        if procedure not in self.procedures:
            raise KeyError(f"no procedure {procedure!r}; there are: {', '.join(self.procedures)}")
        editions = self.procedures[procedure].editions
        if edition is None:
            assert on is not None, "an edition or a day is needed"
            found = self.procedures[procedure].edition_on(on)
            if found is None:
                raise KeyError(f"{procedure} has no edition on {on}; there are: {_spans(editions)}")
            edition = found.key
        if (procedure, edition) not in self._courses:
            raise KeyError(f"{procedure} has no edition {edition!r}; there are: {_spans(editions)}")
        return self._courses[procedure, edition]

    def courses(self) -> list[Course]:
        """Every procedure under every edition."""
        return list(self._courses.values())

    def title(self, citation: str, language: str = "zh") -> str:
        """A citation in words: 《市场监督管理投诉举报处理办法》第十五条. Several are parted by semicolons."""
        said: dict[str, list[str]] = {}
        for one in cites(citation):
            cited = cite(one)
            said.setdefault(cited.statute, []).extend([cited.article] if cited.article else [])
        if language.startswith("zh"):
            return "；".join(f"《{self.statutes[key].zh}》{'、'.join(said[key])}" for key in said)
        return "; ".join(", ".join([self.statutes[key].en, *map(article_en, said[key])]) for key in said)


def cite(text: str) -> Citation:
    """A citation from its text; the article may be missing (a whole instrument)."""
    match = _CITE.fullmatch(text.strip())
    return Citation(match[1], match[2] or "") if match else Citation("", text)


def cites(text: str) -> list[str]:
    """The single citations of a text that may hold several."""
    return re.split(r"[;；]\s*", text)


_NUMERAL = "[一二三四五六七八九十百零]+"
_WORDS = (
    (r"、", " and "),
    (r"至", " to "),
    (rf"第({_NUMERAL}(?: +and +{_NUMERAL})*)款", r"para. \1"),
    (rf"第({_NUMERAL}(?: +to +{_NUMERAL})?)条", r"Art. \1"),
    (rf"（({_NUMERAL})）", r"(\1)"),
    (rf"式样({_NUMERAL}(?: +to +{_NUMERAL})?)", r"form \1"),
    (rf"^({_NUMERAL}) ", r"Part \1"),
)


def article_en(article: str) -> str:
    """The place in English: ``第二十三条第一款（五）`` is Art. 23 para. 1 (5)."""
    for pattern, words in _WORDS:
        article = re.sub(pattern, rf" {words} ", article)
    return re.sub(_NUMERAL, lambda found: str(numeral(found[0])), " ".join(article.split()))


def numeral(text: str) -> int:
    """A Chinese numeral below a thousand: 二十三 is 23, 一百零二 is 102."""
    total, last = 0, 0
    for sign in text:
        if sign in "十百":
            total += (last or 1) * (10 if sign == "十" else 100)
            last = 0
        elif sign != "零":
            last = "一二三四五六七八九".index(sign) + 1
    return total + last


def _spans(editions: tuple[Edition, ...]) -> str:
    return ", ".join(f"{one.key} ({one.from_} – {one.to or '…'})" for one in editions)


def _steps(procedure: Procedure, edition: Edition) -> dict[str, Step]:
    return {k: v for k, v in (procedure.steps | edition.steps).items() if k not in edition.without}


def _documents(procedure: Procedure, edition: Edition) -> dict[str, Document]:
    return {k: v for k, v in (procedure.documents | edition.documents).items() if k not in edition.without}


@lru_cache(maxsize=1)
def law() -> Law:
    """The law this version ships."""
    return read(DATA)


def read(folder: Path) -> Law:
    """Read and check ``statutes.yaml`` and ``procedures/*.yaml``. Raises LawError with everything that is wrong."""
    faults: list[tuple[str, str]] = []
    statutes = _file(folder / "statutes.yaml", dict[str, Statute], faults) or {}
    if faults:  # without it, every citation would be a fault too
        raise LawError(faults)
    procedures: dict[str, Procedure] = {}
    for path in sorted((folder / "procedures").glob("*.yaml")):
        if (procedure := _file(path, Procedure, faults)) is not None:
            procedures[procedure.key] = procedure
            if path.stem != procedure.key:
                faults.append((path.name, f"is named otherwise than its key {procedure.key!r}"))
    for key, statute in statutes.items():
        faults += [
            (f"statutes.yaml: {key}", text) for text in _overlaps([(e.from_, e.to) for e in statute.editions])
        ]
        if statute.replaced_by and statute.replaced_by not in statutes:
            faults.append((f"statutes.yaml: {key}.replaced_by", f"{statute.replaced_by} is not registered"))
    faults += [(f"statutes.yaml: {place}", text) for place, text in _notes(statutes)]
    for procedure in procedures.values():
        faults += [(f"{procedure.key}.yaml: {place}", text) for place, text in _notes(procedure)]
        faults += [
            (f"{procedure.key}.yaml: {place}", text)
            for place, text in _check(procedure, statutes, procedures)
        ]
    if faults:
        raise LawError(faults)
    return Law(statutes, procedures)


def _file(path: Path, type_: type[Read], faults: list[tuple[str, str]]) -> Read | None:
    try:
        loaded: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 (a SafeLoader)
        return msgspec.convert(loaded, type_, strict=True)
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        faults.append((path.name, " ".join(str(error).split())))
    except msgspec.ValidationError as error:
        faults.append((path.name, str(error)))
    return None


class _Strict(yaml.SafeLoader):
    """A key given twice is a mistake, not a later wish; and only true and false are truth values (not on, off, no)."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.YAMLError(f"line {key_node.start_mark.line + 1}: {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


_Strict.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_year(text: str) -> Year:
    """A year's holidays from YAML or JSON. Raises CalendarError; ``off`` is a word here, which plain YAML denies."""
    try:
        return parse_year(yaml.load(text, Loader=_Strict))  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise CalendarError(" ".join(str(error).split())) from None


def _overlaps(spans: Sequence[tuple[date | None, date | None]]) -> Iterator[str]:
    last: date | None = None
    for n, (first, end) in enumerate(sorted(spans, key=lambda span: span[0] or date.min)):
        begin = first or date.min
        if end is not None and end < begin:
            yield f"the edition from {begin} ends before it begins"
        if n and (last is None or begin <= last):
            yield f"the edition from {begin} overlaps the one before it"
        last = end
    if not spans:
        yield "has no edition"


Faults = Iterator[tuple[str, str]]


def _notes(of: Any, place: str = "") -> Faults:
    """Whatever has a note has it in both languages."""
    of = msgspec.to_builtins(of) if not place else of
    if isinstance(of, dict):
        if bool(of.get("note")) != bool(of.get("note_en")):
            yield place, "has its note in one language only"
        for key, one in of.items():
            yield from _notes(one, f"{place}.{key}" if place else str(key))
    elif isinstance(of, list | tuple):
        for n, one in enumerate(of):
            yield from _notes(one, f"{place}[{n}]")


def _check(
    procedure: Procedure, statutes: Mapping[str, Statute], procedures: Mapping[str, Procedure]
) -> Faults:
    for text in _overlaps([(one.from_, one.to) for one in procedure.editions]):
        yield "editions", text
    if len({one.key for one in procedure.editions}) != len(procedure.editions):
        yield "editions", "two editions have one key"
    if procedure.first not in procedure.states:
        yield "first", f"{procedure.first} is no state"
    for edition in procedure.editions:
        place = f"editions.{edition.key}"
        steps, documents = _steps(procedure, edition), _documents(procedure, edition)
        for name in edition.without:
            if name not in procedure.steps | procedure.documents | procedure.states:
                yield f"{place}.without", f"{name} is neither a step nor a document nor a state"
        for where, fault in _check_citations(edition, steps, documents, statutes):
            yield f"{place}.{where}", fault
        for where, fault in _check_steps(procedure, edition, steps, documents, procedures):
            yield f"{place}.{where}", fault
        states = {k: v for k, v in procedure.states.items() if k not in edition.without}
        for where, fault in _check_states(procedure.first, states, steps):
            yield f"{place}.{where}", fault


def _check_citations(
    edition: Edition,
    steps: Mapping[str, Step],
    documents: Mapping[str, Document],
    statutes: Mapping[str, Statute],
) -> Faults:
    cited: list[tuple[str, str]] = [("counting", edition.counting.cite)]
    for key in steps:
        if key not in edition.articles:
            yield f"articles.{key}", "the step has no article in this edition"
    for key, article in edition.articles.items():
        if key not in steps:
            yield f"articles.{key}", "there is no such step in this edition"
        cited.append((f"articles.{key}", article))
    for key, clock in edition.clocks.items():
        cited.append((f"clocks.{key}", clock.cite))
        cited += [(f"clocks.{key}.extensions", one.cite) for one in clock.extensions]
        cited += [(f"clocks.{key}.readings", one.cite) for one in clock.readings]
    cited += [(f"grounds.{key}", one.cite) for key, one in edition.grounds.items()]
    cited += [(f"values.{key}", one.cite) for key, one in edition.values.items()]
    cited += [(f"facts.{key}", one.cite) for key, one in edition.facts.items()]
    cited += [(f"documents.{key}", one.cite) for key, one in documents.items() if one.cite]
    for key, publication in edition.publications.items():
        cited.append((f"publications.{key}", publication.cite))
        cited += [(f"publications.{key}.terms.{name}", term.cite) for name, term in publication.terms.items()]
    for place, text in cited:
        for one in cites(text):
            citation = cite(one)
            statute = statutes.get(citation.statute)
            if statute is None:
                yield place, f"{one!r} cites nothing that is registered in statutes.yaml"
            elif not any(
                (e.to is None or e.to >= edition.from_)
                and (edition.to is None or e.from_ is None or e.from_ <= edition.to)
                for e in statute.editions
            ):
                yield place, f"{citation.statute} is not in force while this edition is"


def _check_steps(
    procedure: Procedure,
    edition: Edition,
    steps: Mapping[str, Step],
    documents: Mapping[str, Document],
    procedures: Mapping[str, Procedure],
) -> Faults:
    def unknown(place: str, names: Any, known: Any, what: str) -> Faults:
        for name in names:
            if name not in known:
                yield place, f"{name} is no {what}"

    actors = OFFICES | set(procedure.parties)
    yield from unknown("starts", procedure.starts, edition.clocks, "clock of this edition")
    yield from unknown("tells", procedure.tells, procedure.parties, "party")
    for key, step in steps.items():
        at = f"steps.{key}"
        yield from unknown(f"{at}.from", [s for s in step.from_ if s != ANY], procedure.states, "state")
        yield from unknown(f"{at}.to", [step.to] if step.to else [], procedure.states, "state")
        yield from unknown(f"{at}.by", step.by, actors, "office or party")
        yield from unknown(f"{at}.asks", [one.rstrip("?") for one in step.asks], procedure.fields, "field")
        yield from unknown(
            f"{at}.grounds", [step.grounds] if step.grounds else [], edition.grounds, "list of grounds"
        )
        yield from unknown(f"{at}.documents", (*step.makes, *step.needs), documents, "document")
        yield from unknown(f"{at}.tells", step.tells, actors, "office or party")
        yield from unknown(
            f"{at}.clocks",
            (*step.starts, *step.stops, *step.resumes, *(one for one in (step.waits, step.within) if one)),
            edition.clocks, "clock of this edition",
        )  # fmt: skip
        for clock_key, ground in step.pauses.items():
            if clock_key not in edition.clocks:
                yield f"{at}.pauses", f"{clock_key} is no clock of this edition"
            elif ground not in edition.clocks[clock_key].pauses:
                yield f"{at}.pauses", f"{ground} is no ground on which {clock_key} may pause"
        yield from unknown(f"{at}.opens", [step.opens] if step.opens else [], procedures, "procedure")
        yield from unknown(f"{at}.after", step.after, steps, "step")
        yield from unknown(
            f"{at}.publishes", [step.publishes] if step.publishes else [], edition.publications, "publication"
        )
        for made in step.makes:
            if made in documents and documents[made].received:
                yield f"{at}.makes", f"{made} is handed in by somebody, not made here"
    for key, clock in edition.clocks.items():
        yield from unknown(f"clocks.{key}.pauses", clock.pauses, procedure.pauses, "ground of a pause")
        yield from unknown(f"clocks.{key}.extensions", [e.by for e in clock.extensions], actors, "office")
        if clock.value <= 0 or any(one.value <= 0 for one in clock.readings):
            yield f"clocks.{key}", "a period is a positive number"
        if clock.chosen and (not clock.readings or any(one.unit != clock.unit for one in clock.readings)):
            yield f"clocks.{key}.chosen", "there is no reading of the same unit to choose"
        if clock.since and clock.since != "opening" and not _is(procedure, clock.since, "date", "time"):
            yield (
                f"clocks.{key}.since",
                f"{clock.since} is neither 'opening' nor a date or time of the procedure",
            )
        if key not in procedure.starts and not any(key in step.starts for step in steps.values()):
            yield f"clocks.{key}", "no step starts it, nor the opening of a case"
        if not clock.lapses and not any(key in step.stops for step in steps.values()):
            yield f"clocks.{key}", "no step stops it, and it does not lapse"
    for key in edition.grounds:
        if not any(step.grounds == key for step in steps.values()):
            yield f"grounds.{key}", "no step asks for one of them"
    for key, publication in edition.publications.items():
        yield from unknown(
            f"publications.{key}.shows", publication.shows, set(procedure.fields) | COMMON_FIELDS, "field"
        )
        yield from unknown(
            f"publications.{key}.clock",
            [publication.clock] if publication.clock else [],
            edition.clocks,
            "clock of this edition",
        )
        for name, term in publication.terms.items():
            if term.until and not _is(procedure, term.until, "date"):
                yield f"publications.{key}.terms.{name}.until", f"{term.until} is no date of the procedure"
    known = set(procedure.fields) | COMMON_FIELDS | set(procedure.parties)
    for key, document in documents.items():
        yield from unknown(f"documents.{key}.sees", document.sees, actors, "office or party")
        for paragraph in document.body:
            names = [name for _text, name, _spec, _conversion in Formatter().parse(paragraph) if name]
            yield from unknown(f"documents.{key}.body", names, known, "field, party or common field")
        if not document.received and not document.body:
            yield f"documents.{key}", "has no text, and is not handed in by anybody either"


def _is(procedure: Procedure, name: str, *types: str) -> bool:
    return name in procedure.fields and procedure.fields[name].type in types


def _check_states(first: str, states: Mapping[str, State], steps: Mapping[str, Step]) -> Faults:
    """Every state is reached from the first, and from every one that is not final a final one is reached."""

    def reach(state: str, forward: bool) -> set[str]:
        found, todo = {state}, [state]
        while todo:
            here = todo.pop()
            for step in steps.values():
                if step.to is None:
                    continue
                froms = [s for s, d in states.items() if not d.final] if ANY in step.from_ else step.from_
                if forward and here in froms and step.to not in found:
                    found.add(step.to)
                    todo.append(step.to)
                if not forward and here == step.to:
                    todo += [s for s in froms if s not in found]
                    found.update(froms)
        return found

    reached = reach(first, True)
    for state in states:
        if state not in reached:
            yield f"states.{state}", "no step leads to it"
    ending: set[str] = set()
    for state, one in states.items():
        if one.final:
            ending |= reach(state, False)
    for state in states:
        if state in reached and state not in ending:
            yield f"states.{state}", "no step leads from it to an end"
