"""Results that other bodies published: kept as they were read, with what the reader was unsure of."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PublishedNotice(models.Model):
    """A notice of spot checks that some authority published. ``sha256`` is of what was imported: once is enough."""

    agency = models.CharField(_("发布机关"), max_length=200)
    title = models.CharField(_("标题"), max_length=300)
    published = models.CharField(
        _("发布日期"), max_length=30, blank=True, default="", help_text="as far as stated"
    )
    published_on = models.DateField(null=True)
    url = models.CharField(_("来源地址"), max_length=500, blank=True, default="")
    batches = models.PositiveIntegerField(_("抽检批次"), null=True)
    nonconforming = models.PositiveIntegerField(_("不合格批次"), null=True)
    sha256 = models.CharField(max_length=64, unique=True)
    region = models.CharField(max_length=6, help_text="GB/T 2260 of the office that imported it")
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_on", "-id"]

    def __str__(self) -> str:
        return self.title


class PublishedRow(models.Model):
    """One failing sample of a notice, or (with ``batches``) what came of a whole group of products.

    ``confidence`` is the parser's; a person confirms, corrects or drops the row.

    ``items`` are ``[{"item", "measured", "limit"}]`` as published. ``seen`` is the row as the parser read it, kept
    beside what a person made of it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        DROPPED = "dropped", _("不采用")

    notice = models.ForeignKey(PublishedNotice, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    text = models.TextField(help_text="the sentence, or the cells of the table")
    sampled_name = models.CharField(_("被抽样单位"), max_length=200, blank=True, default="")
    sampled_address = models.CharField(_("被抽样单位地址"), max_length=300, blank=True, default="")
    producer_name = models.CharField(_("标称生产者"), max_length=200, blank=True, default="")
    producer_address = models.CharField(_("标称生产者地址"), max_length=300, blank=True, default="")
    supplier_name = models.CharField(_("标称供应商"), max_length=200, blank=True, default="")
    product = models.CharField(_("产品名称"), max_length=300, blank=True, default="")
    brand = models.CharField(_("商标"), max_length=100, blank=True, default="")
    spec = models.CharField(_("规格型号"), max_length=200, blank=True, default="")
    batch = models.CharField(_("生产日期或者批号"), max_length=100, blank=True, default="")
    items = models.JSONField(default=list)
    batches = models.PositiveIntegerField(_("抽检批次"), null=True)
    nonconforming = models.PositiveIntegerField(_("不合格批次"), null=True)
    laboratory = models.CharField(_("检验机构"), max_length=200, blank=True, default="")
    platform = models.CharField(_("电商平台"), max_length=200, blank=True, default="")
    remark = models.CharField(_("备注"), max_length=500, blank=True, default="")
    confidence = models.FloatField(help_text="0 to 1")
    doubts = models.JSONField(default=list, help_text="codes of rules_notices.DOUBTS")
    seen = models.JSONField(default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    sampled = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="published_as_sampled"
    )
    producer = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="published_as_producer"
    )
    corrected = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["notice", "line"]
        indexes = [models.Index(fields=["state", "notice"], name="inspection_published_state")]
        constraints = [models.UniqueConstraint(fields=["notice", "line"], name="inspection_published_once")]

    def __str__(self) -> str:
        return f"{self.product} {self.line}"
