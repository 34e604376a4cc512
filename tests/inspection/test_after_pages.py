"""The pages of what follows a check: who sees what, and when."""

import csv
import io

import pytest
from django.test import Client

from tests.cases.people import officer, organisation
from tests.inspection.after_scene import Scene, scene
from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure

pytestmark = pytest.mark.django_db


@pytest.fixture
def s(settings) -> Scene:
    settings.DEMO = True
    return scene()


def page(client: Client, who: User | None, path: str, status: int = 200, language: str = "zh") -> str:
    client.logout()
    if who is not None:
        client.force_login(who)
    found = client.get(path, headers={"accept-language": language})
    assert found.status_code == status, path
    return (
        found.content.decode()
        if not found.streaming
        else b"".join(found.streaming_content).decode("utf-8-sig")
    )


def published(s: Scene) -> Disclosure:
    s.tested()
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    s.take(s.chen, "publish", penalty_public_until="2027-03-20")
    return Disclosure.objects.get(kind="check")


def test_the_result_is_seen_outside_only_once_it_was_told(s: Scene, client: Client) -> None:
    from zhiheng.systems.inspection import aftercare

    aftercare.received(s.lab_user, s.sample, now=s.now)
    s.report()
    case = f"/desk/cases/{s.case.pk}/"
    assert "甲醛含量" in page(client, s.chen, case)
    assert "甲醛含量" in page(client, s.lab_user, case)
    page(client, s.seller_user, case, 404)
    assert s.sample.number not in page(client, s.seller_user, "/desk/inspection/mine/")
    s.take(s.chen, "tell_fail")
    assert "甲醛含量" in page(client, s.seller_user, case)
    assert s.sample.number in page(client, s.maker_user, "/desk/inspection/mine/")
    page(client, s.other_lab_user, case, 404)


def test_the_list_of_what_follows_counts_stages_and_puts_the_late_first(s: Scene, client: Client) -> None:
    s.tested()
    s.take(s.chen, "order", demand="改正")
    text = page(client, s.chen, "/desk/inspection/after/")
    assert "改正和复查" in text and "1 件超期" in text  # ordered in March, long overdue today
    rows = list(
        csv.DictReader(
            io.StringIO(page(client, s.chen, "/desk/inspection/after/?after-late=late&after-export=csv"))
        )
    )
    assert [row["程序"] for row in rows] == ["责令改正和复查"]
    assert page(client, s.chen, "/desk/inspection/after/?after-stage=window").count("CY0") >= 1
    page(client, s.seller_user, "/desk/inspection/after/", 403)
    elsewhere = officer("elsewhere", "440305")
    assert s.sample.number not in page(client, elsewhere, "/desk/inspection/after/")


def test_the_public_list_finds_by_firm_and_item_and_is_downloaded_with_every_column(
    s: Scene, client: Client
) -> None:
    published(s)
    for q in ("佛山制造", "甲醛", "儿童连衣裙", "百货"):
        assert "儿童连衣裙" in page(client, None, f"/inspection/results/?results-q={q}"), q
    assert "儿童连衣裙" not in page(client, None, "/inspection/results/?results-q=铅笔")
    (row,) = csv.DictReader(io.StringIO(page(client, None, "/inspection/results/?results-export=csv")))
    assert row["不合格项目║检验结果║标准值"] == "甲醛含量║95 mg/kg║≤75"
    assert row["标称生产企业名称"] == s.maker.name and row["公开至"] == "2027-03-20"
    found = client.get("/api/v1/inspection/results?q=甲醛").json()
    assert [one["sample"] for one in found["items"]] == [s.sample.number]
    assert found["items"][0]["published_until"] == "2027-03-20" and found["next"] is None
    assert client.get("/api/v1/inspection/results?result=pass").json()["items"] == []


def test_what_is_no_longer_public_is_not_listed(s: Scene, client: Client) -> None:
    published(s)
    s.take(s.chen, "stop_publication", reason="信用修复")
    assert "儿童连衣裙" not in page(client, None, "/inspection/results/")
    assert client.get("/api/v1/inspection/results").json()["items"] == []
    assert "信用修复" in page(client, s.chen, f"/desk/cases/{s.case.pk}/")


def test_the_panels_of_a_retest_show_how_the_laboratory_was_drawn(s: Scene, client: Client) -> None:
    from tests.inspection.test_after_product import to_retest

    s.tested()
    case = to_retest(s)
    text = page(client, s.seller_user, f"/desk/cases/{case.pk}/")
    assert s.other_lab.name in text and case.retest.seed in text
    assert s.sample.number in page(client, s.other_lab_user, f"/desk/cases/{case.pk}/")


def test_english_pages_have_their_words(s: Scene, client: Client) -> None:
    published(s)
    assert "Results of spot checks" in page(client, None, "/inspection/results/", language="en")
    case = page(client, s.chen, f"/desk/cases/{s.case.pk}/", language="en")
    assert "What the law says" in case and "Who made this batch" not in case  # no code was scanned
    assert "After a spot check" in page(client, s.chen, "/desk/inspection/after/", language="en")


def test_a_stranger_sees_nothing(s: Scene, client: Client) -> None:
    s.tested()
    other = User.objects.create_user("x", role="enterprise", organisation=organisation("别家", "440305", 8))
    assert s.sample.number not in page(client, other, "/desk/inspection/mine/")
    page(client, other, f"/desk/inspection/after/{s.case.pk}/chain/", 404)
