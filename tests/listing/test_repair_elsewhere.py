"""Repair that a court's ruling or another authority's decision stands behind: opened, decided, carried out, undone."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests.cases.people import HAIZHU, TIANHE, at, officer
from tests.enforcement.test_course import refused
from tests.listing.scenes import World, account, fact, listed, organisation, take
from zhiheng.core import files as filing
from zhiheng.core.cases.actions import Sent
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure import queries as disclosing
from zhiheng.core.facts import queries as facts
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.ui import dates
from zhiheng.systems.credit import queries as credit
from zhiheng.systems.listing import queries, repair_elsewhere
from zhiheng.systems.listing.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def scan() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#fff").save(out, "JPEG")
    return out.getvalue()


def paper() -> Sent:
    return Sent(filing.accept("裁定书.jpg", scan(), strip=False), "evidence", ("applicant",))


def on_the_list(world) -> Case:
    case = listed(world)
    Entry.objects.update(removal_on=timezone.localdate() + timedelta(days=700))
    return case


def court(world, who=None, **more) -> Case:
    return repair_elsewhere.apply(
        who or world.boss, world.firm, "bankruptcy", {"ruling": "（2026）粤01破1号"}, [paper()], **more
    )  # fmt: skip


def foreign(world, **more) -> Fact:
    """What another office made public and sent us."""
    days = {"public_from": timezone.localdate() - timedelta(days=9)}
    return fact(world.firm, "abnormal", "credit_facts:1", source="某县市场监督管理局", **days | more)


def seen(world) -> set[str]:
    """What the public sees against the firm: in its file, on the lists."""
    file = {one.kind for one in credit.public_file(world.firm, dates.today())}
    lists = {f"list:{one.scheme}" for one in queries.public_entries(timezone.now())}
    return file | lists | {f"page:{one.kind}" for one in disclosing.public(timezone.now())}


def test_the_firm_asks_and_the_head_hides_it_until_the_plan_fails(world, client):
    on_the_list(world)
    foreign(world)
    before = seen(world)
    assert {"serious", "abnormal", "list:serious_list", "page:list"} <= before
    one = court(world)
    assert (one.region, one.values["kind"], one.files.count()) == (HAIZHU, "bankruptcy", 1)
    refused("other_door", take, world.chen, one, "accept", kind="bankruptcy")
    take(world.chen, one, "bankruptcy", ruling="（2026）粤01破1号")
    assert one.clocks.filter(key="bankruptcy").exists()
    assert seen(world) == before  # nothing changes until somebody decides
    take(world.head, one, "shield", shield="hide", reason="法院裁定受理重整")
    assert not seen(world) & {"serious", "abnormal", "list:serious_list", "page:list"}
    assert world.firm.name not in client.get("/lists/serious_list/").content.decode()
    assert Standing.objects.filter(scheme="serious").exists()  # supervision goes on
    assert facts.counting(Fact.objects.filter(kind="serious"), dates.today()).exists()
    take(world.head, one, "restore", reason="重整计划执行失败")
    assert seen(world) == before
    assert world.firm.name in client.get("/lists/serious_list/").content.decode()


def test_with_a_statement_it_stays_public_and_says_so_and_ends_when_the_plan_is_performed(world, client):
    case = on_the_list(world)
    one = court(world)
    take(world.chen, one, "bankruptcy", ruling="（2026）粤01破1号")
    take(world.head, one, "shield", shield="statement", reason="法院裁定批准重整计划")
    assert "serious" in seen(world)
    page = client.get(reverse("web:disclosure", args=[Entry.objects.get().disclosure_id])).content.decode()
    assert "（2026）粤01破1号" in page
    assert "粤01破1号" in client.get(f"/credit/{world.firm.uscc}/").content.decode()
    take(world.head, one, "plan_performed", reason="计划执行完毕")
    take(world.chen, one, "process")
    assert not seen(world) & {"serious", "list:serious_list"}
    assert Fact.objects.get(kind="repaired").reference == one.key
    case.refresh_from_db()
    assert case.state == "published"  # leaving the list is asked for by itself


def test_a_fraudulent_one_is_revoked_and_public_again(world):
    on_the_list(world)
    one = court(world)
    take(world.chen, one, "bankruptcy", ruling="伪造")
    take(world.head, one, "shield", shield="hide", reason="裁定")
    take(world.head, one, "plan_performed", reason="执行完毕")
    take(world.head, one, "revoke", decision_no="撤1号", reason="裁定书系伪造")
    assert "serious" in seen(world)
    refused("barred", court, world)


def test_what_another_office_repaired_is_public_here_no_more_and_nothing_else(world):
    on_the_list(world)
    theirs = foreign(world)
    assert list(repair_elsewhere.of_others(world.firm)) == [theirs]  # our own is repaired by whoever listed
    given = {"repaired_by": "某县市场监督管理局", "decision_no": "修1号"}
    refused("values_wrong", repair_elsewhere.apply, world.boss, world.firm, "other_body", given, [paper()])
    refused(
        "values_wrong",
        repair_elsewhere.apply,
        world.boss,
        world.firm,
        "other_body",
        given,
        [],
        about=[theirs],
    )
    one = repair_elsewhere.apply(world.boss, world.firm, "other_body", given, [paper()], about=[theirs])
    today = dates.today().isoformat()
    take(world.chen, one, "other_body", **given, received_on=today)
    assert one.clocks.get(key="assist").due_at is not None
    assert "abnormal" in seen(world)
    take(world.chen, one, "process")
    assert "abnormal" not in seen(world)
    assert "serious" in seen(world)
    kept = Fact.objects.get(kind="repaired")
    assert (kept.source, "修1号" in kept.title) == ("某县市场监督管理局", True)


def test_who_may_ask(world):
    other = organisation("另一公司", TIANHE, 31)
    refused("forbidden", court, world, account("other", other))
    refused("forbidden", court, world, officer("tianhe", TIANHE))
    day = (timezone.now() - timedelta(days=2)).date()
    one = court(world, world.chen, received_on=day)  # on paper, two days ago
    assert dates.local(one.received_at).date() == day
    refused("asked_already", court, world)
    Case.objects.filter(pk=one.pk).update(closed_at=timezone.now())
    refused("values_wrong", court, world, world.chen, received_on=at("2025-12-24T09:00").date())


def test_on_the_pages(world, client, settings):
    settings.DEMO = True
    on_the_list(world)
    theirs = foreign(world)
    client.force_login(world.boss)
    court_page = reverse("listing:bankruptcy", args=[world.firm.uscc])
    other_page = reverse("listing:other_body", args=[world.firm.uscc])
    assert court_page in client.get("/desk/listing/mine/").content.decode()
    assert court_page in client.get(f"/desk/credit/{world.firm.uscc}/").content.decode()
    assert client.post(court_page, {"ruling": "（2026）粤01破1号"}).status_code == 422
    sent = client.post(
        court_page, {"ruling": "（2026）粤01破1号", "files": SimpleUploadedFile("裁定.jpg", scan())}
    )
    one = Case.objects.get(procedure="credit_repair")
    assert sent["Location"] == reverse("cases:case", args=[one.pk])
    assert "公示中的失信信息" in client.get(sent["Location"]).content.decode()
    page = client.get(other_page).content.decode()
    assert theirs.title in page
    sent = client.post(
        other_page,
        {"facts": [theirs.pk], "repaired_by": "某县局", "decision_no": "1", "files": SimpleUploadedFile("d.jpg", scan())},
    )  # fmt: skip
    assert sent.status_code == 302
    client.force_login(world.chen)
    assert "received_on" in client.get(court_page).content.decode()
    assert court_page in client.get(f"/desk/listing/entries/{Entry.objects.get().pk}/").content.decode()
    client.force_login(officer("tianhe", TIANHE))
    assert client.get(court_page).status_code == 404
