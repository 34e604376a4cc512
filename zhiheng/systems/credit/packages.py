"""Sealed daily packages to and from other credit platforms: made, sent, received, acknowledged (Y18).

Out: what arose here and changed on a day (recorded, withdrawn, corrected, its publication begun or ended), of the kinds
and the region a partner subscribed to; licences, certificates and honours that offices here recorded go along. What was
sent to us is not sent on: whoever made it reports it. Kinds with a known official layout go in it (penalties: SGS-CF,
licences: SGS-XK), the others in the columns of the contracts that take them.
In: the seal is checked with the partner's key, and each file goes through the exchange's contract of its name.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core import package as sealed
from zhiheng.core import signing
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import region_prefix
from zhiheng.core.exchange import actions as exchange
from zhiheng.core.facts import layouts
from zhiheng.core.facts.models import Fact
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.systems.credit import designations, queries, rules
from zhiheng.systems.credit.models import Package, Partner

PART = 20_000  # items in a part, so that a part fits in memory
CONTRACTS = {"recall": "recalls", "commitment": "commitments"}
OTHERS, WITHDRAWN = "credit_facts", "credit_withdrawals"
TAKES = (
    "penalties", *designations.CONTRACTS.values(), "recalls", "commitments", "random_checks", OTHERS, WITHDRAWN
)  # fmt: skip
SENDS = (
    *(kind for kind in Fact.Kind.values if kind not in rules.CONFIDENTIAL | rules.FOREIGN),
    *designations.CONTRACTS,
)
RECEIPT = "zhiheng-credit-receipt/1"
State = Package.State


def us() -> str:
    """How packages name this platform."""
    from django.conf import settings

    return settings.BASE_URL


# -- out --------------------------------------------------------------------------------------------------------


def _span(day: date) -> tuple[datetime, datetime]:
    first = datetime.combine(day, time(), dates.SHANGHAI)
    return first, first + timedelta(days=1)


def changed_on(partner: Partner, day: date) -> QuerySet[Fact]:
    """The facts of a day that a partner subscribed to."""
    first, end = _span(day)
    own = Q()
    for prefix in rules.OWN:
        own |= Q(reference__startswith=prefix)
    place = regions.span(region_prefix(partner.region))
    return (
        Fact.objects.filter(
            own, changed_at__gte=first, changed_at__lt=end, kind__in=partner.kinds,
            organisation__region__gte=place[0], organisation__region__lte=place[1], on__gte=partner.since,
        )
        .exclude(kind__in=rules.CONFIDENTIAL)
        .select_related("organisation")
        .order_by("pk")
    )  # fmt: skip


def make(actor: User | None, partner: Partner, day: date) -> list[Package]:
    """The packages of a day for a partner; those there are already come back as they are.

    All parts are committed together; an empty day has a package too, so that a missing one shows. Raises Problem
    ``day_not_over``, ``before_subscription``.
    """
    if day >= dates.today():
        raise Problem("day_not_over", _("这一天还没有过完。"), status=409, remedy=_("请在次日生成。"))
    if day < partner.since:
        raise Problem("before_subscription", _("早于订阅开始的日期。"), status=409)
    with transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        there = Package.objects.filter(partner=partner, direction=Package.Direction.OUT, day=day)
        if there.exists():
            return list(there.order_by("part"))
        facts = changed_on(partner, day)
        given = designations.changed(partner.kinds, region_prefix(partner.region), *_span(day))
        known = facts.count()
        parts = max(1, -(-(known + given.count()) // PART))
        made = []
        for part in range(1, parts + 1):
            first, end = (part - 1) * PART, part * PART
            some: list[Fact | Designation] = [
                *facts[first:end],
                *given[max(0, first - known) : max(0, end - known)],
            ]
            made.append(_seal(partner, day, part, parts, some))
        record(
            actor, "credit.package_made", f"partner:{partner.key}",
            {"day": day.isoformat(), "packages": [one.sha256 for one in made], "rows": sum(one.rows for one in made)},
        )  # fmt: skip
    return made


def _seal(partner: Partner, day: date, part: int, parts: int, items: list[Fact | Designation]) -> Package:
    files = _rows(items)
    counts = {name: len(rows) for name, rows in sorted(files.items())}
    about = {
        "from": us(), "for": partner.key, "day": day.isoformat(), "part": part, "of": parts, "counts": counts,
    }  # fmt: skip
    content = {
        f"{name}.jsonl": "".join(
            f"{json.dumps(row, ensure_ascii=False, sort_keys=True)}\n" for row in rows
        ).encode()
        for name, rows in files.items()
    }
    data = sealed.seal(about, content, signing.key(), sealed.CREDIT)
    return Package.objects.create(
        partner=partner, direction=Package.Direction.OUT, day=day, part=part, of=parts, sha256=filing.keep(data),
        size=len(data), counts=counts, state=State.MADE,
    )  # fmt: skip


def _rows(items: list[Fact | Designation]) -> dict[str, list[dict[str, Any]]]:
    """The rows by contract: withdrawn ones apart, official layouts where a room has one."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for one in items:
        if isinstance(one, Designation):
            contract, row = designations.row(one)
            found[contract].append(row)
        elif one.withdrawn_at is not None:
            found[WITHDRAWN].append(
                {
                    "kind": one.kind, "uscc": one.organisation.uscc, "number": rules.number_of(one),
                    "source": one.source, "why": one.withdrawn_why,
                }
            )  # fmt: skip
        else:
            by_kind[one.kind].append(one)
    for kind, some in by_kind.items():
        if (known := layouts.of(kind)) is not None:
            contract, write = known
            found[contract] += write(some)
        else:
            found[CONTRACTS.get(kind, OTHERS)] += [_own(one) for one in some]
    return found


