"""The loader takes the law as it is shipped and refuses, with the place, whatever does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from zhiheng.knowledge.law.answers import work_out
from zhiheng.knowledge.law.calendar import Calendar
from zhiheng.knowledge.law.clocks import Pause, local
from zhiheng.knowledge.law.compare import compare
from zhiheng.knowledge.law.diagram import svg
from zhiheng.knowledge.law.load import Law, LawError, article_en, law, numeral, read
from zhiheng.knowledge.law.model import InForce, note_of

STATUTES = """
A: {zh: 甲办法, en: Measures A, number: 令1, editions: [{from: 2020-01-01, to: 2025-12-31}, {from: 2026-01-01}], status: in_force, verified: 2}
OLD: {zh: 旧办法, en: Old measures, number: 令0, editions: [{from: 2010-01-01, to: 2019-12-31}], status: repealed, verified: 1, replaced_by: A}
"""
PROCEDURE = """
key: asking
zh: 申请
en: Application
mark: 申
first: open
starts: [answer]
parties:
  citizen: {zh: 申请人, en: Applicant, kind: person}
pauses:
  holiday: {zh: 停, en: Stop}
fields:
  what: {zh: 事项, en: Matter}
  seen_on: {zh: 日期, en: Day, type: date}
states:
  open: {zh: 待答复, en: Open}
  waiting: {zh: 待补正, en: Waiting}
  answered: {zh: 已答复, en: Answered, final: true}
documents:
  letter: {zh: 答复书, en: Letter, body: ["{citizen}：{what}（{number}）"]}
  proof: {zh: 证明, en: Proof, received: true}
steps:
  ask: {zh: 补正, en: Ask, from: [open], to: waiting, by: [officer], asks: [what], pauses: {answer: holiday}}
  hand_in: {zh: 提交, en: Hand in, from: [waiting], to: open, by: [citizen], needs: [proof], resumes: [answer]}
  answer: {zh: 答复, en: Answer, from: [open], to: answered, by: [officer, head], grounds: refusal, makes: [letter], tells: [citizen], stops: [answer], publishes: page}
editions:
  - key: old
    from: 2020-01-01
    to: 2025-12-31
    counting: {last_day: statutory_holiday, cite: A 第九条}
    articles: &articles {ask: A 第一条, hand_in: A 第一条, answer: A 第二条}
    clocks: &clocks
      answer: {zh: 答复期限, en: To answer, value: 7, unit: wd, cite: A 第二条, verified: 1, pauses: [holiday], since: seen_on}
    grounds: &grounds
      refusal: {cite: A 第三条, of: {other: {zh: 其他, en: Other}}}
    publications: &publications
      page: {zh: 公示, en: Page, cite: A 第四条, shows: [what], terms: {all: {zh: 一年, en: A year, months: 12, until: seen_on, cite: A 第四条}}}
  - key: new
    from: 2026-01-01
    counting: {last_day: statutory_holiday, cite: A 第九条}
    articles: *articles
    clocks: *clocks
    grounds: *grounds
    publications: *publications
