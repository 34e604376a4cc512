"""What enforcement keeps besides the engine's cases: evidence, sealed goods, answers, plans, campaigns, penalties."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.models import Case, File, Step
from zhiheng.core.crypto import EncryptedTextField
from zhiheng.core.disclosure.models import Disclosure

USER = settings.AUTH_USER_MODEL


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and inserts only."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("These rows are append-only.")

    update = delete = bulk_update = _refuse


class AppendOnly(models.Model):
    """A row that is written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; never update."""
        if not self._state.adding:
            raise TypeError("These rows are append-only.")
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise TypeError("These rows are append-only.")


class Struck(models.Model):
    """Something that is never removed: it is struck, with a reason, and stays readable."""

    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    struck_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise TypeError("Strike it with a reason.")


class Evidence(Struck):
    """An item of evidence in a penalty case, registered by the step that took it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveIntegerField(_("编号"))
    kind = models.CharField(_("种类"), max_length=20, help_text="a choice of the law's evidence_kind")
    description = EncryptedTextField(_("名称与说明"))
    source = EncryptedTextField(_("提供人或者来源"), blank=True, default="")
    place = EncryptedTextField(_("取证地点"), blank=True, default="")
    seal = models.CharField(_("封样编号"), max_length=60, blank=True, default="")
    taken_at = models.DateTimeField(_("取证时间"))
    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="evidence")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="enforcement_evidence_once")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"

    @property
    def key(self) -> str:
        """How the ledger names it."""
        return f"evidence:{self.case.number}/{self.number}"


class EvidenceFile(AppendOnly):
    """A file of an item of evidence, byte for byte as it came."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="files")
    file = models.OneToOneField(File, on_delete=models.PROTECT, related_name="evidence")

    class Meta:
        ordering = ["id"]


class Custody(AppendOnly):
    """A link of an item's chain of custody: who gave it to whom, when, where, and why."""

    class Event(models.TextChoices):
        TAKEN = "taken", _("取得")
        SEALED = "sealed", _("封样")
        MOVED = "moved", _("移交")
        SENT = "sent", _("送检")
        RETURNED = "returned", _("退回")
        RESULT = "result", _("检验结果")
        DESTROYED = "destroyed", _("销毁")

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="chain")
    seq = models.PositiveIntegerField()
    event = models.CharField(_("保管环节"), max_length=10, choices=Event.choices)
    at = models.DateTimeField(_("时间"))
    giver = EncryptedTextField(_("交出人"), blank=True, default="")
    taker = EncryptedTextField(_("接收人"), blank=True, default="")
    place = models.CharField(_("地点"), max_length=200, blank=True, default="")
    note = EncryptedTextField(_("说明"), blank=True, default="")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["evidence", "seq"], name="enforcement_custody_once")]


class SealedItem(Struck):
    """Goods that a measure preserves, seals or seizes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sealed_items")
    number = models.PositiveIntegerField(_("编号"))
    name = models.CharField(_("名称、规格、型号"), max_length=200)
    quantity = models.CharField(_("数量"), max_length=60)
    seal = models.CharField(_("封条编号"), max_length=60, blank=True, default="")
    place = models.CharField(_("存放地点"), max_length=200)
    note = models.CharField(_("特征或者状态"), max_length=300, blank=True, default="")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="enforcement_sealed_once")]


class Limitation(AppendOnly):
    """An officer's answer to the warning that the time to penalise may be over; the last one counts."""

    class Answer(models.TextChoices):
        CONTINUING = "continuing", _("违法行为有连续或者继续状态")
        GRAVE = "grave", _("涉及生命健康安全、金融安全且有危害后果")
        FOUND_EARLIER = "found_earlier", _("在本案立案前已被发现")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="limitation_answers")
    answer = models.CharField(_("答复"), max_length=16, choices=Answer.choices)
    day = models.DateField(_("日期"), null=True)
    reason = EncryptedTextField(_("理由和证据"))
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]


