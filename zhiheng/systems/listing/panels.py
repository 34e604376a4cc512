"""What lists show on the engine's case pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from zhiheng.core.accounts.auth import me
from zhiheng.core.cases import offices, running
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import words as said
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.disclosure import rules as disclosing
from zhiheng.core.facts.models import Fact
from zhiheng.core.ui import dates
from zhiheng.systems.listing import queries, repair, repair_elsewhere, rules, words
from zhiheng.systems.listing.models import Entry


def _show(request: HttpRequest, template: str, **more: Any) -> str:
    return render_to_string(f"listing/{template}.html", more, request=request)


def _entry(case: Case) -> Entry | None:
    return Entry.objects.select_related("disclosure", "organisation", "case").filter(case=case).first()


@panel("serious_list")
@panel("key_supervision")
@panel("abnormal_list")
def speaks_for(request: HttpRequest, case: Case) -> Any:
    """Which facts speak for the listing by which clause, and what people still have to judge."""
    if not cases.reads_whole(me(request), case):
        return ""
    bases = queries.bases(case)
    if not bases and case.procedure == "abnormal_list":
        return ""
    stated, conditions = case.steps.filter(key="assess").exists(), []
    if case.procedure == "serious_list":
        penalties = [one.fact for one in bases if one.fact.kind == Fact.Kind.PENALTY]
        levels = queries.discretion(penalties)
        for fact in penalties[:1]:
            found = rules.conditions(fact.details, fact.title, levels.get(fact.pk, ""))
            conditions = [words.condition(one, case) for one in found]
    shared = running.course_of(case).edition.facts
    return _show(
        request, "_bases_panel", case=case, conditions=conditions, stated=stated,
        bases=[(one, said.article(one.clause)) for one in bases],
        law=[said.of(shared[key]) for key in ("conditions", "together", "consent", "why") if key in shared],
        consent=case.procedure == "serious_list" and rules.needs_consent(case.region),
        superior=offices.name(rules.superior(case.region)) if rules.needs_consent(case.region) else "",
    )  # fmt: skip


@panel("serious_list")
@panel("key_supervision")
@panel("abnormal_list")
def stands(request: HttpRequest, case: Case) -> Any:
    """Since when, until when, public or not, with which measures; the party sees it too."""
    entry = _entry(case)
    if entry is None:
        return ""
    shown = entry.disclosure
    return _show(
        request, "_entry_panel", entry=entry, conduct=words.conduct(entry), shown=shown,
        state=disclosing.state(shown, timezone.now()) if shown else "", whole=cases.reads_whole(me(request), case),
        measures=entry.measures.all() if case.procedure == "serious_list" else [], today=dates.today(),
        serious=case.procedure == "serious_list",
    )  # fmt: skip


@panel("credit_repair")
def conditions(request: HttpRequest, case: Case) -> Any:
    """What a repair is about, its tier, the earliest day, and what the record says of its conditions."""
    about = queries.repaired(case)
    if about is None:
        return ""
    tier = repair.tier_of(about)
    whole = cases.reads_whole(me(request), case)
    entry = _entry(about)
    day = entry.listed_on if entry else tier.since if tier else dates.local(about.received_at).date()
    since = queries.penalties_since(case.subject, day) if case.subject is not None and whole else []
    frauds = queries.frauds(case.subject) if case.subject is not None else []
    facts = running.course_of(case).edition.facts
    return _show(
        request, "_repair_panel", case=case, about=about, tier=tier, name=said.of(tier.term) if tier else "",
        article=said.article(tier.term.cite) if tier else "", since=since, whole=whole, today=dates.today(),
        frauds=[one for one in frauds if one.case_id != case.pk],
        law=[said.of(facts[key]) for key in ("conditions", "who", "channel") if key in facts],
        own=cases.visible_to(me(request)).filter(pk=about.pk).exists(),
    )  # fmt: skip


@panel("credit_repair")
def elsewhere(request: HttpRequest, case: Case) -> Any:
    """What a court's ruling or another authority's decision is about: each with how the public sees it now."""
    if case.values.get("kind") not in ("bankruptcy", "other_body"):
        return ""
    return _show(
        request, "_elsewhere_panel", rows=repair_elsewhere.shown(case),
        bankruptcy=case.values["kind"] == "bankruptcy",
    )  # fmt: skip