"""


def load(folder: Path, procedure: str = PROCEDURE, statutes: str = STATUTES) -> Law:
    (folder / "procedures").mkdir(exist_ok=True)
    (folder / "statutes.yaml").write_text(statutes, encoding="utf-8")
    (folder / "procedures" / "asking.yaml").write_text(procedure, encoding="utf-8")
    return read(folder)


def faults(folder: Path, change: Callable[[dict[str, Any]], Any]) -> str:
    document = yaml.safe_load(PROCEDURE)
    change(document)
    with pytest.raises(LawError) as caught:
        load(folder, yaml.safe_dump(document, allow_unicode=True))
    return str(caught.value)


def edition(document: dict[str, Any], n: int = 1) -> dict[str, Any]:
    return document["editions"][n]


def test_the_small_law_of_these_tests_loads(tmp_path: Path) -> None:
    assert load(tmp_path).course("asking", on=date(2026, 1, 1)).edition.key == "new"


# -- what is refused -------------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("a citation of nothing", lambda d: edition(d)["articles"].update(ask="B 第一条"), "cites nothing that is registered"),
    ("a citation in a clock", lambda d: edition(d)["clocks"]["answer"].update(cite="B 第一条"), "clocks.answer: 'B 第一条' cites nothing"),
    ("a citation in an extension", lambda d: edition(d)["clocks"]["answer"].update(extensions=[{"by": "head", "cite": "B"}]), "clocks.answer.extensions: 'B' cites"),
    ("a citation in a reading", lambda d: edition(d)["clocks"]["answer"].update(readings=[{"value": 1, "unit": "d", "cite": "B", "verified": 1}]), "clocks.answer.readings: 'B' cites"),
    ("a citation in a list of grounds", lambda d: edition(d)["grounds"]["refusal"].update(cite="B"), "grounds.refusal: 'B' cites"),
    ("a citation in a term", lambda d: edition(d)["publications"]["page"]["terms"]["all"].update(cite="B"), "terms.all: 'B' cites"),
    ("a citation in a fact", lambda d: edition(d).update(facts={"f": {"zh": "甲", "en": "A", "cite": "B", "verified": 1}}), "facts.f: 'B' cites"),
    ("a citation in a document", lambda d: d["documents"]["letter"].update(cite="B"), "documents.letter: 'B' cites"),
    ("a second citation", lambda d: edition(d)["articles"].update(ask="A 第一条; B 第一条"), "'B 第一条' cites nothing"),
    ("a text that was not in force", lambda d: edition(d)["articles"].update(ask="OLD 第一条"), "OLD is not in force while this edition is"),
    ("a step without an article", lambda d: edition(d)["articles"].pop("ask"), "articles.ask: the step has no article"),
    ("an article without a step", lambda d: edition(d)["articles"].update(nothing="A"), "articles.nothing: there is no such step"),
    ("a state nobody reaches", lambda d: d["states"].update(lost={"zh": "失", "en": "Lost"}), "states.lost: no step leads to it"),
    ("a state without an end", lambda d: d["steps"].update(hand_in={**d["steps"]["hand_in"], "to": "waiting"}), "states.waiting: no step leads from it to an end"),
    ("a first state that is none", lambda d: d.update(first="nowhere"), "nowhere is no state"),
    ("a step from nowhere", lambda d: d["steps"]["ask"].update({"from": ["nowhere"]}), "nowhere is no state"),
    ("a step to nowhere", lambda d: d["steps"]["ask"].update(to="nowhere"), "nowhere is no state"),
    ("a clock outside an edition", lambda d: d.update(clocks=edition(d)["clocks"]), "unknown field `clocks`"),
    ("a clock that is not in this edition", lambda d: edition(d).update(clocks={}), "answer is no clock of this edition"),
    ("a clock nothing starts", lambda d: d.pop("starts"), "clocks.answer: no step starts it"),
    ("a clock nothing stops", lambda d: d["steps"]["answer"].pop("stops"), "clocks.answer: no step stops it, and it does not lapse"),
    ("a clock without length", lambda d: edition(d)["clocks"]["answer"].update(value=0), "a period is a positive number"),
    ("a clock that counts from a name", lambda d: edition(d)["clocks"]["answer"].update(since="what"), "what is neither 'opening' nor a date"),
    ("a clock in weeks", lambda d: edition(d)["clocks"]["answer"].update(unit="w"), "Invalid enum value 'w'"),
    ("a step that waits for no clock", lambda d: d["steps"]["ask"].update(waits="nothing"), "nothing is no clock"),
    ("a step within no clock", lambda d: d["steps"]["ask"].update(within="nothing"), "nothing is no clock"),
    ("a pause of no clock", lambda d: d["steps"]["ask"].update(pauses={"nothing": "holiday"}), "nothing is no clock"),
    ("a pause on no ground", lambda d: d["steps"]["ask"].update(pauses={"answer": "illness"}), "illness is no ground on which answer may pause"),
    ("a pause the clock does not know", lambda d: edition(d)["clocks"]["answer"].update(pauses=[]), "holiday is no ground on which answer may pause"),
    ("a ground of a pause nobody defines", lambda d: edition(d)["clocks"]["answer"].update(pauses=["holiday", "illness"]), "illness is no ground of a pause"),
    ("grounds nobody defines", lambda d: d["steps"]["ask"].update(grounds="nothing"), "nothing is no list of grounds"),
    ("grounds nobody asks for", lambda d: edition(d)["grounds"].update(spare=edition(d)["grounds"]["refusal"]), "grounds.spare: no step asks for one of them"),
    ("a field nobody has", lambda d: d["steps"]["ask"].update(asks=["wish?"]), "wish is no field"),
    ("an office nobody has", lambda d: d["steps"]["ask"].update(by=["mayor"]), "mayor is no office or party"),
    ("a party to tell nobody has", lambda d: d["steps"]["ask"].update(tells=["mayor"]), "mayor is no office or party"),
    ("a document nobody has", lambda d: d["steps"]["ask"].update(makes=["order"]), "order is no document"),
    ("a document made that is handed in", lambda d: d["steps"]["ask"].update(makes=["proof"]), "proof is handed in by somebody"),
    ("a document without a text", lambda d: d["documents"]["letter"].pop("body"), "has no text"),
    ("a placeholder nobody has", lambda d: d["documents"]["letter"].update(body=["{wish}"]), "wish is no field, party or common field"),
    ("a reader nobody has", lambda d: d["documents"]["letter"].update(sees=["mayor"]), "mayor is no office or party"),
    ("a procedure nobody has", lambda d: d["steps"]["ask"].update(opens="appeal"), "appeal is no procedure"),
    ("a step before that nobody has", lambda d: d["steps"]["ask"].update(after=["wish"]), "wish is no step"),
    ("a publication nobody has", lambda d: d["steps"]["ask"].update(publishes="book"), "book is no publication"),
    ("a publication of an unknown field", lambda d: edition(d)["publications"]["page"].update(shows=["wish"]), "wish is no field"),
    ("a term that outlasts no date", lambda d: edition(d)["publications"]["page"]["terms"]["all"].update(until="what"), "what is no date of the procedure"),
    ("editions that overlap", lambda d: edition(d).update({"from": date(2025, 12, 31)}), "overlaps the one before it"),
    ("an edition after an open one", lambda d: edition(d, 0).pop("to"), "overlaps the one before it"),
    ("an edition that ends first", lambda d: edition(d).update(to=date(2025, 1, 1)), "ends before it begins"),
    ("two editions of one name", lambda d: edition(d).update(key="old"), "two editions have one key"),
    ("no edition", lambda d: d.update(editions=[]), "has no edition"),
    ("something to leave out that is not there", lambda d: edition(d).update(without=["wish"]), "wish is neither a step nor a document nor a state"),
    ("an unknown key", lambda d: d["steps"]["ask"].update(colour="red"), "unknown field `colour`"),
    ("a missing key", lambda d: d["states"]["open"].pop("en"), "missing required field `en`"),
    ("a number for a text", lambda d: d["states"]["open"].update(en=7), "Expected `str`, got `int`"),
    ("a note in one language", lambda d: edition(d).update(note="甲"), "has its note in one language only"),
    ("a name other than the file's", lambda d: d.update(key="other"), "is named otherwise than its key"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS]
)
def test_it_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], Any], message: str) -> None:
    assert message in faults(tmp_path, change)


@pytest.mark.parametrize(
    ("statutes", "message"),
    [
        (STATUTES.replace("{from: 2026-01-01}", "{from: 2025-12-31}"), "statutes.yaml: A: the edition from 2025-12-31 overlaps"),
        (STATUTES.replace("{from: 2026-01-01}", "{}"), "overlaps the one before it"),
        (STATUTES.replace("replaced_by: A", "replaced_by: B"), "OLD.replaced_by: B is not registered"),
        (STATUTES + "A: {}", "'A' is given twice"),
        (STATUTES.replace("status: in_force", "status: good"), "Invalid enum value 'good'"),
        (STATUTES.replace("verified: 2", ""), "missing required field `verified`"),
        ("A: [", "statutes.yaml"),
    ],
)  # fmt: skip
def test_statutes_that_do_not_hold_are_refused(tmp_path: Path, statutes: str, message: str) -> None:
    with pytest.raises(LawError, match=re.escape(message)):
        load(tmp_path, statutes=statutes)


def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LawError, match="line 6: 'mark' is given twice"):
        load(tmp_path, PROCEDURE.replace("mark: 申", "mark: 申\nmark: 请"))


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda d: (d["steps"]["ask"].update(by=["mayor"]), d["states"].update(lost={"zh": "失", "en": "Lost"})))  # fmt: skip
    assert found.count("mayor") == 2 and found.count("states.lost") == 2  # in both editions


def test_on_off_yes_and_no_are_words_and_not_truth_values(tmp_path: Path) -> None:
    loaded = load(tmp_path, PROCEDURE.replace("what: {zh: 事项", "no: {zh: 号, en: No}\n  what: {zh: 事项"))
    assert "no" in loaded.procedures["asking"].fields


# -- the shipped law -------------------------------------------------------------------------------------------


def test_the_shipped_law_holds() -> None:
    assert {"complaint", "report", "penalty", "transfer", "publicity"} <= set(law().procedures)


def test_what_a_case_opens_has_an_edition_whenever_the_opener_has() -> None:
    """A step must not open a case of a procedure that has no text on that day."""
    gaps = [
        (course.key, course.edition.key, step.opens)
        for course in law().courses()
        for step in course.steps.values()
        if step.opens
        and law().procedures[step.opens].edition_on(course.edition.to or date(2030, 1, 1)) is None
    ]
    assert gaps == []


def test_the_secret_reporter_sees_no_document_of_a_penalty() -> None:
    for course in law().courses():
        for key, party in course.procedure.parties.items():
            if party.secret and course.key not in {"report", "reward", "clue"}:
                assert not [d for d, one in course.documents.items() if key in one.sees], course.key
            if party.secret:  # nor does a document that others see name him
                texts = ["".join(one.body) for one in course.documents.values()]
                assert not [text for text in texts if f"{{{key}}}" in text]


def test_an_unknown_procedure_edition_or_clock_names_those_there_are() -> None:
    start = local(_moment("2026-09-28"))
    with pytest.raises(KeyError, match="there are: abnormal_list, "):
        work_out(law(), "nothing", "accept", start, Calendar.published())
    with pytest.raises(KeyError, match=r"there are: SAMR-20 \(2020-01-01"):
        work_out(law(), "complaint", "accept", start, Calendar.published(), edition="nothing")
    with pytest.raises(KeyError, match="there are: accept, mediate, tell_termination"):
        work_out(law(), "complaint", "nothing", start, Calendar.published())
    with pytest.raises(KeyError, match="nothing is timed in it"):
        work_out(law(), "clue", "accept", start, Calendar.published())
    with pytest.raises(KeyError, match="has no edition on 2019-01-01"):
        work_out(law(), "complaint", "accept", _moment("2019-01-01"), Calendar.published())


def _moment(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


def test_a_text_without_a_known_first_day_covers_what_was_before() -> None:
    assert InForce(to=date(2020, 1, 1)).covers(date(1990, 1, 1))
    assert InForce().covers(date(1990, 1, 1))


@pytest.mark.parametrize(
    ("article", "english"),
    [
        ("第二十三条第一款（五）", "Art. 23 para. 1 (5)"),
        ("第十条第一、二款", "Art. 10 para. 1 and 2"),
        ("第一百四十八条", "Art. 148"),
        ("四（十四）", "Part 4 (14)"),
        ("式样一至十", "form 1 to 10"),
    ],
)
def test_an_article_in_english(article: str, english: str) -> None:
    assert article_en(article) == english


def test_every_citation_of_the_law_has_english_without_chinese() -> None:
    for course in law().courses():
        cites = [*course.edition.articles.values(), *(c.cite for c in course.clocks.values())]
        for cite in cites:
            assert not re.search("[一-鿿]", law().title(cite, "en")), cite


@pytest.mark.parametrize(
    ("text", "number"), [("一", 1), ("十", 10), ("十五", 15), ("二十", 20), ("一百四十八", 148)]
)
def test_chinese_numerals(text: str, number: int) -> None:
    assert numeral(text) == number


def test_two_editions_side_by_side_show_what_changed() -> None:
    rows = {
        (r.part, r.key): r
        for r in compare(law(), law().course("complaint", "SAMR-20"), law().course("complaint", "SAMR-121"))
    }
    mediate = rows["clock", "mediate"]
    assert mediate.left is not None and mediate.right is not None
    assert "45个工作日" in mediate.left.zh and "60日" in mediate.right.zh and not mediate.same
    assert rows["step", "delegate"].left is None and rows["step", "delegate"].right is not None
    same = compare(law(), law().course("penalty", "SAMR-2"), law().course("penalty", "SAMR-2"))
    assert same and all(row.same for row in same)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_procedure_is_drawn_with_all_its_states(language: str) -> None:
    from lxml import etree

    for course in law().courses():
        picture = etree.fromstring(svg(course, language).encode())
        texts = "".join(picture.itertext()).replace(" ", "")
        for key, state in course.procedure.states.items():
            if key not in course.edition.without:
                assert state.of(language).replace(" ", "") in texts, (course.key, key)
        boxes = [
            tuple(float(box.get(side)) for side in ("x", "y", "width", "height"))
            for box in picture.iter("{http://www.w3.org/2000/svg}rect")
        ]
        for n, (x, y, w, h) in enumerate(boxes):
            for a, b, c, d in boxes[:n]:
                assert x + w <= a + 1 or a + c <= x + 1 or y + h <= b + 1 or b + d <= y + 1, (
                    course.key,
                    "overlap",
                )


def test_an_answer_says_what_is_to_be_known() -> None:
    calendar = Calendar.published()
    weekend = work_out(law(), "transfer", "review", _moment("2026-10-14"), calendar)
    assert (
        "普通周末不顺延" in weekend.document()["note"] and "ordinary weekend" in weekend.document()["note_en"]
    )
    lapsing = work_out(law(), "penalty", "be_heard", _moment("2026-10-12"), calendar)
    assert "lapses by itself" in lapsing.document()["note_en"]
    pause = [Pause(local(_moment("2026-10-13")), local(_moment("2026-10-14")))]
    assert (
        "trial"
        in work_out(law(), "complaint", "accept", _moment("2026-10-12"), calendar, pauses=pause).document()[
            "note_en"
        ]
    )
    longer = work_out(law(), "report", "verify", _moment("2026-10-12"), calendar, extended=16)
    assert "Longer than the text allows" in longer.document()["note_en"]
    allowed = work_out(law(), "penalty", "decide", _moment("2026-10-12"), calendar, extended=60)
    assert "Longer than" not in allowed.document()["note_en"]  # the heads together may extend it further
    coming = work_out(law(), "report", "verify", _moment("2026-12-20"), calendar).document()
    assert coming["provisional"] is True and "暂定" in coming["note"]


def test_notes_are_in_both_languages() -> None:
    edition = law().course("penalty", "SAMR-2").edition
    assert "所据资料" in note_of(edition, "zh-hans") and "sources at hand" in note_of(edition, "en")
