"""What a figure is about: which checks it counts, as the address of its page says it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.ui import regions
from zhiheng.knowledge.codes import industries
from zhiheng.systems.inspection.models.plan import Domain, Stage

DIMENSIONS = {
    "city": gettext_lazy("地市"),
    "year": gettext_lazy("年度"),
    "domain": gettext_lazy("领域"),
    "stage": gettext_lazy("抽样环节"),
    "section": gettext_lazy("行业门类"),
    "division": gettext_lazy("行业大类"),
    "product": gettext_lazy("产品"),
}
"""By what a rate can be told apart. Each stratum lies whole in one value, so the groups are independent samples."""

YEARS = frozenset(str(year) for year in range(2000, 2101))


@dataclass(frozen=True)
class Scope:
    """The checks of routine plans that a figure counts; what is empty does not narrow it."""

    city: str = ""
    year: str = ""
    domain: str = ""
    stage: str = ""
    section: str = ""
    division: str = ""
    product: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Scope":
        """From the parameters of an address. Problem 422 for a value that there cannot be."""
        values = {f.name: str(given.get(f.name) or "").replace("\x00", "").strip() for f in fields(cls)}
        allowed = {"domain": Domain.values, "stage": Stage.values}
        for name, value in values.items():
            wrong = value and (
                value not in allowed[name]
                if name in allowed
                else value not in YEARS
                if name == "year"
                else not (value.isascii() and value.isdigit() and len(value) == 6 and value.endswith("00"))
                if name == "city"
                else value not in industries.table() or len(value) != {"section": 1, "division": 3}[name]
                if name in ("section", "division")
                else len(value) > 200
            )
            if wrong:
                raise Problem(
                    "bad_filter",
                    _("没有这个%(what)s：%(value)s。") % {"what": DIMENSIONS[name], "value": value[:60]},
                    status=422,
                    remedy=_("请在页面上选择。"),
                    parameter=name,
                )
        return cls(**values)

    @classmethod
    def for_(cls, user: User, given: Mapping[str, Any]) -> "Scope":
        """``of``, for a reader: Problem 403 for a city elsewhere, where "nothing was checked" would be untrue."""
        scope = cls.of(given)
        if scope.city and user.prefix is not None and not scope.city.startswith(user.prefix[:4]):
            raise Problem(
                "outside_jurisdiction",
                _("%(city)s不在您的辖区内。") % {"city": label("city", scope.city)},
                status=403,
                remedy=_("请选择本辖区的地市。"),
            )
        return scope

    def q(self, item: str, region: str) -> Q:
        """The condition on rows whose plan item and region are at these paths."""
        found = Q()
        if self.city:
            found &= Q(**{f"{region}__startswith": self.city[:4]})
        if self.year:
            found &= Q(**{f"{item}plan__starts_on__year": int(self.year)})
        if self.domain:
            found &= Q(**{f"{item}plan__domain": self.domain})
        if self.stage:
            found &= Q(**{f"{item}stage": self.stage})
        if self.product:
            found &= Q(**{f"{item}product": self.product})
        for code in (self.section, self.division):
            if code:
                some = Q()
                for beginning in industries.starts(code):
                    some |= Q(**{f"{item}industry__startswith": beginning})
                found &= some
        return found

    def with_(self, **changes: str) -> "Scope":
        return replace(self, **changes)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """What narrows it, as (dimension, value)."""
        return [(name, value) for name in DIMENSIONS if (value := getattr(self, name))]

    @property
    def query(self) -> str:
        return urlencode(self.chosen)

    @property
    def manufacturing(self) -> bool:
        """Whether it is about manufactured products and nothing else, as the policy's target of 93 % is."""
        return self.domain == Domain.PRODUCT and "C" in (self.section, self.division[:1])

    @property
    def words(self) -> str:
        """What it counts, in words; everything where nothing narrows it."""
        return " · ".join(label(name, value) for name, value in self.chosen) or _("全部")


def label(dimension: str, value: str) -> str:
    """A value of a dimension in the reader's language."""
    if not value:
        return _("未注明")
    if dimension == "city":
        return regions.name(value)
    if dimension in ("section", "division"):
        one = industries.table().get(value)
        if one is None:
            return value
        return f"{value} {one.zh if (get_language() or 'zh').startswith('zh') else one.en}"
    if dimension == "domain":
        return str(Domain(value).label) if value in Domain.values else value
    if dimension == "stage":
        return str(Stage(value).label) if value in Stage.values else value
    return value
