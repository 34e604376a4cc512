"""Pure decisions about complaints and reports: which office, what looks repeated, which cells are too small, what a
reward comes to. Facts for a person; none of them concludes anything about anybody (SAMR-121 第十七条).
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.rules import similarity
from zhiheng.core.search import bigrams
from zhiheng.knowledge.law.model import Value

Text = str | Promise
COMPLAINT, REPORT, BOTH = "complaint", "report", "both"
KINDS: dict[str, Text] = {COMPLAINT: _("投诉"), REPORT: _("举报"), BOTH: _("投诉和举报")}
PROBLEMS: dict[str, Text] = {
    "quality": _("质量"), "safety": _("安全"), "false": _("虚假宣传、广告"), "label": _("标签、说明、标识"),
    "fake": _("假冒伪劣"), "price": _("价格"), "measure": _("计量、分量不足"), "contract": _("合同、不发货、格式条款"),
    "service": _("售后和三包"), "refund": _("退款、预付款"), "unlicensed": _("无证经营"), "privacy": _("个人信息"),
    "other": _("其他问题"),
}  # fmt: skip
CATEGORIES: dict[str, Text] = {
    "food": _("食品"), "agri": _("食用农产品"), "drug": _("药品、医疗器械"), "cosmetics": _("化妆品"),
    "appliance": _("家用电器、数码"), "clothing": _("服装鞋帽"), "children": _("儿童用品、玩具"),
    "vehicle": _("汽车、电动车"), "home": _("家居、建材"), "agri_input": _("农业生产资料"),
    "special": _("电梯等特种设备"), "catering": _("餐饮服务"), "service": _("其他服务"), "other": _("其他商品"),
}  # fmt: skip
OF_PRODUCT = {
    "agri": "agri", "food": "food", "drug": "drug", "agri_input": "agri_input", "special_equipment": "special",
}  # fmt: skip
"""The registry's product categories as ours; the others are ``other``."""
CHANNELS: dict[str, Text] = {
    "shop": _("实体店、现场"), "platform": _("网络平台上的店铺"), "own": _("商家自己的网站、应用，或平台本身"),
    "other": _("电话、邮购、上门等"),
}  # fmt: skip
CLAIMS = ("repair", "redo", "replace", "return", "quantity", "refund", "damages", "other")
PROVINCE = "44"
MOST_TEXT = 5_000
MOST_FILES = 9
LEAST = 5
"""Cells under this are not published."""


# -- what is filed ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filing:
    """A complaint, a report, or both, in plain values. Regions are GB/T 2260 codes."""

    kind: str
    facts: str
    respondent: str = ""
    respondent_address: str = ""
    uscc: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""
    identity: str = ""
    anonymous: bool = False
    problem: str = "other"
    category: str = "other"
    product: str = ""
    gtin: str = ""
    code: str = ""
    quantity: int | None = None
    amount: Decimal | None = None
    purchased_on: date | None = None
    known_on: date | None = None
    claim: str = ""
    claim_kinds: tuple[str, ...] = ()
    channel: str = "shop"
    where: str = ""
    platform_uscc: str = ""
    platform_name: str = ""
    platform_region: str = ""
    shown: str = ""
    publish_consent: bool = False
    delegate_consent: bool = False
    share: bool = False
    language: str = "zh-hans"


def kinds(filing: Filing) -> tuple[str, ...]:
    """The cases that a filing makes: a complaint and a report in one letter are two (SAMR-121 第九条)."""
    return (COMPLAINT, REPORT) if filing.kind == BOTH else (filing.kind,)


