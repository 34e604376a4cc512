"""Who a place or party in an event is: the registry first, then what a document's master data said."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from zhiheng.core.registry.models import Organisation, Person
from zhiheng.core.registry.queries import Place, people_in_charge, resolve_glns
from zhiheng.trace.models import MasterData
from zhiheng.trace.timeline import gln

NAME = (
    "name",
    "https://ref.gs1.org/cbv/mda/name",
    "urn:epcglobal:cbv:mda:name",
    "urn:epcglobal:cbv:mda#name",
)


class Directory:
    """Places, parties and the people in charge, read in bulk and kept for the length of one answer."""

    def __init__(self) -> None:
        self.places: dict[str, Place | None] = {}  # by GLN (or "org:<id>")
        self.described: dict[str, dict[str, Any]] = {}
        self.people: dict[tuple[int, date], list[Person]] = {}
        self._asked: set[str] = set()

    def load(self, keys: Iterable[str]) -> None:
        """Look up these keys (GLNs bare, as ``gln:…``, or in a Digital Link key; other URIs) at once."""
        wanted = {bare(k) for k in keys} - self._asked
        if not wanted:
            return
        self._asked |= wanted
        glns = [k for k in wanted if k.isdigit()]
        self.places.update(resolve_glns(glns))
        senders = {int(k[4:]): k for k in wanted if k.startswith("org:") and k[4:].isdigit()}
        for one in Organisation.objects.filter(pk__in=senders):
            self.places[senders[one.pk]] = Place("", one.pk, one.uscc, one.name, "", one.region)
        missing = {k for k in wanted if k not in self.places}
        items = {f"{ai}/{k}": k for k in missing if k.isdigit() for ai in ("414", "417")} | {
            k: k for k in missing if not k.isdigit()
        }
        names = list(items)
        for start in range(0, len(names), 5000):
            for row in MasterData.objects.filter(item__in=names[start : start + 5000]):
                self.described[items[row.item]] = row.attributes

    def place(self, where: str | None) -> Place | None:
        """The registered place of a key."""
        if where is None:
            return None
        self.load([where])
        return self.places.get(bare(where))

    def owner(self, where: str) -> str:
        """What counts as one place: the organisation when it is known, else the GLN."""
        found = self.place(where)
        return f"org:{found.organisation_id}" if found else bare(where)

    def organisation(self, where: str | None) -> dict[str, Any] | None:
        """The organisation of a place or party: registered, or only described by a document, or None."""
        if where is None:
            return None
        found = self.place(where)
        if found:
            return {
                "uscc": found.uscc,
                "name": found.organisation,
                "site": found.site or None,
                "region": found.region,
                "registered": True,
            }
        described = self.described.get(bare(where))
        if described is None:
            return None
        name = next((described[n] for n in NAME if described.get(n)), None)
        return {"uscc": None, "name": name, "site": None, "region": None, "registered": False}

    def responsible(self, where: str | None, at: int) -> list[dict[str, str]]:
        """Who was in charge there at a time: duty and masked name. The whole name is a look at personal data."""
        found = self.place(where)
        if not found:
            return []
        # A day of Shanghai; who was in charge can have changed between two steps.
        day = datetime.fromtimestamp(at / 1e6, timezone.get_default_timezone()).date()
        asked = (found.organisation_id, day)
        if asked not in self.people:
            self.people[asked] = people_in_charge([found.organisation_id], day).get(found.organisation_id, [])
        return [{"duty": p.duty, "name": p.masked} for p in self.people[asked]]


def bare(where: str) -> str:
    """The GLN of a key of any form, else the key."""
    if where.startswith("gln:"):
        return where[4:]
    return gln(where) or ""
