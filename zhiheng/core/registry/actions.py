"""What can happen to the registry: each checks who may, changes, and writes the ledger."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import rules, search
from zhiheng.core.registry.models import Designation, Merge, Name, Organisation, Person, Product, Site

#: What a party may change of its own organisation; name, code and status come from the register of businesses.
OWN_FIELDS = ("address", "phone", "industry", "kinds")
ORGANISATION_FIELDS = (
    "name",
    "org_type",
    "industry",
    "region",
    "address",
    "phone",
    "kinds",
    "source",
    "status",
)
#: What the ledger says of a changed field without repeating personal data.
_ENCRYPTED = {"phone"}


def require_write(actor: Any, region: str, organisation_id: int | None) -> None:
    """Stop unless somebody may write about an organisation in a region (parties: their own)."""
    # A party keeps its own record in order without any permission; everybody else needs one.
    if not rules.is_party(actor) and not rules.may(actor, "registry.edit"):
        raise Problem(
            "not_permitted",
            _("你的角色不能修改登记库。"),
            status=403,
            remedy=_("请辖区内有登记权限的人办理。"),
        )
    if not rules.reaches(actor, region, organisation_id):
        raise Problem(
            "outside_jurisdiction",
            _("这个主体不在你的辖区内,或不是你的单位。"),
            status=403,
            remedy=_("请主体所在地的登记人员办理。"),
        )


def refresh_search(organisation: Organisation) -> None:
    """Bring the search text in line with names, former names and those of organisations merged into this one."""
    others = list(organisation.names.values_list("name", flat=True))
    for name, code in organisation.merged.values_list("name", "uscc"):
        others += [name, code]
    organisation.search = search.document(organisation.name, *others, organisation.uscc)
    Organisation.objects.filter(pk=organisation.pk).update(search=organisation.search)


@transaction.atomic
def create_organisation(actor: Any, *, uscc: str, name: str, region: str, **fields: Any) -> Organisation:
    """Register an organisation."""
    uscc, region = rules.require_uscc(uscc), rules.require_region(region)
    require_write(actor, region, None)
    if Organisation.objects.filter(uscc=uscc).exists():
        raise Problem(
            "already_registered",
            _("%(uscc)s 已经登记过。") % {"uscc": uscc},
            status=409,
            remedy=_("打开已有的主体修改。"),
        )
    organisation = Organisation(
        uscc=uscc, name=_name(name), region=region, **_known(fields, ORGANISATION_FIELDS)
    )
    organisation.save()
    record(
        actor,
        "registry.organisation.create",
        f"organisation:{uscc}",
        {"name": organisation.name, "region": region},
    )
    return organisation


@transaction.atomic
def update_organisation(actor: Any, organisation: Organisation, **fields: Any) -> Organisation:
    """Change an organisation; a change of name keeps the former one."""
    require_write(actor, organisation.region, organisation.pk)
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = {k: v for k, v in _known(fields, ORGANISATION_FIELDS).items() if getattr(organisation, k) != v}
    if not changed:
        return organisation
    if rules.is_party(actor) and (barred := sorted(set(changed) - set(OWN_FIELDS))):
        raise Problem(
            "field_not_yours",
            _("单位自己不能改:%(fields)s。") % {"fields": "、".join(barred)},
            status=403,
            remedy=_("名称、代码和状态以市场主体登记为准,请登记机关办理。"),
        )
    if "region" in changed:
        changed["region"] = rules.require_region(changed["region"])
        require_write(actor, changed["region"], organisation.pk)
    if "name" in changed:
        changed["name"] = _name(changed["name"])
        Name.objects.get_or_create(
            organisation=organisation, kind=Name.Kind.FORMER, name=organisation.name,
            defaults={"until": timezone.localdate()},
        )  # fmt: skip
    before = {k: getattr(organisation, k) for k in changed}
    for key, value in changed.items():
        setattr(organisation, key, value)
    organisation.save()
    if "name" in changed:
        refresh_search(organisation)
    record(
        actor,
        "registry.organisation.update",
        f"organisation:{organisation.uscc}",
        {k: "changed" if k in _ENCRYPTED else [before[k], changed[k]] for k in changed},
    )
    return organisation


@transaction.atomic
def add_name(
    actor: Any, organisation: Organisation, *, name: str, kind: str,
    since: datetime.date | None = None, until: datetime.date | None = None,
) -> Name:  # fmt: skip
    """Give an organisation another name: former, short or English."""
    require_write(actor, organisation.region, organisation.pk)
    rules.require_period(since, until)
    row, created = Name.objects.update_or_create(
        organisation=organisation,
        kind=Name.Kind(kind),
        name=_name(name),
        defaults={"since": since, "until": until},
    )
    refresh_search(organisation)
    record(
        actor,
        "registry.name.add",
        f"organisation:{organisation.uscc}",
        {"name": row.name, "kind": kind, "new": created},
    )
    return row


@transaction.atomic
def save_site(
    actor: Any, organisation: Organisation, *, gln: str, name: str, region: str, address: str = ""
) -> Site:
    """Register a site of an organisation, or change it."""
    gln, region = rules.require_gln(gln), rules.require_region(region)
    require_write(actor, organisation.region, organisation.pk)
    site = Site.objects.select_for_update().filter(gln=gln).first()
    _require_same_owner(site, organisation, "GLN", gln)
    site = site or Site(gln=gln, organisation=organisation)
    site.name, site.region, site.address = _name(name), region, address.strip()
    site.save()
    record(actor, "registry.site.save", f"site:{gln}", {"organisation": organisation.uscc, "name": site.name})
    return site


@transaction.atomic
def save_product(actor: Any, organisation: Organisation, *, gtin: str, name: str, **fields: Any) -> Product:
    """Register a product of an organisation, or change it."""
    gtin = rules.require_gtin(gtin)
    require_write(actor, organisation.region, organisation.pk)
    product = Product.objects.select_for_update().filter(gtin=gtin).first()
    _require_same_owner(product, organisation, "GTIN", gtin)
    product = product or Product(gtin=gtin, organisation=organisation)
    product.name = _name(name)
    for key, value in _known(fields, ("brand", "spec", "category", "standard", "unit")).items():
        setattr(product, key, value)
    product.save()
    record(
        actor,
        "registry.product.save",
        f"product:{gtin}",
        {"organisation": organisation.uscc, "name": product.name},
    )
    return product


@transaction.atomic
def add_person(
    actor: Any, organisation: Organisation, *, duty: str, name: str, phone: str = "",
    since: datetime.date | None = None, until: datetime.date | None = None, appointed_by: str = "",
) -> Person:  # fmt: skip
    """Name somebody who answers for an organisation. The ledger says who holds no name, only that there is one."""
    require_write(actor, organisation.region, organisation.pk)
    rules.require_period(since, until)
    person = Person.objects.create(
        organisation=organisation, duty=Person.Duty(duty), name=_name(name), phone=phone.strip(),
        since=since, until=until, appointed_by=appointed_by.strip(),
    )  # fmt: skip
    record(
        actor, "registry.person.add", f"organisation:{organisation.uscc}", {"person": person.pk, "duty": duty}
    )
    return person


@transaction.atomic
def end_duty(actor: Any, person: Person, *, until: datetime.date) -> Person:
    """Somebody no longer holds a duty."""
    require_write(actor, person.organisation.region, person.organisation_id)
    rules.require_period(person.since, until)
    Person.objects.filter(pk=person.pk).update(until=until)
    person.until = until
    record(
        actor, "registry.person.end", f"organisation:{person.organisation.uscc}",
        {"person": person.pk, "duty": person.duty, "until": until.isoformat()},
    )  # fmt: skip
    return person


@transaction.atomic
def amend_designation(actor: Any, row: Designation, *, reason: str, **values: Any) -> Designation:
    """Put right a licence, certificate or honour, or mark it withdrawn; the ledger keeps what it said, and why."""
    row = Designation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
    changed = {k: v for k, v in _known(values, ("title", "number", "issued_on", "valid_until", "status")).items()
               if getattr(row, k) != v}  # fmt: skip
    if changed:
        before = {k: str(getattr(row, k)) for k in changed}
        for key, value in changed.items():
            setattr(row, key, value)
        row.changed_at = timezone.now()
        row.save(update_fields=[*changed, "changed_at"])
        record(
            actor, "registry.designation.amend",
            f"organisation:{row.organisation.uscc if row.organisation else row.registration_no}",
            {"number": row.number, "changed": {k: [before[k], str(v)] for k, v in changed.items()}, "why": reason},
        )  # fmt: skip
    return row


def reveal_person(actor: Any, person: Person) -> tuple[str, str]:
    """The name and telephone of somebody, for those who may read them; the look is in the ledger first."""
    _require_look(actor)
    subject = f"organisation:{person.organisation.uscc}"
    record(actor, "registry.person.look", subject, {"person": person.pk, "duty": person.duty}, look=True)
    return person.name, person.phone


def reveal_phone(actor: Any, organisation: Organisation) -> str:
    """An organisation's telephone, for those who may read it; the look is in the ledger first."""
    _require_look(actor)
    record(actor, "registry.phone.look", f"organisation:{organisation.uscc}", {}, look=True)
    return organisation.phone


