"""What can happen besides the steps of the law: something is put with what is handed over, or taken out; a package."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import documents, offices
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Document, File, Party, Step
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.systems.justice import queries, rules
from zhiheng.systems.justice.models import Enclosure

OUTSIDE = list(rules.JUSTICE)


def enclose(
    actor: User, transfer: Case, documents_of: Iterable[int] = (), files_of: Iterable[int] = ()
) -> list[Enclosure]:
    """Put documents and files of the penalty case, or the transfer's own files, with what is handed over.

    Nothing is copied: the rows in the transfer case name the same content by its hash. What is there already stays.
    Raises Problem ``not_of_office``, ``too_late``, ``not_to_be_enclosed`` (naming what may not go).
    """
    with transaction.atomic():
        transfer = engine.lock(transfer)
        _must_work(actor, transfer)
        if transfer.state not in rules.OPEN_FOR_ENCLOSING:
            raise Problem(
                "too_late",
                _("材料已移交或案件已办结，不能再附。"),
                status=409,
                remedy=_("请另行办理补充移送。"),
            )
        penalty = queries.penalty_of(transfer)
        wanted_documents, wanted_files = set(documents_of), set(files_of)
        may_documents = {d.pk: d for d in queries.documents_that_may_go(penalty)} if penalty else {}
        may_files = {f.pk: f for f in queries.files_that_may_go(penalty)} if penalty else {}
        own = {f.pk: f for f in queries.own_files_that_may_go(transfer)}
        there = list(queries.enclosed_in(transfer))
        with_documents = {e.from_document_id for e in there}
        with_files = {e.from_file_id or e.file_id for e in there}
        refused = (wanted_documents - set(may_documents) - with_documents) | (
            wanted_files - set(may_files) - set(own) - with_files
        )
        if refused:
            raise Problem(
                "not_to_be_enclosed",
                _("所选材料有 %(n)d 项不能随案移送。") % {"n": len(refused)},
                status=422,
                remedy=_("举报人的材料、内部记录和其他案件的材料不能移送。"),
            )
        made = []
        for pk in sorted(wanted_documents - with_documents):
            made.append(_enclose_document(actor, transfer, may_documents[pk]))
        for pk in sorted(wanted_files - with_files):
            made.append(_enclose_file(actor, transfer, may_files.get(pk), own.get(pk)))
        if made:
            record(
                actor, "justice.enclosed", transfer.key,
                {"files": [{"file": e.file_id, "sha256": e.file.sha256} for e in made]},
            )  # fmt: skip
    return made


def _enclose_document(actor: User, transfer: Case, document: Document) -> Enclosure:
    """The document as it stands: its signed scan where there is one, else the page made from its text."""
    if document.signed is not None:
        sha, size, kind = document.signed.sha256, document.signed.size, document.signed.content_type
    else:
        data = documents.pdf(document, document.case)
        sha, size, kind = filing.keep(data), len(data), "application/pdf"
    file = File.objects.create(
        case=transfer, step=None, kind="evidence", name=f"{document.title} {document.number}"[:160], content_type=kind,
        size=size, sha256=sha, user=actor, sees=OUTSIDE, at=timezone.now(),
    )  # fmt: skip
    return Enclosure.objects.create(
        transfer=transfer, file=file, from_document=document, by=actor, at=file.at
    )


def _enclose_file(actor: User, transfer: Case, source: File | None, own: File | None) -> Enclosure:
    now = timezone.now()
    if own is not None:
        own.sees = OUTSIDE
        own.save(update_fields=["sees"])
        return Enclosure.objects.create(transfer=transfer, file=own, by=actor, at=now)
    assert source is not None
    file = File.objects.create(
        case=transfer, step=None, kind="evidence", name=source.name, content_type=source.content_type, size=source.size,
        sha256=source.sha256, user=actor, sees=OUTSIDE, at=now,
    )  # fmt: skip
    return Enclosure.objects.create(transfer=transfer, file=file, from_file=source, by=actor, at=now)


def take_out(actor: User, enclosure: Enclosure) -> Enclosure:
    """Take something out again, while nobody outside has seen it."""
    with transaction.atomic():
        transfer = engine.lock(enclosure.transfer)
        _must_work(actor, transfer)
        enclosure = Enclosure.objects.select_related("file").get(pk=enclosure.pk)
        if enclosure.withdrawn_at is not None:
            return enclosure
        if transfer.state not in rules.BEFORE_HANDING:
            raise Problem(
                "handed_over",
                _("已移送的材料不能撤出。"),
                status=409,
                remedy=_("确有错误的，请书面告知公安机关。"),
            )
        enclosure.withdrawn_at = timezone.now()
        enclosure.save(update_fields=["withdrawn_at"])
        File.objects.filter(pk=enclosure.file_id).update(sees=[])
        record(
            actor,
            "justice.taken_out",
            transfer.key,
            {"file": enclosure.file_id, "sha256": enclosure.file.sha256},
        )
    return enclosure


def _must_work(actor: User, transfer: Case) -> None:
    me = engine.who_is(Actor(actor), transfer)
    if "officer" not in me.roles or me.blocked is not None or not actor.may("cases.work"):
        raise Problem(
            "not_of_office",
            _("须由%(office)s的承办人或负责人办理。") % {"office": offices.name(transfer.region)},
            status=403,
        )


def give_to(case: Case, step: Step, body: str, region: str) -> Party:
    """Make an authority the one that has the case: from then on its desk has it, and the one before no longer.

    It is told of the handing over and of this step, each with the documents that it may see.
    """
    before = case.parties.filter(key=body).exclude(region=region).first()
    if before is not None:
        before.key = f"former_{body}"
        before.save(update_fields=["key"])
    party = case.parties.filter(key=body, region=region).first()
    if party is None:
        party = Party.objects.create(case=case, key=body, region=region)
    steps = (
        [step]
        if step.key == "hand_over"
        else [*case.steps.filter(key="hand_over").order_by("-seq")[:1], step]
    )
    for one in steps:
        made = [d for d in one.documents.all() if body in d.sees]
        engine.tell(case, one, party, step.at, made)
    return party
