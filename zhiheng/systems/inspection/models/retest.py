"""Which laboratory tests a sample again."""

from django.conf import settings
from django.db import models

from zhiheng.systems.inspection.models.sampling import Sample


class Retest(models.Model):
    """The laboratory drawn for a re-test, and how: ``candidates`` are (credit code, name) in the order of their codes,
    and the one at ``int(sha256(seed + codes joined by commas), 16) modulo their number`` was drawn.
    """

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="retest")
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="retests")
    laboratory = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="retests")
    candidates = models.JSONField(default=list)
    seed = models.CharField(max_length=64, blank=True, default="")
    declined = models.JSONField(default=list, help_text="laboratories that could not do it, with why")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-drawn_at", "-id"]
        indexes = [models.Index(fields=["laboratory", "-drawn_at"], name="inspection_retest_lab")]

    def __str__(self) -> str:
        return f"re-test of sample {self.sample_id}"
