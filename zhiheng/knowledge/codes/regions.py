"""行政区划代码: administrative divisions, GB/T 2260, with their history.

The codes come from the package python-stdnum (``stdnum/cn/loc.dat``, years of validity included), so that a
record of 2001 can be read with the names of 2001. What is ours is the list of Guangdong's 21 cities of
prefecture level, in the order of their codes, with official romanisation and a place on a tile grid.

A circulating table has Guangzhou as 441000 and Shenzhen as 443000. 441000 was Haikou until 1988; 443000 never
was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from zhiheng.knowledge.codes.charset import is_digits
from zhiheng.knowledge.codes.errors import CodeError


class Region(NamedTuple):
    """One division under one name. ``since`` and ``until`` are years; ``None`` is "always" and "still"."""

    code: str
    name: str
    level: str  # province, city or county
    parent: str | None
    since: int | None = None
    until: int | None = None

    @property
    def current(self) -> bool:
        return self.until is None


@dataclass(frozen=True, slots=True)
class City:
    """A city of Guangdong: ``column`` and ``row`` place its tile, west to east and north to south."""

    code: str
    name: str
    english: str
    column: int
    row: int

    @property
    def tile(self) -> tuple[int, int]:
        return self.column, self.row


GUANGDONG = "440000"

#: The 21 cities of prefecture level. The tiles resemble the map; they are drawn by us and show no boundary.
GUANGDONG_CITIES: tuple[City, ...] = (
    City("440100", "广州市", "Guangzhou", 3, 2),
    City("440200", "韶关市", "Shaoguan", 4, 0),
    City("440300", "深圳市", "Shenzhen", 4, 3),
    City("440400", "珠海市", "Zhuhai", 3, 4),
    City("440500", "汕头市", "Shantou", 7, 2),
    City("440600", "佛山市", "Foshan", 2, 3),
    City("440700", "江门市", "Jiangmen", 2, 4),
    City("440800", "湛江市", "Zhanjiang", 0, 5),
    City("440900", "茂名市", "Maoming", 0, 4),
    City("441200", "肇庆市", "Zhaoqing", 2, 2),
    City("441300", "惠州市", "Huizhou", 5, 2),
    City("441400", "梅州市", "Meizhou", 6, 0),
    City("441500", "汕尾市", "Shanwei", 6, 2),
    City("441600", "河源市", "Heyuan", 5, 1),
    City("441700", "阳江市", "Yangjiang", 1, 4),
    City("441800", "清远市", "Qingyuan", 3, 1),
    City("441900", "东莞市", "Dongguan", 4, 2),
    City("442000", "中山市", "Zhongshan", 3, 3),
    City("445100", "潮州市", "Chaozhou", 7, 1),
    City("445200", "揭阳市", "Jieyang", 6, 1),
    City("445300", "云浮市", "Yunfu", 1, 3),
)
GUANGDONG_CITY: dict[str, City] = {city.code: city for city in GUANGDONG_CITIES}

_PERIOD = re.compile(r"\[(\d*)-(\d*)\]([^\[\],]+)")


def region(code: str, on: date | None = None) -> Region:
    """The division with this code, on a day or (without one) in its last form.

    In the year in which one code gave way to another both are taken: the sources know years, not days.
    """
    history = _history(code)
    if on is None:
        return history[-1]
    for known in reversed(history):
        if (known.since is None or known.since <= on.year) and (
            known.until is None or on.year <= known.until
        ):
            return known
    periods = "; ".join(f"{k.name} {k.since or ''}-{k.until or ''}" for k in history)
    raise CodeError(
        "region_not_in_force",
        f"The division code {code} was not in force in {on.year}: {periods}.",
        "Use the code that the Ministry of Civil Affairs published for that year.",
    )


def name(code: str) -> str:
    """The last name of a division."""
    return _history(code)[-1].name


def full_name(code: str) -> str:
    """The name with those above it: 广东省广州市天河区."""
    names = [name(code)]
    above = region(code).parent
    while above is not None:
        names.append(name(above))
        above = region(above).parent
    return "".join(reversed(names))


def span(prefix: str) -> tuple[str, str]:
    """The first and last code of a jurisdiction given by 2, 4 or 6 digits: an index is walked by them, not by LIKE."""
    return prefix.ljust(6, "0"), prefix.ljust(6, "9")


def is_known(code: str) -> bool:
    return code in _table()


def counties_of(city_code: str, on: date | None = None) -> list[Region]:
    """The districts and counties of a city. Dongguan and Zhongshan have none."""
    _history(city_code)
    return [known for known in _below(city_code[:4], "county", on) if not known.code.endswith("01")]


def _below(prefix: str, level: str, on: date | None) -> list[Region]:
    found = []
    for code, history in _table().items():
        if not code.startswith(prefix) or history[-1].level != level:
            continue
        if on is None:
            if history[-1].current:
                found.append(history[-1])
            continue
        try:
            found.append(region(code, on))
        except CodeError:
            continue
    return found


def _history(code: str) -> tuple[Region, ...]:
    history = _table().get(code)
    if history is None:
        if len(code) != 6 or not is_digits(code):
            raise CodeError(
                "region_form",
                f"A division code has six digits; {code!r} has not.",
                "Write a province as 440000, a city as 440100, a county as 440106.",
            )
        raise CodeError(
            "region_unknown",
            f"GB/T 2260 has no division {code}.",
            "Look the place up by name; tables with 443000 for Shenzhen are wrong, it is 440300."
            if code == "443000"
            else "Look the place up by name.",
        )
    return history


@cache
def _table() -> dict[str, tuple[Region, ...]]:
    known: dict[str, tuple[Region, ...]] = {}
    province = ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text(encoding="utf-8").splitlines():
        digits, _, rest = line.strip().partition(" ")
        if not is_digits(digits):
            continue
        if not line.startswith(" "):
            province = digits
            continue
        code = province + digits
        names = rest.partition('"')[2].rpartition('"')[0]
        known[code] = _periods(code, names)
    return known


def _periods(code: str, names: str) -> tuple[Region, ...]:
    if code.endswith("0000"):
        level, parent = "province", None
    elif code.endswith("00"):
        level, parent = "city", code[:2] + "0000"
    else:
        level, parent = "county", code[:4] + "00"
        if code[2:4] == "90":  # counties that the province administers itself
            parent = code[:2] + "0000"
    found = [
        Region(code, title, level, parent, int(since) if since else None, int(until) if until else None)
        for since, until, title in _PERIOD.findall(names)
    ]
    return tuple(found) or (Region(code, names, level, parent),)
