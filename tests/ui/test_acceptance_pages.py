"""Sampling plans as a page and by API: for everybody, in both languages; bad numbers are told, never a 500."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.knowledge.methods.test_draw import changed, drawn
from zhiheng.knowledge.methods import draw
from zhiheng.knowledge.methods.acceptance import lots, plans
from zhiheng.web.acceptance_forms import FORMS

pytestmark = pytest.mark.django_db
PAGE, API = "/methods/acceptance/", "/api/v1/methods/acceptance"


def page(client: Client, language: str = "zh-hans", status: int = 200, **query: Any) -> str:
    client.cookies["django_language"] = language
    answer = client.get(PAGE, query)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer.content.decode()


def ask(client: Client, status: int = 200, **query: Any) -> Any:
    answer = client.get(API, query)
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.mark.parametrize("kind", FORMS)
def test_every_kind_has_its_page_in_both_languages(client: Client, kind: str) -> None:
    chinese, english = page(client, plan=kind), page(client, "en", plan=kind)
    assert 'class="plot"' in chinese and "曲线的数值" in chinese and "The curve in numbers" in english
    told = re.sub(
        r'<[^>]*lang="zh[^>]*>[^<]*<|<script.*?</script>|<head>.*?</head>|<[^>]*>', "", english, flags=re.S
    )
    assert [word for word in re.findall("[一-鿿]+", told) if word not in ("质衡", "简体中文", "中文")] == []
    unverified = kind in ("audit", "small")
    assert ("未经核实" in chinese) == unverified


def test_the_audit_never_says_conforming(client: Client) -> None:
    for kind in ("audit", "small"):
        text = page(client, plan=kind)
        assert "不否定的概率" in text and "接收概率" not in text
        assert "合格" not in text.replace("不合格", "").replace("不等于证明合格", "")


def test_a_lot_gets_its_plan_and_the_results_move_the_inspection(client: Client) -> None:
    text = page(
        client,
        lot=1000,
        level="II",
        aql="1.0",
        severity="normal",
        count="binomial",
        results="0 3 4 0，1 0 0 1 +",
    )
    assert "80" in text and "加严检验" in text
    found = ask(
        client, plan="lots", lot=1000, level="II", aql="1.0", results="0 3 4 0,1 0 0 1 +"
    )  # fmt: skip
    assert found["stages"] == [{"n": 80, "accept": 2, "reject": 3}] and found["verified"] is True
    assert found["detail"] == {"letter": "J", "used": "J", "full": False}
    states = [row["next"] for row in found["switching"]]
    assert states == ["normal", "normal", *["tightened"] * 5, "normal", "normal"]
    stopped = ask(
        client, plan="lots", lot=1000, level="II", aql="1.0", severity="tightened", results="- - - - - 0"
    )
    assert [row["state"] for row in stopped["switching"]][-2:] == ["tightened", "stopped"]
    assert stopped["switching"][-1]["accepted"] is None
    reduced = ask(
        client, plan="lots", lot=90, level="II", aql="1.0", results="0 " * 17 + "1", approved="true"
    )
    assert [row["next"] for row in reduced["switching"]][-3:] == ["reduced", "reduced", "normal"]


def test_the_curve_by_api_is_that_of_the_library(client: Client) -> None:
    found = ask(client, plan="stages", n="50,50", accept="1,4", reject="4,5", lot=1000)
    plan = plans.double((50, 50), (1, 4), (4, 5))
    q = [row["quality"] / 100 for row in found["curve"]]
    right = plans.curve(plan, q, lot=1000)
    assert [row["accept"] for row in found["curve"]] == pytest.approx(list(right.accept))
    assert [row["ati"] for row in found["curve"]] == pytest.approx(list(right.ati))
    assert found["aoql"]["value"] == pytest.approx(plans.aoql(plan, 1000)[0])
    assert len(found["curve"]) >= 40 and found["curve"][-1]["accept"] < 0.006


def test_the_curve_is_downloaded_with_every_row(client: Client) -> None:
    query = {"plan": "stages", "n": "80", "accept": "2", "reject": "", "model": "binomial"}
    text = client.get(PAGE, query | {"curve-export": "csv"}).getvalue().decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = text.strip().splitlines()
    assert rows[0].startswith("不合格品率（%）,接收概率") and len(rows) > 40
    book = client.get(PAGE, query | {"curve-export": "xlsx"}).getvalue()  # type: ignore[attr-defined]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(rows) and sheet[1][:2] == [0, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"plan": "lots", "lot": "x", "level": "II", "aql": "1.0"}, "lot"),
        ({"plan": "lots", "lot": "1", "level": "II", "aql": "1.0"}, "lot"),
        ({"plan": "lots", "lot": "9" * 18, "level": "II", "aql": "1.0"}, "lot"),
        ({"plan": "lots", "lot": "100", "level": "IV", "aql": "1.0"}, "level"),
        ({"plan": "lots", "lot": "100", "level": "II", "aql": "1.1"}, "aql"),
        ({"plan": "lots", "lot": "100", "level": "II", "aql": "25"}, "count"),
        ({"plan": "lots", "lot": "100", "level": "II", "aql": "1.0", "results": "0 a"}, "results"),
        ({"plan": "lots", "lot": "100", "level": "II", "aql": "1.0", "results": "0 " * 501}, "results"),
        ({"plan": "stages"}, "n"),
        ({"plan": "stages", "n": "5 5", "accept": "0"}, "accept"),
        ({"plan": "stages", "n": "5", "accept": "0", "reject": "3"}, "reject"),
        ({"plan": "stages", "n": "5 5", "accept": "1 0", "reject": "3 1"}, "reject"),
        ({"plan": "stages", "n": "0", "accept": "0"}, "reject"),
        ({"plan": "stages", "n": "100001", "accept": "0"}, "n"),
        ({"plan": "stages", "n": "2000", "accept": "900"}, "n"),
        ({"plan": "stages", "n": "1 " * 11, "accept": "0"}, "n"),
        ({"plan": "stages", "n": "5", "accept": "0", "model": "hypergeometric"}, "lot"),
        ({"plan": "stages", "n": "5", "accept": "0", "lot": "4"}, "lot"),
        ({"plan": "points", "good": "5", "bad": "4"}, "bad"),
        ({"plan": "points", "good": "5", "bad": "5.001"}, "bad"),
        ({"plan": "points", "good": "5", "bad": "100"}, "bad"),
        ({"plan": "points", "good": "NaN", "bad": "5"}, "good"),
        ({"plan": "sequential", "good": "0.1", "bad": "0.15"}, "bad"),
        ({"plan": "audit", "declared": "0", "level": "I"}, "declared"),
        ({"plan": "audit", "declared": "50", "level": "0"}, "declared"),
        ({"plan": "audit", "declared": "0.001", "level": "III"}, "declared"),
        ({"plan": "small", "population": "10", "declared": "10", "level": "0"}, "declared"),
        ({"plan": "small", "population": "10", "declared": "5", "level": "0"}, "declared"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(client: Client, query: dict[str, str], field: str) -> None:
    found = ask(client, 422, **query)
    assert found["code"] == "values_wrong" and field in found["errors"] and found["remedy"]
    if len(query) > 1:  # with nothing filled in the page shows an example
        text = page(client, status=422, **({"count": "binomial", "severity": "normal"} | query))
        assert 'class="errors"' in text


def test_an_unknown_kind_is_not_found_and_not_taken(client: Client) -> None:
    page(client, status=404, plan="nothing")
    assert ask(client, 422, plan="nothing")["code"] == "bad_parameter"


@pytest.mark.parametrize("query", [
    {"plan": "stages", "n": "1", "accept": "0"},
    {"plan": "stages", "n": "100000", "accept": "0"},
    {"plan": "stages", "n": "3", "accept": "7", "model": "poisson"},
    {"plan": "stages", "n": "3", "accept": "3"},
    {"plan": "stages", "n": "3", "accept": "3", "model": "hypergeometric", "lot": "3"},
    {"plan": "stages", "n": "5", "accept": "0", "model": "hypergeometric", "lot": "1000000"},
    {"plan": "stages", "n": "5 " * 10, "accept": "-1 " * 9 + "3", "reject": "4 " * 10},
    {"plan": "points", "good": "0.001", "bad": "99"},
    {"plan": "sequential", "good": "1", "bad": "2", "count": "poisson"},
    {"plan": "audit", "declared": "0.01", "level": "0"},
    {"plan": "small", "population": "10000", "declared": "0", "level": "I"},
    {"plan": "small", "population": "2", "declared": "0", "level": "0"},
    {"plan": "lots", "lot": "2", "level": "S-1", "aql": "0.010"},
    {"plan": "lots", "lot": "999999999", "level": "III", "aql": "1000", "count": "poisson"},
])  # fmt: skip
def test_odd_plans_have_their_page(client: Client, query: dict[str, str]) -> None:
    found = ask(client, **query)
    assert found["curve"][0]["accept"] == pytest.approx(1) and len(found["curve"]) >= 3
    common = {"count": "binomial", "severity": "normal", "model": "binomial", "alpha": "5", "beta": "10"}
    assert 'class="plot"' in page(client, **(common | query))


def test_every_letter_and_aql_has_its_page_answer(client: Client) -> None:
    for lot in (2, 60, 5000):
        for aql in lots.AQLS[::3]:
            assert ask(client, plan="lots", lot=lot, level="II", aql=aql, count="poisson")["stages"]


# -- draws --------------------------------------------------------------------------------------------------------


def post(client: Client, body: Any, status: int = 200) -> Any:
    answer = client.post(
        "/api/v1/methods/draw-verify", body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_draw_file_is_verified_by_anybody(client: Client) -> None:
    file = json.loads(draw.dump(drawn()))
    found = post(client, file)
    assert found["ok"] and found["faults"] == [] and len(found["checks"]) == 5
    assert found["hash"] == file["commitment"]["hash"]


def test_a_changed_draw_file_says_where_in_the_readers_language(client: Client) -> None:
    found = post(client, changed("list.candidates.1.size", 30))
    assert not found["ok"] and found["faults"][0]["code"] == "hash_differs"
    assert "名单的哈希是" in found["faults"][0]["message"] and "名单" in found["checks"][1]["title"]
    client.cookies["django_language"] = "en"
    assert (
        post(client, changed("value.text", " x"))["faults"][0]["message"]
        == "The text is not in its canonical form."
    )


def test_a_draw_file_that_says_something_twice_is_a_fault(client: Client) -> None:
    text = draw.dump(drawn()).decode().replace('"title":', '"title": "另一个", "title":')
    (fault,) = post(client, text)["faults"]
    assert fault["place"] == "list.title" and "“title”写了 2 次" in fault["message"]


@pytest.mark.parametrize("body", [{}, {"format": 1}, {"list": {"strata": [[]]}}])
def test_what_is_no_draw_file_is_a_fault(client: Client, body: Any) -> None:
    found = post(client, body)
    assert not found["ok"] and [one["code"] for one in found["faults"]] == ["malformed"]


def test_a_body_that_is_no_object_is_a_problem(client: Client) -> None:
    assert post(client, "[", 400)["code"] == "bad_request"
    assert post(client, "[]", 422)["code"] == "bad_parameter"
    assert post(client, {"x": "y" * (5 * 1024 * 1024)}, 413)["code"] == "too_large"