class Factor(Struck):
    """A factor of discretion (裁量因素) with the officer's reason."""

    class Kind(models.TextChoices):
        AGGRAVATING = "aggravating", _("从重")
        MITIGATING = "mitigating", _("从轻或者减轻")
        EXEMPTING = "exempting", _("不予处罚")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="factors")
    kind = models.CharField(_("作用"), max_length=12, choices=Kind.choices)
    what = models.CharField(_("因素"), max_length=200)
    basis = models.CharField(_("依据"), max_length=200)
    reason = EncryptedTextField(_("理由"))
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]


class Discussion(AppendOnly):
    """A collective discussion of the heads (负责人集体讨论) on a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="discussions")
    held_on = models.DateField(_("讨论日期"))
    people = EncryptedTextField(_("参加人"))
    matter = models.CharField(_("讨论事项"), max_length=200)
    conclusion = EncryptedTextField(_("讨论结论"))
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]


class Instalment(AppendOnly):
    """A part of the amount due, of the plan that the head agreed to in a step; the last step's plan holds."""

    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField(_("缴纳日期"))
    amount = models.DecimalField(_("金额（元）"), max_digits=15, decimal_places=2)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["step", "number"], name="enforcement_instalment_once")]


class Campaign(models.Model):
    """A campaign (专项行动): on what basis, when, where, over what."""

    name = models.CharField(_("名称"), max_length=120)
    basis = models.CharField(_("依据文件"), max_length=300)
    region = models.CharField(_("组织机关"), max_length=6)
    scope = models.TextField(_("范围和重点"), max_length=2000)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"))
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="enforcement_campaign_days"
            ),
            models.UniqueConstraint(fields=["region", "name"], name="enforcement_campaign_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """How the ledger names it."""
        return f"campaign:{self.pk}"


class CampaignCase(AppendOnly):
    """A case that belongs to a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="cases")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="campaign")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)


class PenaltyRecord(models.Model):
    """A penalty that was decided: here (``case``), or elsewhere and sent in (``sent_by``), as 双公示 asks for it."""

    decision_no = models.CharField(_("行政处罚决定书文号"), max_length=128)
    authority = models.CharField(_("处罚机关"), max_length=200)
    authority_code = models.CharField(max_length=18, blank=True, default="")
    region = models.CharField(max_length=6, help_text="of the office that decided or that sent it in")
    case = models.OneToOneField(Case, null=True, on_delete=models.PROTECT, related_name="penalty_record")
    sent_by = models.CharField(
        max_length=150, blank=True, default="", help_text="who sent in a penalty of elsewhere"
    )
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="penalties"
    )
    category = models.CharField(_("行政相对人类别"), max_length=20)
    party_name = EncryptedTextField(_("行政相对人名称"))
    code = models.CharField(max_length=32, blank=True, default="", help_text="USCC, or R3's placeholder")
    registration_no = models.CharField(max_length=50, blank=True, default="")
    identity = EncryptedTextField(blank=True, default="")
    violation_type = models.CharField(_("违法行为类型"), max_length=2000)
    violation = EncryptedTextField(_("违法事实"))
    basis = models.TextField(_("处罚依据"))
    kinds = models.CharField(_("处罚类别"), max_length=255)
    content = EncryptedTextField(_("处罚内容"))
    fine = models.DecimalField(_("罚款金额"), max_digits=15, decimal_places=2, default=0)
    confiscated = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    licence = models.CharField(_("暂扣或吊销证照名称及编号"), max_length=200, blank=True, default="")
    decided_on = models.DateField(_("处罚决定日期"))
    valid_until = models.DateField(_("处罚有效期"), null=True)
    published_until = models.DateField(_("公示截止期"), null=True)
    disclosure = models.OneToOneField(
        Disclosure, null=True, on_delete=models.PROTECT, related_name="penalty_record"
    )
    remark = models.CharField(_("备注"), max_length=512, blank=True, default="")

    class Meta:
        ordering = ["-decided_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "decision_no"], name="enforcement_penalty_once")
        ]
        indexes = [models.Index(fields=["region", "-decided_on"], name="enforcement_penalty_office")]

    def __str__(self) -> str:
        return self.decision_no
