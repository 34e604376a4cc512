"""Plots as SVG text beside the maps and sparklines of ``charts``: intervals and curves."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from zhiheng.core.ui.charts import number

LEFT, WIDTH, ROW, TOP = 130, 640, 26, 26


def _ticks(high: float) -> list[float]:
    """Four or five round values from 0 to at least ``high``."""
    step = next(
        (s * 10.0**e for e in range(-4, 10) for s in (1, 2, 2.5, 5) if s * 10.0**e * 5 >= high), high or 1.0
    )
    return [step * index for index in range(6)]


def percent(value: float) -> str:
    """12.34%, from a share of 1."""
    return f"{number(round(value * 100, 2))}%"


def intervals(rows: Sequence[tuple[str, float, float, float]], *, title: str) -> SafeString:
    """A row for each (label, low, middle, high) in shares of 1: a line from low to high with its middle marked."""
    ticks = [tick for tick in _ticks(max((row[3] for row in rows), default=1.0)) if tick <= 1.0001]
    most = ticks[-1] or 1.0
    height = TOP + ROW * len(rows) + 8

    def x(value: float) -> float:
        return round(LEFT + min(value / most, 1.0) * (WIDTH - LEFT - 40), 1)

    scale = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="tick" x="{0}" y="14">{3}</text>',
        ((x(tick), TOP - 6, height - 4, percent(tick)) for tick in ticks),
    )
    drawn = format_html_join(
        "",
        '<g><title>{0} {1} ({2} – {3})</title><text class="label" x="{4}" y="{5}">{0}</text>'
        '<line class="range" x1="{6}" x2="{7}" y1="{8}" y2="{8}"/><circle class="middle" cx="{9}" cy="{8}" r="4"/></g>',
        (
            (
                label, percent(middle), percent(low), percent(high), LEFT - 10, TOP + ROW * index + 17, x(low),
                x(high), TOP + ROW * index + 12, x(middle),
            )
            for index, (label, low, middle, high) in enumerate(rows)
        ),
    )  # fmt: skip
    return format_html(
        '<figure class="plot"><figcaption>{0}</figcaption><svg viewBox="0 0 {1} {2}" role="img" aria-label="{0}">{3}{4}'
        "</svg></figure>",
        title, WIDTH, height, scale, drawn,
    )  # fmt: skip


def curve(
    points: Sequence[tuple[float, float]], *, title: str, x_label: str, here: float | None = None
) -> SafeString:
    """A line through (x, share of 1) points; ``here`` marks one of them."""
    if len(points) < 2:
        return SafeString("")
    height, bottom, left = 240, 204, 60
    ticks = _ticks(max(y for _x, y in points))
    low, high = points[0][0], points[-1][0]

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = left + (point[0] - low) / ((high - low) or 1) * (WIDTH - left - 40)
        return round(across, 1), round(bottom - point[1] / ticks[-1] * (bottom - TOP), 1)

    scale = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><text class="label" x="{3}" y="{2}">{4}</text>',
        ((left, WIDTH - 40, place((low, tick))[1], left - 8, percent(tick)) for tick in ticks),
    )
    dots = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="4"><title>{} {}: {}</title></circle>',
        (
            ("middle" if x == here else "dot", *place((x, y)), x_label, number(x), percent(y))
            for x, y in points
        ),
    )
    ends = format_html_join(
        "", '<text class="tick" x="{}" y="{}">{}</text>',
        (
            (place(one)[0], bottom + 20, number(one[0]))
            for one in (points[0], points[len(points) // 2], points[-1])
        ),
    )  # fmt: skip
    line = " ".join(f"{x},{y}" for x, y in map(place, points))
    return format_html(
        '<figure class="plot"><figcaption>{0}</figcaption><svg viewBox="0 0 {1} {2}" role="img" aria-label="{0}">{3}'
        '<polyline class="line" points="{4}"/>{5}{6}<text class="tick" x="{7}" y="{8}">{9}</text></svg></figure>',
        title, WIDTH, height, scale, line, dots, ends, WIDTH // 2, height - 2, x_label,
    )  # fmt: skip
