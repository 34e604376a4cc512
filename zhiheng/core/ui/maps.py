"""A map with boundaries, where the operator has one that was reviewed: GeoJSON of the 21 cities, drawn as our own SVG.

A published map needs a map-review number (审图号) in China. None ships; without a number, or with a file that
cannot be drawn whole, the tile map stays and `zhiheng doctor` says why.
"""

import json
import logging
import math
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES, GUANGDONG_CITY

log = logging.getLogger(__name__)
WIDTH = 842.0  # as wide as the tile map
MAX_BYTES = 20 * 1024 * 1024
MAX_DRAWN = 1_000_000  # characters in a page
_REVIEW = re.compile(r"[(\uff08\u3014\[]\s*(?:19|20)\d{2}\s*[)\uff09\u3015\]]\s*第?\s*\d+\s*号?$")
_BY_NAME = {
    name.casefold(): city.code
    for city in GUANGDONG_CITIES
    for name in (city.name, city.name.removesuffix("市"), city.english)
}
Point = tuple[float, float]


class Outline(NamedTuple):
    """A city: its SVG path, and where its name stands with how much room there is for it."""

    path: str
    x: float
    y: float
    width: float
    height: float


class Map(NamedTuple):
    """A reviewed map, drawn: cities by code; areas and lines of anything else on it, which have no value."""

    height: float
    cities: dict[str, Outline]
    areas: str
    lines: str
    review: str


def reviewed() -> Map | None:
    """The operator's map; None when there is none, or when it may or can not be shown."""
    if not settings.MAP:
        return None
    found = _kept(settings.MAP, settings.MAP_REVIEW, _stamp(settings.MAP))
    return found if isinstance(found, Map) else None


def read(path: str, review: str) -> Map:
    """The map in a file. Raises Problem, saying which feature and what to do, for one that may or can not be shown."""
    if not review:
        raise _problem(
            "map_not_reviewed",
            f"{path} has no map-review number, so it is not shown",
            "Set ZHIHENG_MAP_REVIEW to the number (审图号) under which the map was reviewed, or unset ZHIHENG_MAP.",
        )
    if not _REVIEW.search(review):
        raise _problem(
            "map_review_form",
            f"{review!r} does not look like a map-review number",
            "Set ZHIHENG_MAP_REVIEW to the whole number, such as 粤S(2026)001号.",
        )
    return _draw(_features(path), review)


@lru_cache(maxsize=4)
def _kept(path: str, review: str, stamp: tuple[int, int]) -> Map | Problem:
    """Read once for each version of the file; what is wrong with it is logged once."""
    try:
        return read(path, review)
    except Problem as problem:
        log.warning("the tile map is shown: %s %s", problem.message, problem.remedy)
        return problem


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


# -- reading ----------------------------------------------------------------------------------------------------


class _Shape(NamedTuple):
    """A feature: the city it is (or none), its rings and its lines in degrees."""

    city: str | None
    rings: list[list[Point]]
    lines: list[list[Point]]


def _features(path: str) -> list[_Shape]:
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise _problem(
                "map_too_large", f"{path} is larger than 20 MB", "Simplify the map before its review."
            )
        document = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise _problem(
            "map_unreadable",
            f"{path} cannot be read: {error.strerror}",
            "Check ZHIHENG_MAP and the file's rights.",
        ) from None
    except (ValueError, RecursionError) as error:
        raise _problem(
            "map_syntax", f"{path} is not JSON: {error}", "Give a GeoJSON file in UTF-8."
        ) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise _problem(
            "map_form", f"{path} is not a GeoJSON FeatureCollection", "Give one with a feature for each city."
        )
    shapes = [_feature(feature, f"feature {number}") for number, feature in enumerate(features, 1)]
    areas = {shape.city for shape in shapes if shape.rings}
    if missing := [city.name for city in GUANGDONG_CITIES if city.code not in areas]:
        raise _problem(
            "map_incomplete",
            f"the map has no area for {'、'.join(missing)}",
            "Give each of the 21 cities a polygon with its code (440100) as adcode or its name (广州市) as name.",
        )
    return shapes


def _feature(feature: Any, where: str) -> _Shape:
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        raise _problem("map_form", f"{where} has no geometry", "Give it one, or take it out.")
    properties = feature.get("properties")
    rings: list[list[Point]] = []
    lines: list[list[Point]] = []
    _geometry(feature["geometry"], where, rings, lines)
    return _Shape(_city(properties if isinstance(properties, dict) else {}, where), rings, lines)


def _city(properties: dict[str, Any], where: str) -> str | None:
    """Which city a feature is, by code or name; when both are there they have to agree."""
    code, name = str(properties.get("adcode") or ""), str(properties.get("name") or "").strip()
    named = _BY_NAME.get(name.casefold())
    if code and named and code != named:
        raise _problem(
            "map_contradiction",
            f"{where} is named {name}, which is {named}, but has adcode {code}",
            "Correct one of them; the codes are those of GB/T 2260.",
        )
    return code if code in GUANGDONG_CITY else named


