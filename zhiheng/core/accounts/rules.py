"""Who may do what, and where: pure decisions on plain values and unsaved models."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng.core.accounts.models import ApiKey, User

OFFICERS = frozenset({"province", "city", "county", "leading", "auditor", "system"})
"""Roles of the administration: a region is their jurisdiction."""
JUSTICE = frozenset({"police", "procurator"})
"""Offices that see what was handed over to them, and nothing else; their region says what can be."""
SECOND_FACTOR = OFFICERS | JUSTICE
DUTIES = frozenset({"head", "legal"})
"""What an officer is besides: who decides for the office (负责人), who reviews its cases (审核、法制审核)."""

PERMISSIONS: dict[str, frozenset[str]] = {
    # 省级: decides on everything in the province, and gives accounts to those below it.
    "province": frozenset(
        {
            "registry.edit",
            "registry.merge",
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "trace.explore",
            "disclosure.decide",
            "ledger.read",
            "personal_data.read",
            "accounts.manage",
            "cases.work",
            "cases.read",
            "cases.figures",
            "inspection.read",
            "inspection.plan",
            "inspection.sample",
            "credit.read",
            "listing.work",
            "insight.read",
        }
    ),
    # 地级以上市
    "city": frozenset(
        {
            "registry.edit",
            "registry.merge",
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "trace.explore",
            "disclosure.decide",
            "ledger.read",
            "personal_data.read",
            "cases.work",
            "cases.read",
            "cases.figures",
            "inspection.read",
            "inspection.plan",
            "inspection.sample",
            "credit.read",
            "listing.work",
            "insight.read",
        }
    ),
    # 县（区）: works on cases and records; publication and merging are decided one level up.
    "county": frozenset(
        {
            "registry.edit",
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "trace.explore",
            "ledger.read",
            "personal_data.read",
            "cases.work",
            "cases.read",
            "cases.figures",
            "inspection.read",
            "inspection.plan",
            "inspection.sample",
            "credit.read",
            "listing.work",
            "insight.read",
        }
    ),
    "enterprise": frozenset(
        {
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "trace.explore",
            "ledger.read",
            "cases.party",
            "credit.own",
        }
    ),
    "laboratory": frozenset(
        {
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "ledger.read",
            "cases.party",
            "credit.own",
            "inspection.sample",
            "inspection.test",
        }
    ),
    # 公安机关、人民检察院: the cases handed over to them.
    "police": frozenset({"cases.party"}),
    "procurator": frozenset({"cases.party"}),
    # 社会质量监督员: gives clues and does tasks; sees his own.
    "watcher": frozenset({"clues.give"}),
    # 领导小组: reads the whole, changes nothing, sees no personal data.
    "leading": frozenset({"epcis.query", "trace.explore", "cases.figures", "insight.read"}),
    # 审计: sees who did what, and the chain; changes nothing.
    "auditor": frozenset(
        {
            "epcis.query",
            "trace.explore",
            "ledger.read",
            "cases.read",
            "cases.figures",
            "inspection.read",
            "credit.read",
            "insight.read",
        }
    ),
    # The operator keeps the platform running; he decides nothing and reads no personal data.
    "system": frozenset(
        {
            "registry.edit",
            "registry.merge",
            "exchange.submit",
            "epcis.capture",
            "epcis.query",
            "trace.explore",
            "ledger.read",
            "accounts.manage",
        }
    ),
}

ALL_PERMISSIONS = frozenset().union(*PERMISSIONS.values())

# The person who watches (auditor) and the one who runs the machine (system) are not appointed by those they
# watch or serve.
APPOINTS: dict[str, frozenset[str]] = {
    "system": frozenset(PERMISSIONS),
    "province": frozenset(
        {
            "province",
            "city",
            "county",
            "enterprise",
            "laboratory",
            "leading",
            "police",
            "procurator",
            "watcher",
        }
    ),
}

SCOPES: dict[str, str | None] = {
    "epcis:capture": "epcis.capture",
    "epcis:query": "epcis.query",
    "exchange:submit": "exchange.submit",
    "registry:read": None,  # every signed-in person; the rows are cut by visible_to
    "trace:read": "trace.explore",
    "insight:read": "insight.read",
    "credit:exchange": "cases.work",  # packages to and from other credit platforms
    "cases:read": None,  # those of one's jurisdiction, or that one is a party of
    "cases:work": None,  # every step asks who may
    "inspection:read": "inspection.read",
    "inspection:sample": "inspection.sample",  # one's own tasks
}
"""What an API key may be good for, and the permission its owner needs for it."""

_LEVELS = {"province": 2, "city": 4, "county": 6}


def allows(role: str, permission: str) -> bool:
    """Whether a role has a permission. An unknown permission is a mistake in the code, never a yes."""
    if permission not in ALL_PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")
    return permission in PERMISSIONS.get(role, frozenset())


def region_prefix(region: str) -> str:
    """The significant part of a GB/T 2260 code: 440000 is 44, 440100 is 4401, 440105 is itself."""
    if region.endswith("0000"):
        return region[:2]
    if region.endswith("00"):
        return region[:4]
    return region


def jurisdiction(role: str, region: str) -> str | None:
    """The prefix of the regions a person answers for; None when not bound to regions at all.

    Enterprises and laboratories see by organisation, not by region: None, which no filter takes for "all".
    Only the operator (system) without a region has the empty prefix, which covers everything.
    """
    if role not in OFFICERS:
        return None
    if not region:
        return "" if role == "system" else None
    return region_prefix(region)


def covers(user: "User", region_code: str) -> bool:
    """Whether a region (GB/T 2260) lies in the person's jurisdiction."""
    if not user.is_active:
        return False
    prefix = jurisdiction(user.role, user.region)
    return prefix is not None and (prefix == "" or bool(region_code)) and region_code.startswith(prefix)


def region_fault(role: str, region: str) -> str | None:
    """What is wrong with the region of a role: ``missing``, ``malformed``, ``level``; or None."""
    if not region:
        return "missing" if role in SECOND_FACTOR | {"watcher"} and role != "system" else None
    if not re.fullmatch(r"[1-9]\d{5}", region, re.ASCII):
        return "malformed"
    wanted = _LEVELS.get(role)
    if wanted is not None and len(region_prefix(region)) != wanted:
        return "level"
    return None


def may_appoint(actor: "User", role: str, region: str) -> bool:
    """Whether the actor may create or manage an account of this role in this region."""
    if not actor.is_active or not allows(actor.role, "accounts.manage"):
        return False
    if role not in APPOINTS.get(actor.role, frozenset()):
        return False
    return jurisdiction(actor.role, actor.region) == "" or covers(actor, region)


def scope_fault(role: str, scopes: list[str]) -> str | None:
    """The first scope a key of this role cannot have, or None."""
    for scope in scopes:
        if scope not in SCOPES:
            return scope
        permission = SCOPES[scope]
        if permission is not None and not allows(role, permission):
            return scope
    return None


def key_fault(key: "ApiKey", now: datetime) -> str | None:
    """Why a key is no longer good: ``revoked``, ``expired``, ``inactive`` (its owner); or None."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    if not key.user.is_active:
        return "inactive"
    return None
