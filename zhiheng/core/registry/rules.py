"""Decisions on plain values: how names compare, what is shown of a person, what a code must be."""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

from django.utils.translation import gettext as _

from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes import regions, soft, uscc
from zhiheng.knowledge.codes.checkdigit import check_digit, has_check_digit
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.law.clocks import add_months

#: Roles that belong to an organisation and see that organisation only.
PARTIES = {"enterprise", "laboratory"}
_PLAIN = re.compile(r"[\W_]+")
_HALF = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
#: Characters that official gateways refuse in a name (rule R5): no name of an organisation has them.
_SPECIAL = re.compile(r"[\x00-\x1f\x7f<>|\\^$#@!*?=~`{}\[\];\"]")


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs as their half-width forms."""
    return text.translate(_HALF)


def name_key(name: str) -> str:
    """A name without what people write differently: width, case, spaces, brackets and points."""
    return _PLAIN.sub("", unicodedata.normalize("NFKC", name).casefold())


def special_character(name: str) -> str:
    """The first character of a name that has no business there, or nothing."""
    found = _SPECIAL.search(name)
    return found.group() if found else ""


def require_uscc(text: str) -> str:
    """The code in its normal form; Problem says what is wrong with it and what to do."""
    try:
        return uscc.validate(text)
    except CodeError as error:
        raise explained(error, uscc.normalise(text)) from error


def require_region(code: str) -> str:
    """A GB/T 2260 code that exists; Problem otherwise."""
    code = halfwidth(code).strip()
    if not re.fullmatch(r"\d{6}", code, re.ASCII):
        raise Problem(
            "region_format",
            _("“%(code)s”不是六位行政区划代码。") % {"code": code},
            remedy=_("填 GB/T 2260 的六位数字,例如 440105(广州市海珠区)。"),
        )
    if not regions.is_known(code) or not regions.region(code).current:
        raise Problem(
            "region_unknown",
            _("行政区划代码 %(code)s 不存在或已撤销。") % {"code": code},
            remedy=_("到行政区划表查对;广州市是 440100,深圳市是 440300。"),
        )
    return code


def require_gtin(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 in fourteen digits; Problem otherwise."""
    digits = re.sub(r"[\s-]", "", halfwidth(text))
    if not re.fullmatch(r"\d{8}|\d{12,14}", digits, re.ASCII):
        raise Problem(
            "gtin_format",
            _("“%(code)s”不是商品条码:应为 8、12、13 或 14 位数字。") % {"code": text},
            remedy=_("照包装上的条码抄写全部数字。"),
        )
    return _checked(digits, "GTIN").zfill(14)


def require_gln(text: str) -> str:
    """A GLN in thirteen digits; Problem otherwise."""
    digits = re.sub(r"[\s-]", "", halfwidth(text))
    if not re.fullmatch(r"\d{13}", digits, re.ASCII):
        raise Problem(
            "gln_format",
            _("“%(code)s”不是全球位置码:应为 13 位数字。") % {"code": text},
            remedy=_("填 GB/T 16828 的 13 位位置码。"),
        )
    return _checked(digits, "GLN")


def _checked(digits: str, what: str) -> str:
    if not has_check_digit(digits):
        raise Problem(
            "check_digit",
            _("%(what)s %(digits)s 的校验位是 %(is)s,应为 %(should)s。")
            % {"what": what, "digits": digits, "is": digits[-1], "should": check_digit(digits[:-1])},
            remedy=_("与标签逐位核对;有一位抄错了,或者这个码是编造的。"),
        )
    return digits


