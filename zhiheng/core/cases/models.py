"""Cases and what belongs to them. Steps are only ever added; everything else follows from them."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhiheng.core import search
from zhiheng.core.crypto import EncryptedTextField, fingerprint

INDEX = search.Index("cases_case", "cases_search")


class Case(models.Model):
    """One matter in the hands of one office, under the edition of the law it was opened under.

    ``region`` (GB/T 2260) is the office. ``values`` are what the steps have asked and been told that is no personal
    data; ``due_at`` is when the first of its binding clocks is over. ``version`` counts the changes.
    """

    number = models.CharField(_("案号"), max_length=60, unique=True)
    procedure = models.CharField(_("程序"), max_length=24)
    edition = models.CharField(_("版本"), max_length=24)
    state = models.CharField(_("状态"), max_length=32)
    title = models.CharField(_("事由"), max_length=200)
    region = models.CharField(_("办理机关"), max_length=6)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases_beside"
    )
    recused = models.JSONField(default=list, help_text="keys of those who may have no hand in it (回避)")
    subject = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    subject_name = models.CharField(_("对象"), max_length=200, blank=True, default="")
    secret = models.BooleanField(_("涉密"), default=False)
    source = models.CharField(_("来源"), max_length=20)
    reference = models.CharField(_("来源编号"), max_length=64, blank=True, default="")
    values = models.JSONField(default=dict)
    received_at = models.DateTimeField(_("收到时间"))
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    due_at = models.DateTimeField(_("最近到期"), null=True)
    version = models.PositiveIntegerField(default=0)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    search = models.TextField(default="", editable=False)

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["region", "due_at"], name="cases_open_office", condition=Q(closed_at=None)),
            models.Index(
                fields=["handler", "due_at"], name="cases_open_handler", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["second"], name="cases_open_second", condition=Q(closed_at=None, second__isnull=False)
            ),
            models.Index(fields=["procedure", "region", "-received_at"], name="cases_procedure"),
            models.Index(fields=["region", "-received_at", "-id"], name="cases_office"),
            models.Index(fields=["subject", "procedure"], name="cases_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "reference"], name="cases_reference_once", condition=~Q(reference="")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def key(self) -> str:
        """How the ledger names the case."""
        return f"case:{self.number}"


class Counter(models.Model):
    """The last number given by an office for a kind of case in a year; its row is the lock."""

    region = models.CharField(max_length=6)
    procedure = models.CharField(max_length=24)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "procedure", "year"], name="cases_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.procedure} {self.year}: {self.last}"


class DigestField(models.CharField):
    """The keyed digest of another field, by which equal ones are found without reading them."""

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        fixed = {"max_length": 64, "default": "", "editable": False, "db_index": True}
        super().__init__(*args, **kwargs | fixed)

    def deconstruct(self) -> Any:
        """For migrations: what ``__init__`` sets itself is not said again."""
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "default", "editable", "db_index"):
            kwargs.pop(key, None)
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = getattr(model_instance, self.of)
        value = fingerprint(text) if text else ""
        setattr(model_instance, self.attname, value)
        return value


class Party(models.Model):
    """Somebody a case is from, about, or handed over to. A person's data are ciphertext.

    ``receipt`` is the digest of the secret on a citizen's receipt; ``told_at`` when the party was first told of the
    case: until then it does not see it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    key = models.CharField(_("身份"), max_length=24)
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="party_in"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="party_in"
    )
    region = models.CharField(
        max_length=6, blank=True, default="", help_text="of an authority that is a party"
    )
    name = EncryptedTextField(_("姓名或名称"), blank=True, default="")
    phone = EncryptedTextField(_("联系电话"), blank=True, default="")
    address = EncryptedTextField(_("通讯地址"), blank=True, default="")
    identity = EncryptedTextField(_("证件号码"), blank=True, default="")
    name_digest = DigestField(of="name")
    phone_digest = DigestField(of="phone")
    anonymous = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="zh-hans")
    receipt = models.CharField(max_length=64, blank=True, default="", db_index=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organisation", "key"], name="cases_party_org"),
            models.Index(fields=["key", "region"], name="cases_party_authority"),
        ]
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return f"{self.key} of case {self.case_id}"

    @property
    def is_person(self) -> bool:
        """Whether the party is no organisation and no authority, so that its name is personal data."""
        return self.organisation_id is None and not self.region


