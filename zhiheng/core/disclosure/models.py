"""The one door to the public: nothing is public unless a Disclosure says so, on what basis, until when."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Disclosure(models.Model):
    """A decision of a named person that something is shown to the public for a time."""

    class Kind(models.TextChoices):
        ORGANISATION = "organisation", _("主体信息")
        PRODUCT = "product", _("产品信息")
        # Steps and cities of a product's chain; never the partners' volumes.
        TRACE = "trace", _("追溯环节")
        NOTICE = "notice", _("公告")
        # Made by the step of a case that the law has for it, never by hand.
        PENALTY = "penalty", _("行政处罚")
        CHECK = "check", _("抽查结果")
        # A list of a double-random check that was fixed, drawn from, or given up.
        DRAW = "draw", _("抽取记录")
        LIST = "list", _("名单")

    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices)
    subject = models.CharField(
        _("对象"),
        max_length=200,
        help_text="organisation:<uscc>, product:<gtin>, trace:<gtin>, notice:<name>, penalty:<number>, check:<sample>, "
        "draw:<key>:<what>",
    )
    about = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_index=True,
        help_text="organisation:<uscc> it is shown with",
    )
    region = models.CharField(
        max_length=6, blank=True, help_text="GB/T 2260, of the organisation that answers for it"
    )
    title = models.CharField(_("标题"), max_length=200)
    body = models.JSONField(_("内容"), default=dict)
    basis = models.TextField(_("公开依据"), help_text="the citation that allows or orders it")
    published_from = models.DateTimeField(_("公开起始"))
    published_until = models.DateTimeField(_("公开截止"), null=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    withdrawn_why = models.TextField(_("撤回原因"), blank=True)
    shielded_by = models.CharField(
        max_length=60, blank=True, default="",
        help_text="the case that hides it for a time or, with a statement, has that put on it",
    )  # fmt: skip
    statement = models.CharField(_("声明"), max_length=300, blank=True, default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="disclosures"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_from", "-id"]
        indexes = [models.Index(fields=["kind", "subject"]), models.Index(fields=["published_from"])]
        constraints = [
            models.CheckConstraint(condition=~models.Q(basis=""), name="disclosure_has_basis"),
            models.CheckConstraint(
                condition=models.Q(published_until=None)
                | models.Q(published_until__gt=models.F("published_from")),
                name="disclosure_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | ~models.Q(withdrawn_why=""),
                name="disclosure_withdrawal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is published, with its labels in the reader's language."""
        language = "zh" if (get_language() or "zh").startswith("zh") else "en"
        stated = [(str(_("声明")), self.statement)] if self.statement else []
        if isinstance(fields := self.body.get("fields"), list):
            return [(one[language], one["value"]) for one in fields] + stated
        return [*self.body.items(), *stated]

    @property
    def hidden(self) -> bool:
        """Whether the public does not see it for a time."""
        return bool(self.shielded_by) and not self.statement
