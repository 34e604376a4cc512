"""Reading for planning and drawing: who may be drawn, how big each is, what was planned or sampled before."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import region_prefix
from zhiheng.core.facts.models import Standing
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.methods.selection import risk_size
from zhiheng.systems.inspection import rules_plan as rules
from zhiheng.systems.inspection.models import Draw, Inspector, Plan, PlanItem, Sample
from zhiheng.systems.inspection.queries import plans_visible_to
from zhiheng.systems.inspection.rules_recheck import product_of

LIVE = (Plan.State.APPROVED, Plan.State.CLOSED)
BATCH = 5000
MOST_LOOKED, MOST_SHOWN = 5000, 50
"""How many earlier samples are looked through for a telephone, and how many products of them it shows."""


def items_visible_to(user: User) -> QuerySet[PlanItem]:
    """The items of the plans a person sees."""
    return PlanItem.objects.filter(plan__in=plans_visible_to(user)).select_related("plan", "laboratory")


def draws_visible_to(user: User) -> QuerySet[Draw]:
    """The draws of the plans a person sees; the file, which is large, is read only where it is asked for."""
    draws = Draw.objects.filter(item__plan__in=plans_visible_to(user)).defer("record", "secret")
    return draws.select_related("item__plan", "committed_by", "entered_by", "drawn_by")


def inspectors_visible_to(user: User) -> QuerySet[Inspector]:
    """Inspectors of one's jurisdiction. That somebody is listed does not mean the name may be read."""
    if not user.may("inspection.read") or user.prefix is None:
        return Inspector.objects.none()
    return Inspector.objects.filter(region__startswith=user.prefix).select_related("body", "user")


def listed(user: User) -> QuerySet[Plan]:
    """Plans with the numbers of a list: items, samples, cost, what was drawn."""
    return plans_visible_to(user).annotate(
        products=Count("items", distinct=True),
        samples=Sum("items__size", default=0),
        cost=Sum(F("items__size") * F("items__unit_cost"), default=Decimal(0)),
    )


# -- what was planned before ------------------------------------------------------------------------------------


def plan_facts(plan: Plan) -> rules.PlanFacts:
    """The plan as the rules look at it."""
    items = []
    for item in plan.items.prefetch_related("strata"):
        strata = list(item.strata.all())
        items.append(
            rules.ItemFacts(
                item.pk, item.product, item.standards, item.rules, item.rules_public_on, item.size, item.cost,
                len(item.tests), sum(one.population for one in strata), sum(one.size for one in strata),
                any(one.size > one.population for one in strata), item.laboratory_id is not None,
            )
        )  # fmt: skip
    return rules.PlanFacts(
        plan.region, plan.domain, plan.kind, plan.starts_on, plan.ends_on, plan.budget, plan.filed_on, items
    )


def findings(plan: Plan, today: date) -> list[rules.Finding]:
    """What the head must know of a plan: against its own numbers, and against what is planned already."""
    offices = [plan.region, *rules.above(plan.region)]
    rows = (
        PlanItem.objects.filter(plan__region__in=offices, plan__state__in=LIVE, plan__domain=plan.domain)
        .filter(plan__starts_on__lte=plan.ends_on, plan__ends_on__gte=rules.since(plan.starts_on))
        .exclude(plan=plan.pk)
        .select_related("plan")
    )
    others = [
        rules.Other(
            one.plan_id, one.plan.title, one.plan.region, one.product, one.standards, one.plan.starts_on,
            one.plan.ends_on,
        )
        for one in rows
    ]  # fmt: skip
    return rules.findings(plan_facts(plan), others, today)


# -- what was sampled before ------------------------------------------------------------------------------------


def samples_before(region: str, day: date) -> QuerySet[Sample]:
    """Samples of spot checks of an office and of those above it within the six months before a day.

    What was taken to re-check an order is no spot check, so it spares nobody the next one.
    """
    begin = timezone.make_aware(datetime.combine(rules.since(day), time()), dates.SHANGHAI)
    offices = [region, *rules.above(region)]
    return Sample.objects.filter(
        item__plan__region__in=offices, taken_at__gte=begin, task__rectification=None
    ).exclude(state=Sample.State.VOID)


def repeats(sample: Sample) -> list[Sample]:
    """Earlier samples of the very same product within six months (SAMR-18 Art. 8), that a person judges by."""
    item = sample.item
    if item.plan.kind in rules.EXEMPT or item.plan.domain != "product" or sample.rectification is not None:
        return []
    before = samples_before(item.plan.region, dates.local(sample.taken_at).date()).filter(
        Q(producer=sample.producer_id) if sample.producer_id else Q(producer=None, producer_name__gt=""),
        Q(taken_at__lt=sample.taken_at) | Q(taken_at=sample.taken_at, pk__lt=sample.pk),
    )
    wanted = product_of(sample)
    rows = before.select_related("producer").order_by("-taken_at")
    return [one for one in rows if rules.same_product(product_of(one), wanted)]