# ---- duplicates


#: What both may have and only one can keep: where it hangs on the organisation, and by which field it is the same.
_ONCE = {
    "registry.Name": ("names", "name"),
    "registry.Designation": ("designations", "number"),
    "facts.Fact": ("facts", "reference"),
    "facts.Standing": ("standings", "scheme"),
}


def _merged_relations() -> Iterable[tuple[str, str]]:
    """What belongs to an organisation and moves with it: the core's own tables, by model label and field."""
    for relation in Organisation._meta.related_objects:
        model = relation.related_model
        if model in (Organisation, Merge) or model._meta.app_label not in {
            "registry", "accounts", "jobs", "facts",
        }:  # fmt: skip
            continue
        yield model._meta.label, relation.field.name


@transaction.atomic
def merge(actor: Any, kept: Organisation, duplicate: Organisation, *, reason: str) -> Merge:
    """Give up ``duplicate``: all that belongs to it moves to ``kept``, and what moved is written down."""
    _require_merge(actor, kept, duplicate)
    if not reason.strip():
        raise Problem("reason_missing", _("没有写合并的理由。"), remedy=_("写明根据什么认定是同一主体。"))
    rows = {
        row.pk: row
        for row in Organisation.objects.select_for_update()
        .filter(pk__in=[kept.pk, duplicate.pk])
        .order_by("pk")
    }
    if len(rows) < 2:
        raise Problem("merge_with_itself", _("不能把主体并入它自己。"), remedy=_("选两个不同的主体。"))
    kept, duplicate = rows[kept.pk], rows[duplicate.pk]
    if kept.merged_into_id or duplicate.merged_into_id:
        raise Problem(
            "already_merged", _("其中一个已经被合并过。"), status=409, remedy=_("先撤销原来的合并。")
        )
    moved: dict[str, list[Any]] = {}
    for label, field in _merged_relations():
        model = apps.get_model(label)
        found = model._base_manager.filter(**{field: duplicate})
        if label in _ONCE:  # what both have stays where it is
            related, same = _ONCE[label]
            found = found.exclude(**{f"{same}__in": getattr(kept, related).values(same)})
        keys = [str(pk) for pk in found.order_by("pk").values_list("pk", flat=True)]
        if keys:
            model._base_manager.filter(pk__in=keys).update(**{field: kept})
            moved[f"{label}.{field}"] = keys
    Organisation.objects.filter(pk=duplicate.pk).update(merged_into=kept)
    row = Merge.objects.create(
        kept=kept, duplicate=duplicate, moved=moved, reason=reason.strip(), done_by=actor
    )
    refresh_search(kept)
    record(
        actor, "registry.merge", f"organisation:{kept.uscc}",
        {
            "duplicate": duplicate.uscc, "merge": row.pk, "reason": row.reason,
            "moved": {place: len(keys) for place, keys in moved.items()},
        },
    )  # fmt: skip
    return row


