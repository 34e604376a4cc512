"""Runs of the risk classes."""

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
    psi = models.FloatField(_("稳定性指数"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.day}"
