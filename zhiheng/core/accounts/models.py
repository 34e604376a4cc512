"""People who sign in, and keys that machines sign in with."""

from typing import Any

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts import rules
from zhiheng.core.crypto import EncryptedTextField


class UserManager(BaseUserManager["User"]):
    """Creates bare rows (fixtures, tests); the platform itself goes through ``actions.create_user``."""

    def create_user(
        self, username: str, email: None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """A user with a hashed password, or an unusable one. ``email`` is Django's signature only."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser):
    """A person with one role, in one region (officers) or one organisation (enterprise, laboratory)."""

    class Role(models.TextChoices):
        PROVINCE = "province", _("省级监管人员")
        CITY = "city", _("市级监管人员")
        COUNTY = "county", _("县（区）级监管人员")
        ENTERPRISE = "enterprise", _("企业")
        LABORATORY = "laboratory", _("检验检测机构")
        LEADING = "leading", _("质量强省领导小组")
        AUDITOR = "auditor", _("审计人员")
        POLICE = "police", _("公安机关")
        PROCURATOR = "procurator", _("人民检察院")
        WATCHER = "watcher", _("社会质量监督员")
        SYSTEM = "system", _("系统管理员")

    # Personal data that nobody needs is not kept: no e-mail, and one encrypted name instead of two in clear.
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = None  # type: ignore[assignment]
    EMAIL_FIELD = None  # type: ignore[assignment]
    REQUIRED_FIELDS = ["role"]

    role = models.CharField(_("角色"), max_length=10, choices=Role.choices)
    region = models.CharField(_("行政区划代码"), max_length=6, blank=True, help_text="GB/T 2260")
    duties = models.CharField(
        _("职责"), max_length=40, blank=True, default="", help_text="words of rules.DUTIES between spaces"
    )
    display_name = EncryptedTextField(_("姓名"), blank=True)
    is_demo = models.BooleanField(
        default=False, help_text="may be signed in without a password, only under the demo flag"
    )
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )

    objects = UserManager()  # type: ignore[assignment,misc]

    class Meta:
        ordering = ["username"]
        constraints = [
            # An officer without a region would have no jurisdiction, which no query knows how to ask for.
            models.CheckConstraint(
                condition=models.Q(role__in=["enterprise", "laboratory", "system"]) | ~models.Q(region=""),
                name="accounts_officer_has_region",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def prefix(self) -> str | None:
        """The GB/T 2260 prefix of the jurisdiction; None for those who see by organisation."""
        return rules.jurisdiction(self.role, self.region)

    @property
    def is_officer(self) -> bool:
        """Whether the person belongs to the administration, with a region as jurisdiction."""
        return self.role in rules.OFFICERS

    def has_duty(self, duty: str) -> bool:
        """Whether the officer decides for the office (``head``) or reviews its cases (``legal``)."""
        return self.is_active and f" {duty} " in self.duties

    def may(self, permission: str) -> bool:
        """Whether the role has a permission; never for somebody deactivated."""
        return self.is_active and rules.allows(self.role, permission)

    def get_full_name(self) -> str:
        """The name shown, or the user name."""
        return self.display_name or self.username

    def get_short_name(self) -> str:
        """The name shown, or the user name."""
        return self.get_full_name()


class ApiKey(models.Model):
    """A key a machine signs in with, as the person it belongs to and for the scopes it was given.

    Only a hash is kept. A plain SHA-256 is enough, since a key has 256 random bits and cannot be guessed.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(_("名称"), max_length=100)
    visible = models.CharField(max_length=11, help_text="the first characters, to tell keys apart")
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.visible}…)"
