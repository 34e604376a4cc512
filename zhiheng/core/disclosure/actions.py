"""Publishing and withdrawing: decisions of a named person, on a basis, in the ledger."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.disclosure import effects, rules
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation, Product


def publish(
    actor: User,
    kind: str,
    subject: str,
    title: str,
    body: dict[str, Any],
    basis: str,
    published_from: datetime,
    published_until: datetime | None = None,
) -> Disclosure:
    """Decide that something is public from a moment on, on what basis, until when."""
    _may_decide(actor)
    if kind not in rules.KINDS:
        raise Problem(
            "unknown_kind", _("没有这个类别：%(kind)s。") % {"kind": kind}, remedy=", ".join(rules.KINDS)
        )
    key = rules.canonical_subject(kind, subject)
    if key is None:
        raise Problem(
            "invalid_subject",
            _("对象“%(subject)s”与类别不符。") % {"subject": subject},
            remedy=_("写作 organisation:统一社会信用代码、product:商品条码、trace:商品条码 或 notice:名称。"),
        )
    if not basis.strip():
        raise Problem("basis_missing", _("公开须有依据。"), remedy=_("请写明法律、规章或文件的名称和条款。"))
    if not title.strip():
        raise Problem("title_missing", _("请填写标题。"))
    if published_until is not None and published_until <= published_from:
        raise Problem(
            "until_before_from", _("公开截止须晚于公开起始。"), remedy=_("请更正时间，或留空表示长期。")
        )
    region = _region(actor, kind, key)
    if not covers(actor, region):
        raise Problem(
            "outside_jurisdiction",
            _("此对象不在您的辖区内。"),
            status=403,
            remedy=_("请由其所在地的监管部门公开。"),
        )
    with transaction.atomic():
        disclosure = _write(
            actor,
            kind,
            key,
            region,
            title,
            body,
            basis,
            published_from,
            published_until,
            once=kind != "notice",
        )
    return disclosure


def publish_by_law(
    actor: User,
    kind: str,
    subject: str,
    region: str,
    title: str,
    body: dict[str, Any],
    basis: str,
    published_from: datetime,
    published_until: datetime | None,
    *,
    about: str = "",
) -> Disclosure:
    """Make public what a statute orders to be, for as long as it says.

    For the steps of cases: the engine has checked that the step is lawful and the actor's, so the office that decided
    the case publishes it, whatever its level. Call it in the step's transaction.
    """
    with transaction.atomic():
        return _write(
            actor,
            kind,
            subject,
            region,
            title,
            body,
            basis,
            published_from,
            published_until,
            once=True,
            about=about,
        )


def end_by_law(actor: User | None, disclosure: Disclosure, why: str) -> None:
    """Take back what ``publish_by_law`` made public: the decision fell, or the term was cut short by law."""
    with transaction.atomic():
        _end(actor, disclosure, why)


def _write(
    actor: User,
    kind: str,
    key: str,
    region: str,
    title: str,
    body: dict[str, Any],
    basis: str,
    published_from: datetime,
    published_until: datetime | None,
    *,
    once: bool,
    about: str = "",
) -> Disclosure:
    if once:
        # Two decisions in force at once would make a withdrawal mean nothing.
        clash = Disclosure.objects.filter(
            Q(published_until=None) | Q(published_until__gt=published_from),
            kind=kind,
            subject=key,
            withdrawn_at=None,
        )
        if published_until is not None:
            clash = clash.filter(published_from__lt=published_until)
        if clash.exists():
            raise Problem(
                "already_published",
                _("此对象在这段时间内已经公开。"),
                status=409,
                remedy=_("如要改动内容，请先撤回原来的公开。"),
            )
    disclosure = Disclosure.objects.create(
        about=about,
        kind=kind,
        subject=key,
        region=region,
        title=title.strip(),
        body=body,
        basis=basis.strip(),
        published_from=published_from,
        published_until=published_until,
        decided_by=actor,
    )
    record(
        actor,
        "disclosure.published",
        key,
        {
            "disclosure": disclosure.pk,
            "kind": kind,
            "title": disclosure.title,
            "basis": disclosure.basis,
            "from": published_from.isoformat(),
            "until": published_until.isoformat() if published_until else None,
        },
    )
    return disclosure


def withdraw(actor: User, disclosure: Disclosure, why: str) -> Disclosure:
    """Take something back from the public, for a reason; it stays readable for officers."""
    _may_decide(actor)
    if not covers(actor, disclosure.region):
        raise Problem("outside_jurisdiction", _("此对象不在您的辖区内。"), status=403)
    why = why.strip()
    if not why:
        raise Problem("why_missing", _("请写明撤回的原因。"))
    with transaction.atomic():
        _end(actor, disclosure, why)
    disclosure.refresh_from_db()
    return disclosure


def _end(actor: User | None, disclosure: Disclosure, why: str) -> None:
    changed = Disclosure.objects.filter(pk=disclosure.pk, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_why=why
    )
    if not changed:
        raise Problem("already_withdrawn", _("已经撤回过了。"), status=409)
    record(actor, "disclosure.withdrawn", disclosure.subject, {"disclosure": disclosure.pk, "why": why})
    effects.ended(actor, disclosure, why)


def _may_decide(actor: User) -> None:
    if not actor.may("disclosure.decide"):
        raise Problem(
            "forbidden",
            _("您的角色不能决定信息公开。"),
            status=403,
            remedy=_("请由市级以上监管人员决定。"),
        )


def _region(actor: User, kind: str, key: str) -> str:
    """The region that answers for the subject; a notice is its author's."""
    if kind == "notice":
        return actor.region
    value = key.partition(":")[2]
    if kind == "organisation":
        region = Organisation.objects.filter(uscc=value).values_list("region", flat=True).first()
    else:
        region = Product.objects.filter(gtin=value).values_list("organisation__region", flat=True).first()
    if region is None:
        raise Problem(
            "unknown_subject",
            _("没有登记：%(key)s。") % {"key": key},
            remedy=_("请先在“主体”或“产品”中登记，再公开。"),
        )
    return region
