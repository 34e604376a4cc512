"""Policies of product-liability insurance, and the reminders that were sent."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Policy(models.Model):
    """A policy by its insurer and number: whom and what it covers, from when until when, up to how much."""

    number = models.CharField(_("保单号"), max_length=60)
    insurer = models.ForeignKey(
        "registry.Organisation",
        on_delete=models.PROTECT,
        related_name="policies_issued",
        verbose_name=_("保险机构"),
    )
    insured = models.ForeignKey(
        "registry.Organisation",
        on_delete=models.PROTECT,
        related_name="policies_held",
        verbose_name=_("被保险人"),
    )
    product = models.CharField(_("承保产品"), max_length=200)
    gtin = models.CharField(_("商品条码"), max_length=14, blank=True, default="")
    valid_from = models.DateField(_("保险期间起"))
    valid_until = models.DateField(_("保险期间止"))
    limit_each = models.DecimalField(_("每次事故限额（元）"), max_digits=15, decimal_places=2)
    limit_total = models.DecimalField(_("累计限额（元）"), max_digits=15, decimal_places=2)
    source = models.CharField(_("来源"), max_length=60, blank=True, default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-valid_until", "-id"]
        indexes = [models.Index(fields=["insured", "valid_until"], name="redress_policy_insured")]
        constraints = [
            models.UniqueConstraint(fields=["insurer", "number"], name="redress_policy_once"),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="redress_policy_period"),
            models.CheckConstraint(
                condition=Q(limit_each__gt=0) & Q(limit_total__gte=F("limit_each")), name="redress_policy_limits"
            ),
        ]  # fmt: skip
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.number


class Reminder(models.Model):
    """That somebody was reminded of a day he had promised, which was over. Once for each promise."""

    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="reminders")
    due_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "due_on"], name="redress_reminder_once")]

    def __str__(self) -> str:
        return f"case {self.case_id}, {self.due_on}"
