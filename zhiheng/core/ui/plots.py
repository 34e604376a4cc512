"""Plots as SVG text beside the maps and sparklines of ``charts``: lines over axes (intervals: ``forest``).

Colours and dashes are the stylesheet's; a table of the same stands beside each.
"""

from collections.abc import Callable, Sequence
from math import floor, log10
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from zhiheng.core.ui.charts import number

WIDTH, HEIGHT = 420, 290
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 46
SERIES = 4  # as many as the stylesheet has colours and dashes for


class Line(NamedTuple):
    """A named line through ``points`` (x, y) in order of x; with ``step`` the value holds until the next point."""

    label: str
    points: Sequence[tuple[float, float]]
    step: bool = False


class Mark(NamedTuple):
    """An upright line at x with a few words."""

    x: float
    label: str


def ticks(high: float, about: int = 5) -> list[float]:
    """Round numbers from 0 up to the first that is not below ``high``."""
    if high <= 0:
        return [0.0, 1.0]
    raw = high / about
    power = 10.0 ** floor(log10(raw))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= raw * 0.999)
    count = -int(-high / step // 1)
    return [round(step * index, 12) for index in range(count + 1)]


def percent(value: float) -> str:
    """12.34%, from a share of 1."""
    return f"{number(round(value * 100, 2))}%"


def curve(
    points: Sequence[tuple[float, float]], *, title: str, x_label: str, here: float | None = None
) -> SafeString:
    """A line through (x, share of 1) points; ``here`` marks one of them. Fewer than two points make no line."""
    if len(points) < 2:
        return SafeString("")
    marks = [] if here is None else [Mark(here, number(here))]
    return line_chart([Line(title, points)], title=title, x_label=x_label, marks=marks, y_words=percent)


def line_chart(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str,
    y_label: str = "",
    marks: Sequence[Mark] = (),
    y_high: float = 0,
    y_words: Callable[[float], str] = number,
) -> SafeString:
    """Lines (at most four) over a common x from 0, y from 0 to ``y_high`` or what is needed; a key when there are more
    than one."""
    across = ticks(max((x for line in lines for x, _y in line.points), default=1.0))
    up = ticks(y_high or max((y for line in lines for _x, y in line.points), default=1.0))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / across[-1] * wide, TOP + high - y / up[-1] * high

    grid = format_html_join(
        "", '<path class="grid" d="M{} {}H{}"/><text class="up" x="{}" y="{}">{}</text>',
        (
            (LEFT, f"{y:.1f}", WIDTH - RIGHT, LEFT - 6, f"{y + 4:.1f}", y_words(value))
            for value in up
            for y in (place(0, value)[1],)
        ),
    ) + format_html_join(
        "", '<text class="across" x="{}" y="{}">{}</text>',
        ((f"{place(value, 0)[0]:.1f}", HEIGHT - BOTTOM + 17, number(value)) for value in across),
    )  # fmt: skip
    upright = format_html_join(
        "", '<path class="mark" d="M{} {}V{}"/><text class="marked{}" x="{}" y="{}">{}</text>',
        (
            (
                f"{x:.1f}", TOP, TOP + high, " before" if before else "",
                f"{x - 4 if before else x + 4:.1f}", TOP + 12 + 14 * row, mark.label,
            )
            for row, mark in enumerate(marks) if mark.x <= across[-1]
            for x in (place(mark.x, 0)[0],)
            for before in (x > LEFT + wide * 0.7,)
        ),
    )  # fmt: skip
    drawn = format_html_join(
        "", '<path class="line s{}" d="{}"><title>{}</title></path>',
        ((row % SERIES, _way([place(*point) for point in line.points], line.step), line.label)
         for row, line in enumerate(lines)),
    )  # fmt: skip
    frame = format_html('<path class="axis" d="M{} {}V{}H{}"/>', LEFT, TOP, TOP + high, WIDTH - RIGHT)
    words = format_html(
        '<text class="x" x="{}" y="{}">{}</text><text class="y" transform="translate(13 {}) rotate(-90)">{}</text>',
        LEFT + wide // 2, HEIGHT - 8, x_label, TOP + high // 2, y_label,
    )  # fmt: skip
    key = SafeString("")
    if len(lines) > 1:
        rows = format_html_join(
            "",
            '<li><svg class="stroke" viewBox="0 0 28 10" aria-hidden="true">'
            '<path class="line s{}" d="M0 5H28"/></svg>{}</li>',
            ((row % SERIES, line.label) for row, line in enumerate(lines)),
        )
        key = format_html('<ul class="legend">{}</ul>', rows)
    return format_html(
        '<figure class="plot"><figcaption>{}</figcaption><svg viewBox="0 0 {} {}" role="img" aria-label="{}">'
        "{}{}{}{}{}</svg>{}</figure>",
        title, WIDTH, HEIGHT, title, grid, frame, upright, drawn, words, key,
    )  # fmt: skip


def _way(points: Sequence[tuple[float, float]], step: bool) -> str:
    if not points:
        return ""
    begin, *rest = points
    way = [f"M{begin[0]:.1f} {begin[1]:.1f}"]
    way += [f"H{x:.1f}V{y:.1f}" if step else f"L{x:.1f} {y:.1f}" for x, y in rest]
    return "".join(way)
