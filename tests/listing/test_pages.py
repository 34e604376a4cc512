"""The desk, the firm's page, the public lists: who sees what, in both languages, and how old the public pages are."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.cases.people import PROVINCE, TIANHE, officer, organisation
from tests.enforcement.test_course import refused
from tests.listing.scenes import World, account, fact, listed, penalty_fact, proposed, take
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.systems.listing import actions, queries
from zhiheng.systems.listing.models import Entry, Measure

pytestmark = pytest.mark.django_db
DESK = ("", "entries/", "due/", "propose/", "exits/", "hints/")


@pytest.fixture
def world(settings):
    settings.DEMO = True
    return World()


def test_a_proposal_shows_its_facts_the_clause_and_what_is_left_to_people(world, client):
    case = proposed(world)
    client.force_login(world.chen)
    page = client.get("/desk/listing/").content.decode()
    assert case.number in page
    page = client.get(f"/desk/cases/{case.pk}/").content.decode()
    assert "销售不合格插座" in page or "电热水壶" in page
    assert "第二条第二款" in page
    assert page.count("由承办人判断") == 2  # the conduct, and whether it is vile and grave
    assert "记录已载明" in page
    assert "广州市市场监督管理局" in page  # whose consent is needed
    client.force_login(world.boss)
    assert client.get(f"/desk/cases/{case.pk}/").status_code == 404  # nobody told it yet


def test_who_sees_entries(world):
    listed(world)
    stranger = account("stranger", organisation("深圳某公司", "440305", 99))
    for user, n in (
        (world.chen, 1), (world.city, 1), (world.province, 1), (world.boss, 1), (officer("aud", PROVINCE, "auditor"), 1),
        (officer("th", TIANHE), 0), (officer("sz", "440300", "city"), 0), (officer("lead", PROVINCE, "leading"), 0),
        (stranger, 0), (officer("pol", TIANHE, "police"), 0),
    ):  # fmt: skip
        assert queries.entries_visible_to(user).count() == n, user


def test_desk_pages_in_english_have_no_chinese_but_data(world, client):
    listed(world)
    entry = Entry.objects.get()
    actions.apply_measure(world.chen, entry, "weighed", date(2026, 7, 21))
    client.force_login(world.chen)
    client.cookies["django_language"] = "en"
    data = ["市场监督管理局", "穗海市监", world.firm.name]
    for one in Case.objects.all():
        data = [one.title, one.number, *data]
    for path in [f"/desk/listing/{one}" for one in DESK] + [f"/desk/listing/entries/{entry.pk}/measure/"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        _english(answer.content.decode(), data, path)


def _english(page: str, data: list[str], where: str) -> None:
    main = page[page.index("<main") : page.index("</main>")]
    text = re.sub(r"<[^>]+>", " ", main)
    for one in data:
        text = text.replace(one, "")
    left = [
        w for w in re.findall(r"[\u4e00-\u9fff]{2,}", text) if w not in {"海珠区", "广州市海珠区", "质衡"}
    ]
    assert not left, (where, left[:5])


def test_measures_are_applied_and_lifted_by_named_offices(world, client):
    listed(world)
    entry = Entry.objects.get()
    refused("values_wrong", actions.apply_measure, world.chen, entry, "weighed", date(2020, 1, 1))
    refused("values_wrong", actions.apply_measure, world.chen, entry, "nothing", date(2026, 7, 21))
    refused(
        "forbidden",
        actions.apply_measure,
        officer("aud", PROVINCE, "auditor"),
        entry,
        "weighed",
        date(2026, 7, 21),
    )
    refused("not_found", actions.apply_measure, officer("sz", "440305"), entry, "weighed", date(2026, 7, 21))
    client.force_login(world.chen)
    given = {"kind": "weighed", "office": "广州市财政局", "on": "2026-07-21", "note": ""}
    # No measure is chosen before somebody chooses one.
    assert client.post(f"/desk/listing/entries/{entry.pk}/measure/", given | {"kind": ""}).status_code == 422
    assert client.post(f"/desk/listing/entries/{entry.pk}/measure/", given).status_code == 302
    refused(
        "applied_already", actions.apply_measure, world.chen, entry, "weighed", date(2026, 7, 22), office="广州市财政局"
    )  # fmt: skip
    measure = Measure.objects.get()
    assert "广州市财政局" in client.get(f"/desk/listing/entries/{entry.pk}/").content.decode()
    lift = f"/desk/listing/measures/{measure.pk}/lift/"
    assert client.post(lift, {"on": "2026-07-20", "reason": "x"}).status_code == 422
    assert client.post(lift, {"on": "2026-07-30", "reason": "采购结束"}).status_code == 302
    refused("lifted_already", actions.lift_measure, world.chen, measure, date(2026, 7, 30), "x")


def test_what_is_due_is_shown_a_month_before(world, client):
    listed(world)
    client.force_login(world.chen)
    assert world.firm.name not in client.get("/desk/listing/due/").content.decode()
    Entry.objects.update(removal_on=timezone.localdate() + timedelta(days=20))
    assert world.firm.name in client.get("/desk/listing/due/").content.decode()


def test_proposing_by_hand_takes_two_pages(world, client):
    one = fact(world.firm, "check_failed")
    client.force_login(world.chen)
    given = {"scheme": "key_supervision", "uscc": world.firm.uscc.lower(), "reason": "多次不合格"}
    page = client.post("/desk/listing/propose/", given).content.decode()
    assert "电热水壶" in page
    assert client.post("/desk/listing/propose/", given | {"uscc": "x"}).status_code == 422
    other = organisation("深圳另一家有限公司", "440305", 77)
    elsewhere = client.post(
        "/desk/listing/propose/", given | {"uscc": other.uscc}
    )  # said at once, at its field
    assert elsewhere.status_code == 422 and list(elsewhere.context["form"].errors) == ["uscc"]
    answer = client.post("/desk/listing/propose/", given | {"picked": "1", "facts": [str(one.pk)]})
    case = Case.objects.get(procedure="key_supervision")
    assert answer.url == f"/desk/cases/{case.pk}/"
    assert case.listing_bases.get().fact == one


def test_a_firm_reads_its_own_page_and_asks_from_it(world, client):
    case = listed(world)
    client.force_login(world.boss)
    assert client.get("/desk/listing/").url == "/desk/listing/mine/"
    page = client.get("/desk/listing/mine/").content.decode()
    assert "最早可申请：" in page
    assert "申请修复</a>" not in page
    Entry.objects.update(early_on=timezone.localdate())
    assert f"/desk/cases/{case.pk}/step/ask_early/" in client.get("/desk/listing/mine/").content.decode()
    take(world.boss, case, "ask_early", reason="已整改")
    page = client.get("/desk/listing/mine/").content.decode()
    assert "修复申请办理中" in page
    assert Case.objects.get(procedure="credit_repair").number in page
    assert client.get("/desk/listing/entries/").status_code == 403


def test_public_lists_can_be_kept_and_say_when_they_changed(world, client):
    case = listed(world)
    first = client.get("/lists/serious_list/")
    assert first["Cache-Control"] == "public, no-cache"
    assert "Cookie" in first["Vary"]
    again = client.get("/lists/serious_list/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = client.get("/lists/serious_list/", headers={"If-Modified-Since": first["Last-Modified"]})
    assert since.status_code == 304
    assert (
        client.get("/lists/serious_list/?list-q=x", headers={"If-None-Match": first["ETag"]}).status_code
        == 200
    )
    client.cookies["django_language"] = "en"
    assert client.get("/lists/serious_list/", headers={"If-None-Match": first["ETag"]}).status_code == 200
    client.cookies["django_language"] = "zh-hans"
    facts_gone = case.listing_bases.get().fact
    from zhiheng.core.facts.actions import withdraw

    withdraw(None, facts_gone, "撤销")
    take(world.chen, case, "withdraw")
    gone = client.get("/lists/serious_list/", headers={"If-None-Match": first["ETag"]})
    assert gone.status_code == 200
    assert world.firm.name not in gone.content.decode()


def test_a_publication_withdrawn_by_hand_is_gone_from_the_list_and_from_the_credit_file_at_once(
    world, client
):
    one = Entry.objects.get(case=listed(world))
    file = f"/credit/{world.firm.uscc}/"
    kept = {url: client.get(url) for url in ("/lists/serious_list/", file)}
    assert world.firm.name in kept["/lists/serious_list/"].content.decode()
    assert "列入严重违法失信名单" in kept[file].content.decode()
    disclosing.withdraw(officer("province", PROVINCE, "province"), one.disclosure, "误发")
    for url, before in kept.items():
        gone = client.get(url, headers={"If-None-Match": before["ETag"]})
        assert gone.status_code == 200, url
        assert gone.content != before.content, url
    assert world.firm.name not in client.get("/lists/serious_list/").content.decode()
    assert "列入严重违法失信名单" not in client.get(file).content.decode()


def test_public_lists_are_searched_and_exported(world, client):
    listed(world)
    assert world.firm.name in client.get(f"/lists/serious_list/?list-q={world.firm.uscc}").content.decode()
    assert world.firm.name not in client.get("/lists/serious_list/?list-q=没有这家").content.decode()
    answer = client.get("/lists/serious_list/?list-export=csv")
    assert world.firm.uscc in b"".join(answer.streaming_content).decode()
    assert client.get("/lists/no_such/").status_code == 404
    assert world.firm.name in client.get(f"/o/{world.firm.uscc}/").content.decode()
    client.cookies["django_language"] = "en"
    for path in ("/lists/", "/lists/serious_list/"):
        data = [world.firm.name, "销售", "罚1号", "广州市海珠区市场监督管理局"]
        _english(client.get(path).content.decode(), data, path)


def test_the_api_has_what_the_page_has(world, client):
    listed(world)
    penalty_fact(world.firm, "penalty:3")
    assert client.get("/api/v1/listing/serious_list?uscc=nobody").json()["items"] == []
    assert client.get("/api/v1/listing/serious_list?region=4403").json()["items"] == []
    page = client.get("/api/v1/listing/serious_list?limit=1").json()
    assert len(page["items"]) == 1
    assert page["next"] is None
    assert client.get("/api/v1/listing/no_such").status_code == 422
