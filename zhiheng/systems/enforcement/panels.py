"""What enforcement shows on the engine's case pages."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from zhiheng.core.accounts.auth import me
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import offices, running, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.disclosure import rules as disclosing
from zhiheng.core.ui import dates
from zhiheng.knowledge.law import terms
from zhiheng.systems.enforcement import queries, rules
from zhiheng.systems.enforcement.models import CampaignCase


def money(amount: Decimal) -> str:
    """An amount in yuan as people read it: 60,000.00."""
    return f"{amount:,.2f}"


def works(user: User, case: Case) -> bool:
    """Whether somebody may enter things into a case: whoever handles it, or the head."""
    who = engine.who_is(engine.Actor(user), case)
    return "officer" in who.roles and who.blocked is None and user.may("cases.work")


def _show(request: HttpRequest, name: str, case: Case, **more: Any) -> str:
    context = {"case": case, "course": running.course_of(case), "works": works(me(request), case), **more}
    return render_to_string(f"enforcement/{name}.html", context, request=request)


def _reads_whole(request: HttpRequest, case: Case) -> bool:
    return cases.reads_whole(me(request), case)


@panel("penalty")
def evidence(request: HttpRequest, case: Case) -> Any:
    """The register in short, with the door to it."""
    if not _reads_whole(request, case):
        return ""
    items = list(queries.evidence_of(case))
    kinds = running.course_of(case).procedure.fields["evidence_kind"].choices
    rows = [(one, words.of(kinds[one.kind]), one.chain.last()) for one in items]
    return _show(request, "_evidence_panel", case, rows=rows, may_collect=case.state == "investigating")


@panel("penalty")
def before_penalty(request: HttpRequest, case: Case) -> Any:
    """What has to be on record before a penalty: limitation, hearing, discretion, discussion."""
    if not _reads_whole(request, case):
        return ""
    course = running.course_of(case)
    state, ended, answer = queries.limitation(case)
    lower = queries.takes_lower_threshold(case)
    threshold = course.value("hearing_person" if lower else "hearing_organisation")
    told = queries.told(case)
    return _show(
        request, "_checks_panel", case, limitation=state, ended=ended, found=queries.found_on(case), answer=answer,
        limitation_article=words.article(course.value("limitation").cite), threshold=f"{threshold.value:,.0f}",
        threshold_words=words.of(threshold), threshold_article=words.article(threshold.cite), told=told,
        told_hearing=told is not None and told[0].key == "notify_hearing",
        factors=queries.factors(case), discussions=case.discussions.all(), open=case.closed_at is None,
    )  # fmt: skip


@panel("penalty")
def payment(request: HttpRequest, case: Case) -> Any:
    """What is owed and what was paid; the party sees it too."""
    keys = None if _reads_whole(request, case) else cases.parties_of(case, me(request))
    account = queries.account(case) if keys is None or "party" in keys else None
    if account is None:
        return ""
    return _show(
        request, "_payment_panel", case, due=money(account.due), paid=money(account.paid),
        remainder=money(account.remainder),
        settled=account.remainder <= 0, payments=[(step, money(amount)) for step, amount in queries.paid(case)],
        lines=[(line, money(line.amount), money(line.covered)) for line in account.lines],
        head=works(me(request), case) and me(request).has_duty("head"),
        may_plan=case.state in {"served", "urged"} and account.remainder > 0,
        court=case.state in {"urged", "unperformed", "in_court"} and keys is None,
    )  # fmt: skip


@panel("penalty")
def together(request: HttpRequest, case: Case) -> Any:
    """Other offices: assistance and its answers, disputes, listing, joint offices, campaign."""
    if not _reads_whole(request, case):
        return ""
    user = me(request)
    rows: list[dict[str, Any]] = []
    for one in queries.opened(case, "assistance", "competence", "supervision"):
        course = running.course_of(one)
        step = queries.last_step(one, "answer", "agree", "designate", "report", "delist")
        said = ""
        if step is not None:
            said = next(
                (step.values[k] for k in ("findings", "outcome", "progress", "result") if step.values.get(k)),
                "",
            )
        clock = one.clocks.exclude(state="stopped").order_by("due_at").first()
        rows.append(
            {
                "case": one, "kind": words.of(course.procedure), "state": words.state(course, one.state),
                "office": offices.name(one.region), "said": said, "due": clock.due_at if clock else None,
            }
        )  # fmt: skip
    joint = [(offices.name(p.region), p.told_at) for p in case.parties.filter(key="joint")]
    attached = CampaignCase.objects.filter(case=case).select_related("campaign").first()
    may_list = (
        user.may("cases.work") and user.region != case.region and covers(user, case.region) and case.closed_at is None
        and not any(row["case"].procedure == "supervision" and row["case"].closed_at is None for row in rows)
    )  # fmt: skip
    if not rows and not joint and attached is None and not may_list and not works(user, case):
        return ""
    return _show(
        request, "_together_panel", case, rows=rows, joint=joint, attached=attached, may_list=may_list
    )


@panel("measure")
def sealed(request: HttpRequest, case: Case) -> Any:
    """The list of goods, seals and places, and how the time of the measure stands."""
    items = queries.sealed_items(case)
    if not _reads_whole(request, case):
        items = items.filter(struck_at=None)
    seal = case.clocks.filter(key="seal").last()
    return _show(
        request, "_measure_panel", case, items=items, open=case.state in {"proposed", "preserved", "sealed"},
        extended=bool(seal and seal.extensions), paused=bool(seal and seal.state == "paused"), seal=seal,
        preserve=case.clocks.filter(key="preserve").last(),
        lapsed=case.steps.filter(key="lapse").first(),
    )  # fmt: skip


@panel("publicity")
def publication(request: HttpRequest, case: Case) -> Any:
    """Whether and how long the decision is public, by which article, and when an early end may be asked for."""
    found = queries.penalty_of(case)
    if found is None:
        return ""
    course, first = running.course_of(case), found[0]
    row = getattr(first, "penalty_record", None)
    published = queries.published_term(case, course)
    early = None
    if published is not None:
        step, held = published
        early = terms.early_from(
            held.term, dates.local(step.at).date(), queries.restriction_ends(case.values)
        )
    shown = row.disclosure if row is not None else None
    possible: list[tuple[str, str, str]] = []
    if published is None:
        for domain in course.grounds("domain").of:
            one = queries.terms(case, course, domain, False)
            if one is not None and one.key not in {key for key, _words, _article in possible}:
                possible.append((one.key, words.of(one.term), words.article(one.term.cite)))
    return _show(
        request, "_publication_panel", case, first=first, row=row, published=published, early=early, shown=shown,
        state=disclosing.state(shown, timezone.now()) if shown else "",
        exempt=rules.exempt(rules.penalty(found[1].values).kinds), possible=possible,
        term=words.of(published[1].term) if published else "",
        article=words.article(published[1].term.cite) if published else "",
        whole=_reads_whole(request, case),
    )  # fmt: skip


@panel("supervision")
def listing(request: HttpRequest, case: Case) -> Any:
    """The listing's own deadline and reports; nobody is late by law."""
    course = running.course_of(case)
    reports = [
        (step, step.values.get("progress", "")) for step in case.steps.filter(key="report").order_by("-seq")
    ]
    due = queries.next_report(case)
    return _show(
        request, "_listing_panel", case, reports=reports, next=due, behind=bool(due and due < dates.today()),
        fact=words.of(course.edition.facts["listing"]),
        undertakers=[offices.name(p.region) for p in case.parties.filter(key="undertaker")],
    )  # fmt: skip
