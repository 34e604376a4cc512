"""What of the penalty case goes along with a transfer."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Enclosure(models.Model):
    """A file or document that an officer put among what is handed over.

    ``file`` is its row in the transfer case: the content is not copied, it is the same by its hash. ``from_file`` and
    ``from_document`` say where it was taken from; both empty: it was a file of the transfer case already.
    """

    transfer = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="enclosures")
    file = models.ForeignKey("cases.File", on_delete=models.PROTECT, related_name="enclosures")
    from_file = models.ForeignKey("cases.File", null=True, on_delete=models.PROTECT, related_name="+")
    from_document = models.ForeignKey("cases.Document", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["transfer", "from_file"], name="justice_file_once",
                condition=Q(withdrawn_at=None, from_file__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["transfer", "from_document"], name="justice_document_once",
                condition=Q(withdrawn_at=None, from_document__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.file_id} with case {self.transfer_id}"
