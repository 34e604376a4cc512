"""What was taken where, and who would not have it taken."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.models import Case
from zhiheng.core.crypto import EncryptedTextField
from zhiheng.systems.inspection.models.plan import Inspector, PlanItem, Stage, Task


class Sample(models.Model):
    """A sample with its sheet (抽样单). ``key`` is given by the device: what is sent twice is kept once.

    ``organisation`` is the one sampled, ``producer`` the nominal producer (标称生产者) as far as registered.
    ``form`` is the sheet as it was sent, without people's names; those are ciphertext.
    A spot check's sample has its own ``case``; that of a re-check has none, it belongs to the case of the order.
    """

    class State(models.TextChoices):
        TAKEN = "taken", _("已抽样")
        RECEIVED = "received", _("实验室已收样")
        REPORTED = "reported", _("已出报告")
        RETURNED = "returned", _("已退还或者处置")
        VOID = "void", _("作废")

    key = models.UUIDField(unique=True)
    number = models.CharField(_("抽样单号"), max_length=40, unique=True)
    task = models.OneToOneField(Task, null=True, on_delete=models.PROTECT, related_name="sample")
    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="samples")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="samples_taken"
    )
    producer = models.ForeignKey(
        "registry.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="samples_produced",
    )
    producer_name = models.CharField(_("标称生产者"), max_length=200, blank=True)
    producer_address = models.CharField(_("标称生产者地址"), max_length=300, blank=True, default="")
    region = models.CharField(_("抽样地"), max_length=6)
    stage = models.CharField(_("环节"), max_length=10, choices=Stage.choices)
    product = models.CharField(_("样品名称"), max_length=200)
    brand = models.CharField(_("商标"), max_length=100, blank=True, default="")
    spec = models.CharField(_("规格型号"), max_length=100, blank=True, default="")
    standard = models.CharField(_("执行标准"), max_length=200, blank=True, default="")
    code = models.CharField(_("扫描的代码"), max_length=300, blank=True, default="", db_index=True)
    batch = models.CharField(_("批号或者生产日期"), max_length=100, blank=True, default="")
    base_quantity = models.CharField(_("抽样基数"), max_length=60)
    quantity = models.CharField(_("检验样品数量"), max_length=60)
    spare_quantity = models.CharField(_("备用样品数量"), max_length=60, blank=True, default="")
    price = models.DecimalField(_("购样价格（元）"), max_digits=12, decimal_places=2, null=True, blank=True)
    seals = models.JSONField(default=list, help_text="numbers of the seals of sample and spare")
    platform = models.CharField(_("电商平台"), max_length=200, blank=True, default="")
    inspectors = models.ManyToManyField(Inspector, related_name="samples")
    signer = EncryptedTextField(_("被抽样者签字人"), blank=True, default="")
    signature = models.CharField(max_length=64, blank=True, default="", help_text="SHA-256 of the picture")
    signature_refused = models.BooleanField(_("拒绝签字"), default=False)
    form = models.JSONField(default=dict)
    taken_at = models.DateTimeField(_("抽样时间"))
    sent_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.TAKEN)
    laboratory = models.ForeignKey(
        "registry.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="samples_tested",
    )
    received_at = models.DateTimeField(_("收样时间"), null=True)
    condition = models.CharField(_("收样状况"), max_length=300, blank=True, default="")
    seals_intact = models.BooleanField(null=True)
    spare_until = models.DateField(_("备用样品保存至"), null=True)
    best_before = models.DateField(
        _("保质期至"), null=True, help_text="a spare sample is kept no longer than this"
    )
    purchase = EncryptedTextField(
        blank=True,
        default="",
        help_text="JSON: who bought it online, account, payment, delivery (SAMR-18 Art. 26)",
    )
    draft = models.JSONField(default=list, help_text="results as entered so far, until the report is issued")
    disposed_at = models.DateTimeField(null=True)
    disposed_how = models.CharField(_("处置方式"), max_length=300, blank=True, default="")
    case = models.OneToOneField(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="sample"
    )

    class Meta:
        ordering = ["-taken_at", "-id"]
        indexes = [
            models.Index(fields=["region", "-taken_at"], name="inspection_sample_office"),
            models.Index(fields=["laboratory", "state"], name="inspection_sample_lab"),
            models.Index(fields=["state", "spare_until"], name="inspection_sample_spare"),
            models.Index(fields=["organisation", "-taken_at"], name="inspection_sample_org"),
            models.Index(fields=["producer", "-taken_at"], name="inspection_sample_producer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def rectification(self) -> Case | None:
        """The case of the order that a re-check's sample was taken for."""
        return self.task.rectification if self.task is not None else None

    @property
    def belongs_to(self) -> Case | None:
        """The case that says what comes of it."""
        return self.case or self.rectification

    @property
    def office(self) -> str:
        """The region of the office that organises the check."""
        return self.task.office if self.task is not None else self.item.plan.region


