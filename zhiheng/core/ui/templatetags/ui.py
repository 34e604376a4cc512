"""The tags every page is made of (builtins: no ``{% load %}`` needed)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhiheng.core.ui import charts, context, dates, maps, plots, regions
from zhiheng.core.ui.icons import KINDS, PATHS
from zhiheng.core.ui.series import listed

register = template.Library()
register.filter("listed", listed)


@register.simple_tag
def address(name: str, *args: Any) -> str:
    """The path of a named page, empty while no room offers it: for links that may not be there yet."""
    return context.address(name, *args) or ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A small picture; without a label it only repeats a word beside it and is silent to screen readers."""
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}"><path d="{}"/></svg>',
            label,
            PATHS[name],
        )
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', PATHS[name]
    )


@register.simple_tag
def when(value: date | datetime | None) -> SafeString:
    """A moment or a day, in Beijing time and the page's language."""
    if not value:
        return SafeString("—")
    machine = dates.local(value).isoformat() if isinstance(value, datetime) else value.isoformat()
    return format_html('<time datetime="{}">{}</time>', machine, dates.words(value))


@register.filter
def until(value: datetime | None) -> SafeString:
    """The end of a period: the last day of one that is over at midnight, else the moment."""
    return when(dates.until(value) if value else None)


@register.simple_tag
def badge(text: Any, kind: str = "muted") -> SafeString:
    """A state in words with a shape and a colour: ok, warn, bad, info or muted."""
    kind = kind if kind in KINDS else "muted"
    return format_html('<span class="badge {}">{}{}</span>', kind, icon(KINDS[kind]), text)


@register.simple_tag
def figure(
    value: Any,
    label: Any,
    unit: Any = "",
    period: Any = "",
    low: Any = None,
    high: Any = None,
    trend: Sequence[float] = (),
    url: str = "",
    source: str = "",
) -> SafeString:
    """One number large: what it is, interval, unit, period, trend, the rows behind it, how it is counted."""
    return SafeString(
        render_to_string(
            "ui/_figure.html",
            {
                "value": charts.number(value) if isinstance(value, int | float) else value,
                "label": label,
                "unit": unit,
                "period": period,
                "low": low,
                "high": high,
                "trend": charts.sparkline(trend) if trend else "",
                "url": url,
                "source": source,
            },
        ).strip()
    )


@register.simple_tag
def empty(title: Any, what: Any = "", url: str = "", label: Any = "") -> SafeString:
    """Nothing here, and the next useful thing to do."""
    link = format_html('<a class="button secondary" href="{}">{}</a>', url, label) if url and label else ""
    return format_html('<div class="empty"><p class="empty-title">{}</p><p>{}</p>{}</div>', title, what, link)


@register.simple_tag
def progress(value: float, maximum: float | None, label: Any, kind: str = "") -> SafeString:
    """A bar with its words: how much of a piece of work or of a period has gone (kind: ok, warn, bad)."""
    if not maximum:
        return format_html(
            '<span class="meter"><progress aria-label="{}"></progress><span>{}</span></span>', label, label
        )
    return format_html(
        '<span class="meter {}"><progress value="{}" max="{}" aria-label="{}"></progress>'
        "<span>{}</span></span>",
        kind, min(value, maximum), maximum, label, label,
    )  # fmt: skip


@register.simple_tag
def tile_map(values: Mapping[str, Any], unit: str, title: str, url: str = "") -> SafeString:
    """The 21 cities, as squares or on the operator's reviewed map.

    ``url`` has ``CODE`` for the city's code, ``PREFIX`` for its first four digits.
    """

    def link(code: str) -> str:
        return url.replace("CODE", code).replace("PREFIX", code[:4])

    return charts.city_map(values, unit=unit, title=title, link=link if url else None)


@register.simple_tag
def map_review() -> str:
    """The map-review number of the operator's map; empty where the tile map is shown."""
    found = maps.reviewed()
    return found.review if found else ""


@register.simple_tag
def sparkline(values: Sequence[float], title: str = "") -> SafeString:
    """A trend as a small line."""
    return charts.sparkline(values, title)


@register.simple_tag
def table(table: Any) -> SafeString:
    """A ``zhiheng.core.ui.tables.Table`` with its search, filters, columns, export, rows and pages."""
    return SafeString(render_to_string("ui/_table.html", {"table": table}, request=table.request))


@register.simple_tag
def percent(value: float) -> str:
    """A share of 1 as a percentage."""
    return plots.percent(value)


@register.filter
def yes_no(value: bool | None) -> str:
    """是 / 否, or a dash when it is not known."""
    return "—" if value is None else (_("是") if value else _("否"))


@register.filter
def city(code: str) -> str:
    """The city's short name for a six-digit code of it or of a county in it."""
    return charts.city_name(f"{str(code)[:4]}00")


@register.filter
def region(code: str) -> str:
    """The name of a region by its GB/T 2260 code."""
    return regions.name(str(code))
