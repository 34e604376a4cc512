"""Runs of the risk classes, and which organisations changed in each."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One run over all organisations; ``last`` is the last organisation done, so that a stopped run goes on.

    The classes themselves are standings (core/facts); the run keeps how many there were of each and how many changed.
    """

    edition = models.CharField(_("规则版本"), max_length=20)
    day = models.DateField(_("计算日"))
    started_at = models.DateTimeField(_("开始"), auto_now_add=True)
    finished_at = models.DateTimeField(_("完成"), null=True)
    last = models.BigIntegerField(default=0)
    organisations = models.PositiveIntegerField(_("主体"), default=0)
    changed = models.PositiveIntegerField(_("变动"), default=0)
    counts = models.JSONField(default=dict, help_text="organisations by class")
    points = models.JSONField(default=dict, help_text="organisations by points, in bins")
    psi = models.FloatField(
        _("稳定性指数"), null=True, help_text="against the run before, of the same edition"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["day"], name="credit_one_run_at_a_time", condition=models.Q(finished_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.day}"


class Change(models.Model):
    """An organisation that had another class before a run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="class_changes"
    )
    was = models.CharField(max_length=1)
    value = models.CharField(max_length=1)
    points = models.FloatField()

    class Meta:
        ordering = ["-id"]
