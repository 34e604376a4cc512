"""A reviewed map of the operator's own: drawn when it is whole and has its number, else the tile map stays."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from lxml import etree
from typer.testing import CliRunner

from zhiheng.cli import app
from zhiheng.core.ui import charts, maps
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES

NUMBER = "粤S(2026)001号"
Features = list[dict[str, Any]]


def box(west: float, south: float, side: float = 0.8) -> list[list[float]]:
    return [
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south],
    ]


def features() -> Features:
    """A square for each city, some by code, some by name, in degrees; a neighbour and a line are there too."""
    found: Features = []
    for n, city in enumerate(GUANGDONG_CITIES):
        ring = box(110 + city.column, 25 - city.row)
        by = (
            {"adcode": int(city.code)},
            {"adcode": city.code, "name": city.name},
            {"name": city.name.removesuffix("市")},
        )
        geometry = {"type": "Polygon", "coordinates": [ring]}
        if city.code == "440800":  # with an island
            geometry = {"type": "MultiPolygon", "coordinates": [[ring], [box(110, 19.5, 0.2)]]}
        found.append({"type": "Feature", "properties": by[n % 3], "geometry": geometry})
    neighbour = {"type": "Polygon", "coordinates": [box(113.9, 21.5, 0.3)]}
    line = {"type": "LineString", "coordinates": [[110, 19], [112, 19.2, 0.0]]}
    return [
        *found,
        {"type": "Feature", "properties": {"name": "邻区"}, "geometry": neighbour},
        {"type": "Feature", "properties": None, "geometry": line},
    ]


@pytest.fixture
def configure(settings: Any, tmp_path: Path) -> Callable[..., Path]:
    """Write the features (or a text) to a file and configure it."""

    def write(content: Features | str, review: str = NUMBER) -> Path:
        path = tmp_path / "map.geojson"
        text = (
            content
            if isinstance(content, str)
            else json.dumps({"type": "FeatureCollection", "features": content})
        )
        path.write_text(text, encoding="utf-8")
        settings.MAP, settings.MAP_REVIEW = str(path), review
        return path

    return write


def figure(values: dict[str, Any] | None = None, **more: Any) -> Any:
    values = {"440100": 12, "440300": 3} if values is None else values
    return etree.fromstring(f"<x>{charts.city_map(values, unit='件', title='<事件>', **more)}</x>")


def test_the_cities_are_drawn_as_areas_with_names_values_and_the_number_under_them(configure: Any) -> None:
    configure(features())
    drawn = figure()
    assert len(drawn.findall(".//g")) == 21
    assert not drawn.findall(".//g/rect")
    titles = [title.text for title in drawn.iterfind(".//g/title")]
    assert "广州 12 件 · 第 1 位" in titles
    assert sum("无数据" in title for title in titles) == 19
    svg = drawn.find(".//svg[@role='img']")
    assert svg.get("aria-label") == "<事件>"
    assert svg.find("desc").text == "按审定的地图绘制；单位：件"
    assert drawn.find(".//p[@class='review']").text == f"审图号：{NUMBER}"
    # A class of the stylesheet says how much: no colour of its own, nothing inline.
    classes = {g.find("title").text.split()[0]: g.get("class") for g in drawn.iterfind(".//g")}
    assert (classes["广州"], classes["汕头"]) == ("tile t4", "tile none")
    assert not drawn.xpath(".//*[@style or @fill]")
    # The same figures as a table, and what is no city is drawn without a value.
    assert len(drawn.findall(".//th[@scope='row']")) == 2
    assert len(drawn.findall(".//path[@class='land']")) == 1
    assert len(drawn.findall(".//path[@class='border']")) == 1
    with override("en"):
        assert "Map review number: 粤S(2026)001号" in charts.city_map({}, unit="", title="")


def test_it_lies_as_on_the_earth_and_keeps_every_part(configure: Any) -> None:
    configure(features())
    found = maps.reviewed()
    assert found is not None
    north, south, west, east = (found.cities[code] for code in ("440200", "440400", "440800", "445100"))
    assert north.y < south.y
    assert west.x < east.x
    assert found.cities["440800"].path.count("M") == 2
    # A degree of longitude is shorter than one of latitude by the cosine of the middle latitude (22.4 degrees).
    assert north.width / north.height == pytest.approx(0.925, abs=0.005)


def test_cities_lead_on_by_their_names(configure: Any) -> None:
    configure(features())
    drawn = figure(link=lambda code: f"/c/{code}")
    assert {a.get("aria-label") for a in drawn.iterfind(".//svg/a")} == {
        c.name.removesuffix("市") for c in GUANGDONG_CITIES
    }
    assert drawn.find(".//svg[@role='group']") is not None


def without(code: str) -> Features:
    return [f for f in features() if str((f["properties"] or {}).get("adcode")) != code]


def changed(number: int, **changes: Any) -> Features:
    made = features()
    made[number] = made[number] | changes
    return made


def shaped(kind: str, coordinates: Any) -> Features:
    return changed(0, geometry={"type": kind, "coordinates": coordinates})


WRONG = {
    "map_syntax": ("{", "is not JSON"),
    "map_form": ('{"type": "Topology"}', "FeatureCollection"),
    "map_incomplete": (without("440100"), "广州市"),
    "map_contradiction": (changed(0, properties={"adcode": "441000", "name": "广州市"}), "adcode 441000"),
    "map_coordinates": (shaped("Polygon", [[[12600000, 2600000], [12700000, 2600000], [12700000, 2700000]]]), "feature 1"),
    "map_geometry": (shaped("Point", [113.2, 23.1]), "is a Point"),
    "form: null": (changed(0, geometry=None), "feature 1 has no geometry"),
    "form: two points": (shaped("Polygon", [[[113, 23], [114, 23], [113, 23]]]), "2 points"),
    "form: not a list": (shaped("MultiPolygon", [5]), "no list"),
    "coordinates: not numbers": (shaped("Polygon", [[["a", 1], [2, 3], [4, 5]]]), "position ['a', 1]"),
    "coordinates: not finite": (json.dumps({"type": "FeatureCollection", "features": shaped("Polygon", [[[float("nan"), 1]]])}), "nan"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("what", WRONG)
def test_with_a_broken_file_the_tile_map_stays_and_doctor_says_why(configure: Any, what: str) -> None:
    content, message = WRONG[what]
    configure(content)
    assert len(figure().findall(".//g/rect")) == 21
    assert "审图号" not in charts.city_map({}, unit="", title="")
    told = doctor()
    assert told["state"] == "bad"
    assert "the tile map is shown instead" in told["message"]
    assert message in told["message"]
    assert told["remedy"]


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "message"), [("", "no map-review number"), ("有", "does not look like")])
def test_a_map_without_its_number_is_refused(configure: Any, number: str, message: str) -> None:
    configure(features(), number)
    assert maps.reviewed() is None
    told = doctor()
    assert told["state"] == "bad"
    assert message in told["message"]
    assert "ZHIHENG_MAP_REVIEW" in told["remedy"]


@pytest.mark.parametrize(
    "number",
    ["GS(2024)0650号", "GS京（2022）1061号", "粤S(2021)118号", "粤AS〔2023〕 第012号", "粤BS(2020)第077号"],
)
def test_numbers_as_the_offices_write_them_are_taken(configure: Any, number: str) -> None:
    configure(features(), number)
    assert maps.reviewed() is not None


@pytest.mark.django_db
def test_doctor_reads_a_good_map_and_says_nothing_of_none(configure: Any, settings: Any) -> None:
    configure(features())
    assert (doctor()["state"], NUMBER in doctor()["message"]) == ("ok", True)
    settings.MAP = "/nowhere/map.geojson"
    assert "cannot be read" in doctor()["message"]
    settings.MAP = ""
    assert not [f for f in findings() if f["what"] == "map"]


def findings() -> list[dict[str, str]]:
    return json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)["findings"]


def doctor() -> dict[str, str]:
    return next(f for f in findings() if f["what"] == "map")


def test_a_mended_file_is_read_without_a_restart(configure: Any) -> None:
    path = configure("{")
    assert maps.reviewed() is None
    configure(features())
    os.utime(path, ns=(1, 1))
    assert maps.reviewed() is not None


@pytest.mark.django_db
def test_pages_say_whose_map_it_is(client: Client, configure: Any) -> None:
    assert "每个地级以上市一个方格" in client.get("/about/").content.decode()
    configure(features())
    page = client.get("/about/").content.decode()
    assert f"审图号：{NUMBER}" in page
    assert "一个方格" not in page