def _own(one: Fact) -> dict[str, Any]:
    row = {
        "name": one.organisation.name, "uscc": one.organisation.uscc, "number": rules.number_of(one),
        "title": one.title, "on": one.on, "source": one.source, "basis": one.basis, "region": one.region,
        "valid_until": one.counts_until,
        "published_on": None if one.hidden else one.public_from,
        "published_until": one.public_until if one.public_from and not one.hidden else None,
    }  # fmt: skip
    if one.kind not in CONTRACTS:
        row |= {"kind": one.kind, "high_risk": "true" if one.details.get("high_risk") else None}
        row["domain"] = one.details.get("domain")
    if one.details.get("class"):
        row["level"] = one.details["class"]
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items() if v not in (None, "")}


def data_of(one: Package) -> bytes:
    """The bytes of a package."""
    return filing.load(one.sha256)


def fetched(actor: User | None, one: Package) -> bytes:
    """A partner fetches a package, or it is handed to him: from now on a receipt is awaited."""
    data = data_of(one)
    with transaction.atomic():
        one = Package.objects.select_for_update(of=("self",)).select_related("partner").get(pk=one.pk)
        if one.state in (State.MADE, State.REFUSED):
            one.state, one.sent_at = State.SENT, timezone.now()
            one.save(update_fields=["state", "sent_at"])
        record(
            actor,
            "credit.package_sent",
            f"partner:{one.partner.key}",
            {"package": one.sha256, "name": one.name},
            look=True,
        )
    return data


def send_again(actor: User, one: Package) -> Package:
    """Put a package back among those to be fetched, as it was made."""
    with transaction.atomic():
        one = Package.objects.select_for_update(of=("self",)).select_related("partner").get(pk=one.pk)
        if one.direction != Package.Direction.OUT or one.state == State.ACKNOWLEDGED:
            raise Problem("not_to_send", _("这一包不需要重发。"), status=409)
        one.state, one.sent_at, one.receipt, one.settled_at = State.MADE, None, {}, None
        one.save(update_fields=["state", "sent_at", "receipt", "settled_at"])
        record(actor, "credit.package_again", f"partner:{one.partner.key}", {"package": one.sha256})
    return one


