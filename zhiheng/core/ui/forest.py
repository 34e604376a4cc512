"""Estimates with their intervals as SVG text: one below the other (``forest``), or along the years (``trend``).

The numbers stand beside them in a table of the page; a picture alone is never the only way to read them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

LEFT, WIDTH, ROW, TOP = 190, 720, 28, 30
HEIGHT, FOOT = 260, 34


@dataclass(frozen=True)
class Line:
    """One estimate in shares of 1. Without ``low`` there is none, and ``note`` says why; where everybody was counted,
    ``note`` says that instead of an interval. ``model``: not from its own rows alone (drawn hollow)."""

    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""
    model: bool = False

    @property
    def words(self) -> str:
        if self.note or self.value is None or self.low is None or self.high is None:
            return self.note
        return f"{percent(self.value)} ({percent(self.low)} – {percent(self.high)})"


def percent(value: float | None) -> str:
    """A share as per cent with one decimal, in one piece."""
    return "—" if value is None else f"{value * 100:.1f}\u00a0%"


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{value * 100:+.1f}"


def _scale(lines: Sequence[Line], target: float | None) -> tuple[float, float, list[float]]:
    """From where to where, in whole steps, so that everything and the target are inside; and the marks."""
    ends = [end for one in lines for end in (one.low, one.high) if end is not None]
    ends += [target] if target is not None else []
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    span = max(high - low, 0.02)
    step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if span / step <= 8)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if last == first:
        last += 1
    return first * step, last * step, [index * step for index in range(first, last + 1)]


def _tick(value: float) -> str:
    return f"{value * 100:.1f}".rstrip("0").rstrip(".") + "%"


def forest(
    lines: Sequence[Line], *, title: str, target: float | None = None, zero: bool = False
) -> SafeString:
    """The estimates one below the other; ``target`` (or 0, for differences) is a line through all."""
    target = 0.0 if zero else target
    low, high, ticks = _scale(lines, target)
    bottom = TOP + ROW * len(lines)

    def x(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - 30), 1)

    grid = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="tick" x="{0}" y="{3}">{4}</text>',
        ((x(tick), TOP - 6, bottom, TOP - 12, points(tick) if zero else _tick(tick)) for tick in ticks),
    )
    rows = format_html_join(
        "",
        '<g class="{}"><title>{} {}</title><text class="label" x="{}" y="{}">{}</text>{}</g>',
        (
            (
                "model" if one.model else "direct", one.label, one.words, LEFT - 12, TOP + ROW * index + 19,
                one.label if len(one.label) <= 13 else f"{one.label[:12]}…", _whisker(one, TOP + ROW * index + 14, x),
            )
            for index, one in enumerate(lines)
        ),
    )  # fmt: skip
    mark = SafeString("")
    if target is not None:
        mark = format_html(
            '<line class="target" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>', x(target), TOP - 6, bottom
        )
    return format_html(
        '<figure class="forest"><figcaption>{0}{7}</figcaption><div class="scroll" tabindex="0" role="region" '
        'aria-label="{0}"><svg width="{1}" height="{2}" viewBox="0 0 {1} {2}" role="img" aria-label="{0}">'
        "<desc>{3}</desc>{4}{5}{6}</svg></div></figure>",
        title, WIDTH, bottom + 8, "; ".join(f"{one.label}: {one.words}" for one in lines), grid, mark, rows,
        _dashed(target, zero),
    )  # fmt: skip


def _dashed(target: float | None, zero: bool = False) -> SafeString:
    """What the dashed line of a drawing is."""
    if target is None:
        return SafeString("")
    text = _("虚线：0") if zero else _("虚线：目标 %(target)s") % {"target": _tick(target)}
    return format_html(' <span class="muted small">{}</span>', text)


def _whisker(one: Line, y: int, x: Callable[[float], float]) -> SafeString:
    if one.value is None or one.low is None or one.high is None:
        return format_html('<text class="note" x="{}" y="{}">{}</text>', LEFT + 4, y + 5, one.note)
    return format_html(
        '<path class="range" d="M{0} {2}V{3}M{0} {4}H{1}M{1} {2}V{3}"/>'
        '<circle class="middle" cx="{5}" cy="{4}" r="4.5"/>',
        x(one.low), x(one.high), y - 5, y + 5, y, x(one.value),
    )  # fmt: skip


def trend(lines: Sequence[Line], *, title: str, target: float | None = None) -> SafeString:
    """The estimates side by side, one for each period, with a whisker each; a period without one leaves a gap."""
    low, high, ticks = _scale(lines, target)
    left, base = 64, HEIGHT - FOOT
    width = max(360, left + 92 * len(lines))

    def y(value: float) -> float:
        return round(base - (value - low) / (high - low) * (base - 24), 1)

    def x(index: int) -> float:
        return round(left + (width - left) * (index + 0.5) / max(len(lines), 1), 1)

    grid = format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><text class="label" x="{3}" y="{4}">{5}</text>',
        ((left, width - 4, y(tick), left - 8, y(tick) + 5, _tick(tick)) for tick in ticks),
    )
    mark = SafeString("")
    if target is not None:
        mark = format_html(
            '<line class="target" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>', left, width - 4, y(target)
        )
    rows = format_html_join(
        "",
        '<g class="{}"><title>{} {}</title>{}<text class="tick" x="{}" y="{}">{}</text></g>',
        (
            (
                "model" if one.model else "direct", one.label, one.words, _upright(one, x(index), y), x(index),
                HEIGHT - 10, one.label,
            )
            for index, one in enumerate(lines)
        ),
    )  # fmt: skip
    return format_html(
        '<figure class="forest"><figcaption>{0}{7}</figcaption><div class="scroll" tabindex="0" role="region" '
        'aria-label="{0}"><svg width="{1}" height="{2}" viewBox="0 0 {1} {2}" role="img" aria-label="{0}">'
        "<desc>{3}</desc>{4}{5}{6}</svg></div></figure>",
        title, width, HEIGHT, "; ".join(f"{one.label}: {one.words}" for one in lines), grid, mark, rows,
        _dashed(target),
    )  # fmt: skip


def _upright(one: Line, x: float, y: Callable[[float], float]) -> SafeString:
    if one.value is None or one.low is None or one.high is None:
        return format_html('<text class="tick note" x="{}" y="{}">{}</text>', x, 20, _("无"))
    return format_html(
        '<path class="range" d="M{0} {2}H{1}M{4} {2}V{3}M{0} {3}H{1}"/>'
        '<circle class="middle" cx="{4}" cy="{5}" r="4.5"/>',
        x - 5, x + 5, y(one.low), y(one.high), x, y(one.value),
    )  # fmt: skip
