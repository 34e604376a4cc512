"""What an organisation objects to in its file."""

from django.db import models
from django.db.models import Q


class Objection(models.Model):
    """Which item of the file a case of objection is about: a fact, or a licence, certificate or honour.

    ``outcome`` says what was done to the item when the objection was found right: withdrawn, or amended.
    """

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="credit_objection")
    fact = models.ForeignKey("facts.Fact", null=True, on_delete=models.PROTECT, related_name="objections")
    designation = models.ForeignKey(
        "registry.Designation", null=True, on_delete=models.PROTECT, related_name="objections"
    )

    outcome = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fact__isnull=False, designation__isnull=True)
                | Q(fact__isnull=True, designation__isnull=False),
                name="credit_objection_to_one_item",
            )
        ]

    def __str__(self) -> str:
        return f"objection {self.case_id}"
