"""The commitment of whoever answers first for quality (第一责任人承诺)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Commitment(models.Model):
    """A legal representative's commitment: the edition of its text, its hash, who signed for the firm and when.

    It holds for the person: when the legal representative changes, a new one is due.
    """

    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="commitments"
    )
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="commitments")
    edition = models.CharField(_("文本版本"), max_length=20)
    text_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, help_text="of the archived PDF")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("签署时间"))

    class Meta:
        ordering = ["-signed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "edition"], name="credit_commitment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.edition}"
