"""Facts about organisations, and how they stand. Licences, certificates and honours are designations (registry)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField
from zhiheng.core.registry.models import PersonDigestField


class Fact(models.Model):
    """One thing that happened, on record about one organisation.

    ``reference`` says where it comes from (``case:<number>``, ``sample:<number>``, ``job:<id>:<number>``) and makes it
    one of its kind. ``counts_until`` and ``public_until`` are last days; none is open-ended for the first and *not
    public* for the second unless ``public_from`` is set. A withdrawn fact stays, and counts no more.
    """

    class Kind(models.TextChoices):
        CHECK_PASSED = "check_passed", _("监督抽查合格")
        CHECK_FAILED = "check_failed", _("监督抽查不合格")
        CHECK_REFUSED = "check_refused", _("拒绝抽样检查")
        RANDOM_CHECK = "random_check", _("双随机抽查结果（其他机关）")
        NOT_RECTIFIED = "not_rectified", _("逾期不整改或者复查不合格")
        PENALTY = "penalty", _("行政处罚")
        COMPLAINT_UPHELD = "complaint_upheld", _("投诉举报查证属实")
        RECALL = "recall", _("召回")
        ACCIDENT = "accident", _("质量安全事故")
        COMMITMENT = "commitment", _("质量安全承诺")
        COMMITMENT_BROKEN = "commitment_broken", _("违反承诺")
        ABNORMAL = "abnormal", _("列入经营异常名录")
        SERIOUS = "serious", _("列入严重违法失信名单")
        KEY_SUPERVISION = "key_supervision", _("列入重点监管名单")
        REVOKED = "revoked", _("吊销、责令关闭或者停业")
        REPAIRED = "repaired", _("信用修复")

    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="facts")
    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices)
    on = models.DateField(_("日期"))
    title = models.CharField(_("事由"), max_length=300)
    reference = models.CharField(_("来源编号"), max_length=128)
    source = models.CharField(_("提供单位"), max_length=200)
    basis = models.CharField(_("依据"), max_length=300)
    region = models.CharField(_("作出机关"), max_length=6, blank=True, default="", help_text="GB/T 2260")
    details = models.JSONField(
        default=dict, blank=True, help_text="what else the source says; no personal data"
    )
    counts_until = models.DateField(_("计入至"), null=True, blank=True)
    public_from = models.DateField(_("公示自"), null=True, blank=True)
    public_until = models.DateField(_("公示至"), null=True, blank=True)
    disclosure = models.ForeignKey(
        "disclosure.Disclosure", null=True, blank=True, on_delete=models.PROTECT, related_name="facts",
        help_text="what made it public here; none where another office did",
    )  # fmt: skip
    shielded_by = models.CharField(
        max_length=60, blank=True, default="",
        help_text="the case that hides it from the public for a time or, with a statement, has that put on it",
    )  # fmt: skip
    statement = models.CharField(_("声明"), max_length=300, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_why = models.CharField(_("撤回原因"), max_length=300, blank=True, default="")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(
        default=timezone.now, db_index=True, help_text="recorded, withdrawn, or its publication changed"
    )

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [
            models.Index(fields=["organisation", "-on"], name="facts_by_organisation"),
            models.Index(fields=["kind", "-on"], name="facts_by_kind"),
            models.Index(fields=["reference"], name="facts_by_reference"),
            models.Index(
                fields=["-on", "-id"], name="facts_public",
                condition=Q(public_from__isnull=False, withdrawn_at__isnull=True),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "reference"], name="facts_once"),
            models.CheckConstraint(condition=~Q(basis=""), name="facts_have_basis"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_why=""), name="facts_withdrawal_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

    @property
    def hidden(self) -> bool:
        """Whether the public does not see it for a time."""
        return bool(self.shielded_by) and not self.statement


class Standing(models.Model):
    """How an organisation stands under a scheme today: one value, since when, by what. Its past is in the ledger."""

    class Scheme(models.TextChoices):
        RISK_CLASS = "risk_class", _("信用风险分类（监管内部）")
        KEY_SUPERVISION = "key_supervision", _("重点监管名单")
        SERIOUS = "serious", _("严重违法失信名单")
        ABNORMAL = "abnormal", _("经营异常名录")

    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="standings"
    )
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    value = models.CharField(max_length=12)
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="last day, where one is set")
    reference = models.CharField(max_length=128, blank=True, default="")
    details = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["scheme", "organisation_id"]
        indexes = [models.Index(fields=["scheme", "value", "organisation"], name="facts_by_standing")]
        constraints = [models.UniqueConstraint(fields=["organisation", "scheme"], name="facts_standing_once")]

    def __str__(self) -> str:
        return f"{self.scheme} of {self.organisation_id}: {self.value}"


class Unmatched(models.Model):
    """Something an office sent about an organisation that nobody could tell by its code: it waits for a person.

    ``fact`` holds the fields of the fact to be recorded once the organisation is known; without them the row that
    ``reference`` names (``penalty:<id>``, ``designation:<id>``) is only tied to the organisation. A name alone never
    decides. The name is kept encrypted: a shop's is often its owner's.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待确认")
        MATCHED = "matched", _("已归到主体")
        NOBODY = "nobody", _("不属于已登记主体")

    kind = models.CharField(_("类别"), max_length=20, help_text="a kind of fact, or a kind of designation")
    reference = models.CharField(_("来源编号"), max_length=128, unique=True)
    title = models.CharField(_("事由"), max_length=300)
    name = EncryptedTextField(_("名称"))
    name_digest = PersonDigestField(max_length=64, db_index=True, editable=False, default="")
    code = models.CharField(_("代码"), max_length=32, blank=True, default="", help_text="as it was sent")
    registration_no = models.CharField(_("工商注册号"), max_length=50, blank=True, default="")
    on = models.DateField(_("日期"), null=True, blank=True)
    source = models.CharField(_("提供单位"), max_length=200)
    region = models.CharField(max_length=6, help_text="GB/T 2260, of the office that sent it")
    fact = models.JSONField(null=True, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="matched"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("确认时间"), null=True)
    why = models.CharField(_("理由"), max_length=300, blank=True, default="")
    held_at = models.DateTimeField(_("收到时间"), auto_now_add=True)

    class Meta:
        ordering = ["held_at", "id"]
        indexes = [models.Index(fields=["state", "region", "held_at"], name="facts_unmatched_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="matched", organisation__isnull=False)
                | (~Q(state="matched") & Q(organisation__isnull=True)),
                name="facts_matched_has_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

    @property
    def made(self) -> dict[str, Any]:
        """The fields of the fact to be recorded, dates as dates."""
        dated = {"on", "counts_until", "public_from", "public_until"}
        return {k: date.fromisoformat(v) if k in dated and v else v for k, v in (self.fact or {}).items()}
