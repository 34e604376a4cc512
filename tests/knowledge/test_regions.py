from __future__ import annotations

import csv
from datetime import date

import pytest

from tests.shared import shared
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.codes.errors import CodeError


def test_guangzhou_and_shenzhen_have_their_own_codes() -> None:
    assert regions.name("440100") == "广州市"
    assert regions.name("440300") == "深圳市"


def test_the_circulating_wrong_codes_are_not_these_cities() -> None:
    with pytest.raises(CodeError) as wrong:
        regions.region("443000")
    assert wrong.value.code == "region_unknown"
    assert not regions.is_known("443000")
    assert regions.region("441000") == ("441000", "海口市", "city", "440000", 1986, 1988)
    with pytest.raises(CodeError) as past:
        regions.region("441000", date(2026, 1, 1))
    assert past.value.code == "region_not_in_force"
    assert not {"441000", "443000"} & regions.GUANGDONG_CITY.keys()


def test_the_province_has_the_twenty_one_cities_in_the_order_of_their_codes() -> None:
    listed = [(city.code, city.name) for city in regions.GUANGDONG_CITIES]
    official = [regions.region(code) for n in range(100) if regions.is_known(code := f"44{n:02d}00")]
    assert listed == [(r.code, r.name) for r in official if r.level == "city" and r.current]
    assert len(listed) == 21
    assert listed == sorted(listed)


def test_the_tiles_do_not_overlap_and_resemble_the_map() -> None:
    tile = {city.english: city.tile for city in regions.GUANGDONG_CITIES}
    assert len(set(tile.values())) == 21
    assert tile["Shaoguan"][1] < tile["Guangzhou"][1] < tile["Zhuhai"][1]
    assert tile["Zhanjiang"][0] < tile["Yangjiang"][0] < tile["Shenzhen"][0] < tile["Chaozhou"][0]


def test_a_code_has_the_name_of_its_time() -> None:
    assert regions.region("440111", date(1984, 6, 1)).name == "郊区"
    assert regions.region("440111", date(2020, 6, 1)).name == "白云区"
    with pytest.raises(CodeError):
        regions.region("440681", date(2020, 1, 1))
    assert regions.region("440681", date(2000, 1, 1)).name == "顺德市"


def test_counties_of_a_city_and_the_two_cities_without() -> None:
    assert "天河区" in [county.name for county in regions.counties_of("440100")]
    assert "东山区" not in [county.name for county in regions.counties_of("440100")]
    assert "东山区" in [county.name for county in regions.counties_of("440100", date(2000, 1, 1))]
    assert regions.counties_of("441900") == []
    assert regions.counties_of("442000") == []
    assert regions.full_name("440106") == "广东省广州市天河区"


@pytest.mark.parametrize("text", ["", "4401", "44010a", "４４０１００", "4401000"])
def test_what_is_not_six_digits_is_no_code(text: str) -> None:
    with pytest.raises(CodeError) as wrong:
        regions.region(text)
    assert wrong.value.code == "region_form"


@pytest.mark.oracle
def test_every_county_of_guangdong_in_the_statistical_list_is_known() -> None:
    with shared("data/real/divisions/areas.csv").open(encoding="utf-8") as file:
        listed = {row["code"]: row["name"] for row in csv.DictReader(file) if row["code"].startswith("44")}
    assert len(listed) > 100
    assert {code: regions.name(code) for code in listed} == listed
