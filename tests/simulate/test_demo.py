"""The demonstration fills a database by the real ways, goes on after an interruption, and scores."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.ledger import queries as ledger
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Alias, Organisation, Product
from zhiheng.core.ui import dates
from zhiheng.simulate import demo
from zhiheng.simulate.bodies import MORE
from zhiheng.simulate.score import perfect, score, table
from zhiheng.trace.models import Finding
from zhiheng.web import bodies

pytestmark = pytest.mark.django_db
TINY = 0.0005


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    settings.DEMO = True
    return tmp_path


def test_the_demonstration_is_whole_and_preparing_again_changes_nothing(home: Path, capsys: Any) -> None:
    said: list[str] = []
    demo.prepare(TINY, said.append)
    assert not Outcome.objects.filter(kind="rejected").exists(), list(
        Outcome.objects.filter(kind="rejected").values_list("code", "place", "message")[:3]
    )
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert Organisation.objects.count() > 100
    assert Product.objects.exists()
    assert Alias.objects.exists()
    people = User.objects.filter(is_demo=True)
    assert set(people.values_list("role", flat=True)) == set(User.Role.values)
    assert not any(person.has_usable_password() for person in people)
    assert set(Disclosure.objects.values_list("kind", flat=True)) == {
        "product",
        "trace",
        "organisation",
        "notice",
        "penalty",
        "draw",
        "list",
    }
    assert set(Finding.objects.values_list("kind", flat=True)) >= {"shipped_never_received", "party_unknown"}
    assert ledger.verify() is None
    recognised = {
        one.state
        for body in registry.bodies(Organisation.objects.all())
        for one in bodies.certificates(body.certificates, dates.today(), public=False)
    }
    assert recognised == {"valid", "expiring", "expired", "suspended"}
    assert {kind for body in registry.bodies(Organisation.objects.all()) for kind in body.kind_list} >= {
        "laboratory", "certifier", "association"
    }  # fmt: skip

    before = (Job.objects.count(), User.objects.count(), Disclosure.objects.count(), Finding.objects.count())
    demo.prepare(TINY, said.append)
    assert before == (
        Job.objects.count(),
        User.objects.count(),
        Disclosure.objects.count(),
        Finding.objects.count(),
    )

    demo.doors("http://127.0.0.1:8000", Console(highlight=False, width=400))
    shown = capsys.readouterr().out
    for door in (
        "/accounts/demo/",
        "http://127.0.0.1:8000/01/",
        "/desk/trace/?code=https%3A%2F%2F",
        "demo-food",
    ):
        assert door in shown


def test_the_platform_finds_exactly_what_was_planted(home: Path) -> None:
    demo.prepare(TINY, lambda text: None)
    result = score(home / "simulated" / "truth.jsonl")
    assert perfect(result), (
        table(result) + f"\nmissed {result['missed']}\nunplanned {result['unplanned']}\n{result['lots']}"
    )


def test_a_fill_that_was_interrupted_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "_capture", stop)
        with pytest.raises(KeyboardInterrupt):
            demo.prepare(TINY, lambda text: None)
    organisations = Organisation.objects.count()
    assert not Job.objects.filter(kind="epcis.capture").exists()
    demo.prepare(TINY, lambda text: None)
    assert Organisation.objects.count() == organisations + 2 + len(
        MORE
    )  # the simulated insurer, the firm of the exit story, and bodies that the province lacks, come last
    assert Job.objects.filter(kind="epcis.capture", state="done").exists()
    assert Disclosure.objects.exists()
