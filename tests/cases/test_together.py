"""Two hundred officers at once: no update is lost, no number is given twice, and one of those who want the same wins."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from tests.cases.people import TIANHE, complaint, officer, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions, handling
from zhiheng.core.cases.actions import Actor, Opening
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger import queries as ledger
from zhiheng.core.problems import Problem

OFFICERS = 200
pytestmark = pytest.mark.xdist_group("crowd")  # one crowd at a time: the server has so many connections


@pytest.fixture
def crowd(transactional_db):
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one writes at a time; the PostgreSQL half of the suite runs this")
    return [officer(f"officer-{n}", TIANHE) for n in range(OFFICERS)]


def together(crowd: list[User], deed) -> Counter:
    """Let everybody do the same at the same moment, each over a connection of his own; count what came of it."""
    came: Counter = Counter()
    gate = threading.Barrier(len(crowd))

    def run(user: User) -> None:
        try:
            gate.wait(timeout=120)
            came[deed(user)] += 1
        except Problem as problem:
            came[problem.code] += 1
        except Exception as error:  # told with the counts: a thread's exception would be lost
            came[repr(error)] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(user,)) for user in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_one_of_those_who_take_the_same_step_wins_and_the_others_are_told(crowd):
    case = complaint(organisation())
    seen = case.version
    came = together(crowd, lambda user: actions.take(Actor(user), case, "accept", version=seen).key)
    assert came == {"accept": 1, "case_changed": len(crowd) - 1}
    case.refresh_from_db()
    assert (case.state, case.version) == ("mediating", seen + 1)
    assert case.documents.count() == 1


def test_nobody_s_note_is_lost(crowd):
    case = complaint(organisation())
    came = together(crowd, lambda user: handling.note(user, case, f"由 {user.username} 记录").key)
    assert came == {"_noted": len(crowd)}
    case.refresh_from_db()
    assert case.version == len(crowd) + 1
    assert list(case.steps.values_list("seq", flat=True)) == list(range(1, len(crowd) + 2))


def test_no_number_is_given_twice_and_none_is_left_out(crowd):
    def open_one(user: User) -> str:
        opening = Opening(
            "complaint", TIANHE, "投诉", timezone.now() - timedelta(hours=1), "web", subject_name="小店"
        )
        return "opened" if actions.open_case(Actor(user), opening).number else ""

    assert together(crowd, open_one) == {"opened": len(crowd)}
    numbers = sorted(
        int(n.split("投〔")[1].split("〕")[1][:-1]) for n in Case.objects.values_list("number", flat=True)
    )
    assert numbers == list(range(1, len(crowd) + 1))
    assert ledger.verify() is None
