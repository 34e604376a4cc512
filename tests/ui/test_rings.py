"""The five rings and the third-party bodies: figures of one's jurisdiction, doors that open, what the public sees."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.accounts.people import person
from tests.cases.people import GUANGZHOU, TIANHE, organisation
from tests.exchange.test_exchange import as_csv, counts, send
from tests.inspection.field_people import World, sheet
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry import rules
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import actions_field, actions_lab
from zhiheng.web import rings

pytestmark = pytest.mark.django_db
HEAD = ["uscc", "body", "lab", "scope", "cert_no", "issuer", "issued_on", "valid_to"]


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.DEMO = True


@pytest.fixture
def world():
    found = World()
    found.lab_org.kinds = " laboratory "
    found.lab_org.save()
    return found


def recognised(org, **more):
    fields = {
        "kind": "laboratory",
        "title": "资质认定",
        "number": "C1",
        "issued_on": date(2020, 1, 1),
        "valid_until": date(2099, 1, 1),
        "details": {"scope": "食品检验"},
    }
    return Designation.objects.create(organisation=org, **fields | more)


def issued(world):
    """A report of the world's laboratory."""
    body = sheet(world)
    one, _made = actions_field.take_sample(
        world.first, world.task.key, uuid.UUID(body["key"]), body["values"], body["inspectors"], []
    )
    actions_lab.receive(world.lab, one, intact=True, condition="")
    one.refresh_from_db()
    actions_lab.enter(
        world.lab,
        one,
        {"铅": {"value": "0.1"}, "水分": {"value": "4", "uncertainty": "0.1", "coverage": "2"}},
    )
    one.refresh_from_db()
    return actions_lab.issue(world.lab, one, number="R-1", signatory="王签字", units=None, high_risk=False)


# -- recognitions


@pytest.mark.parametrize(
    ("status", "begins", "ends", "state"),
    [
        ("valid", None, None, "valid"),
        ("valid", date(2020, 1, 1), date(2026, 9, 2), "valid"),
        ("valid", date(2020, 1, 1), date(2026, 9, 1), "expiring"),
        ("valid", date(2020, 1, 1), date(2026, 6, 1), "expiring"),
        ("valid", date(2020, 1, 1), date(2026, 5, 31), "expired"),
        ("valid", date(2026, 6, 2), date(2032, 1, 1), "expired"),
        ("suspended", date(2020, 1, 1), date(2030, 1, 1), "suspended"),
        ("withdrawn", date(2020, 1, 1), date(2020, 2, 1), "expired"),
    ],
)
def test_how_a_recognition_stands(status, begins, ends, state):
    assert rules.qualification_of(status, begins, ends, date(2026, 6, 1)) == state


def test_the_best_recognition_counts_and_none_is_none():
    rows = [Designation(status="suspended"), Designation(status="valid", valid_until=date(2026, 7, 1))]
    assert rules.qualification(rows, date(2026, 6, 1)) == "expiring"
    assert rules.qualification([], date(2026, 6, 1)) == "none"


def test_offices_register_recognitions_and_no_body_its_own(world):
    org = organisation("广东测试行业协会", GUANGZHOU, 21)
    row = [org.uscc, "association", org.name, "家具行业服务", "S1", "民政局", "2026-01-05", "2030-01-04"]
    officer = person("city", username="registrar")
    assert counts(send(officer, as_csv([row, [*row[:-1], "2025-01-01"]], HEAD), "recognitions")) == (1, 0, 1)
    assert counts(send(officer, as_csv([row], HEAD), "recognitions")) == (0, 1, 0)
    org.refresh_from_db()
    assert org.is_body
    assert Designation.objects.get().details["scope"] == "家具行业服务"
    from zhiheng.core.problems import Problem

    with pytest.raises(Problem):
        send(world.lab, as_csv([row], HEAD), "recognitions")


# -- pages of bodies


