"""Filing, judging repeats, reopening, publishing: the things that happen to complaints and reports beyond the steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import handling
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, File, Link, Party, Step
from zhiheng.core.disclosure import actions as disclosure
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.files import Checked
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.systems.complaints import queries, rules, words
from zhiheng.systems.complaints.models import Digest, Mark, Matter
from zhiheng.systems.complaints.rules import Filing


@dataclass(frozen=True)
class Receipt:
    """What whoever filed gets: the cases with their numbers, and the secret that opens their status."""

    cases: list[Case]
    secret: str

    @property
    def numbers(self) -> list[str]:
        """The numbers, the complaint's first."""
        return [case.number for case in self.cases]


# -- filing -------------------------------------------------------------------------------------------------------


def file(
    filing: Filing,
    files: Sequence[Checked] = (),
    *,
    source: str,
    actor: User | None = None,
    received_at: datetime | None = None,
    office: str = "",
    reference: str = "",
    strict: bool = True,
) -> Receipt:
    """File a complaint, a report or both (then as two cases, SAMR-121 第九条) with the competent office.

    ``office`` is given where one has received it already. Raises Problem ``values_wrong`` (422, ``errors``),
    ``outside_province`` (422), ``reference_taken`` (409).
    """
    now = timezone.now()
    received_at = received_at or now
    wrong = rules.faults(filing, dates.local(received_at).date(), strict=strict)
    subject = queries.organisation(filing.uscc)
    if filing.uscc and subject is None and not filing.respondent:
        wrong["respondent"] = "missing"
    if wrong:
        raise values_wrong({k: f"{words.field(k)}：{words.fault(v)}" for k, v in wrong.items()})
    secret = engine.new_secret()
    made = []
    with transaction.atomic():
        for kind in rules.kinds(filing):
            key = reference if kind == filing.kind or not reference else f"{reference}#{kind}"
            where = office or competent_office(filing, kind, subject, received_at)
            made.append(
                _open(filing, kind, where, subject, files, secret, source, actor, received_at, key, now)
            )
    return Receipt(made, secret)


def competent_office(filing: Filing, kind: str, subject: Organisation | None, received_at: datetime) -> str:
    """The office that a filing goes to. Raises ``outside_province`` where the law names none of ours."""
    places = rules.Places(
        filing.channel, domicile=subject.region if subject else "", where=filing.where,
        platform=filing.platform_region, shown=filing.shown,
    )  # fmt: skip
    before = dates.local(received_at).date() < date(2026, 4, 15)
    _rule, found = rules.competent(kind, places, before_121=before)
    there = queries.office_codes()
    for region in found:
        if office := rules.office_of(region, there):
            return office
    raise Problem(
        "outside_province",
        _("按经营地，本省的市场监督管理部门无权处理。"),
        status=422,
        remedy=_("请在全国 12315 平台（www.12315.cn）或拨打 12315 提出，会转到有权处理的机关。"),
        errors={"where": _("不在本省，或没有选择。")},
    )


def _open(
    filing: Filing,
    kind: str,
    office: str,
    subject: Organisation | None,
    files: Sequence[Checked],
    secret: str,
    source: str,
    actor: User | None,
    received_at: datetime,
    reference: str,
    now: datetime,
) -> Case:
    nobody = kind == rules.REPORT and filing.anonymous
    person = NewParty(
        queries.PERSON[kind], name="" if nobody else filing.name.strip(),
        phone="" if nobody else rules.plain_phone(filing.phone), address="" if nobody else filing.address.strip(),
        identity="" if nobody else filing.identity.strip(), anonymous=nobody, language=filing.language,
        receipt=secret,
    )  # fmt: skip
    name = "" if subject else filing.respondent.strip()
    other = NewParty(
        queries.OTHER[kind], organisation=subject, name=name,
        address="" if subject else filing.respondent_address.strip(),
    )  # fmt: skip
    with translation.override(
        "zh-hans"
    ):  # records are in the law's language, whoever's telephone they come from
        title = rules.title(filing.product, str(rules.PROBLEMS[filing.problem]))
    sees = (person.key, other.key) if filing.share and kind == rules.COMPLAINT else (person.key,)
    case = engine.open_case(
        Actor(actor),
        Opening(
            kind, office, title, received_at, source, subject=subject, subject_name=name, parties=[person, other],
            values=_values(filing, kind), personal={"facts": filing.facts.strip()}, reference=reference,
            files=[Sent(_anonymous(one, n), "evidence", sees) for n, one in enumerate(files, 1)],
        ),
        now=now,
    )  # fmt: skip
    File.objects.filter(case=case).update(party=case.parties.get(key=person.key))
    matter = Matter.objects.create(
        case=case, problem=filing.problem, category=filing.category, channel=filing.channel,
        product=filing.product.strip(), gtin=filing.gtin, code=filing.code, quantity=filing.quantity,
        amount=filing.amount, purchased_on=filing.purchased_on, where=filing.where,
        platform=queries.organisation(filing.platform_uscc), platform_name=filing.platform_name.strip(),
        platform_region=filing.platform_region, shown=filing.shown, evidence=len(files),
    )  # fmt: skip
    _mark(case, filing, nobody)
    found = queries.repeats(case)
    matter.repeats = len(found)
    matter.save(update_fields=["repeats"])
    # The others have one more now, too: whoever handles them sees it in the list.
    Matter.objects.filter(case__in=[one.case.pk for one in found]).update(repeats=F("repeats") + 1)
    return case


