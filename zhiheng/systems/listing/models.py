"""Who stands on a list, on what facts, with which measures; firms that left the market, and who looks like them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Organisation

USER = settings.AUTH_USER_MODEL


class Scheme(models.TextChoices):
    """The lists; each is the key of its procedure."""

    SERIOUS = "serious_list", _("严重违法失信名单")
    KEY = "key_supervision", _("重点监管名单")
    ABNORMAL = "abnormal_list", _("经营异常名录")


class Basis(models.Model):
    """A fact that speaks for a listing, and by which clause. A fact proposes for a list once."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="listing_bases")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="listing_bases")
    clause = models.CharField(_("条款"), max_length=120, help_text="a citation as the law's data has them")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["scheme", "fact"], name="listing_proposed_once")]

    def __str__(self) -> str:
        return f"{self.fact_id} for {self.scheme}"


class Asked(models.Model):
    """What another authority recorded and has repaired: a fact that a repair's case is to take from the public here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="repair_asked")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="repair_asked")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "fact"], name="listing_asked_once")]

    def __str__(self) -> str:
        return f"{self.fact_id} in {self.case_id}"


class Entry(models.Model):
    """Somebody on a list, by the case that put him there: since when, until when at the latest, whether public."""

    class Removed(models.TextChoices):
        EARLY = "early", _("提前移出")
        EXPIRED = "expired", _("期满移出")
        WITHDRAWN = "withdrawn", _("撤销列入")
        DECIDED = "decided", _("决定移出")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="listing_entry")
    scheme = models.CharField(_("名单"), max_length=20, choices=Scheme.choices)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="listing_entries"
    )
    region = models.CharField(_("列入机关"), max_length=6)
    conduct = models.CharField(_("列入事由"), max_length=32, help_text="the ground's key")
    listed_on = models.DateField(_("列入日期"))
    restriction_until = models.DateField(_("法定限制期届满"), null=True)
    early_on = models.DateField(_("最早可申请提前移出"), null=True)
    removal_on = models.DateField(_("期满移出日"), null=True)
    review_on = models.DateField(_("复核日期"), null=True)
    disclosure = models.OneToOneField(
        Disclosure, null=True, on_delete=models.PROTECT, related_name="listing_entry"
    )
    removed_on = models.DateField(_("移出日期"), null=True)
    removed_how = models.CharField(max_length=10, choices=Removed.choices, blank=True, default="")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-listed_on", "-id"]
        indexes = [
            models.Index(fields=["scheme", "region", "-listed_on"], name="listing_entry_office"),
            models.Index(fields=["organisation", "scheme"], name="listing_entry_subject"),
            models.Index(fields=["removal_on"], name="listing_entry_due", condition=Q(removed_on=None)),
            models.Index(fields=["changed_at"], name="listing_entry_changed"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.scheme} {self.case_id}"


class Measure(models.Model):
    """A measure that goes with an entry: which office applied it when, and lifted it when. One row an office."""

    class Kind(models.TextChoices):
        WEIGHED = "weighed", _("许可、资质、政府采购、招标投标中作为重要考量")
        SUPERVISED = "supervised", _("列为重点监管对象，提高检查频次")
        NO_COMMITMENT = "no_commitment", _("不适用告知承诺制")
        NO_HONOURS = "no_honours", _("不予授予荣誉称号等表彰奖励")
        OTHER = "other", _("法律、法规和国家政策规定的其他措施")

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField(_("措施"), max_length=16, choices=Kind.choices)
    office = models.CharField(_("实施机关"), max_length=120)
    note = models.CharField(_("说明"), max_length=300, blank=True, default="")
    applied_on = models.DateField(_("实施日期"))
    applied_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    lifted_on = models.DateField(_("解除日期"), null=True)
    lifted_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "kind", "office"], name="listing_measure_once", condition=Q(lifted_on=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of entry {self.entry_id}"


class Exit(models.Model):
    """A firm that was revoked, closed or ordered to stop, followed until an officer has seen that it is out of it."""

    class Why(models.TextChoices):
        REVOKED = "revoked", _("吊销")
        CLOSED = "closed", _("注销")
        ORDERED = "ordered", _("责令关闭、停产停业或者吊销许可")

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="market_exit")
    why = models.CharField(_("情形"), max_length=8, choices=Why.choices)
    since = models.DateField(_("自"))
    reference = models.CharField(max_length=128, blank=True, default="")
    noticed_at = models.DateTimeField(auto_now_add=True)
    ended_on = models.DateField(_("结束跟踪"), null=True)
    ended_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    ended_why = models.CharField(_("理由"), max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-since", "-id"]
        indexes = [models.Index(fields=["ended_on", "-since"], name="listing_exit_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | ~Q(ended_why=""), name="listing_exit_end_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"exit of {self.organisation_id}"


class ExitCheck(models.Model):
    """Something that was seen to when a firm left the market; looked at again, it is another row."""

    class Item(models.TextChoices):
        LICENCES = "licences", _("许可证件已注销、收缴")
        STOPPED = "stopped", _("现场核实已停止经营")
        GOODS = "goods", _("在库和已售产品已处理（核对追溯去向，必要时召回）")

    exit = models.ForeignKey(Exit, on_delete=models.PROTECT, related_name="checks")
    item = models.CharField(_("核查事项"), max_length=10, choices=Item.choices)
    done = models.BooleanField(_("已落实"))
    note = models.CharField(_("核查情况"), max_length=500)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.item} of exit {self.exit_id}"


class Mark(models.Model):
    """What a firm that left can be known again by: keyed digests only, so nobody reads a name or number here."""

    class Kind(models.TextChoices):
        REPRESENTATIVE = "representative", _("法定代表人同名")
        ADDRESS = "address", _("地址相同")
        PHONE = "phone", _("电话相同")

    exit = models.ForeignKey(Exit, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest", "exit"], name="listing_mark_once")]

    def __str__(self) -> str:
        return f"{self.kind} of exit {self.exit_id}"


class Hint(models.Model):
    """An organisation that came or changed after another left and shares a mark with it: an officer says what it is."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("待核实")
        SAME = "same", _("确属同一人或者同一经营")
        UNRELATED = "unrelated", _("无关")

    exit = models.ForeignKey(Exit, on_delete=models.PROTECT, related_name="hints")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="exit_hints")
    marks = models.CharField(max_length=60, help_text="kinds of marks they share, with spaces between")
    found_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(_("结论"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    reason = models.CharField(_("理由"), max_length=500, blank=True, default="")
    resolved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-found_at", "-id"]
        indexes = [models.Index(fields=["outcome", "-found_at"], name="listing_hint_open")]
        constraints = [
            models.UniqueConstraint(fields=["exit", "organisation"], name="listing_hint_once"),
            models.CheckConstraint(
                condition=Q(outcome="open") | ~Q(reason=""), name="listing_hint_outcome_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} like exit {self.exit_id}"

    @property
    def mark_labels(self) -> list[str]:
        """The shared marks in words."""
        labels = dict(Mark.Kind.choices)
        return [str(labels[one]) for one in self.marks.split()]


class Sweep(models.Model):
    """How far a sweep over the registry has come."""

    name = models.CharField(max_length=20, primary_key=True)
    upto = models.DateTimeField(null=True)
    last_pk = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} to {self.upto}"
