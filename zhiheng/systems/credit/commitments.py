"""First responsibility (质量安全首负责任制, Y68): who answers first, since when, whether the commitment was signed."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.documents import day_words
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation, Person
from zhiheng.core.ui import dates
from zhiheng.systems.credit import paper
from zhiheng.systems.credit.models import Commitment

TEXTS = Path(__file__).with_name("commitment.yaml")
TITLE = "质量安全第一责任人承诺书"


@dataclass(frozen=True)
class Text:
    """One edition of the text, in force from a day on."""

    key: str
    since: date
    zh: tuple[str, ...]
    en: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """What is signed."""
        return hashlib.sha256("\n".join(self.zh).encode()).hexdigest()


@dataclass(frozen=True)
class First:
    """Who answers first for an organisation, and how the commitment stands.

    ``state``: ``held``; ``missing`` (never signed by this person); ``changed`` (only a former representative signed);
    ``outdated`` (an edition that is no longer the text); ``nobody`` (no legal representative is registered).
    """

    state: str
    person: Person | None
    commitment: Commitment | None


@lru_cache(maxsize=1)
def texts() -> tuple[Text, ...]:
    """Every edition, the oldest first."""
    rows = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    return tuple(Text(r["key"], r["from"], tuple(r["zh"]), tuple(r["en"])) for r in rows)


def text_on(today: date) -> Text:
    """The text that is signed on a day."""
    return [one for one in texts() if one.since <= today][-1]


def state_of(person: Any, signed: Commitment | None, former: bool, edition: str) -> str:
    """The state of the commitment by what is on record."""
    if person is None:
        return "nobody"
    if signed is None:
        return "changed" if former else "missing"
    return "held" if signed.edition == edition else "outdated"


def representative(organisation: Organisation, today: date) -> Person | None:
    """The legal representative on a day; of several the one who came last."""
    people = registry.people_in_charge([organisation.pk], today).get(organisation.pk, [])
    heads = [one for one in people if one.duty == Person.Duty.LEGAL_REPRESENTATIVE]
    return max(heads, key=lambda one: (one.since or date.min, one.pk), default=None)


def standing(organisation: Organisation, today: date) -> First:
    """How the commitment of an organisation stands."""
    person = representative(organisation, today)
    every = list(Commitment.objects.filter(organisation=organisation).select_related("signed_by"))
    signed = next((one for one in every if person is not None and one.person_id == person.pk), None)
    state = state_of(person, signed, bool(every), text_on(today).key)
    return First(state, person, signed or (every[0] if every else None))


def sign(actor: User, organisation: Organisation) -> Commitment:
    """The enterprise's account signs the current text for its legal representative; the paper is archived by its hash.

    Raises Problem ``forbidden``, ``nobody``, ``signed_already``.
    """
    if not actor.may("credit.own") or actor.organisation_id != organisation.pk:
        raise Problem("forbidden", _("承诺由本单位账号签署。"), status=403, remedy=_("请用本单位账号登录。"))
    now = timezone.now()
    today, edition = dates.today(), text_on(dates.today())
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)  # two who sign at once: one does
        first = standing(organisation, today)
        if first.person is None:
            raise Problem(
                "nobody", _("还没有登记法定代表人。"), status=409, remedy=_("请先在“主体”中登记负责人。")
            )
        if first.state == "held":
            raise Problem("signed_already", _("现任法定代表人已签署现行文本。"), status=409)
        made = Commitment.objects.create(
            organisation=organisation, person=first.person, edition=edition.key, text_sha256=edition.sha256,
            sha256=filing.keep(_paper(organisation, first.person, edition, actor, now)), signed_by=actor, signed_at=now,
        )  # fmt: skip
        record(
            actor, "credit.commitment_signed", f"organisation:{organisation.uscc}",
            {"edition": edition.key, "text": edition.sha256, "paper": made.sha256, "person": first.person.pk},
        )  # fmt: skip
        record_facts(
            actor,
            [
                Fact(
                    organisation=organisation, kind=Fact.Kind.COMMITMENT, on=today, title=f"{TITLE}（{edition.key}）",
                    reference=f"commitment:{made.pk}", source=organisation.name,
                    basis=f"{TITLE}（平台文本 {edition.key}）",
                    region=organisation.region, details={"edition": edition.key, "sha256": made.sha256},
                )
            ],
        )  # fmt: skip
    return made


def _paper(organisation: Organisation, person: Person, edition: Text, actor: User, now: Any) -> bytes:
    day = day_words(dates.local(now).date())
    return paper.pdf(
        TITLE, f"文本 {edition.key}　SHA-256 {edition.sha256}", edition.zh,
        rows=[
            ("单位", organisation.name), ("统一社会信用代码", organisation.uscc), ("法定代表人", person.name),
            ("签署账号", actor.username), ("签署时间", dates.local(now).isoformat(timespec="seconds")),
        ],
        foot=[organisation.name, day],
    )  # fmt: skip
