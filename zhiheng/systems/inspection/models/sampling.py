"""What was taken where, and who would not have it taken."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField
from zhiheng.systems.inspection.models.plan import Inspector, PlanItem, Stage, Task


class Sample(models.Model):
    """A sample with its sheet (抽样单). ``key`` is given by the device: what is sent twice is kept once.

    ``organisation`` is the one sampled, ``producer`` the nominal producer (标称生产者) as far as registered.
    ``form`` is the sheet as it was sent, without people's names; those are ciphertext.
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
    case = models.OneToOneField(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="sample"
    )

    class Meta:
        ordering = ["-taken_at", "-id"]
        indexes = [
            models.Index(fields=["region", "-taken_at"], name="inspection_sample_office"),
            models.Index(fields=["laboratory", "state"], name="inspection_sample_lab"),
            models.Index(fields=["organisation", "-taken_at"], name="inspection_sample_org"),
            models.Index(fields=["producer", "-taken_at"], name="inspection_sample_producer"),
        ]

    def __str__(self) -> str:
        return self.number


class Photo(models.Model):
    """A picture of the place, the goods, the sealing, the signature."""

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
    """Somebody refused or hindered sampling (SAMR-18 Art. 21): recorded as it was, reported at once."""

    key = models.UUIDField(unique=True)
    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="refusal")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="sampling_refusals"
    )
    how = models.CharField(_("方式"), max_length=300)
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
