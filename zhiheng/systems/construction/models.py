"""Acceptances of works, each attempt a row."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WorkAcceptance(models.Model):
    """One attempt at the completion acceptance (竣工验收) of a section of a project, as the department reported it.

    A work is a project's contract section. Its first attempt has number 1; only that can be a first-time pass.
    """

    class Kind(models.TextChoices):
        HOUSING = "housing", _("房屋建筑")
        MUNICIPAL = "municipal", _("市政")
        HIGHWAY = "highway", _("公路")
        WATERWAY = "waterway", _("水运")
        WATER = "water", _("水利")
        OTHER = "other", _("其他")

    class Size(models.TextChoices):
        LARGE = "large_medium", _("大中型工程")
        OTHER = "other", _("其他工程")

    class Conclusion(models.TextChoices):
        PASS = "pass", _("合格")
        FAIL = "fail", _("不合格")

    project_code = models.CharField(_("项目代码"), max_length=60)
    project = models.CharField(_("项目名称"), max_length=200)
    section = models.CharField(_("标段"), max_length=100, blank=True, default="")
    kind = models.CharField(_("工程类别"), max_length=10, choices=Kind.choices)
    size = models.CharField(_("规模"), max_length=12, choices=Size.choices)
    region = models.CharField(_("所在地"), max_length=6, help_text="GB/T 2260")
    accepted_on = models.DateField(_("验收日期"))
    attempt = models.PositiveSmallIntegerField(_("第几次验收"))
    conclusion = models.CharField(_("结论"), max_length=4, choices=Conclusion.choices)
    source = models.CharField(_("报送部门"), max_length=200)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-accepted_on", "project_code", "section", "attempt"]
        indexes = [models.Index(fields=["region", "accepted_on"], name="construction_place_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["project_code", "section", "attempt"], name="construction_attempt_once"
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="construction_attempts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.project_code} {self.section} ({self.attempt})"