class AppendOnlyQuerySet(models.QuerySet["Step"]):
    """Reads and inserts only."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Steps are append-only: take another step.")

    update = delete = bulk_update = _refuse


class Step(models.Model):
    """A step that was taken. Keys that begin with ``_`` are the engine's own (opened, assigned, extended …)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    key = models.CharField(max_length=32)
    from_state = models.CharField(max_length=32, blank=True, default="")
    to_state = models.CharField(max_length=32)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="steps_taken"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="steps_taken")
    ground = models.CharField(max_length=32, blank=True, default="")
    values = models.JSONField(default=dict)
    personal = EncryptedTextField(blank=True, default="", help_text="JSON of the personal values")
    told = models.JSONField(default=list, help_text="who was told of it")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="cases_step_once")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.key}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; never update."""
        if not self._state.adding:
            raise TypeError("Steps are append-only: take another step.")
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise TypeError("Steps are append-only: take another step.")


class Clock(models.Model):
    """One run of a time limit. ``due_at`` is empty while it is paused; ``late`` is settled when it stops."""

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        PAUSED = "paused", _("暂停")
        STOPPED = "stopped", _("已停止")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")
    key = models.CharField(max_length=24)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    stopped_at = models.DateTimeField(null=True)
    late = models.BooleanField(null=True)
    binding = models.BooleanField(default=True)
    provisional = models.BooleanField(default=False)
    extended = models.PositiveSmallIntegerField(default=0)
    extensions = models.PositiveSmallIntegerField(default=0)
    pauses = models.JSONField(default=list, help_text="[start, end or null, ground]")
    reading = models.CharField(
        max_length=120, blank=True, default="", help_text="the text it runs by, when not the clock's own"
    )

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["case", "key"], name="cases_clock_case"),
            models.Index(fields=["due_at"], name="cases_clock_due", condition=Q(state="running")),
            models.Index(
                fields=["provisional"], name="cases_clock_provisional", condition=Q(provisional=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of case {self.case_id}"


class ReadingChoice(models.Model):
    """Which of two rules in force that disagree makes an office late: chosen once, by a named person, with a reason.

    ``cite`` is the text that was chosen: the clock's own or one of its readings. It holds for clocks that start later.
    """

    region = models.CharField(max_length=6)
    procedure = models.CharField(max_length=24)
    edition = models.CharField(max_length=24)
    clock = models.CharField(max_length=24)
    cite = models.CharField(max_length=120)
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "procedure", "edition", "clock"], name="cases_reading_chosen_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.procedure}/{self.clock}: {self.cite}"


class File(models.Model):
    """A file of a case as it is kept: its content by its hash, encrypted."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="files")
    kind = models.CharField(max_length=32, help_text="evidence, or the key of the document it is")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="files")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sees = models.JSONField(default=list, help_text="the parties that may have it")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A legal document made by a step: its text as it was on that day. A signed scan may take its place."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=32)
    number = models.CharField(max_length=80, unique=True)
    title = models.CharField(max_length=100)
    text = EncryptedTextField(help_text="JSON: the paragraphs")
    sees = models.JSONField(default=list)
    signed = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number


class Link(models.Model):
    """What one case has to do with another."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("引出")
        MERGED = "merged", _("并入")
        SPLIT = "split", _("拆分")
        RELATED = "related", _("相关")
        DIFFERENT = "different", _("不是同一件")

    first = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    then = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="linked")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "then", "kind"], name="cases_link_once")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.then_id}"


class Notice(models.Model):
    """A party or an officer was told. Shown on the platform at once; ``served_at`` when it was served on paper."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="notices")
    party = models.ForeignKey(Party, null=True, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="notices"
    )
    document = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)
    served_how = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at"], name="cases_notice_user"),
            models.Index(fields=["party", "-at"], name="cases_notice_party"),
        ]

    def __str__(self) -> str:
        return f"step {self.step_id} to {self.party_id or self.user_id}"


class SavedFilter(models.Model):
    """A view of the list of cases that an officer keeps: the address of the table."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("名称"), max_length=60)
    query = models.CharField(max_length=600)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="cases_filter_once")]

    def __str__(self) -> str:
        return self.name


class CalendarYear(models.Model):
    """A year's holidays and make-up days that the operator loaded: the YAML as it came (``load.read_year``)."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    text = models.TextField()
    loaded_at = models.DateTimeField(auto_now=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.number)