def explained(error: CodeError, text: str) -> Problem:
    """What is wrong with a unified social credit code, in the reader's language."""
    copy = _("从营业执照上照抄 18 位统一社会信用代码;旧的 15 位注册号不是它。")
    if error.code == "uscc_length":
        message = _("统一社会信用代码应为 18 位,这里是 %(count)s 位。") % {"count": len(text)}
        return Problem(error.code, message, remedy=copy)
    if error.code == "uscc_placeholder":
        message = _("17 个 0 加 X 是“没有代码”的占位写法,不指任何主体。")
        return Problem(error.code, message, remedy=_("填真实的代码;没有代码的个体工商户填工商注册号。"))
    if error.code == "uscc_check_character":
        message = _("统一社会信用代码 %(code)s 的校验位是 %(is)s,应为 %(should)s。") % {
            "code": text,
            "is": text[-1],
            "should": uscc.check_character(text[:17]),
        }
        return Problem(error.code, message, remedy=_("与营业执照逐位核对;有一位抄错了。"))
    if error.code == "uscc_character":
        place, character = next((i, c) for i, c in enumerate(text, 1) if c not in uscc.ALPHABET)
        message = _(
            "统一社会信用代码第 %(place)s 位的“%(character)s”不可能出现(不用字母 I、O、S、V、Z)。"
        ) % {
            "place": place,
            "character": character,
        }
        return Problem(
            error.code, message, remedy=_("多半是把 1 看成 I、0 看成 O 或 2 看成 Z;与营业执照核对。")
        )
    return Problem(error.code, error.message, remedy=error.remedy)


def licence_number_warning(number: str) -> Problem | None:
    """What looks odd about a production licence number that announces its kind. Nothing is refused for it."""
    kind = {"SC": "food_licence", "XK": "industrial_licence"}.get(number.strip().upper()[:2])
    if kind and soft.check(kind, number):
        return Problem(
            "number_unusual",
            _("许可编号“%(number)s”不像通常的样式。") % {"number": number},
            remedy=_("请与证书核对;编号格式未经官方核实,已照录。"),
        )
    return None


def is_party(user: Any) -> bool:
    """Whether somebody belongs to an enterprise or a laboratory, and so to that organisation only."""
    return user is not None and user.role in PARTIES


def may(user: Any, permission: str) -> bool:
    """Whether somebody has a permission; the operator at the command line (no user) has those that write."""
    return user is None or user.may(permission)


def reaches(user: Any, region: str, organisation_id: int | None) -> bool:
    """Whether an organisation in a region is within somebody's reach: own jurisdiction, or own organisation.

    No user at all is the operator at the machine's own command line, who reaches everything.
    """
    if user is None:
        return True
    if not user.is_authenticated:
        return False
    if is_party(user):
        return organisation_id is not None and organisation_id == user.organisation_id
    return user.prefix is not None and region.startswith(user.prefix)


def require_period(since: datetime.date | None, until: datetime.date | None) -> None:
    """A period that ends before it begins is a mistake; Problem says so."""
    if since and until and until < since:
        raise Problem(
            "period_reversed",
            _("止期 %(until)s 早于起期 %(since)s。") % {"until": until, "since": since},
            remedy=_("对调或改正两个日期。"),
        )


def kinds_text(kinds: str | list[str]) -> str:
    """A list of kinds as one column holds it, padded so that a kind is found between spaces."""
    words = sorted(set(kinds.split() if isinstance(kinds, str) else kinds))
    return f" {' '.join(words)} " if words else ""


# ---- qualifications of third-party bodies

RECOGNITIONS = ("laboratory", "other")
"""The kinds of designations under which recognitions are kept: a laboratory's, and (``details.body``) other bodies'."""
RENEW_MONTHS = 3
"""A certificate of recognition lasts six years; its extension is asked for three months before it ends
(检验检测机构资质认定管理办法, Art. 13 and 15)."""
Qualification = Literal["valid", "expiring", "expired", "suspended", "none"]
_BEST: tuple[Qualification, ...] = ("valid", "expiring", "suspended", "expired", "none")


def qualification_of(
    status: str, begins: datetime.date | None, ends: datetime.date | None, day: datetime.date
) -> Qualification:
    """How one certificate stands on a day; ``expired`` is any day outside its term.

    The status is today's: nobody told us from when a certificate is suspended or withdrawn.
    """
    if (begins is not None and day < begins) or (ends is not None and ends < day):
        return "expired"
    if status != "valid":
        return "suspended"
    return "expiring" if ends is not None and ends <= add_months(day, RENEW_MONTHS) else "valid"


def qualification(rows: Iterable[Any], day: datetime.date) -> Qualification:
    """How a body stands on a day by the best of its certificates (designations)."""
    found = {qualification_of(r.status, r.valid_from or r.issued_on, r.valid_until, day) for r in rows}
    return next((state for state in _BEST if state in found), "none")