def faults(filing: Filing, today: date, *, strict: bool = True) -> dict[str, str]:
    """What is missing or wrong, by field: SAMR-121 第十条 for a complaint; a report may be anonymous.

    ``strict`` is what the platform's own form asks. What another channel took in is taken as it came, so long as it
    says who is meant and what happened: the office then asks for the rest.
    """
    wrong: dict[str, str] = {}
    if filing.kind not in KINDS:
        wrong["kind"] = "not_a_choice"
    for key, choices in (("problem", PROBLEMS), ("category", CATEGORIES), ("channel", CHANNELS)):
        if getattr(filing, key) not in choices:
            wrong[key] = "not_a_choice"
    if not filing.facts.strip():
        wrong["facts"] = "missing"
    if not filing.respondent.strip() and not filing.uscc:
        wrong["respondent"] = "missing"
    needed: tuple[str, ...] = ()
    if filing.kind in (COMPLAINT, BOTH):
        needed = ("name", "phone", "address", "claim")
    if filing.kind == REPORT and not filing.anonymous:
        needed = ("name", "phone")
    if strict:
        wrong |= {key: "missing" for key in needed if not str(getattr(filing, key)).strip()}
    elif filing.kind in (COMPLAINT, BOTH) and not filing.phone.strip() and not filing.name.strip():
        wrong["name"] = "missing"
    for key, most in (("facts", MOST_TEXT), ("claim", MOST_TEXT), ("product", 200), ("respondent", 200),
                      ("respondent_address", 300), ("name", 60), ("address", 300), ("platform_name", 200)):  # fmt: skip
        if len(getattr(filing, key)) > most:
            wrong[key] = "too_long"
    if filing.phone and not phone_ok(filing.phone):
        wrong["phone"] = "not_a_phone"
    if filing.amount is not None and not Decimal(0) <= filing.amount < Decimal(10) ** 12:
        wrong["amount"] = "not_a_number"
    if filing.quantity is not None and not 0 < filing.quantity < 10**6:
        wrong["quantity"] = "not_a_number"
    for key in ("purchased_on", "known_on"):
        day = getattr(filing, key)
        if day is not None and day > today:
            wrong[key] = "in_future"
        elif day is not None and day.year < 1990:
            wrong[key] = "not_a_date"
    return wrong


def phone_ok(text: str) -> bool:
    """Whether a text is a telephone number: seven digits at least, with the signs people write between them."""
    return bool(re.fullmatch(r"\+?[\d\s\-()（）转]{7,24}", text)) and 7 <= len(plain_phone(text)) <= 16


def plain_phone(text: str) -> str:
    """A number as it is compared: digits only, without the country."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def title(product: str, problem: str) -> str:
    """What a case is called: never anybody's words, so nobody's data."""
    return f"{product.strip() or '商品或者服务'}：{problem}"[:200]


# -- which office -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Places:
    """The regions that competence turns on; empty where not known."""

    channel: str
    domicile: str = ""
    where: str = ""
    platform: str = ""
    shown: str = ""
    unreachable: bool = False


def competent(kind: str, at: Places, *, before_121: bool = False) -> tuple[str, list[str]]:
    """The law's rule (the key of its fact) and the regions it names, the one to take first in front.

    第十三条 for complaints, 第二十九、三十一条 for reports. Of several the first to receive it handles it (第十四条).
    """
    if at.channel == "platform":
        if kind == REPORT:
            found = [at.where or at.domicile, at.platform]
            return "online", [r for r in found if r]
        if before_121:
            return "platform", [r for r in (at.where or at.shown or at.domicile, at.platform) if r]
        shown = at.shown if at.shown and not at.unreachable else ""
        return "platform", [r for r in (shown, at.platform) if r]
    if at.channel == "own":
        return "online", [r for r in (at.domicile or at.where,) if r]
    return "place", list(dict.fromkeys(r for r in (at.where, at.domicile) if r))


def office_of(region: str, offices: Collection[str]) -> str:
    """The office for a region: its own county's; in a city without counties, or where only the city is known, the
    city's; none outside the province."""
    if region in offices:
        return region
    city = f"{region[:4]}00"
    return city if len(region) == 6 and region[:2] == PROVINCE and city in offices else ""


# -- repeats ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traits:
    """What two filings are compared by. People only as digests."""

    phone: str = ""
    name: str = ""
    address: str = ""
    respondent: str = ""
    code: str = ""
    product: str = ""
    amount: Decimal | None = None
    purchased_on: date | None = None
    text: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Alike:
    """In what two filings are alike: codes, and how alike their texts are (0 to 1)."""

    codes: tuple[str, ...] = ()
    text: float = 0.0

    @property
    def same_person(self) -> bool:
        """One telephone, or one name about one respondent. A name alone says nothing: many share one."""
        return "phone" in self.codes or {"name", "respondent"} <= set(self.codes)

    @property
    def likely(self) -> bool:
        """Whether an officer should look at the two side by side."""
        codes = set(self.codes)
        return (
            (self.same_person and bool(codes & {"respondent", "text", "purchase", "code"}))
            or {"respondent", "purchase"} <= codes
            or {"respondent", "code"} <= codes
            or ("respondent" in codes and self.text >= 0.7)
            or self.text >= 0.85
        )

    @property
    def weight(self) -> float:
        """For the order in which they are shown."""
        return len(self.codes) + self.text


ALIKE: dict[str, Text] = {
    "phone": _("同一电话"),
    "name": _("同一姓名"),
    "address": _("同一地址"),
    "respondent": _("同一被投诉（举报）人"),
    "code": _("同一件商品（码相同）"),
    "product": _("同一商品"),
    "purchase": _("金额和购买日期相同"),
    "text": _("内容相近"),
}
TEXT_ALIKE = 0.6
TEXT_LEAST = 8  # pairs of characters: shorter texts are alike by chance


