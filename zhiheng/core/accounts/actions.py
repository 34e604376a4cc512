"""What can happen to people and keys: each checks who may, changes, and writes the ledger."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts import auth, rules
from zhiheng.core.accounts.models import ApiKey, User
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation


def create_user(
    actor: User | None,
    username: str,
    role: str,
    *,
    password: str | None = None,
    display_name: str = "",
    region: str = "",
    organisation: Organisation | None = None,
    duties: Iterable[str] = (),
    demo: bool = False,
) -> User:
    """Give somebody an account. ``actor`` None is the operator at the command line.

    Without a password nobody can sign in with it until ``reset_password``.
    """
    username = username.strip()
    if role not in User.Role.values:
        raise Problem(
            "unknown_role",
            _("没有这个角色：%(role)s。") % {"role": role},
            remedy=", ".join(User.Role.values),
        )
    if role in {User.Role.ENTERPRISE, User.Role.LABORATORY}:
        if organisation is None:
            raise Problem(
                "organisation_missing",
                _("企业和检验检测机构的账号须属于一个主体。"),
                remedy=_("请填写统一社会信用代码。"),
            )
    elif fault := rules.region_fault(role, region):
        raise _region_problem(fault, region)
    _must_appoint(actor, role, organisation.region if organisation else region)
    user = User(
        username=username,
        role=role,
        region=region,
        organisation=organisation,
        display_name=display_name.strip(),
        duties=_duties(duties),
        is_demo=demo,
    )
    _set_password(user, password)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise Problem(
            "invalid_user", "；".join(error.messages), remedy=_("请更正后再提交。"), errors=error.message_dict
        ) from None
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(
                actor,
                "accounts.user_created",
                f"user:{user.username}",
                {"role": role, "region": region, "organisation": organisation.uscc if organisation else None},
            )
    except IntegrityError:
        raise Problem(
            "username_taken", _("用户名“%(name)s”已被使用。") % {"name": username}, status=409
        ) from None
    return user


def _duties(duties: Iterable[str]) -> str:
    wanted = sorted(set(duties))
    if unknown := set(wanted) - rules.DUTIES:
        raise Problem("unknown_duty", ", ".join(unknown), remedy=", ".join(sorted(rules.DUTIES)))
    return f" {' '.join(wanted)} " if wanted else ""


def set_duties(actor: User | None, user: User, duties: Iterable[str]) -> None:
    """Say who decides for an office and who reviews its cases."""
    _must_manage(actor, user)
    user.duties = _duties(duties)
    with transaction.atomic():
        user.save(update_fields=["duties"])
        record(actor, "accounts.duties_set", f"user:{user.username}", {"duties": user.duties.split()})


def set_active(actor: User | None, user: User, active: bool) -> None:
    """Deactivate an account (its keys stop with it) or give it back."""
    _must_manage(actor, user)
    if actor is not None and actor.pk == user.pk:
        raise Problem(
            "own_account", _("不能停用自己的账号。"), status=403, remedy=_("请由另一位管理员操作。")
        )
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        record(
            actor,
            "accounts.user_activated" if active else "accounts.user_deactivated",
            f"user:{user.username}",
        )


def reset_password(actor: User | None, user: User) -> str:
    """A new random password, returned once; every session of the person ends."""
    _must_manage(actor, user)
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record(actor, "accounts.password_reset", f"user:{user.username}")
    return password


def reset_second_factor(actor: User | None, user: User) -> None:
    """Forget the second factor of somebody who lost his telephone; he must set up a new one."""
    _must_manage(actor, user)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        record(actor, "accounts.second_factor_reset", f"user:{user.username}")


def change_own_password(user: User, password: str) -> None:
    """The person's own new password (its strength was checked by the form)."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record(user, "accounts.password_changed", f"user:{user.username}")


def create_key(
    actor: User | None,
    name: str,
    scopes: list[str],
    *,
    user: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A key for oneself (at the command line: for ``user``); the secret is returned once and not kept."""
    owner = user or actor
    if owner is None or (actor is not None and owner.pk != actor.pk):
        raise Problem("forbidden", _("只能为自己新建密钥。"), status=403)
    name = name.strip()
    if not name or len(name) > 100:
        raise Problem(
            "name_missing",
            _("请给密钥起一个名称（100 字以内），以便日后辨认。"),
            remedy=_("例如：进货系统。"),
        )
    if not scopes:
        raise Problem("scope_missing", _("请至少选择一个授权范围。"), remedy=", ".join(rules.SCOPES))
    if fault := rules.scope_fault(owner.role, scopes):
        raise Problem(
            "scope_not_allowed",
            _("您的角色不能有 %(scope)s 的授权范围。") % {"scope": fault},
            status=403,
            remedy=_("请去掉这一项。"),
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise Problem("expires_in_past", _("有效期须晚于现在。"), remedy=_("请改为将来的日期，或留空。"))
    secret = f"zh_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=owner,
            name=name,
            visible=secret[:11],
            digest=auth.digest(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        record(
            actor,
            "accounts.key_created",
            f"key:{key.visible}",
            {"owner": owner.username, "scopes": key.scopes},
        )
    return key, secret


def revoke_key(actor: User | None, key: ApiKey) -> None:
    """Make a key useless, at once and for good: one's own, one's organisation's, or as its manager."""
    if actor is not None:
        own = key.user_id == actor.pk
        shared = actor.organisation_id is not None and key.user.organisation_id == actor.organisation_id
        if not (own or shared):
            _must_manage(actor, key.user)
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(actor, "accounts.key_revoked", f"key:{key.visible}", {"owner": key.user.username})
    key.refresh_from_db()


def _region_problem(fault: str, region: str) -> Problem:
    message = {
        "missing": _("监管人员的账号须有行政区划代码。"),
        "malformed": _("行政区划代码须为 6 位数字：%(region)s。"),
        "level": _("行政区划代码 %(region)s 的层级与角色不符。"),
    }[fault]
    remedy = _("省级如 440000，市级如 440100，县（区）级如 440105（GB/T 2260）。")
    return Problem(f"region_{fault}", message % {"region": region}, remedy=remedy)


def _set_password(user: User, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Problem(
                "weak_password", "；".join(error.messages), remedy=_("请换一个更强的密码。")
            ) from None
    user.set_password(password)


def _must_manage(actor: User | None, user: User) -> None:
    organisation = user.organisation
    _must_appoint(actor, user.role, organisation.region if organisation else user.region)


def _must_appoint(actor: User | None, role: str, region: str) -> None:
    if actor is not None and not rules.may_appoint(actor, role, region):
        raise Problem(
            "forbidden",
            _("您不能管理此角色或此地区的账号。"),
            status=403,
            remedy=_("请联系系统管理员。"),
        )