@transaction.atomic
def undo_merge(actor: Any, row: Merge) -> Merge:
    """Take a merge back: what moved goes back, everything else stays where it is."""
    row = Merge.objects.select_for_update(of=("self",)).select_related("kept", "duplicate").get(pk=row.pk)
    _require_merge(actor, row.kept, row.duplicate)
    if row.undone_at:
        raise Problem("already_undone", _("这次合并已经撤销过。"), status=409)
    if row.kept.merged_into_id:
        raise Problem(
            "merged_further",
            _("保留的主体后来又并入了别的主体。"),
            status=409,
            remedy=_("先撤销后来的那次合并。"),
        )
    gone: dict[str, list[str]] = {}
    for place, keys in row.moved.items():
        label, field = place.rsplit(".", 1)
        model = apps.get_model(label)
        # What was since given to somebody else, or deleted, is not fetched back.
        back = model._base_manager.filter(pk__in=keys, **{field: row.kept})
        staying = {str(pk) for pk in back.values_list("pk", flat=True)}
        back.update(**{field: row.duplicate})
        if missing := [key for key in keys if key not in staying]:
            gone[place] = missing
    Organisation.objects.filter(pk=row.duplicate_id).update(merged_into=None)
    row.undone_by, row.undone_at = actor, timezone.now()
    row.save(update_fields=["undone_by", "undone_at"])
    refresh_search(row.kept)
    record(
        actor, "registry.merge.undo", f"organisation:{row.kept.uscc}",
        {"duplicate": row.duplicate.uscc, "merge": row.pk, "not_returned": gone},
    )  # fmt: skip
    return row