def alike(a: Traits, b: Traits) -> Alike:
    """In what two filings are alike."""
    codes = [key for key in ("phone", "name", "address", "respondent", "code", "product")
             if getattr(a, key) and getattr(a, key) == getattr(b, key)]  # fmt: skip
    if a.amount and a.purchased_on and (a.amount, a.purchased_on) == (b.amount, b.purchased_on):
        codes.append("purchase")
    text = similarity(a.text, b.text) if min(len(a.text), len(b.text)) >= TEXT_LEAST else 0.0
    if text >= TEXT_ALIKE:
        codes.append("text")
    return Alike(tuple(codes), text)


BANDS, ROWS = 12, 2
_PRIME = (1 << 61) - 1


def _hashes() -> list[tuple[int, int]]:
    made = []
    for number in range(BANDS * ROWS):
        seed = hashlib.sha256(f"zhiheng text {number}".encode()).digest()
        made.append((int.from_bytes(seed[:7]) | 1, int.from_bytes(seed[8:15])))
    return made


_HASHES = _hashes()


def bands(text: str) -> list[str]:
    """Signs that alike texts share, by which they are found with an index (MinHash of the pairs of characters).

    Two texts with half of their pairs in common share a sign with 97 %, with a tenth in common with 11 %.
    """
    pairs = bigrams(text)
    if len(pairs) < TEXT_LEAST:
        return []
    values = [int.from_bytes(hashlib.blake2b(p.encode(), digest_size=7).digest()) for p in pairs]
    lowest = [min((a * value + b) % _PRIME for value in values) for a, b in _HASHES]
    return [f"{n}:{lowest[n * ROWS : (n + 1) * ROWS]}" for n in range(BANDS)]


def plain(text: str) -> str:
    """A text as addresses and products are compared: no spaces or punctuation, one width, small letters."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


# -- figures ------------------------------------------------------------------------------------------------------


def suppress(counts: Mapping[str, int], least: int = LEAST) -> dict[str, int | None]:
    """The counts of one table with small ones left out (None).

    Where that would leave a single one to be worked out from the total, the next smallest goes too. Zero stays:
    nobody is in it.
    """
    hidden = {key for key, n in counts.items() if 0 < n < least}
    if len(hidden) == 1:
        others = sorted((n, key) for key, n in counts.items() if n >= least)
        hidden |= {others[0][1]} if others else set()
    return {key: None if key in hidden else n for key, n in counts.items()}


def rate(part: int, whole: int, least: int = LEAST) -> tuple[int | None, int | None]:
    """A share in per cent and what it is of, or nothing where either side of it is a small cell."""
    small = any(0 < n < least for n in (part, whole - part))
    if not whole:
        return None, 0
    return (None, None) if small else (round(100 * part / whole), whole)


# -- rewards ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reward:
    """What the measures come to: the amount, and how it came about (codes with numbers)."""

    amount: Decimal
    steps: list[tuple[str, Decimal]] = field(default_factory=list)
    with_finance: bool = False


def reward(grade: str, confiscated: Decimal, values: Mapping[str, Value]) -> Reward:
    """The reward for a grade: rate of what was confiscated, at least the floor, at most the cap (RWD-001 to 004)."""

    def number(key: str) -> Decimal:
        return Decimal(str(values[key].value))

    share = (confiscated * number(f"rate_{grade}") / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    amount, steps = share, [("share", share)]
    if amount < number(f"floor_{grade}"):
        amount = number(f"floor_{grade}").quantize(Decimal("0.01"))
        steps.append(("floor", amount))
    if amount > number("cap"):
        amount = number("cap").quantize(Decimal("0.01"))
        steps.append(("cap", amount))
    return Reward(amount, steps, amount >= number("with_finance"))


# -- the pages of a filing ----------------------------------------------------------------------------------------


def pages(answers: Mapping[str, Any]) -> list[str]:
    """The pages that these answers call for, in order."""
    found = ["want", "who"]
    if answers.get("who") == "write":
        found.append("write")
    found.append("where")
    channel = answers.get("channel")
    if channel == "platform":
        found.append("platform")
    elif channel:
        found.append("place")
    return [*found, "purchase", "what", "evidence", "you"]


def next_page(answers: Mapping[str, Any]) -> str:
    """The first page that was not answered; ``check`` when all were."""
    done = set(answers.get("done", ()))
    return next((page for page in pages(answers) if page not in done), "check")


def without_brackets(number: str) -> str:
    """A case's number as people may type it: any brackets, any width, spaces do not matter."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", number))
    return re.sub(r"[\[\](){}〔〕【】（）]", "", text).lower()
