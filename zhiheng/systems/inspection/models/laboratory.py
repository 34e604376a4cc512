"""What the laboratory found."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField
from zhiheng.systems.inspection.models.sampling import Sample


class Report(models.Model):
    """A test report of a sample: the first one, or that of a re-test (``retest``), whose conclusion is final.

    ``code`` is what the PDF's QR code leads to: anybody who has the report verifies it by that and by its hash.
    ``decided_in`` is the step by which officers decided on a re-check, where they did so by this report.
    """

    class Conclusion(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")
        NOT_REJECTED = "not_rejected", _("不否定核查总体")

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="reports")
    retest = models.BooleanField(default=False)
    laboratory = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="inspection_reports"
    )
    number = models.CharField(_("报告编号"), max_length=60, unique=True)
    conclusion = models.CharField(_("结论"), max_length=12, choices=Conclusion.choices)
    failing_units = models.PositiveIntegerField(_("不合格品数"), null=True, help_text="d of an audit (L > 0)")
    high_risk = models.BooleanField(_("可能严重危害"), default=False)
    issued_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signatory = EncryptedTextField(_("授权签字人"))
    code = models.CharField(max_length=32, unique=True)
    sha256 = models.CharField(max_length=64, help_text="of the PDF as it was issued")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=300, blank=True, default="")
    decided_in = models.OneToOneField(
        "cases.Step", null=True, blank=True, on_delete=models.PROTECT, related_name="recheck_report"
    )

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "retest"],
                condition=Q(withdrawn_at=None),
                name="inspection_report_once",
            )
        ]

    def __str__(self) -> str:
        return self.number


class ItemResult(models.Model):
    """One item of a report: value and uncertainty as the laboratory wrote them, limit, decision rule, verdict."""

    class Verdict(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")
        INCONCLUSIVE = "inconclusive", _("不能判定")
        NOT_TESTED = "not_tested", _("未检")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="results")
    item = models.CharField(_("检验项目"), max_length=200)
    method = models.CharField(_("检验方法"), max_length=200, blank=True, default="")
    value = models.CharField(_("检验结果"), max_length=100)
    unit = models.CharField(_("单位"), max_length=40, blank=True, default="")
    uncertainty = models.CharField(_("扩展不确定度"), max_length=60, blank=True, default="")
    coverage = models.FloatField(_("包含因子"), null=True)
    limit = models.CharField(_("标准值"), max_length=100, blank=True, default="")
    decision_rule = models.CharField(_("判定规则"), max_length=20, blank=True, default="")
    verdict = models.CharField(_("判定"), max_length=14, choices=Verdict.choices)
    high_risk = models.BooleanField(default=False)
    computed = models.CharField(
        max_length=14, choices=Verdict.choices, blank=True, default="", help_text="by the decision rule"
    )
    override_why = models.CharField(_("改判理由"), max_length=300, blank=True, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.item}: {self.value}"
