"""What complaints and reports have besides the case: drafts, what the purchase was, marks that repeats share."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.models import Case
from zhiheng.core.crypto import EncryptedTextField
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.systems.complaints import rules


class Draft(models.Model):
    """A filing that is not sent yet: encrypted, known by the digest of its secret link, gone when it expires.

    No officer's page reads this table. Once sent it holds only the receipt, for an hour.
    """

    digest = models.CharField(max_length=64, unique=True)
    answers = EncryptedTextField(help_text="JSON")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"draft {self.pk}"


class DraftFile(models.Model):
    """A file of a draft. It lies in its row, encrypted, so that it goes with the draft and with nothing else."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    name = EncryptedTextField()
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"file {self.pk} of draft {self.draft_id}"


class Matter(models.Model):
    """What a complaint or report is about, beyond what the law's steps ask: for figures, repeats and competence.

    ``where`` is the region of the place of business, ``shown`` that of the address shown on a platform.
    ``repeats`` is how many possible repeats nobody has judged yet.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="matter")
    problem = models.CharField(_("问题类别"), max_length=16, choices=rules.PROBLEMS.items(), default="other")
    category = models.CharField(
        _("商品服务类别"), max_length=16, choices=rules.CATEGORIES.items(), default="other"
    )
    channel = models.CharField(_("购买渠道"), max_length=12, choices=rules.CHANNELS.items(), default="shop")
    product = models.CharField(_("商品或者服务"), max_length=200, blank=True, default="")
    gtin = models.CharField(max_length=14, blank=True, default="")
    code = models.CharField(max_length=300, blank=True, default="", help_text="canonical, as scanned")
    quantity = models.PositiveIntegerField(_("数量"), null=True)
    amount = models.DecimalField(_("金额"), max_digits=15, decimal_places=2, null=True)
    purchased_on = models.DateField(_("购买日期"), null=True)
    where = models.CharField(max_length=6, blank=True, default="")
    platform = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    platform_name = models.CharField(max_length=200, blank=True, default="")
    platform_region = models.CharField(max_length=6, blank=True, default="")
    shown = models.CharField(max_length=6, blank=True, default="")
    unreachable = models.BooleanField(default=False)
    evidence = models.PositiveSmallIntegerField(default=0)
    repeats = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["gtin"], name="complaints_gtin", condition=~models.Q(gtin=""))]

    def __str__(self) -> str:
        return f"matter of case {self.case_id}"


class Mark(models.Model):
    """A keyed digest that repeats have in common: a purchase, a code, an address, a band of the text."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=8)
    digest = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["digest", "-case"], name="complaints_mark_digest")]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "digest"], name="complaints_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of case {self.case_id}"


class Digest(models.Model):
    """Figures of a period as somebody decided to publish them: small cells already left out. Public through its
    disclosure, and no longer than that."""

    disclosure = models.OneToOneField(Disclosure, on_delete=models.PROTECT, related_name="complaints_digest")
    region = models.CharField(max_length=6)
    since = models.DateField(_("自"))
    until = models.DateField(_("至"))
    figures = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-until", "-id"]

    def __str__(self) -> str:
        return f"{self.region} {self.since} {self.until}"
