"""The chain is asked about a sampled batch: who made it, against who is said to, and who else has it."""

import pytest
from django.test import Client

from tests.cases.people import officer
from tests.inspection.after_scene import Scene, scene
from tests.trace.build import lot, serial
from tests.trace.province import cans, firms
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.inspection import queries_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def s(settings) -> Scene:
    settings.DEMO = True
    return scene()


@pytest.fixture
def makers() -> list[Organisation]:
    found = firms()
    cans(4, 3)
    return found


@pytest.mark.parametrize(
    ("code", "nominal", "verdict"),
    [
        (serial(2, "1-0"), 1, "same"), (serial(2, "1-0"), 3, "other"), (serial(2, "1-0"), None, "other"),
        (lot(2, "C1"), 1, "same"), (serial(2, "no"), 1, "none"), ("铅笔", 1, "bad_code"),
    ],
)  # fmt: skip
def test_what_the_chain_says_of_the_maker(
    makers: list[Organisation], code: str, nominal: int | None, verdict: str
) -> None:
    user = officer("province", "440000", "province")
    answer = queries_chain.ask(code, makers[nominal] if nominal is not None else None, user)
    assert answer.verdict == verdict
    if verdict in {"same", "other"}:
        assert answer.makers[0]["organisation"]["name"] == "番禺食品厂有限公司"


def test_the_batch_is_followed_to_whoever_has_it(makers: list[Organisation]) -> None:
    user = officer("province", "440000", "province")
    answer = queries_chain.ask(serial(2, "1-0"), None, user)
    assert answer.batch == lot(2, "C1")
    assert [(one["organisation"]["name"], one["count"]) for one in answer.holders] == [
        ("佛山批发市场有限公司", 3)
    ]


def test_the_page_says_it_and_leads_to_the_scope(
    s: Scene, makers: list[Organisation], client: Client
) -> None:
    s.sample.code, s.sample.producer = serial(2, "1-0"), makers[1]
    s.sample.save()
    client.force_login(officer("province", "440000", "province"))
    path = f"/desk/inspection/after/{s.case.pk}/chain/"
    assert path in client.get(f"/desk/cases/{s.case.pk}/").content.decode()
    text = client.get(path).content.decode()
    assert (
        "链上记录由标称生产者生产" in text and "佛山批发市场有限公司" in text and "/desk/trace/?code=" in text
    )
    s.sample.producer = makers[3]
    s.sample.save()
    assert "与标称生产者不一致" in client.get(path).content.decode()


def test_without_a_code_there_is_nothing_to_ask(s: Scene, client: Client) -> None:
    client.force_login(s.chen)
    assert "没有扫描代码" in client.get(f"/desk/inspection/after/{s.case.pk}/chain/").content.decode()
    client.force_login(s.seller_user)
    assert client.get(f"/desk/inspection/after/{s.case.pk}/chain/").status_code == 404
