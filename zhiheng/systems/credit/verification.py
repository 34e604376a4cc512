"""Verification for purchasers and banks with the organisation's consent, and certificates of no record.

Consent opens nothing that the law closed: what speaks against an organisation is shown only while it is public
(NDRC-CR-2026: after repair it is shared no more), and confidential kinds never.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.actions import new_secret, receipt_digest
from zhiheng.core.cases.documents import day_words
from zhiheng.core.crypto import fingerprint
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.rules import name_key, reaches
from zhiheng.core.ui import dates
from zhiheng.systems.credit import paper, queries, rules, words
from zhiheng.systems.credit.models import Certificate, Consent, Look
from zhiheng.systems.credit.rules import Item

LONGEST = 366  # days that a consent holds at most
TITLE = "无违法违规记录证明"


# -- consent ----------------------------------------------------------------------------------------------------


def give(
    actor: User, organisation: Organisation, *, recipient: str, purpose: str, groups: list[str], until: date
) -> tuple[Consent, str]:
    """The organisation consents: for whom, what for, which groups of its file, until when. Gives the code, once.

    Raises Problem ``forbidden``, ``values_wrong`` by field.
    """
    if not actor.may("credit.own") or actor.organisation_id != organisation.pk:
        raise Problem("forbidden", _("同意由本单位给出。"), status=403, remedy=_("请用本单位账号登录。"))
    today, wrong = dates.today(), {}
    for name, text in (("recipient", recipient), ("purpose", purpose)):
        if not text.strip():
            wrong[name] = _("必填")
    if not groups or set(groups) - set(rules.GROUPS):
        wrong["groups"] = _("请至少选择一项。")
    if not today <= until <= today + timedelta(days=LONGEST):
        wrong["until"] = _("有效期须在一年以内。")
    if wrong:
        raise values_wrong(wrong)
    code = new_secret()
    with transaction.atomic():
        made = Consent.objects.create(
            organisation=organisation, digest=receipt_digest(code), recipient=recipient.strip()[:200],
            purpose=purpose.strip()[:200], kinds=groups, given_by=actor, until=until,
        )  # fmt: skip
        record(
            actor, "credit.consent_given", f"organisation:{organisation.uscc}",
            {"consent": made.pk, "recipient": made.recipient, "purpose": made.purpose, "until": until.isoformat()},
        )  # fmt: skip
    return made, "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def revoke(actor: User, consent: Consent) -> None:
    """The organisation takes its consent back: from now on the code opens nothing."""
    own = registry.current(consent.organisation).pk
    if not actor.may("credit.own") or actor.organisation_id != own:
        raise Problem("forbidden", _("同意由本单位撤回。"), status=403)
    with transaction.atomic():
        if Consent.objects.filter(pk=consent.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(
                actor,
                "credit.consent_revoked",
                f"organisation:{consent.organisation.uscc}",
                {"consent": consent.pk},
            )


@dataclass(frozen=True)
class Seen:
    """What a code opened: the items of an organisation's file, of the one it was merged into where it was."""

    consent: Consent
    organisation: Organisation
    items: list[Item]


def look(code: str, who: str, channel: str, today: date) -> Seen:
    """Look at a file with a code; the look is recorded, and the organisation sees it.

    Raises Problem ``values_wrong``, ``no_consent`` (404: unknown, revoked or over; it does not say which).
    """
    if not who.strip():
        raise values_wrong({"who": _("请写明查询单位和经办人。")})
    consent = (
        Consent.objects.filter(digest=receipt_digest(code), revoked_at=None, until__gte=today)
        .select_related("organisation")
        .first()
    )
    if consent is None:
        raise Problem(
            "no_consent", _("授权码无效、已撤回或者已过期。"), status=404, remedy=_("请向企业核对，或者请其重新授权。"),
            errors={"code": _("授权码无效、已撤回或者已过期。")},
        )  # fmt: skip
    with transaction.atomic():
        Look.objects.create(consent=consent, who=who.replace("\x00", "").strip()[:200], channel=channel)
        record(
            None, "credit.verified", f"organisation:{consent.organisation.uscc}",
            {"consent": consent.pk, "channel": channel}, look=True,
        )  # fmt: skip
    organisation = registry.current(consent.organisation)
    items = queries.file_of(organisation, today, officer=False)
    return Seen(
        consent, organisation, [one for one in items if one.group in consent.kinds and opened(one, today)]
    )


def opened(one: Item, today: date) -> bool:
    """Whether consent may show an item: what stands, and what speaks against the organisation only while public."""
    if one.state == "withdrawn" or one.kind in rules.CONFIDENTIAL:
        return False
    return one.kind not in rules.RECORDS | rules.FOREIGN or rules.is_public(one, today)


# -- certificates of no record ----------------------------------------------------------------------------------


