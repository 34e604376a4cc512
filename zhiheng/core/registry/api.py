"""Organisations, products and sites as typed JSON, cut to what the caller may see."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts.auth import principal
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries, rules
from zhiheng.core.registry.models import Organisation

router = Router(tags=["registry"])
MAX_OFFSET = 10_000


class OrganisationOut(Schema):
    """An organisation. Telephone and people are personal data and not part of it."""

    uscc: str
    name: str
    org_type: str
    industry: str
    region: str
    address: str
    kinds: list[str]
    status: str
    merged_into: str | None = None


class SiteOut(Schema):
    """A place by its GLN."""

    gln: str
    name: str
    region: str
    address: str
    organisation: str = Field(description="USCC")


class ProductOut(Schema):
    """A product by its GTIN in fourteen digits."""

    gtin: str
    name: str
    brand: str
    spec: str
    category: str
    standard: str
    unit: str
    organisation: str = Field(description="USCC")


class OrganisationDetail(OrganisationOut):
    """An organisation with its other names, sites and how many products it has."""

    names: list[str]
    sites: list[SiteOut]
    products: int


class OrganisationPage(Schema):
    """A part of a list; ``next`` is the offset of the part after it."""

    items: list[OrganisationOut]
    next: int | None = None


def _organisation(row: Organisation) -> dict[str, Any]:
    return {
        "uscc": row.uscc, "name": row.name, "org_type": row.org_type, "industry": row.industry, "region": row.region,
        "address": row.address, "kinds": row.kind_list, "status": row.status,
        "merged_into": row.merged_into.uscc if row.merged_into else None,
    }  # fmt: skip


def _missing(what: str) -> Problem:
    # The same answer for what does not exist and what is not the caller's to see.
    return Problem(
        "not_found",
        _("找不到 %(what)s。") % {"what": what},
        status=404,
        remedy=_("核对代码;只能看到辖区内或本单位的记录。"),
    )


@router.get("/organisations", response={200: OrganisationPage})
def organisations(
    request: HttpRequest,
    q: str = Query("", max_length=100, description="part of a name, or the beginning of a code"),
    region: str = Query("", pattern=r"^\d{0,6}$", description="GB/T 2260 prefix"),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The organisations the caller sees, by name."""
    user = principal(request, "registry:read")
    rows = queries.search(q.replace("\x00", ""), user).filter(queries.within(region))
    page = list(rows.select_related("merged_into")[offset : offset + limit + 1])
    return {
        "items": [_organisation(row) for row in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


@router.get("/organisations/{uscc}", response={200: OrganisationDetail})
def organisation(request: HttpRequest, uscc: str) -> Any:
    """One organisation; a code that was merged away gives the one that was kept."""
    user = principal(request, "registry:read")
    found = queries.by_uscc([rules.require_uscc(uscc)]).get(rules.require_uscc(uscc))
    if found is None or not rules.reaches(user, found.region, found.pk):
        raise _missing(uscc)
    return {
        **_organisation(found),
        "names": [name.name for name in found.names.all()],
        "sites": [_site(site, found.uscc) for site in found.sites.all()[:1000]],
        "products": found.products.count(),
    }


@router.get("/products/{gtin}", response={200: ProductOut})
def product(request: HttpRequest, gtin: str) -> Any:
    """One product."""
    user = principal(request, "registry:read")
    row = queries.products_visible_to(user).filter(gtin=rules.require_gtin(gtin)).first()
    if row is None:
        raise _missing(gtin)
    return {
        "gtin": row.gtin, "name": row.name, "brand": row.brand, "spec": row.spec, "category": row.category,
        "standard": row.standard, "unit": row.unit, "organisation": row.organisation.uscc,
    }  # fmt: skip


@router.get("/sites/{gln}", response={200: SiteOut})
def site(request: HttpRequest, gln: str) -> Any:
    """One site."""
    user = principal(request, "registry:read")
    row = queries.sites_visible_to(user).filter(gln=rules.require_gln(gln)).first()
    if row is None:
        raise _missing(gln)
    return _site(row, row.organisation.uscc)


def _site(row: Any, uscc: str) -> dict[str, Any]:
    return {
        "gln": row.gln,
        "name": row.name,
        "region": row.region,
        "address": row.address,
        "organisation": uscc,
    }
