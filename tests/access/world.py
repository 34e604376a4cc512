"""One of everybody, and one of everything that has an address: what the access tests ask with and for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.cases.people import GUANGZHOU, HAIZHU, TIANHE, complaint, officer, organisation
from zhiheng.core import files
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case, Document, File, Party
from zhiheng.knowledge.law.load import law

WHO = (
    "anonymous", "handler", "colleague", "head", "legal", "other_county", "city", "province", "other_city", "auditor",
    "leading", "system", "party", "stranger", "laboratory", "police", "other_police", "procurator", "watcher",
)  # fmt: skip
SECRET_TEXT = "只有本机关知道的内部记录"
REPORTER = "举报者李四"


def everybody() -> dict[str, User | None]:
    """One of each; ``party`` is the firm that a case is about, ``stranger`` another firm."""
    firm, other = organisation(), organisation("深圳无关贸易有限公司", "440305", 2)
    people: dict[str, User | None] = {
        "anonymous": None,
        "handler": officer("handler"),
        "colleague": officer("colleague"),
        "head": officer("head", TIANHE, "county", "head"),
        "legal": officer("legal", TIANHE, "county", "legal"),
        "other_county": officer("other_county", HAIZHU),
        "city": officer("city", GUANGZHOU, "city"),
        "province": officer("province", "440000", "province"),
        "other_city": officer("other_city", "440300", "city"),
        "auditor": officer("auditor", "440000", "auditor"),
        "leading": officer("leading", "440000", "leading"),
        "system": officer("system", "", "system"),
        "police": officer("police", TIANHE, "police"),
        "other_police": officer("other_police", HAIZHU, "police"),
        "procurator": officer("procurator", TIANHE, "procurator"),
        "watcher": officer("watcher", TIANHE, "watcher"),
    }
    for name, role, org in (("party", "enterprise", firm), ("stranger", "enterprise", other), ("laboratory", "laboratory", other)):  # fmt: skip
        people[name] = User.objects.create_user(name, role=role, organisation=org)
    return {name: people[name] for name in WHO}


@dataclass
class Thing:
    """A case in one state with a document and files of each kind of reader."""

    case: Case
    about: str  # the key of the party that the firm is, if the procedure has one
    documents: dict[str, Document] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)


def case_of(procedure: str, people: dict[str, User | None]) -> Thing:
    """A case of a procedure in its first state, about the firm; ``put`` brings it into others.

    Documents and files: ``party`` (the firm may have them), ``police`` (the police may), ``office`` (nobody else).
    """
    course = law().course(procedure, on=timezone.localdate())
    firm = people["party"].organisation  # type: ignore[union-attr]
    parties = []
    about = ""
    for key, one in course.procedure.parties.items():
        if one.secret or one.kind == "person":
            parties.append(NewParty(key, name=REPORTER, phone="13900139000"))
        elif one.kind != "authority" and not about:
            about = key
            parties.append(NewParty(key, organisation=firm))
    opening = Opening(
        procedure, TIANHE, procedure, timezone.now(), "officer", subject=firm, parties=parties,
        handler=people["handler"],
    )  # fmt: skip
    case = actions.open_case(Actor(people["handler"]), opening)
    step = case.steps.get()
    thing = Thing(case, about)
    for reader, sees in (("party", [about]), ("police", ["police"]), ("office", [])):
        thing.documents[reader] = Document.objects.create(
            case=case, step=step, kind="x", number=f"{case.number}-{reader}", title="文书", sees=sees,
            text=json.dumps([SECRET_TEXT], ensure_ascii=False), at=timezone.now(),
        )  # fmt: skip
        thing.files[reader] = File.objects.create(
            case=case, step=step, kind="evidence", name=f"{reader}.bin", content_type="image/png", size=3, sees=sees,
            sha256=files.keep(b"a picture"), user=people["handler"], at=timezone.now(),
        )  # fmt: skip
    return thing


def put(thing: Thing, state: str, *, told: bool, handed: bool) -> Thing:
    """The same case in a state, its firm told of it or not, handed to the police or not."""
    case = thing.case
    Case.objects.filter(pk=case.pk).update(state=state)
    case.parties.update(told_at=None)
    case.parties.filter(key="police").delete()
    if told and thing.about:
        case.parties.filter(key=thing.about).update(told_at=timezone.now())
    if handed:
        Party.objects.create(case=case, key="police", region=TIANHE, told_at=timezone.now())
    case.refresh_from_db()
    return thing


def routes() -> Iterator[tuple[str, dict[str, str]]]:
    """Every named address of the platform, with the names and kinds (IntConverter …) of its arguments."""

    def walk(patterns: Any, space: str) -> Iterator[tuple[str, dict[str, str]]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                name = f"{space}{one.namespace}:" if one.namespace else space
                yield from walk(one.url_patterns, name)
            elif isinstance(one, URLPattern) and one.name:
                kinds = {k: type(c).__name__ for k, c in getattr(one.pattern, "converters", {}).items()}
                yield f"{space}{one.name}", dict.fromkeys(one.pattern.regex.groupindex, "") | kinds

    seen: dict[str, dict[str, str]] = {}
    for name, arguments in walk(get_resolver().url_patterns, ""):
        seen.setdefault(name, arguments)
    yield from sorted(seen.items())


__all__ = ["REPORTER", "SECRET_TEXT", "WHO", "Thing", "case_of", "complaint", "everybody", "put", "routes"]
