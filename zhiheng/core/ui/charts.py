"""Charts as SVG text: drawn here, coloured by classes of the stylesheet, so light, dark and print all work.

The tile map stands in for a map with boundaries: a published map needs a map-review number in China, a
schematic of named squares does not claim any boundary. An operator with a reviewed map configures it (``maps``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.ui import maps
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES, GUANGDONG_CITY

Number = int | float

TILES = {city.code: city.tile for city in GUANGDONG_CITIES}
COLUMNS = max(column for column, _row in TILES.values()) + 1
ROWS = max(row for _column, row in TILES.values()) + 1
SIDE, GAP, STEPS = 100, 6, 5


def city_name(code: str) -> str:
    """The city's short name in the page's language; a code that is no city of the province stays as it is."""
    city = GUANGDONG_CITY.get(code)
    if city is None:
        return code
    return city.name.removesuffix("市") if (get_language() or "zh").startswith("zh") else city.english


def number(value: Number) -> str:
    """12,345 or 12.3: separators, at most two decimals, no tail of zeros."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def ranks(values: Mapping[str, Number]) -> dict[str, int]:
    """Competition ranks, the largest first; equals share a rank."""
    ordered = sorted(values.values(), reverse=True)
    return {code: ordered.index(value) + 1 for code, value in values.items()}


def step(value: Number, low: Number, high: Number) -> int:
    """Which of the equal steps from low to high a value falls into."""
    if high <= low:
        return STEPS - 1 if value else 0
    return max(0, min(STEPS - 1, int((value - low) / (high - low) * STEPS)))


def city_map(
    values: Mapping[str, Number | None],
    *,
    unit: str,
    title: str,
    link: Callable[[str], str | None] | None = None,
    span: tuple[Number, Number] | None = None,
    notes: Mapping[str, str] | None = None,
    modelled: Collection[str] = (),
) -> SafeString:
    """The 21 cities with name, value and rank, and the same as a table: on the operator's reviewed map where there is
    one, else a square each.

    ``values`` is by city code (``440100``); a city without a value shows "no data", not 0. ``span`` is from where to
    where the colours go, when not from nothing. ``notes`` stand in the place of the rank (an interval: whoever has one
    is not ranked); ``modelled`` cities are hatched, their value comes from a model.
    Telephones get the table, because eight squares abreast cannot be read there; a map with boundaries they get too.
    """
    known = {code: value for code, value in values.items() if code in TILES and value is not None}
    rank = ranks(known)
    # The scale begins at nothing: colours say how much, not only who is ahead.
    low, high = span or ((min(0, *known.values(), 0), max(known.values())) if known else (0, 0))
    reviewed = maps.reviewed()
    cities = []
    for code in TILES:
        name, value = city_name(code), known.get(code)
        shown = number(value) if value is not None else "—"
        place = _("无数据")
        if value is not None:
            place = notes.get(code, "") if notes is not None else _("第 %(rank)d 位") % {"rank": rank[code]}
        model = code in modelled and value is not None
        city = format_html(
            '<g class="tile {}{}"><title>{} {} {} · {}</title>{}</g>',
            f"t{step(value, low, high)}" if value is not None else "none", " model" if model else "", name, shown,
            unit, f"{place} · {_('模型估计')}" if model else place,
            _on_map(reviewed.cities[code], name, shown) if reviewed else _square(code, name, shown, place, model),
        )  # fmt: skip
        url = link(code) if link else None
        cities.append(format_html('<a href="{}" aria-label="{}">{}</a>', url, name, city) if url else city)
    drawn: SafeString = SafeString("".join(cities))
    if reviewed:
        width, height = maps.WIDTH, reviewed.height
        says, note = _("按审定的地图绘制；单位：%(unit)s"), _("单位：%(unit)s")
        land, lines = '<path class="land" d="{}"/>', '<path class="border" d="{}"/>'
        drawn = format_html(land, reviewed.areas) + drawn + format_html(lines, reviewed.lines)
        under = format_html('<p class="review">{}</p>', _("审图号：%(number)s") % {"number": reviewed.review})
    else:
        width, height = float(COLUMNS * (SIDE + GAP) - GAP), float(ROWS * (SIDE + GAP) - GAP)
        says, note = (
            _("示意图，每市一格，不表示界线；单位：%(unit)s"),
            _("单位：%(unit)s · 示意图，不表示界线"),
        )
        under = SafeString("")
    # With links inside, the cities are content of their own and not one picture.
    svg = format_html(
        '<svg class="tiles" viewBox="0 0 {} {}" role="{}" aria-label="{}"><desc>{}</desc>{}</svg>',
        round(width), round(height), "group" if link else "img", title, says % {"unit": unit}, drawn,
    )  # fmt: skip
    return format_html(
        '<figure class="tile-map{}"><figcaption>{} <span class="muted">{}</span></figcaption>'
        '<div class="tile-body"><div class="tile-picture">{}{}{}</div>{}</div></figure>',
        " reviewed" if reviewed else "", title, note % {"unit": unit}, svg, under,
        _legend(known, low, high), _city_table(known, rank, unit, link, notes, modelled),
    )  # fmt: skip


