"""No sequence of steps reaches an unlawful state: random walks over every procedure under every edition."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.core.cases import rules
from zhiheng.core.cases.rules import ClockFact, Facts, Who
from zhiheng.knowledge.law.load import ANY, law

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
COURSES = law().courses()
EVERYBODY = frozenset({"officer", "head", "legal", "police", "procurator", "system"})


def ids(course):
    return f"{course.key}-{course.edition.key}"


@pytest.mark.parametrize("course", COURSES, ids=ids)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_sequence_of_steps_leaves_the_law(course, data):
    me = Who(EVERYBODY | frozenset(course.procedure.parties))
    facts = Facts(course.procedure.first, clocks={k: ClockFact("running") for k in course.procedure.starts})
    for n in range(40):
        now = NOW + timedelta(days=30 * n)
        # Clocks end some time: then what waits for them becomes possible.
        facts = rules.replace(
            facts, clocks={k: rules.replace(c, due_at=now - timedelta(days=1)) if c.state == "running" else c
                           for k, c in facts.clocks.items()},
            documents=facts.documents | {d for d, one in course.documents.items() if one.received},
        )  # fmt: skip
        open_steps = [k for k in course.steps if rules.reason(course, facts, k, me, now) is None]
        state = course.procedure.states[facts.state]
        if not open_steps:
            assert state.final, f"{facts.state} is a dead end after {sorted(facts.taken)}"
            return
        key = data.draw(st.sampled_from(sorted(open_steps)))
        step = course.steps[key]
        assert facts.state in step.from_ or (ANY in step.from_ and not state.final)
        assert all(before in facts.taken for before in step.after)
        assert all(document in facts.documents for document in step.needs)
        done = rules.change(course, facts, key)
        after = rules.apply(facts, key, done, step.makes)
        assert after.state == (step.to or facts.state)
        assert after.state in course.procedure.states
        assert set(after.clocks) <= set(course.clocks)
        if course.procedure.states[after.state].final:
            assert {k for k, c in after.clocks.items() if c.state != "stopped"} <= set(step.starts)
        for name in step.starts:
            assert after.clocks[name].state == "running"
        for name in set(step.stops) & set(facts.clocks) - set(step.starts):
            assert after.clocks[name].state == "stopped"
        facts = after


@pytest.mark.parametrize("course", COURSES, ids=ids)
def test_nobody_without_a_role_takes_any_step(course):
    for state in course.procedure.states:
        for key in course.at(state):
            why = rules.reason(course, Facts(state), key, Who(frozenset()), NOW)
            assert why is not None


@pytest.mark.parametrize("course", COURSES, ids=ids)
def test_what_ends_a_case_leaves_no_clock_running(course):
    running = {k: ClockFact("running", NOW) for k in course.clocks}
    for key, step in course.steps.items():
        if step.to and course.procedure.states[step.to].final:
            facts = Facts(next(s for s in (*step.from_, course.procedure.first) if s != ANY), clocks=running)
            done = rules.change(course, facts, key)
            after = rules.apply(facts, key, done)
            assert {k for k, c in after.clocks.items() if c.state != "stopped"} <= set(step.starts)


@given(
    role=st.sampled_from(["province", "city", "county", "enterprise", "auditor", "leading", "police", "system"]),
    region=st.sampled_from(["440000", "440100", "440106", "440105"]),
    duties=st.sets(st.sampled_from(["head", "legal"])),
    user=st.integers(1, 3), handler=st.none() | st.integers(1, 3), second=st.none() | st.integers(1, 3),
    recused=st.sets(st.integers(1, 3)), active=st.booleans(),
)  # fmt: skip
def test_only_officers_of_the_office_who_need_not_keep_out_are_officers(
    role, region, duties, user, handler, second, recused, active
):
    me = rules.who(
        role, active=active, region=region, duties=duties, user=user, case_region="440106", handler=handler,
        second=second, recused=recused,
    )  # fmt: skip
    of_office = active and role in rules.REGULATORS and region == "440106" and user not in recused
    assert ("officer" in me.roles) is of_office
    assert not (me.roles & {"head", "legal"}) or of_office
    if of_office and me.blocked is None:
        assert handler in (None, user) or second == user or "head" in duties


@pytest.mark.parametrize(
    ("kind", "text", "value", "fault"),
    [
        ("money", "1,234.5", "1234.50", ""), ("money", "-1", None, "negative"), ("money", "很多", None, "not_a_number"),
        ("money", "1e400", None, "not_a_number"), ("money", "NaN", None, "not_a_number"),
        ("int", "12", 12, ""), ("int", "１２", None, "not_a_number"), ("int", "1.5", None, "not_a_number"),
        ("date", "2026-02-30", None, "not_a_date"), ("date", "2026-02-28", "2026-02-28", ""),
        ("time", "2026-02-28T09:30", "2026-02-28T09:30", ""), ("time", "九点", None, "not_a_time"),
        ("text", "x" * 301, None, "too_long"), ("bool", "on", True, ""), ("bool", "false", False, ""),
    ],
)  # fmt: skip
def test_values_are_read_strictly(kind, text, value, fault):
    from zhiheng.knowledge.law.model import Field

    read, wrong = rules.read_values([("f", Field(zh="值", en="value", type=kind), True)], {"f": text})
    assert wrong.get("f", "") == fault
    if not fault:
        assert read["f"] == value


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_between_nothing_and_the_same(first, second):
    from zhiheng.core.search import bigrams

    a, b = bigrams(first), bigrams(second)
    assert 0 <= rules.similarity(a, b) == rules.similarity(b, a) <= 1
    if a:
        assert rules.similarity(a, a) == 1


def test_a_time_given_with_its_zone_is_written_as_it_was_in_china():
    from zhiheng.core.cases.documents import in_words
    from zhiheng.knowledge.law.model import Field

    field = Field(zh="时间", en="Time", type="time")
    assert in_words(field, "2026-11-26T01:10+00:00") == "2026年11月26日9时10分"
    assert in_words(field, "2026-11-26T09:10") == "2026年11月26日9时10分"
