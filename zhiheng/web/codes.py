"""What a citizen typed or scanned: a code, and so an address, or a word to search for."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry.models import Product
from zhiheng.knowledge.codes import epc
from zhiheng.knowledge.codes.identify import identify


@dataclass(frozen=True)
class Reading:
    """Where a text leads (``path``), or why it leads nowhere although it looks like a code (``fault``)."""

    path: str = ""
    fault: str = ""


WORD = Reading()


def read(text: str) -> Reading:
    """The page of a code; a fault for a code that cannot be right; neither for a word."""
    found = identify(text)
    if any(error["code"] in {"unknown_code", "empty", "too_long"} for error in found.errors):
        return WORD
    if found.errors:
        return Reading(fault=fault(found.errors[0]["code"]))
    if found.kind == "uscc":
        return Reading(reverse("web:organisation", args=[found.forms["uscc"]]))
    if link := found.forms.get("digital_link"):
        return Reading(f"/{link.removeprefix(epc.HOST)}")
    return WORD


def fault(code: str) -> str:
    """A fault of a code in words for a citizen; officers and machines get the precise one elsewhere."""
    if "check" in code:
        return _("校验码不符，可能抄错了一位。")
    if "length" in code:
        return _("位数不对，可能少抄或多抄了几位。")
    return _("其中有不该出现的字符或成分。")


def page_of(thing: Any) -> str:
    """The public page of a product or of something published."""
    if isinstance(thing, Product):
        return f"/01/{thing.gtin}"
    if isinstance(thing, Disclosure):
        kind, _colon, key = thing.subject.partition(":")
        if kind in {"product", "trace"} and len(key) == 14:
            return f"/01/{key}"
        if kind == "draw":
            return reverse("inspection:public_draw", args=[key.partition(":")[0]])
        return reverse("web:disclosure", args=[thing.pk])
    raise TypeError(f"no page for {thing!r}")
