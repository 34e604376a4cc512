"""Daily packages to and from other credit platforms."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Partner(models.Model):
    """A credit platform that we exchange with: what it subscribed to, and the key its packages are signed with."""

    key = models.SlugField(_("代号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    public_key = models.TextField(
        _("公钥（PEM）"), blank=True, default="", help_text="Ed25519; empty: nothing is taken in"
    )
    kinds = models.JSONField(
        _("订阅的类别"), default=list, help_text="kinds of facts and designations sent to it"
    )
    takes = models.JSONField(_("接收的契约"), default=list, help_text="contracts taken from it")
    region = models.CharField(_("地区"), max_length=6, help_text="GB/T 2260: organisations of this region")
    since = models.DateField(_("自"))
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="credit_partners",
        verbose_name=_("对方的接口账号"), help_text="sees and sends its own packages only",
    )  # fmt: skip
    active = models.BooleanField(_("启用"), default=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name


class Package(models.Model):
    """One sealed package of a day, out or in; its bytes are kept under their hash.

    Out: made, then acknowledged or refused by the partner's receipt. In: received, then done, with our receipt.
    ``jobs`` are the batches of the exchange by contract that a received package became.
    """

    class Direction(models.TextChoices):
        OUT = "out", _("发出")
        IN = "in", _("收到")

    class State(models.TextChoices):
        MADE = "made", _("已生成")
        SENT = "sent", _("已送出，待回执")
        ACKNOWLEDGED = "acknowledged", _("已收回执")
        REFUSED = "refused", _("对方退回")
        RECEIVED = "received", _("已收到，处理中")
        DONE = "done", _("已处理并出具回执")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="packages")
    direction = models.CharField(_("方向"), max_length=3, choices=Direction.choices)
    day = models.DateField(_("数据日期"))
    part = models.PositiveIntegerField(_("分卷"), default=1)
    of = models.PositiveIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0)
    counts = models.JSONField(_("条数"), default=dict, help_text="rows by file")
    state = models.CharField(_("状态"), max_length=12, choices=State.choices)
    jobs = models.JSONField(default=dict)
    receipt = models.JSONField(_("回执"), default=dict)
    made_at = models.DateTimeField(_("时间"), auto_now_add=True)
    sent_at = models.DateTimeField(_("送出时间"), null=True)
    settled_at = models.DateTimeField(_("回执时间"), null=True)

    class Meta:
        ordering = ["-day", "direction", "partner_id", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "direction", "day", "part"], name="credit_package_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.partner_id} {self.day} {self.part}/{self.of}"

    @property
    def name(self) -> str:
        """The file's name."""
        return f"credit-{self.partner.key}-{self.day:%Y%m%d}-{self.part:03d}.zip"

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(self.counts.values())
