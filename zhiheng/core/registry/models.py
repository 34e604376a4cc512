"""Who and what there is: organisations, their sites, products and people, and what was awarded to them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.core.crypto import EncryptedTextField, fingerprint, mask_name, mask_phone
from zhiheng.core.registry import rules, search


class SearchField(models.TextField):
    """The searchable tokens of a row; made from its name and code where nobody filled it.

    Bulk creation passes through here too, so no organisation can be stored that search cannot find.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = getattr(model_instance, self.attname)
        if not value:
            value = search.document(model_instance.name, model_instance.uscc)  # type: ignore[attr-defined]
            setattr(model_instance, self.attname, value)
        return value


class NameKeyField(models.CharField):
    """The name as duplicates are compared by: always follows ``name``."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = rules.name_key(model_instance.name)[: self.max_length]  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


class PersonDigestField(models.CharField):
    """A keyed digest of a person's name: equal names are found, and nobody reads one, the database included."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = fingerprint(rules.name_key(model_instance.name))  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


class Organisation(models.Model):
    """An organisation by its unified social credit code (统一社会信用代码, GB 32100-2015)."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("存续")
        REVOKED = "revoked", _("吊销")
        CLOSED = "closed", _("注销")

    class Kind(models.TextChoices):
        PRODUCER = "producer", _("生产")
        GROWER = "grower", _("种养殖")
        SELLER = "seller", _("批发销售")
        RETAILER = "retailer", _("零售")
        CATERER = "caterer", _("餐饮")
        LOGISTICS = "logistics", _("仓储物流")
        IMPORTER = "importer", _("进口")
        LABORATORY = "laboratory", _("检验检测")
        CERTIFIER = "certifier", _("认证")
        ASSOCIATION = "association", _("行业协会")
        AUTHORITY = "authority", _("行政机关")
        OTHER = "other", _("其他")

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    name_key = NameKeyField(max_length=200, db_index=True, editable=False)
    org_type = models.CharField(_("主体类型"), max_length=60, blank=True)
    industry = models.CharField(_("行业代码"), max_length=5, blank=True, help_text="GB/T 4754")
    region = models.CharField(_("行政区划"), max_length=6, help_text="GB/T 2260")
    address = models.CharField(_("地址"), max_length=300, blank=True)
    phone = EncryptedTextField(_("联系电话"), blank=True, default="")
    # A handful of words in one column: " producer seller ". A list of choices needs no table of its own.
    kinds = models.CharField(max_length=120, blank=True, default="")
    source = models.CharField(_("来源"), max_length=60, blank=True)
    status = models.CharField(_("状态"), max_length=8, choices=Status.choices, default=Status.ACTIVE)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    search = SearchField(editable=False, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            # What lists show: the organisations of a jurisdiction that were not merged away.
            models.Index(
                fields=["region", "name"], condition=Q(merged_into=None), name="registry_org_listed"
            ),
            models.Index(fields=["name", "id"], name="registry_org_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="registry_org_not_into_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.uscc})"

    @property
    def masked_phone(self) -> str:
        """The telephone as those see it who have not looked: enough to compare with one in hand."""
        return mask_phone(self.phone)

    @property
    def kind_list(self) -> list[str]:
        """What the organisation does in a chain, as codes."""
        return self.kinds.split()

    @property
    def is_body(self) -> bool:
        """Whether it is a third-party body (Y15): it tests, certifies, or stands for a trade."""
        return not BODIES.isdisjoint(self.kind_list)

    @property
    def kind_labels(self) -> list[str]:
        """What the organisation does in a chain, as words."""
        labels = dict(self.Kind.choices)
        return [str(labels.get(kind, kind)) for kind in self.kind_list]


BODIES = frozenset({Organisation.Kind.LABORATORY, Organisation.Kind.CERTIFIER, Organisation.Kind.ASSOCIATION})
"""The kinds of third-party bodies (Y15)."""


class Name(models.Model):
    """Another name of an organisation: a former one, a short one, one in English."""

    class Kind(models.TextChoices):
        FORMER = "former", _("曾用名")
        SHORT = "short", _("简称")
        ENGLISH = "english", _("英文名称")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("名称"), max_length=200)
    name_key = NameKeyField(max_length=200, db_index=True, editable=False)
    kind = models.CharField(_("类别"), max_length=8, choices=Kind.choices)
    since = models.DateField(_("自"), null=True, blank=True)
    until = models.DateField(_("至"), null=True, blank=True)

    class Meta:
        ordering = ["kind", "-until", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "name"], name="registry_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place by its Global Location Number (GLN, GB/T 16828)."""

    gln = models.CharField("GLN", max_length=13, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(_("场所名称"), max_length=200)
    region = models.CharField(_("行政区划"), max_length=6)
    address = models.CharField(_("地址"), max_length=300, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.gln})"