def known_products(item: PlanItem, day: date) -> list[Sample]:
    """Products by an item's standards that were sampled within six months, one sample of each, the newest first:
    whoever is about to sample has them at hand, without a network too."""
    if item.plan.kind in rules.EXEMPT or item.plan.domain != "product":
        return []
    wanted = rules.standard_numbers(item.standards)
    seen: set[rules.Product] = set()
    found: list[Sample] = []
    rows = samples_before(item.plan.region, day).select_related("producer").order_by("-taken_at")
    for one in rows[:MOST_LOOKED]:
        product = product_of(one)
        if product not in seen and product.producer and rules.standard_numbers(one.standard) & wanted:
            seen.add(product)
            found.append(one)
            if len(found) == MOST_SHOWN:
                break
    return found


def _sampled(item: PlanItem, day: date) -> dict[int, str]:
    """Producers of which a sample by one of the item's standards was taken within six months, with its number."""
    if item.plan.kind in rules.EXEMPT or item.plan.domain != "product" or item.stage != "production":
        return {}
    wanted = rules.standard_numbers(item.standards)
    rows = samples_before(item.plan.region, day).exclude(producer=None)
    return {
        producer: number
        for producer, number, standard in rows.values_list("producer_id", "number", "standard").iterator()
        if rules.standard_numbers(standard) & wanted
    }


# -- who may be drawn -------------------------------------------------------------------------------------------


def frame(item: PlanItem) -> QuerySet[Organisation]:
    """The organisations of the registry that the item is about, whatever their state."""
    plan = item.plan
    areas = Q()
    for code in plan.regions or [plan.region]:
        areas |= Q(region__startswith=region_prefix(code))
    does = Q()
    for kind in item.kinds.split():
        does |= Q(kinds__contains=f" {kind} ")
    return Organisation.objects.filter(
        areas, does, region__startswith=region_prefix(plan.region), industry__startswith=item.industry,
        merged_into=None,
    )  # fmt: skip


def stratum_of(plan: Plan, region: str) -> str:
    """The stratum of an organisation: its city for a plan of the province, its county for one below."""
    return f"{region[:4]}00" if plan.region.endswith("0000") else region


@dataclass(slots=True)
class Entry:
    """Somebody on the list: with a size, or with the code of the reason for having none."""

    organisation: int
    uscc: str
    region: str
    size: int
    excluded: str = ""
    note: str = ""


def entries(item: PlanItem, today: date) -> list[Entry]:
    """The list of an item: everybody of the frame, with size or reason, by credit code.

    The six months are counted back from the later of today and the plan's first day.
    """
    plan = item.plan
    rows = list(frame(item).order_by("uscc").values_list("pk", "uscc", "region", "status"))
    standing = _standings(item, today)
    sampled = _sampled(item, max(today, plan.starts_on))
    excluded = {one.organisation_id: (one.code, one.why) for one in item.exclusions.all()}
    size = lru_cache(maxsize=None)(lambda key: risk_size(rules.BASE_SIZE, *key))
    found = []
    for pk, uscc, region, status in rows:
        one = Entry(pk, uscc, stratum_of(plan, region), size(standing.get(pk, ())))
        if status != Organisation.Status.ACTIVE:
            one.excluded = "not_in_business"
        elif pk == item.laboratory_id:
            one.excluded, one.note = "tests_the_samples", ""
        elif pk in excluded:
            one.excluded, one.note = excluded[pk]
        elif pk in sampled:
            one.excluded, one.note = "checked_within_six_months", sampled[pk]
        found.append(one)
    return found


def _standings(item: PlanItem, today: date) -> dict[int, tuple[str, ...]]:
    """The factors of those who stand under a scheme today."""
    schemes = (Standing.Scheme.RISK_CLASS, Standing.Scheme.KEY_SUPERVISION, Standing.Scheme.SERIOUS)
    rows = (
        Standing.objects.filter(scheme__in=schemes, organisation__in=frame(item))
        .filter(Q(until=None) | Q(until__gte=today))
        .values_list("organisation_id", "scheme", "value")
    )
    standing: dict[int, dict[str, str]] = defaultdict(dict)
    for organisation, scheme, value in rows.iterator(chunk_size=BATCH):
        standing[organisation][scheme] = value
    weights = item.plan.weights or rules.DEFAULT_WEIGHTS
    return {
        pk: tuple(rules.factors(weights, one.get(schemes[0], ""), schemes[1] in one, schemes[2] in one))
        for pk, one in standing.items()
    }


def by_stratum(rows: Iterable[Entry]) -> dict[str, list[int]]:
    """The sizes of those who may be drawn, by stratum."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for one in rows:
        if not one.excluded:
            sizes[one.region].append(one.size)
    return dict(sorted(sizes.items()))


# -- who is sent ------------------------------------------------------------------------------------------------


def pool(office: str, domain: str) -> QuerySet[Inspector]:
    """The inspectors of an office (and of the bodies it entrusts) who take samples in a domain."""
    return Inspector.objects.filter(region=office, active=True).filter(
        Q(domains="") | Q(domains__contains=domain)
    )


def away(office: str, domain: str, day: date) -> set[int]:
    """Those of the pool who are absent on a day: that of the draw, or that on which a task changes hands."""
    absent = pool(office, domain).filter(absences__since__lte=day, absences__until__gte=day)
    return set(absent.values_list("pk", flat=True))
