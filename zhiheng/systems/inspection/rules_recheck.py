"""The re-check of what was ordered to be put right, decided by plain values. SAMR-18 Art. 47 to 49."""

from collections.abc import Iterable, Mapping
from typing import Any

from zhiheng.systems.inspection import rules_after, rules_plan
from zhiheng.systems.inspection.models.sampling import Sample

ROUNDS: Mapping[str, tuple[str, str]] = {
    "ordered": ("recheck_pass", "recheck_fail"), "reported": ("recheck_pass", "recheck_fail"),
    "announced": ("again_pass", "again_fail"), "suspended": ("suspended_pass", "suspended_fail"),
}  # fmt: skip
"""The states of the order's case in which it is re-checked, with the steps by which officers decide on it."""
PASS = tuple(dict.fromkeys(one for one, _fail in ROUNDS.values()))
FAIL = tuple(dict.fromkeys(one for _pass, one in ROUNDS.values()))
ENDS = (*PASS, *FAIL, "not_rectified", "withdraw_order")
"""The steps after which a visit that was not made yet is not made any more."""
FREE = "SAMR-18 第四十九条"
"""Samples for a re-check are free of charge (handbook: SPC-024)."""


def findings(
    passed: bool, sample: str, laboratory: str, number: str, results: Iterable[Mapping[str, Any]]
) -> str:
    """What a report says, as the officers' document begins; in Chinese, since it goes into a Chinese document."""
    said = f"复查样品（抽样单号：{sample}）经{laboratory}检验，"
    if passed:
        return f"{said}所检项目合格（报告：{number}）。"
    return f"{said}不合格：{rules_after.failing(results) or '见检验报告'}（报告：{number}）。"


def product_of(one: Sample) -> rules_plan.Product:
    """What of a sample says whether another is of the same product; the producer by its code where it is registered."""
    by = one.producer.uscc if one.producer is not None else one.producer_name
    return rules_plan.Product(by, one.standard, one.brand, one.spec)


def same_product(failed: Sample, again: Sample) -> bool:
    """Whether the re-check's sample is of the product that failed: producer, standard, brand, specification
    (SAMR-18 Art. 8 for what is the same)."""
    return rules_plan.same_product(product_of(failed), product_of(again))
