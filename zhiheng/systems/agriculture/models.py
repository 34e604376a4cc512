"""Samples of routine monitoring (例行监测), and the task that a failing one makes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField, mask_name


class MonitoringSample(models.Model):
    """A sample as the agricultural office reported it, under its own number within a scheme.

    ``site`` is the base, farm or market where it was taken: samples of one site are alike, so rates take it as the
    cluster. Where there is no registered organisation, the holder of the stall is kept as ciphertext.
    """

    class Stage(models.TextChoices):
        BASE = "base", _("生产基地")
        SLAUGHTER = "slaughter", _("屠宰")
        TRANSPORT = "transport", _("运输")
        WHOLESALE = "wholesale", _("批发市场")
        RETAIL = "retail", _("农贸市场和商超")

    class Conclusion(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")

    scheme = models.CharField(_("监测计划"), max_length=120)
    number = models.CharField(_("样品编号"), max_length=60)
    commodity = models.CharField(_("品种"), max_length=100)
    region = models.CharField(_("抽样地"), max_length=6, help_text="GB/T 2260")
    stage = models.CharField(_("环节"), max_length=10, choices=Stage.choices)
    site = models.CharField(_("抽样场所"), max_length=200)
    taken_on = models.DateField(_("抽样日期"))
    laboratory = models.CharField(_("检测机构"), max_length=200)
    tested = models.CharField(_("检测参数"), max_length=1000)
    failing = models.CharField(_("不合格参数"), max_length=1000, blank=True, default="")
    conclusion = models.CharField(_("结论"), max_length=4, choices=Conclusion.choices)
    organisation = models.ForeignKey(
        "registry.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="monitoring_samples",
    )
    stall = EncryptedTextField(_("摊主或者农户"), blank=True, default="")
    code = models.CharField(_("追溯码"), max_length=300, blank=True, default="")
    sent_by = models.CharField(_("报送"), max_length=150, blank=True, default="")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-taken_on", "-id"]
        indexes = [
            models.Index(fields=["taken_on", "region"], name="agriculture_sample_day"),
            models.Index(fields=["region", "-taken_on"], name="agriculture_sample_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="agriculture_sample_once"),
            models.CheckConstraint(
                condition=Q(conclusion="fail") ^ Q(failing=""), name="agriculture_fail_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.number}"

    @property
    def holder(self) -> str:
        """Whose it was, as everybody who may list it sees it: the organisation, else the masked name of the stall."""
        if self.organisation is not None:
            return self.organisation.name
        return mask_name(self.stall) if self.stall else ""


class Disposal(models.Model):
    """What is to be done about a failing sample: find where it came from and went, and deal with it.

    A task of the office of its region. It has no clock: no statute that is loaded sets one for it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待处置")
        DONE = "done", _("已处置")
        VOID = "void", _("结论已更正")

    sample = models.OneToOneField(MonitoringSample, on_delete=models.PROTECT, related_name="disposal")
    state = models.CharField(_("状态"), max_length=4, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="disposals"
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    traced = models.TextField(_("溯源情况"), blank=True, default="")
    measures = models.TextField(_("处置情况"), blank=True, default="")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["state", "-opened_at"], name="agriculture_disposal_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(traced="") & ~Q(measures="") & Q(done_at__isnull=False)),
                name="agriculture_done_says_how",
            )
        ]

    def __str__(self) -> str:
        return f"disposal of {self.sample_id}"