class Photo(models.Model):
    """A picture of the place, the goods, the sealing, the signature.

    The sheet says which pictures belong to it, each by its hash; they come one by one, so what is missing is known.
    ``key`` is given by the device.
    """

    key = models.UUIDField(unique=True, null=True)
    received_at = models.DateTimeField(null=True)
    sample = models.ForeignKey(Sample, null=True, on_delete=models.CASCADE, related_name="photos")
    refusal = models.ForeignKey("Refusal", null=True, on_delete=models.CASCADE, related_name="photos")
    kind = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sample__isnull=False) ^ Q(refusal__isnull=False), name="inspection_photo_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Refusal(models.Model):
    """Somebody refused or hindered sampling (SAMR-18 Art. 21): recorded as it was, reported at once.

    ``form`` is the record as it was sent, without people's names. An officer of the organising office confirms or
    dismisses (``confirmed_by`` and ``confirmed_at`` say who and when in both cases).
    """

    class Kind(models.TextChoices):
        REFUSED = "refused", _("拒绝抽样")
        HINDERED = "hindered", _("阻碍抽样")
        PRICE = "price", _("以明显不合理的样品价格阻碍抽样")

    key = models.UUIDField(unique=True)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="refusal")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="sampling_refusals"
    )
    kind = models.CharField(_("情形"), max_length=8, choices=Kind.choices, default=Kind.REFUSED)
    how = models.CharField(_("方式"), max_length=300)
    form = models.JSONField(default=dict)
    sent_at = models.DateTimeField(auto_now_add=True)
    happened_at = models.DateTimeField()
    witness = EncryptedTextField(_("在场人"), blank=True, default="")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    dismissed_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-happened_at"]

    def __str__(self) -> str:
        return f"refusal {self.pk}"

    @property
    def state(self) -> str:
        """``waiting``, ``confirmed`` or ``dismissed``."""
        if self.confirmed_at is None:
            return "waiting"
        return "dismissed" if self.dismissed_why else "confirmed"


class NoSample(models.Model):
    """A visit that brought no sample: what was there must not be sampled (SAMR-18 Art. 18), or nothing was there."""

    class Ground(models.TextChoices):
        QUANTITY = "quantity", _("待销产品数量不符合实施细则要求")
        NOT_FOR_SALE = "not_for_sale", _("有充分证据表明不用于销售，或者只用于出口并且合同另有约定")
        TRIAL = "trial", _("产品或者包装上标注“试制”“处理”“样品”等字样")
        NOT_MADE = "not_made", _("没有生产、销售该产品")
        CLOSED = "closed", _("停业、搬迁或者找不到")
        RECENT = "recent", _("能证明同一产品六个月内经上级抽查")

    key = models.UUIDField(unique=True)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="no_sample")
    ground = models.CharField(_("原因"), max_length=14, choices=Ground.choices)
    form = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    sent_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-happened_at"]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.ground}"


class Alert(models.Model):
    """Something an office is to know at once: a refusal, a broken seal, a grave result, a report taken back.

    One row for each office that is told (the organiser, the county); somebody there says that it was seen.
    """

    class Kind(models.TextChoices):
        REFUSAL = "refusal", _("拒绝抽样")
        SEAL = "seal", _("封样破损，样品不能检验")
        HIGH_RISK = "high_risk", _("可能严重危害")
        WITHDRAWN = "withdrawn", _("检验报告撤回")

    kind = models.CharField(_("事项"), max_length=10, choices=Kind.choices)
    region = models.CharField(max_length=6, help_text="GB/T 2260 of the office that is told")
    sample = models.ForeignKey(Sample, null=True, on_delete=models.CASCADE, related_name="alerts")
    refusal = models.ForeignKey(Refusal, null=True, on_delete=models.CASCADE, related_name="alerts")
    at = models.DateTimeField(auto_now_add=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["region", "seen_at", "-at"], name="inspection_alert_office")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sample__isnull=False) ^ Q(refusal__isnull=False), name="inspection_alert_of_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.region}"
