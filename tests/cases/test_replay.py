"""Random courses of every procedure, through the engine and the rooms on it: nothing but Problems is raised, and the ledger
alone tells the same case afterwards."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cases.people import TIANHE, officer, organisation
from tests.cases.test_engine import same
from zhiheng.core.cases import actions, running
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.ledger import queries as ledger
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import law

pytestmark = pytest.mark.django_db
STEPS = 14


def filled(course, key, chance):
    """Something sensible in every field that a step asks for."""
    values = {}
    for name in course.steps[key].asks:
        one = course.procedure.fields[name.rstrip("?")]
        choices = sorted(one.choices)
        values[name.rstrip("?")] = {
            "money": "100", "int": "1", "date": timezone.localdate().isoformat(), "bool": "true", "office": "440105",
            "time": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
            "choice": chance.choice(choices) if choices else "",
        }.get(one.type, f"内容 {chance.randrange(100)}")  # fmt: skip
        if one.many:
            values[name.rstrip("?")] = [chance.choice(choices)]
    return values


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("procedure", sorted(law().procedures))
def test_whatever_is_done_the_ledger_tells_the_same_case(procedure, seed):
    chance = random.Random(f"{procedure} {seed}")
    firm = organisation()
    people = {
        "officer": officer("chen"), "head": officer("head", TIANHE, "county", "head"),
        "legal": officer("legal", TIANHE, "county", "legal"), "police": officer("police", "440105", "police"),
        "procurator": officer("procurator", "440105", "procurator"),
    }  # fmt: skip
    second = officer("wang")
    course = law().course(procedure, on=timezone.localdate())
    parties = [
        NewParty(
            key,
            organisation=None if one.kind == "person" else firm,
            name="某人" if one.kind == "person" else "",
        )
        for key, one in course.procedure.parties.items()
        if one.kind != "authority"
    ]
    begun = timezone.now() - timedelta(hours=1)
    opening = Opening(
        procedure,
        TIANHE,
        "随机办理",
        begun,
        "officer",
        subject=firm,
        parties=parties,
        handler=people["officer"],
    )
    case, taken = actions.open_case(Actor(people["officer"]), opening), 0
    refused: list[Problem] = []
    for _n in range(4 * STEPS):
        case.refresh_from_db()
        open_to = course.at(case.state)
        if not open_to or taken >= STEPS:
            break
        key = chance.choice(open_to)
        step = course.steps[key]
        by = chance.choice(step.by)
        party = case.parties.filter(key=by).first()
        actor = Actor(people[by]) if by in people else Actor(party=party) if party else Actor()
        grounds = sorted(course.grounds(step.grounds).of) if step.grounds else [""]
        try:
            actions.take(
                actor, case, key, values=filled(course, key, chance), ground=chance.choice(grounds),
                second=second if step.officers > 1 else None,
            )  # fmt: skip
            taken += 1
        except Problem as problem:
            refused.append(problem)
    assert all(one.message and one.status < 500 for one in refused)
    case.refresh_from_db()
    same(case)
    for link in case.links.select_related("then"):
        same(link.then)
    assert running.course_of(case).procedure.states[case.state]
    assert ledger.verify() is None
