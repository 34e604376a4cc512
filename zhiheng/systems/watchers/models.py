"""Watchers, their tasks, and what belongs to a clue besides its case."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField, mask_name


class Watcher(models.Model):
    """Somebody who watches for a region's office: applied or proposed, appointed for a term, in a field and an area.

    Name and telephone are ciphertext; only the office that appoints reads them, and every look is written down.
    """

    class State(models.TextChoices):
        APPLIED = "applied", _("待决定")
        APPOINTED = "appointed", _("已聘任")
        REFUSED = "refused", _("未聘任")
        ENDED = "ended", _("已解聘")

    class How(models.TextChoices):
        APPLICATION = "application", _("本人申请")
        PROPOSAL = "proposal", _("推荐")

    region = models.CharField(_("聘任机关"), max_length=6)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="watcher"
    )
    name = EncryptedTextField(_("姓名"))
    phone = EncryptedTextField(_("联系电话"), blank=True, default="")
    how = models.CharField(_("方式"), max_length=12, choices=How.choices)
    proposed_by = models.CharField(_("推荐单位"), max_length=100, blank=True, default="")
    field = models.CharField(_("监督领域"), max_length=100)
    area = models.CharField(_("监督区域"), max_length=100)
    why = EncryptedTextField(_("申请或者推荐理由"), blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.APPLIED)
    since = models.DateField(_("聘期起"), null=True)
    until = models.DateField(_("聘期止"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(_("决定理由"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["region", "state"], name="watchers_region")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="appointed") | Q(since__isnull=False, until__gte=F("since")),
                name="watchers_appointed_for_a_term",
            )
        ]

    def __str__(self) -> str:
        return f"watcher {self.pk}"

    @property
    def key(self) -> str:
        """How the ledger names a watcher: never by his name."""
        return f"watcher:{self.pk}"

    @property
    def masked(self) -> str:
        """The name as lists show it."""
        return mask_name(self.name)


class Task(models.Model):
    """What watchers are asked to look at, by a day."""

    region = models.CharField(_("机关"), max_length=6)
    title = models.CharField(_("任务"), max_length=100)
    what = models.TextField(_("看什么"), max_length=1000)
    place = models.CharField(_("在哪里"), max_length=200, blank=True, default="")
    due_on = models.DateField(_("截止日期"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-due_on", "-id"]
        indexes = [models.Index(fields=["region", "-due_on"], name="watchers_task_region")]

    def __str__(self) -> str:
        return self.title


class Given(models.Model):
    """A task in the hands of one watcher; done when he says so, with what he found."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="given")
    watcher = models.ForeignKey(Watcher, on_delete=models.PROTECT, related_name="given")
    done_at = models.DateTimeField(null=True)
    note = models.CharField(_("完成情况"), max_length=300, blank=True, default="")

    class Meta:
        ordering = ["done_at", "task__due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["task", "watcher"], name="watchers_given_once")]

    def __str__(self) -> str:
        return f"task {self.task_id} to watcher {self.watcher_id}"


class Sighting(models.Model):
    """A clue's watcher and task, and where he says it was: coordinates only when he chose to give them."""

    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="sighting")
    watcher = models.ForeignKey(Watcher, on_delete=models.PROTECT, related_name="sightings")
    task = models.ForeignKey(Task, null=True, on_delete=models.PROTECT, related_name="sightings")
    coordinates = EncryptedTextField(
        blank=True, default="", help_text="latitude,longitude as the watcher stated"
    )

    def __str__(self) -> str:
        return f"case {self.case_id}"
