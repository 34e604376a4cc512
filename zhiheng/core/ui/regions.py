"""Names of regions as pages show them."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.ui import charts
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.codes.errors import CodeError


def name(code: str) -> str:
    """The name of a region by its GB/T 2260 code; a code nobody knows is shown as it is.

    Counties have no official English name in the table: in English they keep the Chinese one.
    """
    try:
        region = regions.region(code)
    except CodeError:
        return code
    chinese = (get_language() or "zh").startswith("zh")
    if region.level == "province":
        return _("广东省") if code == regions.GUANGDONG else region.name
    if region.level == "city":
        return region.name if chinese else charts.city_name(code) if code in charts.TILES else region.name
    if chinese:
        return f"{regions.name(region.parent)}{region.name}" if region.parent else region.name
    return f"{name(region.parent)} {region.name}" if region.parent else region.name
