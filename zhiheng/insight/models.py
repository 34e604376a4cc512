"""What indicators need that no room keeps: the yearly list of makers that coverage is counted over."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DrugMaker(models.Model):
    """A maker of national essential drugs on the list of a year, and whether it is in production."""

    year = models.PositiveSmallIntegerField(_("年度"))
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="essential_drugs"
    )
    in_production = models.BooleanField(_("在产"))
    source = models.CharField(_("名录文件"), max_length=200)

    class Meta:
        ordering = ["-year", "organisation_id"]
        constraints = [models.UniqueConstraint(fields=["year", "organisation"], name="insight_maker_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.organisation_id}"