def read_receipt(data: bytes) -> dict[str, Any]:
    """A receipt from its bytes; what is no JSON object is no receipt."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def acknowledge(actor: User | None, document: dict[str, Any]) -> Package:
    """Take in a partner's signed receipt for a package of ours; the same receipt twice changes nothing.

    Raises Problem ``receipt_wrong``, ``unknown_package``, ``receipt_signature``.
    """
    if document.get("format") != RECEIPT:
        raise Problem(
            "receipt_wrong",
            _("这不是信用数据包的回执。"),
            status=422,
            remedy=_("格式应为 %(f)s。") % {"f": RECEIPT},
        )
    with transaction.atomic():
        one = (
            Package.objects.select_for_update(of=("self",)).select_related("partner")
            .filter(direction=Package.Direction.OUT, sha256=str(document.get("package", ""))[:64]).first()
        )  # fmt: skip
        if one is None:
            raise Problem(
                "unknown_package", _("没有发出过这一包。"), status=404, remedy=_("请核对数据包的 SHA-256。")
            )
        if not one.partner.public_key or not sealed.signed_by(
            document, sealed.read_key(one.partner.public_key.encode())
        ):
            raise Problem(
                "receipt_signature", _("回执的签名不是 %(name)s 的。") % {"name": one.partner.name}, status=422,
                remedy=_("请用登记的密钥签名。"),
            )  # fmt: skip
        if actor is not None and not queries.partners_visible_to(actor).filter(pk=one.partner_id).exists():
            raise Problem(
                "not_yours", _("这个账号不能代 %(name)s 送回执。") % {"name": one.partner.name}, status=403
            )
        if one.receipt == document:
            return one
        one.receipt, one.settled_at = document, timezone.now()
        one.state = State.ACKNOWLEDGED if document.get("state") == "accepted" else State.REFUSED
        one.save(update_fields=["receipt", "settled_at", "state"])
        record(
            actor, "credit.receipt", f"partner:{one.partner.key}", {"package": one.sha256, "state": one.state}
        )
    return one


# -- in ---------------------------------------------------------------------------------------------------------


def receive(actor: User | None, data: bytes) -> Package:
    """Take in a partner's package: seal and key, then every file to its contract, all in one transaction.

    The same package twice is one. Raises Problem ``package_faulty`` (with the first fault), ``unknown_partner``,
    ``not_for_us``, ``other_content`` (409: another package of the same day and part was taken in).
    """
    found = sealed.verify(data)
    if not found.ok or found.manifest.get("format") != sealed.CREDIT:
        code, why = (
            (found.faults[0].code, found.faults[0].message) if found.faults else ("format", sealed.CREDIT)
        )
        raise Problem(
            "package_faulty", _("数据包不完整或者被改动：%(fault)s") % {"fault": why}, status=422,
            remedy=_("请对方重新发送。"), fault=code,
        )  # fmt: skip
    partner = _signer(found.fingerprint)
    if actor is not None and not queries.partners_visible_to(actor).filter(pk=partner.pk).exists():
        raise Problem(
            "not_yours", _("这个账号不能代 %(name)s 送数据包。") % {"name": partner.name}, status=403
        )
    day, part, of, counts = _about(found.manifest)
    files = sealed.files_of(data)
    with transaction.atomic():
        partner = Partner.objects.select_for_update().get(pk=partner.pk)
        digest = sealed.sha256(data)
        there = Package.objects.filter(
            partner=partner, direction=Package.Direction.IN, day=day, part=part
        ).first()
        if there is not None and there.sha256 == digest:
            return there
        if there is not None:
            raise Problem(
                "other_content",
                _("这一天这一卷已经收过另一内容的数据包。"),
                status=409,
                remedy=_("更正请随以后日期的数据包发送。"),
            )
        filing.keep(data)
        jobs = {}
        for name, content in sorted(files.items()):
            contract = name.removesuffix(".jsonl")
            if contract in partner.takes and content:
                named = f"{partner.key}-{day:%Y%m%d}-{part}-{name}"
                job = exchange.submit(
                    actor,
                    contract,
                    [content],
                    named,
                    "application/x-ndjson",
                    False,
                    dates.today(),
                    again=True,
                    sender=f"{Designation.PARTNER}{partner.key}",
                )
                jobs[contract] = str(job.pk)
        one = Package.objects.create(
            partner=partner, direction=Package.Direction.IN, day=day, part=part, of=of, sha256=digest, size=len(data),
            counts=counts, state=State.RECEIVED, jobs=jobs,
        )  # fmt: skip
        record(
            actor, "credit.package_received", f"partner:{partner.key}",
            {"package": digest, "day": day.isoformat(), "part": part, "rows": one.rows, "jobs": jobs},
        )  # fmt: skip
    return one


def _signer(fingerprint: str) -> Partner:
    for one in Partner.objects.filter(active=True).exclude(public_key=""):
        if sealed.fingerprint(sealed.read_key(one.public_key.encode())) == fingerprint:
            return one
    raise Problem(
        "unknown_partner", _("签名的密钥不属于任何登记的平台：%(key)s…") % {"key": fingerprint[:16]}, status=403,
        remedy=_("请先登记对方的公钥。"),
    )  # fmt: skip


def _about(manifest: dict[str, Any]) -> tuple[date, int, int, dict[str, int]]:
    try:
        day, part, of = date.fromisoformat(manifest["day"]), int(manifest["part"]), int(manifest["of"])
        counts = {str(k)[:64]: int(v) for k, v in manifest["counts"].items()}
        if not 1 <= part <= of <= 10_000 or not all(0 <= n < 10**9 for n in counts.values()):
            raise ValueError
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Problem(
            "package_faulty", _("数据包的清单缺项。"), status=422, remedy=_("请对方重新发送。")
        ) from None
    return day, part, of, counts


def settle(one: Package) -> Package:
    """When the batches of a received package are done, its signed receipt; until then it stays as it is."""
    if one.direction != Package.Direction.IN or one.state != State.RECEIVED:
        return one
    jobs = {str(job.pk): job for job in Job.objects.filter(pk__in=one.jobs.values())}
    if any(job.state not in (Job.State.DONE, Job.State.FAILED) for job in jobs.values()):
        return one
    files: dict[str, dict[str, Any]] = {}
    for name, rows in one.counts.items():
        job = jobs.get(one.jobs.get(name, ""))
        if job is None:
            files[name] = {"rows": rows, "taken": not rows, "accepted": 0, "duplicates": 0, "rejected": 0}
        else:
            files[name] = {
                "rows": rows, "taken": True, "accepted": job.accepted, "duplicates": job.duplicates,
                "rejected": job.rejected, "failed": job.state == Job.State.FAILED,
            }  # fmt: skip
    whole = not any(told.get("failed") for told in files.values())
    document = sealed.sign(
        {
            "format": RECEIPT, "package": one.sha256, "from": us(), "day": one.day.isoformat(), "part": one.part,
            "state": "accepted" if whole else "refused", "files": files, "at": timezone.now().isoformat(),
        },
        signing.key(),
    )  # fmt: skip
    with transaction.atomic():
        done = Package.objects.select_for_update(of=("self",)).select_related("partner").get(pk=one.pk)
        if done.state == State.RECEIVED:
            done.state, done.receipt, done.settled_at = State.DONE, document, timezone.now()
            done.save(update_fields=["state", "receipt", "settled_at"])
            record(
                None, "credit.receipt_made", f"partner:{done.partner.key}",
                {"package": done.sha256, "files": {k: v["accepted"] for k, v in files.items()}},
            )  # fmt: skip
    return done


# -- partners ---------------------------------------------------------------------------------------------------


def set_partner(actor: User | None, partner: Partner) -> Partner:
    """Register a partner, or change what it subscribed to. Raises Problem ``key_wrong`` by field."""
    if actor is not None and not (actor.role == "province" and actor.may("accounts.manage")):
        raise Problem("forbidden", _("交换对象由省级登记。"), status=403)
    if partner.public_key:
        try:
            sealed.read_key(partner.public_key.encode())
        except ValueError as error:
            raise Problem(
                "key_wrong",
                str(error),
                status=422,
                remedy=_("请粘贴 PEM 格式的 Ed25519 公钥。"),
                errors={"public_key": str(error)},
            ) from None
    with transaction.atomic():
        partner.decided_by = actor
        partner.save()
        record(
            actor, "credit.partner_set", f"partner:{partner.key}",
            {
                "kinds": partner.kinds, "takes": partner.takes, "region": partner.region,
                "since": partner.since.isoformat(), "active": partner.active, "key": partner.public_key,
            },
        )  # fmt: skip
    return partner


def make_yesterday(now: datetime) -> int:
    """After midnight: the packages of the day before, and of earlier days that were missed (a month back); how many."""
    today, made = dates.local(now).date(), 0
    for partner in Partner.objects.filter(active=True).exclude(kinds=[]):
        for day in missing_days(partner, today):
            made += len(make(None, partner, day))
    return made


def missing_days(partner: Partner, today: date, back: int = 31) -> list[date]:
    """The days for which a partner has no package yet, the oldest first, a month back."""
    first = max(partner.since, dates.local(partner.created_at).date(), today - timedelta(days=back))
    there = set(
        Package.objects.filter(partner=partner, direction=Package.Direction.OUT, day__gte=first).values_list(
            "day", flat=True
        )
    )
    return [day for day in _days(first, today) if day not in there]


def _days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += timedelta(days=1)