class Product(models.Model):
    """A product by its Global Trade Item Number, always in fourteen digits."""

    class Category(models.TextChoices):
        """The seven important product categories (国办发〔2015〕95号, GB/T 38158-2019), and the rest."""

        AGRI = "agri", _("食用农产品")
        FOOD = "food", _("食品")
        DRUG = "drug", _("药品")
        AGRI_INPUT = "agri_input", _("农业生产资料")
        SPECIAL_EQUIPMENT = "special_equipment", _("特种设备")
        DANGEROUS = "dangerous", _("危险品")
        RARE_EARTH = "rare_earth", _("稀土产品")
        OTHER = "other", _("其他产品")

    gtin = models.CharField("GTIN", max_length=14, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(_("产品名称"), max_length=200)
    brand = models.CharField(_("商标"), max_length=100, blank=True)
    spec = models.CharField(_("规格型号"), max_length=100, blank=True)
    category = models.CharField(
        _("重要产品类别"), max_length=20, choices=Category.choices, default=Category.OTHER
    )
    standard = models.CharField(_("执行标准"), max_length=200, blank=True)
    unit = models.CharField(_("计量单位"), max_length=20, blank=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.gtin})"


class Person(models.Model):
    """Somebody who answers for an organisation, and from when to when."""

    class Duty(models.TextChoices):
        LEGAL_REPRESENTATIVE = "legal_representative", _("法定代表人")
        CHIEF_QUALITY_OFFICER = "chief_quality_officer", _("首席质量官")
        QUALITY_SAFETY_DIRECTOR = "quality_safety_director", _("质量安全总监")
        QUALITY_SAFETY_OFFICER = "quality_safety_officer", _("质量安全员")
        PRODUCTION_HEAD = "production_head", _("生产负责人")
        OTHER = "other", _("其他")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    duty = models.CharField(_("职务"), max_length=24, choices=Duty.choices)
    name = EncryptedTextField(_("姓名"))
    name_digest = PersonDigestField(max_length=64, db_index=True, editable=False, default="")
    phone = EncryptedTextField(_("联系电话"), blank=True, default="")
    since = models.DateField(_("任职自"), null=True, blank=True)
    until = models.DateField(_("任职至"), null=True, blank=True)
    appointed_by = models.CharField(_("任命文件"), max_length=200, blank=True)

    class Meta:
        ordering = ["duty", "since", "id"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return f"{self.get_duty_display()} of organisation {self.organisation_id}"

    @property
    def masked(self) -> str:
        """The name as those see it who may not read it."""
        return mask_name(self.name)


class Designation(models.Model):
    """What an authority or a body gave an organisation: a licence, a certificate, an honour.

    An individual business without a code (17 zeros and X in official tables, rule R3) is kept by its name and
    registration number and belongs to no organisation: the placeholder never joins two of them. ``source`` says who
    brought it: an office here, the organisation itself, or another platform; empty where that was not kept yet.
    """

    OFFICE, PARTY, PARTNER = "office", "party", "partner:"

    class Kind(models.TextChoices):
        LICENCE = "licence", _("行政许可")
        PRODUCT_CERTIFICATE = "product_certificate", _("产品认证证书")
        SYSTEM_CERTIFICATE = "system_certificate", _("管理体系或服务认证证书")
        LABORATORY = "laboratory", _("检验检测机构资质")
        HONOUR = "honour", _("质量荣誉")
        OTHER = "other", _("其他")

    class Status(models.TextChoices):
        VALID = "valid", _("有效")
        SUSPENDED = "suspended", _("暂停")
        WITHDRAWN = "withdrawn", _("撤销")
        CANCELLED = "cancelled", _("注销")

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="designations"
    )
    holder = models.CharField(_("持有人名称"), max_length=200, blank=True)
    registration_no = models.CharField(_("工商注册号"), max_length=50, blank=True, default="")
    kind = models.CharField(_("类别"), max_length=20, choices=Kind.choices)
    title = models.CharField(_("名称"), max_length=300)
    number = models.CharField(_("编号"), max_length=128)
    issuer = models.CharField(_("发证机关或机构"), max_length=200, blank=True)
    issued_on = models.DateField(_("发证日期"), null=True, blank=True)
    valid_from = models.DateField(_("有效期自"), null=True, blank=True)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.VALID)
    details = models.JSONField(default=dict, blank=True, help_text="the other fields of the official format")
    source = models.CharField(
        _("来源"), max_length=60, blank=True, default="", help_text="office, party or partner:<key>"
    )
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["kind", "-valid_until", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "number"],
                name="registry_designation_once",
                condition=Q(organisation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["kind", "number", "registration_no"],
                name="registry_designation_individual_once",
                condition=Q(organisation__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class Alias(models.Model):
    """Two codes that name one thing; the trace follows it (interconnection of tracing technologies).

    Codes are canonical identifiers, the smaller first, so that a pair is said once.
    """

    code_a = models.CharField(max_length=300, db_index=True)
    code_b = models.CharField(max_length=300, db_index=True)
    source = models.CharField(_("来源"), max_length=100, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["code_a", "code_b"], name="registry_alias_once"),
            models.CheckConstraint(condition=Q(code_a__lt=F("code_b")), name="registry_alias_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.code_a} = {self.code_b}"


class Merge(models.Model):
    """A merge of duplicates: exactly what moved, so that undoing it restores exactly that."""

    kept = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merges_kept")
    duplicate = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merges_given_up")
    moved = models.JSONField(help_text="primary keys by model label and field")
    reason = models.CharField(_("理由"), max_length=300)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-done_at", "-id"]

    def __str__(self) -> str:
        return f"{self.duplicate_id} into {self.kept_id}"
