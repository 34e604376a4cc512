"""Dates, charts, tags and standing pages."""

from datetime import UTC, date, datetime

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils.translation import override
from django.views.defaults import bad_request, server_error
from lxml import etree

from zhiheng.core.ui import charts, dates, regions
from zhiheng.core.ui.icons import PATHS
from zhiheng.core.ui.templatetags import ui as tags


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("zh-hans", date(2026, 6, 10), "2026年6月10日(周三)"),
        ("en", date(2026, 6, 10), "Wed 10 June 2026"),
        ("zh-hans", datetime(2026, 6, 9, 16, 5, tzinfo=UTC), "2026年6月10日(周三) 00:05"),
        ("en", datetime(2026, 6, 9, 16, 5, tzinfo=UTC), "Wed 10 June 2026, 00:05"),
    ],
)
def test_dates_are_beijing_time_in_the_language_of_the_page(language, value, words):
    with override(language):
        assert dates.words(value) == words


def test_the_tile_map_names_all_21_cities_with_value_and_rank():
    svg = charts.city_map({"440100": 12, "440300": 12, "440500": 3}, unit="件", title="事件")
    picture = etree.fromstring(svg[svg.index("<svg") : svg.index("</svg>") + 6])
    assert len(picture.findall(".//g")) == 21
    titles = [title.text for title in picture.iterfind(".//title")]
    assert "广州 12 件 · 第 1 位" in titles
    assert "深圳 12 件 · 第 1 位" in titles
    assert "汕头 3 件 · 第 3 位" in titles
    assert sum("无数据" in title for title in titles) == 18
    # The same as a table: those without a value only counted, unless one can go there.
    assert svg.count('<th scope="row">') == 3
    assert "其余 18 市无数据" in svg
    linked = charts.city_map({"440100": 1}, unit="件", title="事件", link=lambda code: f"/c/{code}")
    assert linked.count('<th scope="row">') == 21


def test_the_key_of_small_counts_names_no_bound_twice():
    svg = charts.city_map({"440100": 2, "440300": 1}, unit="件", title="事件")
    assert [svg.count(f"</svg>≥ {bound}</li>") for bound in (0, 1, 2)] == [1, 1, 1]


def test_no_two_cities_share_a_tile():
    assert len(set(charts.TILES.values())) == 21


def test_the_tile_map_stands_values_that_are_all_equal_all_none_or_below_zero():
    for values in (
        {},
        {"440100": None},
        {"440100": 0, "440300": 0},
        {"440100": -5, "440300": 5},
        {"999999": 4},
    ):
        etree.fromstring(f"<x>{charts.city_map(values, unit='件', title='<事件>')}</x>")


def test_the_tile_map_leads_on():
    assert 'href="/c/440100"' in charts.city_map({}, unit="件", title="x", link=lambda code: f"/c/{code}")


def test_a_sparkline_needs_two_values():
    assert charts.sparkline([1]) == ""
    assert "polyline" in charts.sparkline([3, 3])


def test_a_region_has_its_name_in_both_languages_and_an_unknown_code_stays():
    assert regions.name("440106") == "广州市天河区"
    assert regions.name("440000") == "广东省"
    assert regions.name("999999") == "999999"
    with override("en"):
        assert regions.name("440300") == "Shenzhen"


def test_every_icon_can_be_drawn_with_and_without_a_name():
    for name in PATHS:
        assert 'aria-hidden="true"' in tags.icon(name)
        assert 'role="img"' in tags.icon(name, "名")


def test_tags_escape_what_they_are_given():
    for made in (
        tags.badge("<b>"),
        tags.empty("<b>", "<b>", "/", "<b>"),
        tags.progress(1, 2, "<b>"),
        tags.figure("<b>", "<b>"),
    ):
        assert "<b>" not in made


def test_a_page_without_any_context_still_stands():
    request = RequestFactory().get("/")
    assert "系统出错了" in server_error(request).content.decode()
    assert "请求无法识别" in bad_request(request, Exception()).content.decode()


def test_no_template_of_ours_has_inline_styles_or_scripts():
    """The content security policy refuses them, silently for the reader."""
    import re
    from pathlib import Path

    import zhiheng

    for path in Path(zhiheng.__file__).parent.rglob("templates/**/*.html"):
        text = path.read_text()
        assert not re.search(r"<[^>]*\sstyle=", text), path
        assert not re.search(r"<[^>]*\son[a-z]+=", text), path
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag or "nonce" in tag or "application/json" in tag, (path, tag)


def test_the_demo_says_so(settings, rf):
    template = engines["django"].from_string('{% extends "ui/public.html" %}')
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = AnonymousUser()
    settings.DEMO = True
    assert "演示数据为模拟生成" in template.render({}, request)
    settings.DEMO = False
    assert "演示数据为模拟生成" not in template.render({}, request)
