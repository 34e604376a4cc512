"""One chain being told: each call writes the events it takes, and keeps books of what is where.

The books are the simulator's own. They know what was really made of what and who really has it, so the platform
can be scored against them. A chain may have one planted fault: it is told once to count the places where
the fault could be, and told again with the fault at one of them.
"""

import hashlib
import re
import uuid
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from zhiheng.simulate.actors import GS1, Actors, Organisation, gtin, items_of, rng, sscc

BEGIN = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8)))
END = datetime(2026, 10, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=8)))
GAS_FILLING = "urn:x-zhiheng:bizstep:gas_filling"
# CBV's killing ends an RFID tag; it has no word for slaughter.
SLAUGHTERING = "urn:x-zhiheng:bizstep:slaughtering"
Lots = list[tuple[str, float]]


class Chain:
    """``fault`` is the kind to plant at its ``target``-th chance; with target 0 the chances are only counted."""

    def __init__(
        self, actors: Actors, index: int, fault: str = "", target: int = 0, suspect: bool = False
    ) -> None:
        self.actors, self.index, self.fault, self.target = actors, index, fault, target
        self.random: Random = rng(actors.seed, "chain", index)
        self.minutes = self.random.randrange(5 * 1440, 200 * 1440) + 7 * 60
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.chances = 0
        self.truth: list[dict[str, Any]] = []
        self.wants_suspect = suspect
        self.suspect_lot: str | None = None
        self.suspect_at: Organisation | None = None
        self.urn = self.random.random() < 0.2  # some senders still write EPC URNs
        self.boxes = 0
        self.lots = 0
        self.taken: set[tuple[str, int]] = set()
        # books
        self.stock: dict[str, dict[tuple[str, str], float]] = {}  # lot -> (state, gln) -> quantity
        self.unit: dict[str, str | None] = {}
        self.single: dict[str, tuple[str, str]] = {}  # serial or container -> (state, gln)
        self.inside: dict[str, list[tuple[str, float | None]]] = {}
        self.into: dict[str, set[str]] = {}  # what became of a thing: lot -> its serials, input -> outputs
        self.born: dict[str, dict[str, Any]] = {}  # lot -> the commissioning event that made it alone
        self.used: dict[str, list[dict[str, Any]]] = {}  # lot -> the transformations that used it up

    # -- names ------------------------------------------------------------------------------------------

    def pick(self, role: str) -> Organisation:
        """An organisation of a role that is not in this chain yet (when there are enough)."""
        count = self.actors.counts[role]
        for _ in range(20):
            index = self.random.randrange(count)
            if (role, index) not in self.taken:
                break
        self.taken.add((role, index))
        return self.actors.get(role, index)

    def pick_line(self, role: str, line: int, lines: int) -> Organisation:
        """One whose line of business is the given one."""
        count = self.actors.counts[role]
        index = (self.random.randrange(max(1, -(-(count - line) // lines))) * lines + line) % count
        self.taken.add((role, index))
        return self.actors.get(role, index)

    def new_lot(self, maker: Organisation, item: int = 0) -> str:
        """A lot number of the day; the chain's number makes it unique."""
        self.lots += 1
        return f"{GS1}01/{gtin(maker.number, item)}/10/{self.now():%y%m%d}-{self.index}-{self.lots}"

    def new_serials(self, lot: str, count: int) -> list[str]:
        """Serials of a lot; they lie side by side."""
        head, number = lot.split("/10/")
        known = self.into.setdefault(lot, set())
        first = len(known) + 1
        serials = [f"{head}/21/{number}-{first + i:04d}" for i in range(count)]
        known.update(serials)
        return serials

    def new_box(self) -> str:
        self.boxes += 1
        return sscc(self.index, self.boxes)

    # -- time ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return BEGIN + timedelta(minutes=self.minutes)

    def wait(self, low: float, high: float | None = None) -> None:
        """Let hours go by."""
        self.minutes += max(1, round(self.random.uniform(low, high if high is not None else low * 1.5) * 60))

    def chance(self, kind: str) -> bool:
        """Whether the chain's fault is to be planted here."""
        if kind != self.fault:
            return False
        self.chances += 1
        return self.chances == self.target

    def plant(
        self, kind: str, event: dict[str, Any] | None, items: list[str], where: Organisation | None
    ) -> None:
        """Write the truth: the first item is the thing it was done to, the others share its fate."""
        self.truth.append(
            {
                "kind": kind,
                "item": items[0],
                "items": sorted(set(items)),
                "event": event["eventID"] if event else None,
                "where": where.gln if where else None,
                "city": where.city if where else None,
            }
        )

    # -- writing ------------------------------------------------------------------------------------------

    def emit(self, kind: str, where: Organisation | None, step: str, **fields: Any) -> dict[str, Any]:
        """Write one event as of now."""
        number = len(self.events)
        seed = f"{self.actors.seed}/{self.index}/{number}".encode()
        made: dict[str, Any] = {
            "type": f"{kind}Event",
            "eventID": f"urn:uuid:{uuid.UUID(bytes=hashlib.blake2b(seed, digest_size=16).digest(), version=5)}",
            "eventTime": f"{self.now().isoformat(timespec='seconds')}",
            "eventTimeZoneOffset": "+08:00",
        }
        if kind != "Transformation":
            made["action"] = fields.pop("action", "OBSERVE")
        made["bizStep"] = step
        if where is not None:
            made["readPoint"] = {"id": self.form(where.place)}
            if step not in {"shipping", "transporting"}:
                made["bizLocation"] = {"id": self.form(where.place)}
        made.update({name: value for name, value in fields.items() if value})
        self.events.append((self.minutes, made))
        return made

    def form(self, identifier: str) -> str:
        """The identifier as this chain's senders write it."""
        return urn(identifier) if self.urn else identifier

    def forms(self, identifiers: list[str]) -> list[str]:
        return [self.form(one) for one in identifiers]

    def amounts(self, lots: Lots) -> list[dict[str, Any]]:
        return [
            {"epcClass": self.form(lot), "quantity": round(q, 3) if self.unit[lot] else int(q)}
            | ({"uom": self.unit[lot]} if self.unit[lot] else {})
            for lot, q in lots
        ]

    def paper(self, kind: str, owner: Organisation) -> dict[str, str]:
        """A business document, numbered by who wrote it."""
        number = f"{kind.upper()}{self.index}-{len(self.events)}"
        return {"type": kind, "bizTransaction": f"urn:epcglobal:cbv:bt:{owner.gln}:{number}"}

    def _master(self, lot: str, days: int, more: dict[str, Any] | None = None) -> dict[str, Any]:
        today = self.now().date()
        return {
            "cbvmda:lotNumber": lot.rpartition("/")[2],
            "cbvmda:productionDate": today.isoformat(),
            "cbvmda:itemExpirationDate": (today + timedelta(days=days)).isoformat(),
            **(more or {}),
        }

    # -- making ------------------------------------------------------------------------------------------

    def make(
        self,
        maker: Organisation,
        quantity: float,
        item: int = 0,
        *,
        certificate: str = "",
        master: dict[str, Any] | None = None,
    ) -> str:
        """A new lot by quantity."""
        lot = self.new_lot(maker, item)
        known = items_of(maker)[item]
        self.unit[lot] = known.uom
        self._add(lot, maker, quantity)
        self.born[lot] = self.emit(
            "Object", maker, "commissioning", action="ADD", disposition="active",
            quantityList=self.amounts([(lot, quantity)]), ilmd=self._master(lot, known.days, master),
            certificationInfo=certificate,
        )  # fmt: skip
        return lot

    def make_serials(self, maker: Organisation, count: int, item: int = 0) -> tuple[str, list[str]]:
        """A new lot of single things."""
        lot = self.new_lot(maker, item)
        serials = self.new_serials(lot, count)
        self.unit[lot] = None
        for one in serials:
            self.single[one] = ("held", maker.gln)
        # Digital Links state the lot with the serial; EPC URNs leave that to the master data.
        number = lot.rpartition("/")[2]
        written = (
            self.forms(serials) if self.urn else [s.replace("/21/", f"/10/{number}/21/") for s in serials]
        )
        self.emit(
            "Object", maker, "commissioning", action="ADD", disposition="active", epcList=written,
            ilmd=self._master(lot, items_of(maker)[item].days),
        )  # fmt: skip
        return lot, serials

    def transform(
        self,
        maker: Organisation,
        inputs: Lots,
        outputs: list[tuple[int, float]],
        *,
        singles: list[str] | None = None,
        step: str = "commissioning",
        certificate: str = "",
        together: bool = False,
    ) -> list[str]:
        """Make new lots of others. ``together``: two events, of inputs and of outputs, with one transformation ID."""
        lots = []
        weighed = sum(q for _, q in inputs)
        excess = 1.0
        kilograms = all(self.unit[lot] for lot, _ in inputs) and all(
            items_of(maker)[i].uom for i, _ in outputs
        )
        if kilograms and inputs and not singles and not together and self.chance("more_out_than_in"):
            excess = 1.3 * weighed / sum(q for _, q in outputs)
        for item, quantity in outputs:
            lot = self.new_lot(maker, item)
            self.unit[lot] = items_of(maker)[item].uom
            self._add(lot, maker, round(quantity * excess, 3))
            lots.append(lot)
        made = [(lot, self.at(lot, maker)) for lot in lots]
        master = self._master(lots[0], items_of(maker)[outputs[0][0]].days)
        ins = {"inputEPCList": self.forms(singles or []), "inputQuantityList": self.amounts(inputs)}
        outs = {"outputQuantityList": self.amounts(made), "ilmd": master}
        if together:
            identifier = f"urn:x-zhiheng:transformation:{self.index}-{lots[0].rpartition('-')[2]}"
            event = self.emit("Transformation", maker, step, transformationID=identifier, **ins)
            self.wait(2, 6)
            self.emit(
                "Transformation",
                maker,
                step,
                transformationID=identifier,
                certificationInfo=certificate,
                **outs,
            )
        else:
            event = self.emit("Transformation", maker, step, certificationInfo=certificate, **ins, **outs)
        for lot, quantity in inputs:
            self._take(lot, maker, quantity)
            self.into.setdefault(lot, set()).update(lots)
            self.used.setdefault(lot, []).append(event)
            if lot in self.born and self.chance("consumed_before_made"):
                # Its own record says that it was made only after it had been used.
                late = self.now() + timedelta(minutes=self.random.randrange(20, 55))
                self.born[lot]["eventTime"] = late.isoformat(timespec="seconds")
                for use in self.used[lot]:
                    self.plant("consumed_before_made", use, [lot], maker)
        for one in singles or []:
            self.single[one] = ("gone", maker.gln)
            self.into.setdefault(one, set()).update(lots)
        if excess != 1.0:
            for lot in lots:
                self.plant("more_out_than_in", event, [lot], maker)
        return lots

    def transform_serials(
        self,
        maker: Organisation,
        inputs: Lots,
        item: int,
        count: int,
        step: str = "commissioning",
    ) -> tuple[str, list[str]]:
        """Make single things of lots: filling, pressing and packing into numbered packages."""
        lot = self.new_lot(maker, item)
        self.unit[lot] = None
        serials = self.new_serials(lot, count)
        for one in serials:
            self.single[one] = ("held", maker.gln)
        self.emit(
            "Transformation", maker, step, inputQuantityList=self.amounts(inputs), outputEPCList=self.forms(serials),
            ilmd=self._master(lot, items_of(maker)[item].days),
        )  # fmt: skip
        for source, quantity in inputs:
            self._take(source, maker, quantity)
            # What a serial was made of is told of the serials: the lot is only the name they share.
            self.into.setdefault(source, set()).update(serials)
        return lot, serials

    # -- packing ------------------------------------------------------------------------------------------

    def pack(
        self, where: Organisation, things: list[str] | None = None, lots: Lots | None = None, parent: str = ""
    ) -> str:
        """Put things, or some of a lot, into a container."""
        parent = parent or self.new_box()
        self.inside[parent] = [*((t, None) for t in things or []), *(lots or [])]
        self.single[parent] = ("held", where.gln)
        self.emit(
            "Aggregation", where, "packing", action="ADD", disposition="in_progress", parentID=self.form(parent),
            childEPCs=self.forms(things or []), childQuantityList=self.amounts(lots or []),
        )  # fmt: skip
        return parent

    def unpack(self, where: Organisation, parent: str, *, whole: bool = False) -> list[str]:
        """Take everything out; ``whole``: the event does not name the contents. Returns the single things."""
        held = self.inside.pop(parent)
        things = [t for t, q in held if q is None]
        fields: dict[str, Any] = {}
        if not whole:
            fields = {
                "childEPCs": self.forms(things),
                "childQuantityList": self.amounts([(t, q) for t, q in held if q is not None]),
            }
        self.emit("Aggregation", where, "unpacking", action="DELETE", parentID=self.form(parent), **fields)
        if things and not whole and self.chance("container_unpacked_twice"):
            self.minutes += 7
            again = self.emit(
                "Aggregation", where, "unpacking", action="DELETE", parentID=self.form(parent), **fields
            )
            self.plant("container_unpacked_twice", again, [parent], where)
        return things

    def contents(self, things: list[str]) -> list[tuple[str, float | None]]:
        """The things and all that is in them, at any depth."""
        found: list[tuple[str, float | None]] = []
        todo: list[tuple[str, float | None]] = [(t, None) for t in things]
        while todo:
            one = todo.pop()
            found.append(one)
            if one[1] is None:
                todo += self.inside.get(one[0], [])
        return found

    # -- moving ------------------------------------------------------------------------------------------

    def move(
        self,
        source: Organisation,
        target: Organisation,
        things: list[str] | None = None,
        lots: Lots | None = None,
        *,
        hours: tuple[float, float] = (3, 20),
        cold: tuple[float, float] | None = None,
        carrier: Organisation | None = None,
        losable: bool = False,
        last: bool = False,
        back: bool = False,
    ) -> bool:
        """Ship and receive. ``losable``: the story can go on without it; ``last``: nothing leaves the source
        afterwards; ``back``: empties and returns. False when it never arrives."""  # fmt: skip
        things, lots = things or [], lots or []
        if last and lots and self.chance("more_out_than_in"):
            lot, quantity = lots[0]
            excess = round(self.at(lot, source) * 1.2 + 10)
            lots = [(lot, excess), *lots[1:]]
            self._add(lot, source, excess - quantity)
        else:
            excess = 0
        held = self.contents(things)
        fate = [*things, *(t for t, _ in held if t not in things), *(lot for lot, _ in lots)]
        documents = [self.paper("po", target), self.paper("desadv", source)]
        parties: dict[str, Any] = {
            "sourceList": [
                {"type": t, "source": self.form(source.party)} for t in ("owning_party", "possessing_party")
            ],
            "destinationList": [
                {"type": t, "destination": self.form(target.party)}
                for t in ("owning_party", "possessing_party")
            ],
        }
        what = {"epcList": self.forms(things), "quantityList": self.amounts(lots)}
        sent = None
        if back or not self.chance("received_never_shipped"):  # what comes back needs no shipping record
            sent = self.emit(
                "Object",
                source,
                "shipping",
                disposition="in_transit",
                bizTransactionList=documents,
                **what,
                **parties,
            )
            if excess:
                self.plant("more_out_than_in", sent, [lots[0][0]], source)
            if losable and self.chance("shipped_never_received"):
                self.plant("shipped_never_received", sent, fate, source)
                self._carry(held, lots, source, "in_transit", source)
                self.wait(*hours)
                return False
            if things and self.chance("in_two_places_at_once"):
                self.wait(1, 2)
                ghost = self.emit(
                    "Object", source, "storing", disposition="sellable_accessible", epcList=what["epcList"]
                )
                singles = [t for t in fate if t in self.single]
                self.plant("in_two_places_at_once", ghost, singles, source)
        if carrier is not None:
            self.wait(hours[0] / 2, hours[1] / 2)
            self.sense(carrier, what, cold)
        self.wait(*hours)
        if not back and self.random.random() < 0.5:
            documents = [*documents, self.paper("inv", source)]
        got = self.emit(
            "Object", target, "receiving", disposition="returned" if back else "in_progress",
            bizTransactionList=documents, **what, **parties,
        )  # fmt: skip
        if sent is None:
            self.plant("received_never_shipped", got, fate, target)
        self._carry(held, lots, source, "held", target)
        return True

    def _carry(
        self,
        held: list[tuple[str, float | None]],
        lots: Lots,
        source: Organisation,
        state: str,
        target: Organisation,
    ) -> None:
        for thing, quantity in [*held, *lots]:
            if quantity is None:
                self.single[thing] = (state, target.gln)
            else:
                self._take(thing, source, quantity)
                self._add(thing, target, quantity, state)

    def sense(self, carrier: Organisation, what: dict[str, Any], cold: tuple[float, float] | None) -> None:
        """On the way: with a thermometer when the goods are cold."""
        elements = []
        if cold:
            low, high = sorted(round(self.random.uniform(*cold), 1) for _ in range(2))
            reports = [
                {
                    "type": "Temperature",
                    "minValue": low,
                    "maxValue": high,
                    "meanValue": round((low + high) / 2, 2),
                    "uom": "CEL",
                }
            ]
            if self.random.random() < 0.3:
                reports.append(
                    {"type": "RelativeHumidity", "value": round(self.random.uniform(55, 85), 1), "uom": "P1"}
                )
            device = f"{GS1}8004/699{carrier.number:07d}T{self.random.randrange(100):02d}"
            end = self.now().isoformat(timespec="seconds")
            begin = (self.now() - timedelta(minutes=60)).isoformat(timespec="seconds")
            elements = [
                {
                    "sensorMetadata": {"startTime": begin, "endTime": end, "deviceID": device},
                    "sensorReport": reports,
                }
            ]
        self.emit(
            "Object", carrier, "transporting", disposition="in_transit", sensorElementList=elements, **what
        )

    # -- the rest of a life ----------------------------------------------------------------------------------

    def see(
        self,
        where: Organisation,
        things: list[str] | None = None,
        lots: Lots | None = None,
        *,
        step: str = "storing",
        disposition: str = "sellable_accessible",
        **more: Any,
    ) -> None:
        """Seen where it is: stored, inspected, counted."""
        unknown = self.chance("party_unknown")
        event = self.emit(
            "Object", None if unknown else where, step, disposition=disposition, epcList=self.forms(things or []),
            quantityList=self.amounts(lots or []), **more,
        )  # fmt: skip
        if unknown:
            self.plant("party_unknown", event, [*(things or []), *(lot for lot, _ in lots or [])], where)

    def inspect(
        self,
        where: Organisation,
        things: list[str] | None = None,
        lots: Lots | None = None,
        *,
        good: bool = True,
    ) -> None:
        """A test report by a laboratory, on the goods where they are."""
        lab = self.pick("laboratory")
        report = self.paper("testres", lab)
        self.see(
            where,
            things,
            lots,
            step="inspecting",
            disposition="conformant" if good else "non_conformant",
            bizTransactionList=[report],
        )

    def sell(
        self,
        where: Organisation,
        things: list[str] | None = None,
        lots: Lots | None = None,
        *,
        step: str = "retail_selling",
        twice: bool = True,
    ) -> None:
        """To a consumer, a patient, a kitchen: the chain ends."""
        disposition = {"retail_selling": "retail_sold", "dispensing": "dispensed", "destroying": "destroyed"}[
            step
        ]
        what = {"epcList": self.forms(things or []), "quantityList": self.amounts(lots or [])}
        self.emit("Object", where, step, disposition=disposition, **what)
        for one in things or []:
            self.single[one] = ("gone", where.gln)
        for lot, quantity in lots or []:
            self._take(lot, where, quantity)
        if things and not lots and twice:
            if self.chance("more_out_than_in"):
                self.wait(20, 60)
                again = self.emit(
                    "Object", where, step, disposition=disposition, epcList=self.forms(things[:1])
                )
                self.plant("more_out_than_in", again, things[:1], where)
            elif self.chance("in_two_places_at_once"):
                other = self.pick(where.role)
                if other.gln != where.gln:
                    self.wait(20, 60)
                    copy = self.emit(
                        "Object",
                        other,
                        "inspecting",
                        disposition="non_conformant",
                        epcList=self.forms(things[:1]),
                    )
                    self.plant("in_two_places_at_once", copy, things[:1], other)

    def install(self, where: Organisation, parent: str, parts: list[str], step: str = "assembling") -> None:
        """Components become part of an equipment."""
        self.emit(
            "Association", where, step, action="ADD", parentID=self.form(parent), childEPCs=self.forms(parts)
        )
        self.inside[parent] = [*self.inside.get(parent, []), *((p, None) for p in parts)]

    def suspect(self, lot: str, where: Organisation) -> None:
        """This lot can be the contaminated one."""
        if self.wants_suspect and self.suspect_lot is None:
            self.suspect_lot, self.suspect_at = lot, where

    # -- books ------------------------------------------------------------------------------------------

    def at(self, lot: str, where: Organisation) -> float:
        """How much of a lot somebody has."""
        return round(self.stock.get(lot, {}).get(("held", where.gln), 0.0), 3)

    def _add(self, lot: str, where: Organisation, quantity: float, state: str = "held") -> None:
        spots = self.stock.setdefault(lot, {})
        spots[state, where.gln] = spots.get((state, where.gln), 0.0) + quantity

    def _take(self, lot: str, where: Organisation, quantity: float) -> None:
        self._add(lot, where, -quantity)

    def derived(self, lot: str) -> list[str]:
        """The lot and every good that came of it."""
        found, todo = {lot}, [lot]
        while todo:
            for one in self.into.get(todo.pop(), ()):
                if one not in found:
                    found.add(one)
                    todo.append(one)
        return sorted(found)

    def close(self) -> None:
        """The end of the story: what a recall of the contaminated lot would have to reach."""
        if self.suspect_lot is None or self.suspect_at is None:
            return
        goods = self.derived(self.suspect_lot)
        holders: list[dict[str, Any]] = []
        for good in goods:
            if good in self.single:
                state, gln = self.single[good]
                holders.append({"item": good, "state": state, "gln": gln, "quantity": None})
            for (state, gln), quantity in sorted(self.stock.get(good, {}).items()):
                if quantity > 1e-6:
                    holders.append({"item": good, "state": state, "gln": gln, "quantity": round(quantity, 3)})
        self.plant("contaminated_lot", None, [self.suspect_lot], self.suspect_at)
        self.truth[-1] |= {"goods": goods, "holders": holders}


_PATHS = re.compile(r"https://id\.gs1\.org/(\d+)/([^/]+)(?:/(10|21)/([^/]+))?")


def urn(identifier: str) -> str:
    """The EPC URN of one of our Digital Links; our company prefixes have seven digits."""
    found = _PATHS.fullmatch(identifier)
    if found is None:
        return identifier
    ai, value, qualifier, rest = found.groups()
    if ai == "01":
        middle = f"{value[1:8]}.{value[0]}{value[8:13]}"
        if qualifier == "21":
            return f"urn:epc:id:sgtin:{middle}.{rest}"
        return f"urn:epc:class:lgtin:{middle}.{rest}" if qualifier else f"urn:epc:idpat:sgtin:{middle}.*"
    if ai == "00":
        return f"urn:epc:id:sscc:{value[1:8]}.{value[0]}{value[8:17]}"
    if ai == "414":
        return f"urn:epc:id:sgln:{value[:7]}.{value[7:12]}.0"
    if ai == "417":
        return f"urn:epc:id:pgln:{value[:7]}.{value[7:12]}"
    return identifier
