"""Pure decisions: whether a fact speaks for a listing, what is left to people, who looks like whom.

The machine proposes by what a record says, and only where a record says it; whether conduct is vile and grave, and
whether a namesake is the same person, people judge.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from zhiheng.knowledge.law.clocks import add_months

Verdict = Literal["met", "not_met", "judge"]

ALWAYS_HEAVY = frozenset({"downgrade", "revoke", "restrict", "stop", "close", "bar"})
"""Kinds of penalty that are heavier ones by themselves (SAMR-44 Art. 2 para. 2)."""
LEAVING = frozenset({"revoke", "close", "stop"})
"""Kinds of penalty by which a firm is to stop."""
ALONE = frozenset({"not_performed", "false_disclosure"})
"""Grounds that stand without a heavier penalty: SAMR-44 Art. 11 (decided by itself), SC-654 Art. 18 para. 2."""

_HINTS: tuple[tuple[str, str], ...] = (
    ("医疗器械|化妆品|药品|药店|疫苗", "drugs"),
    ("特种设备|电梯|锅炉|压力容器|起重", "special_equipment"),
    ("虚假检验|虚假检测|虚假认证|检验报告|检测报告", "false_testing"),
    ("强制性产品认证|CCC|3C", "compulsory"),
    ("食品|保健食品|餐饮|农产品", "food"),
    ("掺杂|掺假|以次充好|以假充真|不合格|强制性标准|假冒", "substandard"),
    ("召回", "recall_refused"),
    ("预付", "prepaid"),
    ("不正当竞争|价格|垄断|传销|商业贿赂|虚假宣传|商标|专利", "competition"),
    ("无证|未经许可|未取得", "unlicensed"),
    ("虚假材料|骗取", "false_licence"),
    ("拒绝.*检查|阻碍|阻挠", "obstruction"),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the conditions of a listing: how it stands by the record, and what the record says."""

    key: str
    verdict: Verdict
    says: tuple[str, ...] = ()


def heavier(kinds: Collection[str], discretion: str) -> tuple[str, ...]:
    """The heavier penalties among the kinds of one decision; a fine counts when it was of the heavy level."""
    found = sorted(set(kinds) & ALWAYS_HEAVY)
    if "fine" in kinds and discretion == "heavy":
        found.insert(0, "fine")
    return tuple(found)


def conduct_hint(text: str) -> str:
    """The ground that the words of a violation point to: a hint to whoever judges, never a decision; or nothing."""
    return next((ground for pattern, ground in _HINTS if re.search(pattern, text)), "")


def conditions(details: Mapping[str, Any], title: str, discretion: str) -> tuple[Condition, ...]:
    """The three conditions of a listing (SAMR-44 Art. 2, 5 to 10, 12) as a penalty's record says them."""
    kinds = list(details.get("kinds") or ())
    heavy = heavier(kinds, discretion)
    if heavy:
        penalty = Condition("heavier", "met", heavy)
    elif "fine" in kinds and not discretion:
        penalty = Condition("heavier", "judge", ("fine",))
    elif "other" in kinds or not kinds:
        penalty = Condition("heavier", "judge", tuple(kinds))
    else:
        penalty = Condition("heavier", "not_met", tuple(kinds))
    hint = conduct_hint(f"{details.get('violation_type', '')} {title}")
    return (
        Condition("conduct", "judge", (hint,) if hint else ()),
        penalty,
        Condition("consideration", "judge"),
    )


def proposes_serious(details: Mapping[str, Any], title: str, discretion: str) -> bool:
    """Whether a penalty's record speaks for a proposal: its heavier penalty is on record. The rest people judge."""
    return all(one.verdict != "not_met" for one in conditions(details, title, discretion)) and bool(
        heavier(list(details.get("kinds") or ()), discretion)
    )


def needs_consent(region: str) -> bool:
    """Whether an office needs the consent of the level above (SAMR-44 Art. 22): a county's or a city's."""
    return not region.endswith("0000")


def superior(region: str) -> str:
    """The office of the level above: the city's for a county, the province's for a city."""
    return f"{region[:2]}0000" if region.endswith("00") else f"{region[:4]}00"


REPAIR = frozenset({"performed", "corrected", "no_repeat"})
"""What must have been verified before a repair is granted (SAMR-107 Art. 11; SAMR-44 Art. 16)."""


def missing_conditions(kind: str, verified: Collection[str]) -> Set[str]:
    """The conditions of a repair that nobody has verified; leaving the list of abnormal operations has others."""
    return REPAIR - set(verified) if kind in {"penalty", "list"} else frozenset()


def barred_until(decided: Collection[date], today: date, years: int) -> date | None:
    """Until when a party may not apply again after a fraudulent application (SAMR-107 Art. 23); none: it may."""
    ends = [add_months(day, 12 * years) for day in decided]
    last = max(ends, default=None)
    return last if last is not None and today <= last else None


_NOISE = re.compile(r"[\W_]+")
_PROVINCE = re.compile(r"^(中国)?广东省?")


def address_key(address: str) -> str:
    """An address without what people write differently: width, spaces, signs, the province. Too short says nothing."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", address).casefold())
    plain = _PROVINCE.sub("", plain)
    return plain if len(plain) >= 6 else ""


def phone_key(phone: str) -> str:
    """The digits of a telephone number without the country's; too few say nothing."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    if digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    return digits if len(digits) >= 7 else ""