def _square(code: str, name: str, shown: str, place: str, hatched: bool = False) -> SafeString:
    """A city as a square in roughly its place."""
    column, row = TILES[code]
    x, y = column * (SIDE + GAP), row * (SIDE + GAP)
    middle = x + SIDE // 2
    lines = SafeString("")
    if hatched:
        strokes = "".join(
            f"M{x} {y + d}L{x + d} {y}M{x + d} {y + SIDE}L{x + SIDE} {y + d}" for d in range(20, SIDE, 20)
        )
        lines = format_html('<path class="hatch" d="{}"/>', strokes)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="6"/>{}<text class="name" x="{}" y="{}">{}</text>'
        '<text class="value" x="{}" y="{}">{}</text><text class="rank" x="{}" y="{}">{}</text>',
        x, y, SIDE, SIDE, lines, middle, y + 28, name, middle, y + 60, shown, middle, y + 85, place,
    )  # fmt: skip


def _on_map(outline: maps.Outline, name: str, shown: str) -> SafeString:
    """A city as its area, with name and value where they fit in it."""
    wide = max(sum(17 if letter > "\u2e80" else 10 for letter in name), 14 * len(shown))
    text = SafeString("")
    if outline.width > wide and outline.height > 60:
        text = format_html(
            '<text class="name" x="{}" y="{}">{}</text><text class="value" x="{}" y="{}">{}</text>',
            outline.x, outline.y - 4, name, outline.x, outline.y + 20, shown,
        )  # fmt: skip
    return format_html('<path d="{}"/>{}', outline.path, text)


def _legend(known: Mapping[str, Number], low: Number, high: Number) -> SafeString:
    """From where on each colour is used."""
    # Where things are counted, the bounds of the colours are whole numbers too.
    bound = ceil if all(isinstance(value, int) for value in known.values()) else lambda value: round(value, 2)
    # Small counts have fewer whole bounds than there are colours; of equal ones the last is the one in use.
    bounds = {
        number(bound(low + (high - low) * index / STEPS)): index
        for index in range(STEPS if high > low else 0)
    }
    rows = format_html_join(
        "",
        '<li><svg class="key" viewBox="0 0 12 12" aria-hidden="true">'
        '<rect class="{}" width="12" height="12" rx="2"/></svg>{}</li>',
        ((f"t{index}", f"≥ {shown}") for shown, index in bounds.items()),
    )
    return format_html('<ul class="legend" aria-hidden="true">{}</ul>', rows)


def _city_table(
    known: Mapping[str, Number],
    rank: Mapping[str, int],
    unit: str,
    link: Callable[[str], str | None] | None,
    notes: Mapping[str, str] | None,
    modelled: Collection[str],
) -> SafeString:
    """The figures of the picture in order of rank; with intervals in their own order, without ranks."""
    # Cities without a value only take room, except where one can go there all the same.
    order = rank if notes is None else {}
    listed = sorted(TILES if link else known, key=lambda code: (order.get(code, 99), code))
    left = len(TILES) - len(listed)
    rows = format_html_join(
        "",
        '<tr><td class="num">{}</td><th scope="row">{}</th><td class="num">{}</td></tr>',
        (
            (
                rank.get(code, "—") if notes is None else _table_note(notes.get(code, "—"), code in modelled),
                format_html('<a href="{}">{}</a>', url, city_name(code))
                if link and (url := link(code))
                else city_name(code),
                number(known[code]) if code in known else "—",
            )
            for code in listed
        ),
    )
    if left:
        others = _("其余 %(count)d 市无数据") % {"count": left}
        rows += format_html('<tr><td></td><td class="muted" colspan="2">{}</td></tr>', others)
    return format_html(
        '<details class="tile-table"><summary>{}</summary><table>'
        '<thead><tr><th class="num" scope="col">{}</th><th scope="col">{}</th>'
        '<th class="num" scope="col">{}</th></tr></thead><tbody>{}</tbody></table></details>',
        _("以表格查看"), _("位次") if notes is None else _("区间"), _("城市"), unit, rows,
    )  # fmt: skip


def _table_note(note: str, model: bool) -> str:
    return f"{note} {_('模型')}" if model else note


def sparkline(values: Sequence[Number], title: str = "") -> SafeString:
    """A trend as one small line with its last point; fewer than two values make no trend and no picture."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    span = (high - low) or 1
    points = [
        (2 + index * 96 / (len(values) - 1), 22 - (value - low) / span * 20)
        for index, value in enumerate(values)
    ]
    text = title or _("从 %(first)s 到 %(last)s") % {"first": number(values[0]), "last": number(values[-1])}
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 24" role="img" aria-label="{}"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        text, " ".join(f"{x:.1f},{y:.1f}" for x, y in points), f"{points[-1][0]:.1f}", f"{points[-1][1]:.1f}",
    )  # fmt: skip
