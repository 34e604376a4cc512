"""What capture and the chain rely on in the store, on both sides."""

import pytest

from tests.trace.build import box, capture, document, pack, seen, serial
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import run_now
from zhiheng.trace import capture as capturing
from zhiheng.trace import prepare
from zhiheng.trace.capture import submit
from zhiheng.trace.models import Unswept
from zhiheng.trace.store import key, store

pytestmark = pytest.mark.django_db


def test_things_with_one_history_come_together_and_what_is_unknown_does_not() -> None:
    capture(seen(1, 1, serial(1, "a"), serial(1, "b")), seen(2, 1, serial(1, "c")))
    asked = [key(serial(1, s)) for s in "cbax"]
    found = {tuple(sorted(things)): history for history, things in store().histories(asked)}
    assert found.keys() == {(asked[2], asked[1]), (asked[0],)}
    assert all(history.endswith("e") and " " not in history for history in found.values())
    assert store().histories([key(serial(1, "x"))]) == []
    assert store().histories(asked, until=0) == []


def test_a_thing_that_an_event_names_twice_is_one_row() -> None:
    capture(pack(1, 1, box(1), serial(1, "a"), serial(1, "a")))
    ((history, _),) = store().histories([key(serial(1, "a"))])
    assert len(history.split()) == 1


def test_pieces_of_one_transaction_know_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PIECE", 3)
    monkeypatch.setattr(capturing, "CHUNK", 5)
    events = [seen(n % 7, 1, serial(1, n % 7)) for n in range(10)]
    job = run_now(submit(None, [document(events)], behaviour="proceed"))
    assert (job.state, job.done, job.accepted, job.duplicates) == (Job.State.DONE, 10, 7, 3)
    assert list(Outcome.objects.filter(job=job).values_list("index", flat=True)) == [7, 8, 9]
    ids = [int(history[:-1]) for history, _ in store().histories(key(serial(1, n)) for n in range(7))]
    swept = [range(one.first, one.last + 1) for one in Unswept.objects.all()]
    assert len(swept) == 2
    assert all(any(id in some for some in swept) for id in ids)


def test_each_side_takes_any_number_of_rows_and_any_text() -> None:
    goods = [f"urn:example:thing:{n}" for n in range(260)] + ["urn:example:%5Ct:1"]
    capture(seen(1, 1, *goods))
    assert len(store().histories(goods)) == 1
    (things,) = [things for _, things in store().histories(goods)]
    assert sorted(things) == sorted(goods)
