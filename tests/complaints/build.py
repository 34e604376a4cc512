"""Filings and files for the tests of complaints and reports."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

from PIL import Image

from zhiheng.core.registry.models import Organisation
from zhiheng.systems.complaints import actions
from zhiheng.systems.complaints.actions import Receipt
from zhiheng.systems.complaints.rules import Filing

FACTS = "在店里买了两盒饼干，回家打开有明显的霉味，包装上的生产日期已经模糊，和店员说了不肯退。"
NAME, PHONE, ADDRESS = "张三丰", "13800138000", "广州市天河区某某路1号"


def filing(firm: Organisation | None, **more: Any) -> Filing:
    """A complaint of 张三丰 about biscuits."""
    given: dict[str, Any] = {
        "kind": "complaint", "facts": FACTS, "uscc": firm.uscc if firm else "", "respondent": firm.name if firm else "无名小店",
        "name": NAME, "phone": PHONE, "address": ADDRESS, "problem": "quality", "category": "food", "product": "饼干",
        "amount": Decimal("56.80"), "purchased_on": date(2026, 9, 20), "claim": "退货退款", "claim_kinds": ("return",),
        "where": firm.region if firm else "440106",
    }  # fmt: skip
    return Filing(**given | more)


def file(firm: Organisation | None, **more: Any) -> Receipt:
    """File it as from the web; ``how`` goes to the action."""
    how = {"source": "web"} | more.pop("how", {})
    files = more.pop("files", ())
    return actions.file(filing(firm, **more), files, **how)


def photo(colour: str = "red", size: tuple[int, int] = (60, 40), **more: Any) -> io.BytesIO:
    """A photograph as an upload."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **more)
    out.seek(0)
    out.name = "张三丰的小票.jpg"
    return out


def located() -> io.BytesIO:
    """A photograph that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (23.0, 7.0, 0.0)
    return photo("blue", exif=exif.tobytes())