def _anonymous(file: Checked, number: int) -> Checked:
    """The names that telephones and people give files can say who they are: none is kept."""
    suffix = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}
    return Checked(f"{number}.{suffix[file.content_type]}", file.content_type, file.data)


def _values(filing: Filing, kind: str) -> dict[str, Any]:
    """What is no personal data, under the names of the law's fields."""
    values: dict[str, Any] = {"product": filing.product.strip()}
    if kind == rules.REPORT:
        values |= {"anonymous": filing.anonymous}
    else:
        values |= {
            "claim": filing.claim.strip(), "claim_kind": [k for k in filing.claim_kinds if k in rules.CLAIMS],
            "amount": f"{filing.amount:.2f}" if filing.amount is not None else "",
            "purchased_on": filing.purchased_on.isoformat() if filing.purchased_on else "",
            "known_on": filing.known_on.isoformat() if filing.known_on else "",
            "publish_consent": filing.publish_consent, "delegate_consent": filing.delegate_consent,
        }  # fmt: skip
    return {key: value for key, value in values.items() if value not in ("", [])}


def _mark(case: Case, filing: Filing, nobody: bool) -> None:
    about = queries.respondent_key(case)
    purchase = (
        f"{about}|{filing.amount:.2f}|{filing.purchased_on}" if filing.amount and filing.purchased_on else ""
    )
    texts = {
        "purchase": [purchase],
        "code": [filing.code] if "/21/" in filing.code else [],
        "address": [] if nobody else [rules.plain(filing.address)],
        "text": rules.bands(filing.facts),
    }
    Mark.objects.bulk_create(
        Mark(case=case, kind=kind, digest=digest) for kind, digest in queries.mark_digests(texts)
    )


# -- repeats ------------------------------------------------------------------------------------------------------


def judge_different(actor: User, case: Case, other: Case, why: str) -> Link:
    """Remember that two are not the same matter: they are not shown to each other's handlers again."""
    if not why.strip():
        raise Problem("reason_missing", _("须写明理由。"), status=422, errors={"why": _("须写明理由。")})
    with transaction.atomic():
        link = handling.relate(actor, case, other, Link.Kind.DIFFERENT, why.strip())
        _recount(case, other)
    return link


def judge_same(actor: User, case: Case, other: Case, why: str, *, new_facts: bool = False) -> Case:
    """Join a repeated case to the earlier one; returns the case that goes on.

    A complaint is merged. A report of the same facts by the same person is not handled again; with new facts it is
    merged, and the time to verify runs anew from the day the last one came (SAMR-121 第三十五条第二款).
    Under Order 20 a report is merged in either case.
    """
    if not why.strip():
        raise Problem("reason_missing", _("须写明理由。"), status=422, errors={"why": _("须写明理由。")})
    earlier, later = sorted((case, other), key=lambda c: (c.received_at, c.pk))
    person = queries.traits([earlier, later])
    with transaction.atomic():
        if later.procedure == rules.REPORT and later.edition != "SAMR-20":
            same_person = rules.alike(person[earlier.pk], person[later.pk]).same_person
            if not new_facts and same_person:
                engine.take(Actor(actor), later, "not_again", values={"earlier": earlier.number})
                _recount(earlier, later)
                return earlier
        into = handling.merge(actor, later, earlier, why.strip())
        if later.procedure == rules.REPORT and new_facts and earlier.edition != "SAMR-20":
            engine.take(Actor(actor), into, "merge", values={"earlier": later.number})
        _recount(earlier, later)
    return into


def _recount(*cases: Case) -> None:
    for case in cases:
        Matter.objects.filter(case=case).update(repeats=len(queries.repeats(case)))


# -- what an officer notes -------------------------------------------------------------------------------------------


