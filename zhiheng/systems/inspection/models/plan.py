"""The plan of a spot check and its draw."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField, mask_name


class Domain(models.TextChoices):
    """Which law a check is under; each has its own clocks."""

    PRODUCT = "product", _("工业产品")
    FOOD = "food", _("食品")
    AGRI = "agri", _("食用农产品")
    DRUG = "drug", _("药品")


class Stage(models.TextChoices):
    """Where samples are taken."""

    PRODUCTION = "production", _("生产")
    SALE = "sale", _("流通")
    ONLINE = "online", _("网络交易")
    CATERING = "catering", _("餐饮")


class Plan(models.Model):
    """A plan of spot checks of one office (``region``) for some months.

    ``weights`` are the office's own factors by which a class of risk, or a place on a list, raises the chance to be
    drawn: ``{"A": "1", "B": "1", "C": "2", "D": "4", "key": "4", "serious": "4"}``, exact decimals as text; no statute
    sets their size. ``regions`` are the cities (counties) it draws in; none is the whole jurisdiction.
    ``despite`` is the head's reason for approving what looks like a repetition.
    """

    class Kind(models.TextChoices):
        ROUTINE = "routine", _("年度计划抽查")
        SPECIAL = "special", _("专项抽查")
        FOLLOW_UP = "follow_up", _("不合格跟踪抽查")
        EMERGENCY = "emergency", _("突发事件抽查")

    class State(models.TextChoices):
        DRAFT = "draft", _("起草")
        APPROVED = "approved", _("已批准")
        CLOSED = "closed", _("已结束")
        CANCELLED = "cancelled", _("已取消")

    title = models.CharField(_("名称"), max_length=200)
    region = models.CharField(_("组织机关"), max_length=6, help_text="GB/T 2260")
    domain = models.CharField(_("领域"), max_length=8, choices=Domain.choices)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices, default=Kind.ROUTINE)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    budget = models.DecimalField(_("预算（元）"), max_digits=14, decimal_places=2)
    weights = models.JSONField(default=dict)
    regions = models.JSONField(_("抽查地区"), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    filed_on = models.DateField(_("报上一级备案日期"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    despite = models.CharField(_("不属于重复抽查的理由"), max_length=500, blank=True, default="")
    cancelled_why = models.CharField(_("取消理由"), max_length=300, blank=True, default="")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-starts_on", "-id"]
        indexes = [models.Index(fields=["region", "-starts_on"], name="inspection_plan_office")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="inspection_plan_in_order"),
        ]

    def __str__(self) -> str:
        return self.title


class PlanItem(models.Model):
    """One product of a plan: by which standards and items it is tested, where, how many samples, at what cost.

    ``rules`` are the published implementing rules (实施细则): the edition a judgement is made by. ``tests`` are
    ``[{"item", "method", "unit", "limit_low", "limit_high", "decision_rule", "high_risk"}]``: numbers as text,
    ``decision_rule`` ``simple`` or ``guard_band``. A sample fails when more than
    ``max_failing`` (L) of the units tested fail; with L 0, when any item fails.
    ``allocation`` is the rule by which ``size`` was spread over the strata, ``minimum`` what each gets at least.
    """

    class Allocation(models.TextChoices):
        PROPORTIONAL = "proportional", _("按数量比例")
        NEYMAN = "neyman", _("按风险（奈曼分配）")
        POWER = "power", _("各地精度相近（幂分配）")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="items")
    product = models.CharField(_("产品"), max_length=200)
    industry = models.CharField(_("行业代码"), max_length=5, blank=True, help_text="GB/T 4754")
    stage = models.CharField(_("环节"), max_length=10, choices=Stage.choices)
    kinds = models.CharField(
        max_length=60, blank=True, default="", help_text="kinds of organisations that may be drawn"
    )
    standards = models.CharField(_("依据标准"), max_length=400)
    rules = models.CharField(_("实施细则编号"), max_length=200)
    rules_public_on = models.DateField(_("实施细则公开日期"), null=True, blank=True)
    tests = models.JSONField(default=list)
    max_failing = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField(_("样品数"), help_text="samples of the whole item")
    unit_cost = models.DecimalField(_("每批费用（元）"), max_digits=12, decimal_places=2)
    assumed_rate = models.DecimalField(_("预计不合格率"), max_digits=5, decimal_places=4)
    laboratory = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    allocation = models.CharField(
        _("分配方法"), max_length=12, choices=Allocation.choices, default=Allocation.PROPORTIONAL
    )
    minimum = models.PositiveSmallIntegerField(_("每地最少"), default=1)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.product

    @property
    def cost(self) -> Decimal:
        """What all samples cost together, in yuan."""
        return self.size * self.unit_cost


class Stratum(models.Model):
    """A city's (or county's) part of an item: how many may be drawn, how many are to be.

    ``weight`` is the sum of their sizes, ``rate`` the failing rate assumed here, ``effect`` what unequal chances cost
    in precision (Kish's 1 + cv² of the weights).
    """

    item = models.ForeignKey(PlanItem, on_delete=models.CASCADE, related_name="strata")
    region = models.CharField(max_length=6)
    population = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    weight = models.PositiveBigIntegerField(default=0)
    rate = models.FloatField(default=0)
    effect = models.FloatField(default=1)
    half_width = models.FloatField(
        null=True, help_text="expected half width of the 95 % interval of the rate"
    )

    class Meta:
        ordering = ["region"]
        constraints = [models.UniqueConstraint(fields=["item", "region"], name="inspection_stratum_once")]

    def __str__(self) -> str:
        return f"{self.region}: {self.size} of {self.population}"


class Exclusion(models.Model):
    """Somebody whom an officer leaves out of the draws of an item, named, with a reason."""

    class Code(models.TextChoices):
        CONFLICT = "conflict_of_office", _("与本机关有利害关系")
        MANUAL = "left_out", _("其他理由")

    item = models.ForeignKey(PlanItem, on_delete=models.CASCADE, related_name="exclusions")
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("类别"), max_length=20, choices=Code.choices)
    why = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "organisation"], name="inspection_exclusion_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} out of {self.item_id}"


class Draw(models.Model):
    """The draw of an item: the list is fixed and its hash public, then a random value comes, then lots are cast.

    ``record`` is the draw file (docs/draw.md), which anybody can repeat. Candidates stand there under a number made
    from their code and a nonce, itself made with ``secret``: who shows code and nonce shows whose number it is, and
    nobody reads from sizes how the office classes a firm. The random value is entered by one officer and written again
    by another, who thereby draws.
    """

    class State(models.TextChoices):
        COMMITTED = "committed", _("名单已固定，待随机值")
        DRAWN = "drawn", _("已抽取")
        VOID = "void", _("作废")

    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="draws")
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMMITTED)
    list_hash = models.CharField(max_length=64)
    random_source = models.CharField(max_length=300, help_text="which public value, said before it is known")
    random_after = models.DateTimeField(help_text="it cannot be known before")
    random_value = models.CharField(max_length=300, blank=True, default="")
    known_at = models.DateTimeField(null=True, help_text="when the random value became public")
    entered_at = models.DateTimeField(null=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    secret = EncryptedTextField(blank=True, default="")
    committed_at = models.DateTimeField()
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(null=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    record = models.JSONField(default=dict)
    void_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-committed_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=~Q(state="void"), name="inspection_draw_once"),
        ]

    def __str__(self) -> str:
        return f"draw {self.pk}: {self.list_hash[:12]}"


class Candidate(models.Model):
    """Somebody on the list of a draw, with the size that gives the chance, or the reason for being left out."""

    draw = models.ForeignKey(Draw, on_delete=models.CASCADE, related_name="candidates")
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=32, default="", help_text="its id in the draw file")
    region = models.CharField(max_length=6, help_text="of the stratum")
    size = models.PositiveIntegerField()
    excluded = models.CharField(max_length=40, blank=True, default="", help_text="code of the reason")
    note = models.CharField(max_length=300, blank=True, default="")
    drawn = models.BooleanField(default=False)
    probability = models.FloatField(null=True, help_text="of being drawn; exact in the draw file")
    reserve = models.PositiveSmallIntegerField(
        null=True, help_text="the how manyth replacement of its stratum"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "organisation"], name="inspection_candidate_once")
        ]
        indexes = [
            models.Index(fields=["draw", "drawn"], name="inspection_candidate_drawn"),
            models.Index(fields=["draw", "number"], name="inspection_candidate_number"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} in draw {self.draw_id}"


class Inspector(models.Model):
    """Somebody who takes samples for an office or for a sampling body. The public sees a number only."""

    number = models.CharField(_("编号"), max_length=20, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="inspector"
    )
    name = EncryptedTextField(_("姓名"))
    region = models.CharField(max_length=6)
    body = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="inspectors"
    )
    domains = models.CharField(
        max_length=40, blank=True, default="", help_text="words of Domain; none is all"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    @property
    def masked(self) -> str:
        """The name as those see it who may not read it."""
        return mask_name(self.name)


class Absence(models.Model):
    """Days on which an inspector cannot be drawn."""

    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="absences")
    since = models.DateField()
    until = models.DateField()
    why = models.CharField(max_length=200)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="inspection_absence_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.inspector_id}: {self.since} to {self.until}"


class Conflict(models.Model):
    """An inspector and an organisation that must not meet, and why."""

    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspector", "organisation"], name="inspection_conflict_once")
        ]

    def __str__(self) -> str:
        return f"{self.inspector_id} and {self.organisation_id}"


class Task(models.Model):
    """A visit: whom two inspectors are to sample for which item, and what came of it.

    A task comes from a draw (``candidate``) or, in follow-up and emergency checks, from an officer's decision (none).
    One that is to re-check what was ordered to be put right names the case of the order (``rectification``) and the
    laboratory. It has the failed sample's item for its tests; it is no part of that item's plan, nor of any rate.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待抽样")
        SAMPLED = "sampled", _("已抽样")
        REFUSED = "refused", _("拒绝抽样")
        NOTHING = "nothing", _("无样可抽")
        CANCELLED = "cancelled", _("取消")

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(PlanItem, on_delete=models.PROTECT, related_name="tasks")
    candidate = models.OneToOneField(Candidate, null=True, on_delete=models.PROTECT, related_name="task")
    organisation = models.ForeignKey(
        "registry.Organisation", on_delete=models.PROTECT, related_name="inspection_tasks"
    )
    region = models.CharField(max_length=6)
    inspectors = models.ManyToManyField(Inspector, related_name="tasks")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    why = models.CharField(
        max_length=300, blank=True, default="", help_text="why nothing was sampled, or a task without a draw"
    )
    rectification = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="recheck_tasks"
    )
    laboratory = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="of a re-check; else the item's",
    )  # fmt: skip

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["region", "state", "due_on"], name="inspection_task_office")]
        constraints = [
            models.UniqueConstraint(
                fields=["rectification"], condition=Q(state="open"), name="inspection_recheck_one_open"
            ),
            models.CheckConstraint(
                condition=Q(rectification=None) | Q(candidate=None), name="inspection_recheck_not_drawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.item_id}"

    @property
    def office(self) -> str:
        """The region of the office whose task it is: for a re-check the one that handles the order."""
        return self.rectification.region if self.rectification is not None else self.item.plan.region
