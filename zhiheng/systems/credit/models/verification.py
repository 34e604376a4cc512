"""What an organisation lets others see of its file, who looked, and certificates of no record."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Consent(models.Model):
    """An organisation's consent that whoever has the code looks at its file: for whom, what for, until when."""

    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="credit_consents"
    )
    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the code; the code itself is not kept"
    )
    recipient = models.CharField(_("提供给"), max_length=200)
    purpose = models.CharField(_("用途"), max_length=200)
    kinds = models.JSONField(_("范围"), default=list, help_text="groups of the file that may be seen")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("同意时间"), auto_now_add=True)
    until = models.DateField(_("有效至"))
    revoked_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        ordering = ["-given_at", "-id"]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.purpose}"


class Look(models.Model):
    """One look at a file with a consent: who said to be looking, from where, when. The organisation sees it."""

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="looks")
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    who = models.CharField(_("查询人"), max_length=200)
    channel = models.CharField(max_length=4, help_text="page or api")

    class Meta:
        ordering = ["-at", "-id"]


class Certificate(models.Model):
    """A certificate that nothing of some kinds was on record about an organisation: what was looked at, as of when."""

    code = models.CharField(_("验证码"), max_length=16, unique=True)
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="credit_certificates"
    )
    name = models.CharField(max_length=200, help_text="as it was")
    purpose = models.CharField(_("用途"), max_length=200)
    since = models.DateField(_("查询起"))
    until = models.DateField(_("查询止"))
    kinds = models.JSONField(default=list)
    sources = models.JSONField(
        default=dict, help_text="rows looked at by kind, and since when each is recorded here"
    )
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("出具时间"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.code