def test_the_public_sees_valid_recognitions_and_reports_of_public_checks_only(client, world):
    recognised(world.lab_org)
    recognised(world.lab_org, number="C2", status="suspended", details={"scope": "暂停的范围"})
    recognised(world.lab_org, kind="other", number="C3", details={"scope": "未公布范围", "body": "certifier"})
    report = issued(world)
    url = reverse("web:body", args=[world.lab_org.uscc])
    page = client.get(url).content.decode()
    assert "食品检验" in page
    assert not any(
        hidden in page for hidden in ("暂停的范围", "未公布范围", "R-1", report.sample.number, report.code)
    )
    Disclosure.objects.create(
        kind="check", subject=f"check:{report.sample.number}", title="饼干抽查结果", region=GUANGZHOU, basis="办法",
        published_from=timezone.now() - timedelta(days=1), decided_by=world.head,
    )  # fmt: skip
    page = client.get(url).content.decode()
    assert "饼干抽查结果" in page
    assert report.code not in page
    listed = client.get(reverse("web:bodies")).content.decode()
    assert world.lab_org.name in listed
    assert world.shop.name not in listed
    assert "暂停的范围" not in client.get(reverse("web:bodies") + "?bodies-export=csv").getvalue().decode()
    assert client.get(reverse("web:body", args=[world.shop.uscc])).status_code == 404


def test_the_office_sees_states_reports_and_mediations(client, world):
    recognised(world.lab_org, valid_until=dates.today() + timedelta(days=9))
    report = issued(world)
    client.force_login(world.first)
    listed = client.get(reverse("web:bodies-desk")).content.decode()
    assert "资质三个月内到期" in listed
    page = client.get(reverse("web:body-desk", args=[world.lab_org.uscc])).content.decode()
    assert report.number in page
    far = person("city", username="far", region="440300")
    client.force_login(far)
    assert client.get(reverse("web:body-desk", args=[world.lab_org.uscc])).status_code == 404


def test_a_report_without_a_registered_recognition_warns_offices_and_the_laboratory(client, world):
    report = issued(world)  # not refused
    url = reverse("inspection:report_public", args=[report.code])
    assert "资质未登记" not in client.get(url).content.decode()
    client.force_login(world.first)
    assert "资质未登记" in client.get(url).content.decode()
    client.force_login(world.lab)
    assert "资质未登记" in client.get(reverse("inspection:lab")).content.decode()
    assert "资质未登记" not in client.get(url).content.decode()
    recognised(world.lab_org)
    assert "资质未登记" not in client.get(reverse("inspection:lab")).content.decode()
    client.force_login(world.first)
    assert "资质未登记" not in client.get(url).content.decode()


# -- the rings


@pytest.mark.parametrize("role", ["province", "city", "county", "leading", "auditor"])
def test_every_door_of_the_rings_opens_to_its_reader(client, world, role):
    user = person(role, username=f"reader-{role}")
    client.force_login(user)
    assert client.get(reverse("web:rings")).status_code == 200
    for _ring, systems in rings.matrix(user, timezone.now()):
        for row in systems:
            assert not row["url"] or client.get(row["url"]).status_code == 200, (row["system"].id, row["url"])


def test_the_figures_are_of_the_jurisdiction_in_a_fixed_number_of_statements(world):
    recognised(world.lab_org)
    issued(world)
    user, now = person("city", username="counts"), timezone.now()
    with CaptureQueriesContext(connection) as asked:
        found = rings.figures(user, now)
    assert (found["laboratories"], found["recognised"], found["reports"], found["samples"]) == (1, 1, 1, 1)
    assert len(asked) <= 24
    for n in range(30, 36):
        recognised(organisation(f"实验室{n}", TIANHE, n), number=f"N{n}")
    with CaptureQueriesContext(connection) as again:
        rings.figures(user, now)
    assert len(again) == len(asked)
    far = rings.figures(person("city", username="far", region="440300"), now)
    assert (far["laboratories"], far["reports"], far["samples"]) == (0, 0, 0)


def test_the_five_rings_stand_in_the_policys_order():
    assert [ring.key for ring in rings.RINGS] == [
        "enterprise",
        "consumer",
        "insurance",
        "technical",
        "government",
    ]
    ids = [one.id for ring in rings.RINGS for one in ring.systems]
    assert len(ids) == len(set(ids))


def test_who_has_no_part_in_governing_does_not_see_the_rings(client, world):
    for user in (world.lab, person("enterprise", org=world.shop), person("system")):
        client.force_login(user)
        assert client.get(reverse("web:rings")).status_code == 403
