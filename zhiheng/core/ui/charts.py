"""Charts as SVG text: drawn here, coloured by classes of the stylesheet, so light, dark and print all work.

The tile map stands in for a map with boundaries: a published map needs a map-review number in China, a
schematic of named squares does not claim any boundary.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

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
    return min(STEPS - 1, int((value - low) / (high - low) * STEPS))


def tile_map(
    values: Mapping[str, Number | None],
    *,
    unit: str,
    title: str,
    link: Callable[[str], str | None] | None = None,
) -> SafeString:
    """The 21 cities, a square each with name, value and rank, and the same as a table.

    ``values`` is by city code (``440100``); a city without a value shows "no data", not 0.
    Telephones get the table, because eight squares abreast cannot be read there.
    """
    known = {code: value for code, value in values.items() if code in TILES and value is not None}
    rank = ranks(known)
    # The scale begins at nothing: squares say how much, not only who is ahead.
    low, high = (min(0, *known.values(), 0), max(known.values())) if known else (0, 0)
    tiles = []
    for code, (column, row) in TILES.items():
        name, value = city_name(code), known.get(code)
        shown = number(value) if value is not None else "—"
        place = _("第 %(rank)d 位") % {"rank": rank[code]} if value is not None else _("无数据")
        kind = f"t{step(value, low, high)}" if value is not None else "none"
        half = SIDE / 2
        tile = format_html(
            '<g class="tile {}" transform="translate({} {})"><title>{} {} {} · {}</title>'
            '<rect width="{}" height="{}" rx="6"/><text class="name" x="{}" y="28">{}</text>'
            '<text class="value" x="{}" y="60">{}</text><text class="rank" x="{}" y="85">{}</text></g>',
            kind, column * (SIDE + GAP), row * (SIDE + GAP), name, shown, unit, place,
            SIDE, SIDE, half, name, half, shown, half, place,
        )  # fmt: skip
        url = link(code) if link else None
        tiles.append(format_html('<a href="{}" aria-label="{}">{}</a>', url, name, tile) if url else tile)
    width = COLUMNS * (SIDE + GAP) - GAP
    height = ROWS * (SIDE + GAP) - GAP
    # Where things are counted, the bounds of the colours are whole numbers too.
    bound = ceil if all(isinstance(value, int) for value in known.values()) else lambda value: round(value, 2)
    # With links inside, the squares are content of their own and not one picture.
    svg = format_html(
        '<svg class="tiles" viewBox="0 0 {} {}" role="{}" aria-label="{}">'
        "<desc>{}</desc>{}</svg>",
        width, height, "group" if link else "img", title,
        _("示意图，每市一格，不表示界线；单位：%(unit)s") % {"unit": unit}, SafeString("".join(tiles)),
    )  # fmt: skip
    # Cities without a value only take room, except where one can go there all the same.
    listed = sorted(TILES if link else known, key=lambda code: (rank.get(code, 99), code))
    left = len(TILES) - len(listed)
    rows = format_html_join(
        "",
        '<tr><td class="num">{}</td><th scope="row">{}</th><td class="num">{}</td></tr>',
        (
            (
                rank.get(code, "—"),
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
    # Small counts have fewer whole bounds than there are colours; of equal ones the last is the one in use.
    bounds = {
        number(bound(low + (high - low) * index / STEPS)): index
        for index in range(STEPS if high > low else 0)
    }
    legend = format_html_join(
        "",
        '<li><svg class="key" viewBox="0 0 12 12" aria-hidden="true">'
        '<rect class="{}" width="12" height="12" rx="2"/></svg>{}</li>',
        ((f"t{index}", f"≥ {shown}") for shown, index in bounds.items()),
    )
    return format_html(
        '<figure class="tile-map"><figcaption>{} <span class="muted">{}</span></figcaption>'
        '<div class="tile-body"><div class="tile-picture">{}'
        '<ul class="legend" aria-hidden="true">{}</ul></div>'
        '<details class="tile-table"><summary>{}</summary><table>'
        '<thead><tr><th class="num" scope="col">{}</th><th scope="col">{}</th>'
        '<th class="num" scope="col">{}</th></tr></thead><tbody>{}</tbody></table></details>'
        "</div></figure>",
        title, _("单位：%(unit)s · 示意图，不表示界线") % {"unit": unit}, svg, legend,
        _("以表格查看"), _("位次"), _("城市"), unit, rows,
    )  # fmt: skip


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
