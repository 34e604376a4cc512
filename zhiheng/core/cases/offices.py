"""Offices: the market regulator, the police and the procuratorate of a region, by its GB/T 2260 code."""

from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.codes.errors import CodeError

BODIES = {"regulator": "市场监督管理局", "police": "公安机关", "procurator": "人民检察院"}
_SUFFIX = ("特别行政区", "自治县", "省", "市", "区", "县")


def _names(code: str) -> list[str]:
    """The names from city to county, or the province's own."""
    try:
        region = regions.region(code)
        if region.level == "province":
            return [region.name]
        above = _names(region.parent) if region.level == "county" and region.parent else []
        return [*above, region.name]
    except CodeError:
        return [code]


def name(code: str, body: str = "regulator") -> str:
    """The office of a region in full: 广州市天河区市场监督管理局."""
    return "".join(_names(code)) + BODIES[body]


def short(code: str) -> str:
    """The office as it stands in numbers: 广州天河."""
    return "".join(_bare(one) for one in _names(code))


def _bare(text: str) -> str:
    for suffix in _SUFFIX:
        if text.endswith(suffix) and len(text) > len(suffix) + 1:
            return text[: -len(suffix)]
    return text


def number(code: str, mark: str, year: int, seq: int) -> str:
    """The number of a case: 广州天河市监投〔2026〕12号."""
    return f"{short(code)}市监{mark}〔{year}〕{seq}号"
