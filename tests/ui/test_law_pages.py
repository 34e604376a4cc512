"""The law's pages and API: open to all, in both languages, saying what the law's data says."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from zhiheng.core.cases.models import CalendarYear
from zhiheng.knowledge.law.load import law

pytestmark = pytest.mark.django_db
EDITIONS = [(c.key, c.edition.key) for c in law().courses()]


def page(client: Client, path: str, language: str = "zh-hans", status: int = 200, **query: str) -> str:
    client.cookies["django_language"] = language
    answer = client.get(path, query)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize(("key", "edition"), EDITIONS)
def test_every_edition_has_its_page_in_both_languages(client: Client, key: str, edition: str) -> None:
    course = law().course(key, edition)
    chinese = page(client, f"/law/{key}/", edition=edition)
    english = page(client, f"/law/{key}/", "en", edition=edition)
    for one in (*course.steps.values(), *course.clocks.values()):
        assert one.zh in chinese
    assert course.procedure.en in english
    told = re.sub(
        r'<[^>]*lang="zh[^>]*>[^<]*<|<script.*?</script>|<head>.*?</head>|<[^>]*>', "", english, flags=re.S
    )
    allowed = ("质衡", "简体中文", "中文")
    left = [w for w in re.findall("[一-鿿][一-鿿，。；、（）]*", told) if not any(a in w for a in allowed)]
    assert left == []


def test_the_edition_in_force_is_shown_unless_another_is_asked_for(client: Client) -> None:
    assert "45个工作日" in page(client, "/law/complaint/", edition="SAMR-20")
    assert "45个工作日" not in page(client, "/law/complaint/")


@pytest.mark.parametrize(
    "path", ["/law/nothing/", "/law/nothing/compare/", "/law/complaint/?edition=nothing"]
)
def test_what_there_is_not_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_list_leads_to_every_procedure(client: Client) -> None:
    text = page(client, "/law/")
    assert all(f'href="/law/{key}/"' in text for key in law().procedures)
    assert 'href="/law/clock/"' in text and 'href="/law/statutes/"' in text


def test_every_instrument_is_listed(client: Client) -> None:
    text = page(client, "/law/statutes/")
    assert all(one.zh in text and f'id="{key}"' in text for key, one in law().statutes.items())
    assert "尚未施行" in text and "已废止" in text and "施行日未核" in text


def test_two_editions_side_by_side(client: Client) -> None:
    text = page(client, "/law/complaint/compare/")
    assert "45个工作日" in text and "60日" in text
    everything = page(client, "/law/complaint/compare/", all="1")
    assert len(everything) > len(text)
    assert "没有不同" in page(client, "/law/penalty/compare/")


# -- the calculator --------------------------------------------------------------------------------------------


def test_the_calculator_gives_the_day_and_why(client: Client) -> None:
    text = page(client, "/law/clock/", clock="complaint.accept", start="2026-09-28T15:00")
    assert "2026年10月13日(周二)" in text and "调休上班（国庆节）" in text and "第十五条" in text
    english = page(client, "/law/clock/", "en", clock="complaint.accept", start="2026-09-28")
    assert (
        "Tue 13 October 2026" in english
        and "worked in place of a holiday" in english
        and "National Day" in english
    )


def test_the_calculator_pauses_extends_and_warns(client: Client) -> None:
    paused = page(
        client, "/law/clock/", clock="complaint.mediate", start="2026-09-28", suspend_from="2026-09-29"
    )
    assert "正停止计算" in paused
    later = page(
        client, "/law/clock/", clock="complaint.mediate", start="2026-09-28", suspend_from="2026-09-29", suspend_to="2026-10-09",
    )  # fmt: skip
    assert "2026年12月7日" in later
    assert "普通周末不顺延" in page(client, "/law/clock/", clock="transfer.review", start="2026-10-14")
    assert "2026年11月9日" in page(
        client, "/law/clock/", clock="report.verify", start="2026-09-21", extend="15"
    )
    assert "七日" in page(client, "/law/clock/", clock="penalty.serve", start="2026-10-12")


def test_a_loaded_year_counts_at_once(client: Client) -> None:
    ask = {"clock": "report.verify", "start": "2026-12-20"}
    before = page(client, "/law/clock/", **ask)  # 21–25=5 28–31=9; 2027 as plain weeks: 1=10 4–8=15
    assert "暂定" in before and '<p class="number-large"><time datetime="2027-01-08">' in before
    text = "{year: 2027, source: 试, off: {元旦: 2027-01-01/2027-01-03}, worked: {元旦: []}}"
    CalendarYear.objects.create(number=2027, text=text)
    after = page(client, "/law/clock/", **ask)  # [1–3] 4–8=14 11=15
    assert "暂定" not in after and '<p class="number-large"><time datetime="2027-01-11">' in after


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"clock": "complaint.accept", "start": "yesterday"}, 'role="alert"'),
        ({"clock": "nothing.accept", "start": "2026-09-28"}, 'role="alert"'),
        ({"clock": "complaint.accept", "start": ""}, 'role="alert"'),
        ({"clock": "complaint.accept", "start": "2019-01-01"}, "没有施行中的版本"),
        ({"clock": "complaint.accept", "start": "2026-09-28", "edition": "nothing"}, "没有施行中的版本"),
        ({"clock": "complaint.mediate", "start": "2026-09-28", "suspend_to": "2026-10-01"}, "自哪一天停止"),
        ({"clock": "complaint.mediate", "start": "2026-09-28", "suspend_from": "2026-10-02", "suspend_to": "2026-10-01"}, "不能早于"),
        ({"clock": "complaint.accept", "start": "9999-12-31", "edition": "SAMR-121"}, "算不出日期"),
    ],
)  # fmt: skip
def test_what_the_calculator_cannot_do_it_says(client: Client, query: dict[str, str], message: str) -> None:
    assert message in page(client, "/law/clock/", **query)


# -- the API ---------------------------------------------------------------------------------------------------


def test_the_api_lists_procedures_and_instruments(client: Client) -> None:
    listed = client.get("/api/v1/law/procedures").json()
    assert {one["key"] for one in listed} == set(law().procedures)
    assert listed[0]["editions"][0]["from"]
    assert len(client.get("/api/v1/law/statutes").json()) == len(law().statutes)


@pytest.mark.parametrize(("key", "edition"), EDITIONS)
def test_the_api_gives_a_procedure_under_an_edition(client: Client, key: str, edition: str) -> None:
    found = client.get(f"/api/v1/law/procedures/{key}", {"edition": edition}).json()
    course = law().course(key, edition)
    assert {one["key"] for one in found["clocks"]} == set(course.clocks)
    assert {one["key"]: one["cite"] for one in found["steps"]} == dict(course.edition.articles)


def test_the_api_works_out_a_time_limit(client: Client) -> None:
    found = client.get(
        "/api/v1/law/clock", {"procedure": "complaint", "clock": "accept", "from": "2026-09-28T15:00"}
    ).json()
    assert (found["due"], found["kind"], found["edition"]) == ("2026-10-13", "working_days", "SAMR-121")
    assert found["from"].startswith("2026-09-28T15:00:00+08:00")
    assert found["counted"][4] == {"date": "2026-10-10", "n": 5, "reason": "make_up"}
    paused = client.get(
        "/api/v1/law/clock",
        {"procedure": "complaint", "clock": "mediate", "from": "2026-09-28", "suspend": "2026-09-29/"},
    ).json()
    assert paused["due"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"procedure": "nothing", "clock": "accept", "from": "2026-09-28"}, 404),
        ({"procedure": "complaint", "clock": "nothing", "from": "2026-09-28"}, 404),
        ({"procedure": "complaint", "clock": "accept", "from": "soon"}, 422),
        ({"procedure": "complaint", "clock": "accept", "from": "2026-09-28", "suspend": "2026-09-29"}, 422),
        (
            {
                "procedure": "complaint",
                "clock": "accept",
                "from": "2026-09-28",
                "suspend": "2026-09-29/2026-09-01",
            },
            422,
        ),
        ({"procedure": "complaint", "clock": "accept", "from": "9999-12-31", "edition": "SAMR-121"}, 422),
        ({"procedure": "complaint", "clock": "accept"}, 422),
    ],
)
def test_what_the_api_cannot_do_it_says(client: Client, query: dict[str, str], status: int) -> None:
    assert client.get("/api/v1/law/clock", query).status_code == status


def test_the_api_knows_no_procedure_or_edition_that_is_not_there(client: Client) -> None:
    assert client.get("/api/v1/law/procedures/nothing").status_code == 404
    assert client.get("/api/v1/law/procedures/complaint", {"edition": "nothing"}).status_code == 404
