"""Reading what others published, and whom of the register it may be about."""

from collections.abc import Iterable

from django.db.models import QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.rules import name_key
from zhiheng.core.registry.search import matching
from zhiheng.knowledge.codes import uscc
from zhiheng.systems.inspection.models import PublishedNotice, PublishedRow

PROPOSED = 8
SUFFIXES = ("有限公司", "股份有限公司", "有限责任公司")


def notices_visible_to(user: User) -> QuerySet[PublishedNotice]:
    """What was published is public: every officer who reads spot checks sees every notice."""
    return PublishedNotice.objects.all() if user.may("inspection.read") else PublishedNotice.objects.none()


def rows_visible_to(user: User) -> QuerySet[PublishedRow]:
    """The rows of the notices that somebody sees."""
    rows = PublishedRow.objects.select_related("notice", "sampled", "producer")
    return rows.filter(notice__in=notices_visible_to(user))


def exact(names: Iterable[str]) -> dict[str, Organisation]:
    """The one organisation that has exactly a name (or code); names that several have are left to a person."""
    wanted = {name: name_key(name) for name in names if name}
    codes = registry.by_uscc(name for name in wanted if uscc.is_valid(name))
    found: dict[str, list[Organisation]] = {}
    keys = list(dict.fromkeys(wanted.values()))
    for start in range(0, len(keys), 500):
        rows = Organisation.objects.filter(name_key__in=keys[start : start + 500], merged_into=None)
        for one in rows:
            found.setdefault(one.name_key, []).append(one)
    matches = {name: found[key][0] for name, key in wanted.items() if len(found.get(key, ())) == 1}
    return matches | codes


def proposals(name: str) -> list[Organisation]:
    """Organisations that a name may mean, for a person to choose from; never taken by themselves."""
    text = name.strip()
    if not text:
        return []
    found: dict[int, Organisation] = {}
    known = exact([text]).get(text)
    if known is not None:
        found[known.pk] = known
    same = Organisation.objects.filter(merged_into=None, name_key=name_key(text))[:PROPOSED]
    former = Organisation.objects.filter(merged_into=None, names__name_key=name_key(text))[:PROPOSED]
    bare = text
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        bare = bare.removesuffix(suffix)
    alike = (
        matching(Organisation.objects.filter(merged_into=None), bare[:40])[:PROPOSED]
        if len(bare) >= 3
        else []
    )
    for one in (*same, *former, *alike):
        found.setdefault(one.pk, one)
    return list(found.values())[:PROPOSED]