def classify(actor: User, case: Case, problem: str, category: str) -> Matter:
    """Say what kind of problem and of goods a case is about, for the figures."""
    _must_work(actor, case)
    if problem not in rules.PROBLEMS or category not in rules.CATEGORIES:
        raise Problem("not_a_choice", _("不在可选范围内。"), status=422)
    with transaction.atomic():
        matter, _made = Matter.objects.get_or_create(case=case)
        matter.problem, matter.category = problem, category
        matter.save(update_fields=["problem", "category"])
        record(actor, "complaints.classified", case.key, {"problem": problem, "category": category})
    return matter


def mark_unreachable(actor: User, case: Case, unreachable: bool) -> Matter:
    """Note that nobody is to be reached at the address a shop shows on its platform: then only the office of the
    platform's domicile is competent (第十三条第三款)."""
    _must_work(actor, case)
    with transaction.atomic():
        matter, _made = Matter.objects.get_or_create(case=case)
        matter.unreachable = unreachable
        matter.save(update_fields=["unreachable"])
        record(actor, "complaints.unreachable", case.key, {"unreachable": unreachable})
    return matter


def _must_work(actor: User, case: Case) -> None:
    if not actor.may("cases.work") or actor.region != case.region or actor.pk in case.recused:
        raise Problem("not_of_office", _("只有办理机关的人员可以办理，须回避的除外。"), status=403)
    if case.handler_id not in (None, actor.pk) and case.second_id != actor.pk and not actor.has_duty("head"):
        raise Problem("other_handler", _("案件由他人承办。"), status=403, remedy=_("请承办人或负责人办理。"))


# -- the respondent -------------------------------------------------------------------------------------------------


def respond(
    actor: User, case: Case, answer: str, offer: str, files: Sequence[Checked] = (), *, share: bool = True
) -> list[Step]:
    """A firm answers a complaint about it, makes an offer, or both. The complainant is told of an offer, and may see
    the files that come with it unless the firm keeps them to the office."""
    if not answer.strip() and not offer.strip():
        raise Problem(
            "empty", _("请写答复，或提出解决方案。"), status=422, errors={"answer": _("至少填写一项。")}
        )
    sees = ("complainant",) if share else ()
    sent = [Sent(_anonymous(one, n), "evidence", sees) for n, one in enumerate(files, 1)]
    steps = []
    with transaction.atomic():
        if answer.strip():
            with_it = sent if not offer.strip() else ()
            steps.append(engine.take(Actor(actor), case, "answer", values={"answer": answer}, files=with_it))
        if offer.strip():
            steps.append(engine.take(Actor(actor), case, "offer", values={"offer": offer}, files=sent))
    return steps


def act(
    party: Party, key: str, values: dict[str, Any], files: Sequence[Checked] = (), version: int | None = None
) -> Step:
    """Whoever holds the receipt takes a step of his own: add, withdraw, take the offer, rate, ask to reopen."""
    sent = [Sent(_anonymous(one, n), "evidence", (party.key,)) for n, one in enumerate(files, 1)]
    return engine.take(Actor(party=party), party.case, key, values=values, files=sent, version=version)


# -- telling the public -----------------------------------------------------------------------------------------------


def publish_digest(actor: User, since: date, until: date, title: str, text: str, basis: str) -> Digest:
    """Decide that the figures of a period are public. They are kept as published: small cells are left out for good."""
    if since > until or until >= dates.today():
        raise Problem(
            "period_wrong", _("起止日期不对：须是已经过完的日子。"), status=422,
            errors={"until": _("须早于今天，且不早于开始日期。")},
        )  # fmt: skip
    found = queries.published_form(queries.figures(actor.prefix or "-", since, until))
    place = regions.name(actor.region)
    body = {_("地区"): place, _("期间"): f"{since} — {until}"}
    if text.strip():
        body[_("说明")] = text.strip()
    body |= words.in_lines(found)
    with transaction.atomic():
        made = disclosure.publish(
            actor, "notice", f"notice:complaints-digest-{actor.region}-{since}-{until}-{timezone.now():%H%M%S%f}",
            title, body, basis, timezone.now(),
        )  # fmt: skip
        digest = Digest.objects.create(
            disclosure=made, region=actor.region, since=since, until=until, figures=found, by=actor
        )
        record(actor, "complaints.digest", made.subject, {"since": str(since), "until": str(until)})
    return digest


def warn(actor: User, title: str, text: str, basis: str, until: datetime | None = None) -> Disclosure:
    """Publish a consumer warning (消费警示) as a notice."""
    if not text.strip():
        raise Problem("text_missing", _("请写明提示的内容。"), status=422, errors={"text": _("必填")})
    subject = f"{queries.WARNING}{timezone.now():%Y%m%d%H%M%S%f}"
    return disclosure.publish(
        actor, "notice", subject, title, {_("内容"): text.strip()}, basis, timezone.now(), until
    )