def _geometry(geometry: Any, where: str, rings: list[list[Point]], lines: list[list[Point]]) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    parts = geometry.get("geometries" if kind == "GeometryCollection" else "coordinates") if kind else None
    if not isinstance(parts, list):
        raise _problem("map_form", f"{where} has no coordinates", "Give it a polygon, or take it out.")
    if kind == "Polygon":
        rings += [_points(ring, where, 3) for ring in parts]
    elif kind == "MultiPolygon":
        rings += [_points(ring, where, 3) for polygon in parts for ring in _list(polygon, where)]
    elif kind == "LineString":
        lines.append(_points(parts, where, 2))
    elif kind == "MultiLineString":
        lines += [_points(line, where, 2) for line in parts]
    elif kind == "GeometryCollection":
        for part in parts:
            _geometry(part, where, rings, lines)
    else:
        raise _problem(
            "map_geometry", f"{where} is a {kind}, which is not drawn", "Give areas and lines only."
        )


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _problem(
            "map_form", f"{where} has coordinates that are no list", "Give GeoJSON as RFC 7946 has it."
        )
    return value


def _points(ring: Any, where: str, least: int) -> list[Point]:
    points = [_point(position, where) for position in _list(ring, where)]
    if len(set(points)) < least:
        raise _problem(
            "map_form", f"{where} has a line of {len(set(points))} points", "Give it whole, or take it out."
        )
    return points


def _point(position: Any, where: str) -> Point:
    if (
        not isinstance(position, list)
        or len(position) < 2
        or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in position[:2])
        or not (abs(position[0]) <= 180 and abs(position[1]) <= 90)  # also says no to NaN
    ):
        raise _problem(
            "map_coordinates",
            f"{where} has the position {str(position)[:60]}, which is not longitude and latitude",
            "Give the map in degrees (CGCS2000 or WGS 84), not in metres.",
        )
    return float(position[0]), float(position[1])


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem(code, message, remedy=remedy)


# -- drawing ----------------------------------------------------------------------------------------------------


def _draw(shapes: list[_Shape], review: str) -> Map:
    """Equirectangular, with a degree of longitude as short as it is in the middle of the map."""
    points = [point for shape in shapes for line in (*shape.rings, *shape.lines) for point in line]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    if not (east > west and north > south):
        raise _problem("map_form", "the map has no extent", "Give areas.")
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrow)

    def placed(lines: Iterable[list[Point]]) -> list[list[Point]]:
        """In the picture, to a tenth of a unit."""
        return [
            [(round((x - west) * narrow * scale, 1), round((north - y) * scale, 1)) for x, y in line]
            for line in lines
        ]

    by_city: dict[str, list[list[Point]]] = {}
    for shape in shapes:
        if shape.city and shape.rings:
            by_city.setdefault(shape.city, []).extend(placed(shape.rings))
    drawn = Map(
        height=(north - south) * scale,
        cities={code: _outline(by_city[code]) for code in GUANGDONG_CITY},
        areas="".join(_path(r, "Z") for s in shapes if not s.city for r in placed(s.rings)),
        lines="".join(_path(r, "") for s in shapes for r in placed(s.lines)),
        review=review,
    )
    size = sum(len(o.path) for o in drawn.cities.values()) + len(drawn.areas) + len(drawn.lines)
    if size > MAX_DRAWN:
        raise _problem(
            "map_too_large",
            f"the map makes {size:,} characters in a page",
            "Simplify the map before its review.",
        )
    return drawn


def _outline(rings: list[list[Point]]) -> Outline:
    """The name stands in the middle of the largest part."""
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    xs, ys = [x for x, _ in largest], [y for _, y in largest]
    x, y = _middle(largest)
    path = "".join(_path(ring, "Z") for ring in rings)
    return Outline(path, x, y, max(xs) - min(xs), max(ys) - min(ys))


def _edges(ring: list[Point]) -> Iterator[tuple[Point, Point]]:
    return zip(ring, [*ring[1:], ring[0]], strict=True)


def _area(ring: list[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(ring)) / 2


def _middle(ring: list[Point]) -> Point:
    area = _area(ring)
    if not area:
        return ring[0]
    weighed = [(a[0] * b[1] - b[0] * a[1], a[0] + b[0], a[1] + b[1]) for a, b in _edges(ring)]
    return (
        round(sum(w * x for w, x, _ in weighed) / (6 * area), 1),
        round(sum(w * y for w, _, y in weighed) / (6 * area), 1),
    )


def _path(points: list[Point], end: str) -> str:
    """``M1 2L3 4…Z``; points that fall on one spot are one."""
    kept = [point for n, point in enumerate(points) if not n or point != points[n - 1]]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + end