def against(organisation: Organisation, since: date, until: date) -> list[Fact]:
    """What is on record against an organisation in a period, public or not, unless it was withdrawn."""
    return list(
        Fact.objects.filter(
            organisation=organisation,
            kind__in=rules.VIOLATIONS,
            withdrawn_at=None,
            on__gte=since,
            on__lte=until,
        )
    )


def undecided(organisation: Organisation) -> bool:
    """Whether a record of just this name, or a former one, waits for somebody to say who it is about."""
    names = [organisation.name, *organisation.names.values_list("name", flat=True)]
    names += Organisation.objects.filter(merged_into=organisation).values_list("name", flat=True)
    digests = [fingerprint(name_key(name)) for name in names]
    return Unmatched.objects.filter(state=Unmatched.State.WAITING, name_digest__in=digests).exists()


def certify(actor: User, organisation: Organisation, purpose: str, since: date) -> Certificate:
    """A certificate that nothing of the listed kinds is on record since a day, as of now.

    Raises Problem ``forbidden``, ``values_wrong``, ``on_record`` (409, naming what), ``undecided`` (409).
    """
    own = actor.may("credit.own") and actor.organisation_id == organisation.pk
    officer = (
        actor.may("credit.read")
        and actor.may("cases.work")
        and reaches(actor, organisation.region, organisation.pk)
    )
    if not own and not officer:
        raise Problem("forbidden", _("证明由本单位或者当地监管人员申请。"), status=403)
    now, today = timezone.now(), dates.today()
    wrong = {}
    if not purpose.strip():
        wrong["purpose"] = _("必填")
    if not today - timedelta(days=3660) <= since < today:
        wrong["since"] = _("查询起始日须在今天以前、十年以内。")
    if wrong:
        raise values_wrong(wrong)
    found = against(organisation, since, today)
    if found:
        listed = "；".join(f"{one.on} {one.get_kind_display()} {one.title}" for one in found[:10])
        raise Problem(
            "on_record", _("期间内有 %(n)d 条记录，不能出具：%(what)s") % {"n": len(found), "what": listed}, status=409,
            remedy=_("对记录有异议的，请在信用档案里提出。"), facts=[one.reference for one in found],
        )  # fmt: skip
    if undecided(organisation):
        raise Problem(
            "undecided", _("有一条同名的记录还没有认定属于谁，暂不能出具。"), status=409,
            remedy=_("请联系当地监管部门先行认定。"),
        )  # fmt: skip
    kinds = sorted(rules.VIOLATIONS)
    earliest = {
        kind: day.isoformat()
        for kind in kinds
        if (day := Fact.objects.filter(kind=kind).order_by("on").values_list("on", flat=True).first())
    }
    code = new_secret()
    data = _paper(organisation, purpose.strip(), since, now, kinds, earliest, code)
    with transaction.atomic():
        made = Certificate.objects.create(
            code=code, organisation=organisation, name=organisation.name, purpose=purpose.strip()[:200], since=since,
            until=today, kinds=kinds, sources=earliest, sha256=filing.keep(data), made_at=now, made_by=actor,
        )  # fmt: skip
        record(
            actor, "credit.certificate", f"organisation:{organisation.uscc}",
            {"code": code, "sha256": made.sha256, "since": since.isoformat(), "until": today.isoformat()},
        )  # fmt: skip
    return made


def link(code: str) -> str:
    """Where a certificate is checked."""
    return f"{settings.BASE_URL}/credit/certificates/{code}/"


def _paper(
    organisation: Organisation,
    purpose: str,
    since: date,
    now: datetime,
    kinds: list[str],
    earliest: dict[str, str],
    code: str,
) -> bytes:
    moment = dates.local(now)
    with translation.override("zh-hans"):
        listed = [
            words.kind(kind)
            + (f"（本平台最早 {earliest[kind]}）" if kind in earliest else "（本平台尚无此类记录）")
            for kind in kinds
        ]
    first = (
        f"经查询本平台截至{day_words(moment.date())}{moment:%H:%M}的信用档案，{organisation.name}（统一社会信用代码"
        f"{organisation.uscc}）自{day_words(since)}起，没有下列各类记录。已撤回的记录不计；公示期已满的记录也在查询之内。"
    )
    second = (
        "本证明只说明本平台查询时的记录，不含投诉举报、正在办理的案件，也不含其他机关没有报送到本平台的记录。"
    )
    return paper.pdf(
        TITLE, f"验证码 {code}", [first, second],
        rows=[
            ("单位", organisation.name), ("统一社会信用代码", organisation.uscc), ("查询的类别", "；".join(listed)),
            ("查询期间", f"{since.isoformat()} 至 {moment.date().isoformat()}"), ("用途", purpose),
            ("查询时间", moment.isoformat(timespec="seconds")),
        ],
        foot=["质衡平台自动出具，扫码核验", day_words(moment.date())], link=link(code),
    )  # fmt: skip
