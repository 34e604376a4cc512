"""Every role against every state of every procedure: case page, API, documents, files, steps. One table says who.

The columns are the people of ``world.WHO``; a letter each: ``w`` reads it whole, ``p`` reads a party's part, ``-`` nothing.
"""

import pytest
from django.utils import timezone

from tests.access.world import REPORTER, SECRET_TEXT, WHO, case_of, everybody, put
from zhiheng.core.cases import actions, queries, rules, running
from zhiheng.core.cases.actions import Actor
from zhiheng.knowledge.law.load import law

pytestmark = pytest.mark.django_db

#            anonymous handler colleague head legal other_county city province other_city auditor
#            leading system party stranger laboratory police other_police procurator watcher
TABLE = {
    # ordinary, nobody told        a h c h l o c p o a l s p s l p o p w
    ("open", "untold", "kept"):   "- w w w w - w w - w - - - - - - - - -",
    ("open", "told", "kept"):     "- w w w w - w w - w - - p - - - - - -",
    ("open", "told", "handed"):   "- w w w w - w w - w - - p - - p - - -",
    ("open", "untold", "handed"): "- w w w w - w w - w - - - - - p - - -",
    # confidential (reports): the office itself and nobody above it
    ("secret", "untold", "kept"):   "- w w w w - - - - - - - - - - - - - -",
    ("secret", "told", "kept"):     "- w w w w - - - - - - - p - - - - - -",
    ("secret", "told", "handed"):   "- w w w w - - - - - - - p - - p - - -",
    ("secret", "untold", "handed"): "- w w w w - - - - - - - - - - p - - -",
}  # fmt: skip


@pytest.fixture
def people():
    return everybody()


@pytest.mark.parametrize("procedure", sorted(law().procedures))
def test_who_sees_a_case_its_documents_and_files_in_every_state(people, procedure):
    secret = "secret" if law().procedures[procedure].secret else "open"
    thing = case_of(procedure, people)
    has_subject = any(p.organisation_id for p in thing.case.parties.all())
    course = running.course_of(thing.case)
    for state in law().procedures[procedure].states:
        for told in (True, False):
            for handed in (True, False):
                row = TABLE[secret, "told" if told else "untold", "handed" if handed else "kept"].split()
                put(thing, state, told=told, handed=handed)
                facts = actions.facts_of(thing.case)
                for name, mark in zip(WHO, row, strict=True):
                    if name == "party" and not has_subject:
                        mark = "-"
                    where = f"{procedure} {state} {told=} {handed=} {name}"
                    _check(thing, course, facts, people[name], mark, where)


def _check(thing, course, facts, user, mark, where):
    if user is None:
        return  # a stranger to the platform: the pages test asks for every address
    visible = queries.visible_to(user).filter(pk=thing.case.pk).exists()
    assert visible is (mark != "-"), where
    if not visible:
        return
    keys = None if queries.reads_whole(user, thing.case) else queries.parties_of(thing.case, user)
    assert (keys is None) is (mark == "w"), where
    documents = {d.number.rsplit("-", 1)[1] for d in queries.documents_for(thing.case, keys)}
    files = {f.name.split(".")[0] for f in queries.files_for(thing.case, keys)}
    reader = {"w": {"party", "police", "office"}, "p": {"police" if user.role == "police" else "party"}}[mark]
    assert documents == reader, where
    assert files == reader, where
    # Who is no officer of this office takes no officer's step, whatever the state.
    me = actions.who_is(Actor(user), thing.case)
    if user.region != thing.case.region or user.role not in rules.REGULATORS:
        assert not me.roles & {"officer", "head", "legal", "system"}, where
        for key in course.at(thing.case.state):
            if not set(course.steps[key].by) & set(keys or ()):
                assert rules.reason(course, facts, key, me, timezone.now()), where


@pytest.mark.parametrize("procedure", sorted(law().procedures))
def test_over_http_the_same(people, client, settings, procedure):
    settings.DEMO = True
    secret = "secret" if law().procedures[procedure].secret else "open"
    thing = put(case_of(procedure, people), law().procedures[procedure].first, told=True, handed=True)
    row = TABLE[secret, "told", "handed"].split()
    has_subject = any(p.organisation_id for p in thing.case.parties.all())
    for name, mark in zip(WHO, row, strict=True):
        if name == "party" and not has_subject:
            mark = "-"
        user = people[name]
        client.logout()
        if user is not None:
            client.force_login(user)
        page = client.get(f"/desk/cases/{thing.case.pk}/")
        api = client.get(f"/api/v1/cases/{thing.case.number}")
        wanted = 302 if user is None else 200 if mark != "-" else 404
        assert page.status_code == wanted, name
        assert api.status_code == (401 if user is None else wanted), name
        reader = {
            "w": {"party", "police", "office"},
            "p": {"police" if name == "police" else "party"},
            "-": set(),
        }[mark]
        for kind in ("party", "police", "office"):
            got = 302 if user is None else 200 if kind in reader else 404
            assert client.get(f"/desk/cases/documents/{thing.documents[kind].pk}.pdf").status_code == got, (
                name,
                kind,
            )
            assert client.get(f"/desk/cases/files/{thing.files[kind].pk}/").status_code == got, (
                name,
                kind,
            )
        text = page.content.decode() + api.content.decode()
        assert REPORTER not in text, name  # masked for everybody until a recorded look
        assert "13900139000" not in text, name
        assert SECRET_TEXT not in text, name
