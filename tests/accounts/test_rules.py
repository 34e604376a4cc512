from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.core.accounts import rules
from zhiheng.core.accounts.models import ApiKey, User

ROLES = [
    "province", "city", "county", "enterprise", "laboratory", "leading", "auditor", "system",
    "police", "procurator", "watcher",
]  # fmt: skip
# One row a permission, one mark a role, in the order above: a change of who may do what is a change here.
MATRIX = {
    "registry.edit":      "yyy----y---",
    "registry.merge":     "yy-----y---",
    "exchange.submit":    "yyyyy--y---",
    "epcis.capture":      "yyyyy--y---",
    "epcis.query":        "yyyyyyyy---",
    "trace.explore":      "yyyy-yyy---",
    "disclosure.decide":  "yy---------",
    "ledger.read":        "yyyyy-yy---",
    "personal_data.read": "yyy--------",
    "accounts.manage":    "y------y---",
    "cases.work":         "yyy--------",
    "cases.read":         "yyy---y----",
    "cases.figures":      "yyy--yy----",
    "cases.party":        "---yy---yy-",
    "clues.give":         "----------y",
    "inspection.read":    "yyy---y----",
    "inspection.plan":    "yyy--------",
    "inspection.sample":  "yyy-y------",
    "inspection.test":    "----y------",
    "credit.read":        "yyy---y----",
    "credit.own":         "---yy------",
    "listing.work":       "yyy--------",
    "insight.read":       "yyy--yy----",
}  # fmt: skip


@pytest.mark.parametrize("permission", MATRIX)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_exactly_these_permissions(role, permission):
    wanted = MATRIX[permission][ROLES.index(role)] == "y"
    assert User(role=role).may(permission) is wanted
    assert User(role=role, is_active=False).may(permission) is False


def test_the_matrix_is_complete():
    assert set(MATRIX) == rules.ALL_PERMISSIONS
    assert set(ROLES) == set(User.Role.values) == set(rules.PERMISSIONS)


def test_an_unknown_permission_is_an_error_not_an_answer():
    with pytest.raises(ValueError, match="unknown permission"):
        User(role="province").may("registry.delete_everything")


def test_prefixes():
    assert User(role="province", region="440000").prefix == "44"
    assert User(role="city", region="440100").prefix == "4401"
    assert User(role="county", region="440105").prefix == "440105"
    assert User(role="enterprise", region="440105").prefix is None
    assert User(role="auditor", region="").prefix is None
    assert User(role="system", region="").prefix == ""


codes = (
    st.integers(11, 65)
    .flatmap(lambda p: st.tuples(st.just(p), st.integers(0, 99), st.integers(0, 99)))
    .map(lambda t: f"{t[0]:02}{t[1]:02}{t[2] if t[1] else 0:02}")
)


@given(region=codes, other=codes, role=st.sampled_from(ROLES))
def test_a_jurisdiction_covers_itself_and_what_lies_below_it_and_nothing_else(region, other, role):
    user = User(role=role, region=region)
    if role not in rules.OFFICERS:
        assert not rules.covers(user, region)
        assert not rules.covers(user, other)
        return
    assert rules.covers(user, region)
    level = 2 if region.endswith("0000") else 4 if region.endswith("00") else 6
    assert rules.covers(user, other) is (other[:level] == region[:level])
    assert not rules.covers(user, "")
    assert not rules.covers(User(role=role, region=region, is_active=False), region)


@given(upper=codes, lower=codes, below=codes)
def test_covering_is_transitive(upper, lower, below):
    a, b = User(role="city", region=upper), User(role="county", region=lower)
    if rules.covers(a, lower) and rules.covers(b, below):
        assert rules.covers(a, below)


@pytest.mark.parametrize(
    ("role", "region", "fault"),
    [
        ("province", "440000", None),
        ("province", "440100", "level"),
        ("city", "440100", None),
        ("city", "440000", "level"),
        ("county", "440105", None),
        ("county", "440100", "level"),
        ("county", "", "missing"),
        ("auditor", "", "missing"),
        ("system", "", None),
        ("enterprise", "", None),
        ("city", "44010", "malformed"),
        ("city", "４40100", "malformed"),
        ("city", "abcdef", "malformed"),
    ],
)
def test_the_region_fits_the_role(role, region, fault):
    assert rules.region_fault(role, region) == fault


def test_the_watched_do_not_appoint_their_watchers():
    province = User(role="province", region="440000")
    assert rules.may_appoint(province, "city", "440100")
    assert not rules.may_appoint(province, "city", "450100")
    assert not rules.may_appoint(province, "auditor", "440000")
    assert not rules.may_appoint(province, "system", "440000")
    assert not rules.may_appoint(User(role="city", region="440100"), "county", "440105")
    assert rules.may_appoint(User(role="system"), "auditor", "440000")


def test_a_key_never_does_more_than_its_owner_may():
    assert rules.scope_fault("laboratory", ["epcis:capture", "trace:read"]) == "trace:read"
    assert rules.scope_fault("leading", ["exchange:submit"]) == "exchange:submit"
    offices = ("inspection:", "insight:", "credit:")
    assert rules.scope_fault("enterprise", [s for s in rules.SCOPES if not s.startswith(offices)]) is None
    assert rules.scope_fault("system", ["everything"]) == "everything"


def test_why_a_key_is_no_longer_good():
    now = datetime(2026, 6, 10, tzinfo=UTC)
    owner = User(role="enterprise")
    assert rules.key_fault(ApiKey(user=owner), now) is None
    assert rules.key_fault(ApiKey(user=owner, expires_at=now + timedelta(seconds=1)), now) is None
    assert rules.key_fault(ApiKey(user=owner, expires_at=now), now) == "expired"
    assert rules.key_fault(ApiKey(user=owner, revoked_at=now), now) == "revoked"
    assert rules.key_fault(ApiKey(user=User(role="enterprise", is_active=False)), now) == "inactive"