def _require_merge(actor: Any, kept: Organisation, duplicate: Organisation) -> None:
    if not rules.may(actor, "registry.merge"):
        raise Problem("not_permitted", _("你的角色不能合并主体。"), status=403)
    for organisation in (kept, duplicate):
        if not rules.reaches(actor, organisation.region, organisation.pk):
            raise Problem(
                "outside_jurisdiction",
                _("%(name)s不在你的辖区内。") % {"name": organisation.name},
                status=403,
                remedy=_("请两个主体共同的上级办理。"),
            )


def _require_look(actor: Any) -> None:
    if not actor.may("personal_data.read"):
        raise Problem(
            "not_permitted",
            _("你的角色不能查看个人信息。"),
            status=403,
            remedy=_("确有需要时请主管人员查看。"),
        )


def _require_same_owner(row: Any, organisation: Organisation, what: str, code: str) -> None:
    if row is not None and row.organisation_id != organisation.pk:
        raise Problem(
            "registered_to_another",
            _("%(what)s %(code)s 已登记在别的主体名下。") % {"what": what, "code": code},
            status=409,
            remedy=_("核对代码;确实换了主体的,请登记机关先办理转移。"),
        )


def _name(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Problem("name_missing", _("名称是空的。"), remedy=_("填写名称。"))
    if len(text) > 200:
        raise Problem("name_too_long", _("名称超过 200 个字。"), remedy=_("填登记的名称,不要带说明文字。"))
    if found := rules.special_character(text):
        raise Problem(
            "name_special_character",
            _("名称里有特殊字符“%(character)s”。") % {"character": found},
            remedy=_("按登记的名称填写。"),
        )
    return text


def _known(fields: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    if strange := sorted(set(fields) - set(known)):
        raise TypeError(f"no such fields: {strange}")
    fields = {k: v.strip() if isinstance(v, str) else v for k, v in fields.items()}
    if "kinds" in fields:
        fields["kinds"] = rules.kinds_text(fields["kinds"])
    return fields
