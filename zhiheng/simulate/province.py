"""A province in a box: deterministic records of the seven important product categories, with known faults.

Everything is made chain by chain and written at once, so memory does not grow with the scale. The same seed and
scale write the same bytes.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from zhiheng.knowledge.codes.checkdigit import check_digit
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES, full_name, name
from zhiheng.simulate.actors import ROLES, Actors, Organisation, gln, gtin, items_of, person_name, rng
from zhiheng.simulate.chains import STORIES, story_of
from zhiheng.simulate.story import BEGIN, END, Chain

CHAINS = 50_000  # at scale 1
DOCUMENT = 4_000  # events in a document, about
FAULTS = (
    "shipped_never_received",
    "received_never_shipped",
    "in_two_places_at_once",
    "consumed_before_made",
    "more_out_than_in",
    "party_unknown",
    "container_unpacked_twice",
)
CONTAMINATED = ("agri", "food", "drug")
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
_LICENCES = {  # licence: (name, content, prefix of its number)
    "food": ("食品生产许可证", "食品生产", "SC"),
    "food_sale": ("食品经营许可证", "食品销售", "JY"),
    "drug": ("药品生产许可证", "药品生产", "粤"),
    "drug_sale": ("药品经营许可证", "药品零售或者批发", "粤"),
    "agri_input": ("肥料登记证", "肥料生产", "粤农肥"),
    "equipment": ("特种设备生产许可证", "电梯及部件制造", "TS"),
    "dangerous": ("燃气经营许可证", "瓶装燃气经营", "粤"),
    "mining": ("采矿许可证", "稀土矿开采", "C"),
}

Progress = Callable[[str], None] | None


def write(out: Path, *, seed: int, scale: float, progress: Progress = None) -> dict[str, Any]:
    """Write the province into a folder; returns what was written, by count.

    ``organisations.csv``, ``sites.csv``, ``products.csv``, ``people.csv``, ``licences.csv``, ``aliases.csv`` in the
    form of the data contracts, ``epcis/NNNN-….json``, ``truth.jsonl`` with what was planted, and last of all
    ``province.json``, the summary: a folder that has it is whole.
    """
    if not scale > 0:
        raise ValueError(f"scale {scale!r}: give a number above 0")
    actors = Actors(seed, scale)
    say = progress or (lambda text: None)
    (out / "epcis").mkdir(parents=True, exist_ok=True)
    (out / "province.json").unlink(missing_ok=True)
    for old in (out / "epcis").glob("[0-9]*-*.json"):
        old.unlink()
    counts: dict[str, Any] = {"seed": seed, "scale": scale}
    for what, (header, rows) in _tables(actors).items():
        counts[what] = _table(out / f"{what}.csv", header, rows)
        say(f"{what}.csv: {counts[what]:,}")
    chains = _chains(scale)
    planned, suspects = _plan(actors, chains, scale)
    documents = _Documents(out / "epcis")
    planted: dict[str, int] = dict.fromkeys([*FAULTS, "contaminated_lot"], 0)
    aliases = 0
    with (
        (out / "truth.jsonl").open("w", encoding="utf-8") as truth,
        (out / "aliases.csv").open("w", encoding="utf-8", newline="") as other,
    ):
        pairs = csv.writer(other)
        pairs.writerow(("code_a", "code_b", "source"))
        for index in range(chains):
            told = tell(actors, index, planned.get(index, ""), index in suspects)
            documents.add(index, [event for _, event in sorted(told.events, key=lambda e: e[0])])
            for row in told.truth:
                planted[row["kind"]] += 1
                truth.write(
                    json.dumps({"chain": index, "story": story_of(seed, index), **row}, ensure_ascii=False)
                    + "\n"
                )
            if story_of(seed, index) == "drugs" and index not in suspects and index not in planned:
                for pair in _drug_codes(told):
                    pairs.writerow(pair)
                    aliases += 1
            if index and index % 5000 == 0:
                say(f"chains: {index:,} of {chains:,}, events: {documents.total:,}")
    documents.close()
    counts |= {"aliases": aliases, "chains": chains, "events": documents.total, "documents": documents.count}
    counts["planted"] = planted
    say(f"epcis/: {documents.total:,} events in {documents.count:,} documents")
    (out / "province.json").write_text(json.dumps(counts, ensure_ascii=False) + "\n", encoding="utf-8")
    return counts


def examples(seed: int, scale: float, wanted: Iterable[str]) -> dict[str, Chain]:
    """For each story the first chain in which all is well."""
    actors, chains = Actors(seed, scale), _chains(scale)
    planned, suspects = _plan(actors, chains, scale)
    found: dict[str, Chain] = {}
    left = set(wanted)
    for index in range(chains):
        story = story_of(seed, index)
        if story in left and index not in planned and index not in suspects:
            found[story] = tell(actors, index)
            left.remove(story)
            if not left:
                break
    return found


def _chains(scale: float) -> int:
    return max(len(FAULTS) * 6, round(CHAINS * scale))


def tell(actors: Actors, index: int, fault: str = "", suspect: bool = False) -> Chain:
    """One chain. With a fault it is told once to count the chances, and again with one of them taken."""
    target = rng(actors.seed, "fault", index).randint(1, _chances(actors, index, fault)) if fault else 0
    told = Chain(actors, index, fault, target, suspect)
    STORIES[story_of(actors.seed, index)][2](told)
    told.close()
    last = max(moment for moment, _ in told.events)
    assert (END - BEGIN).total_seconds() / 60 > last, f"chain {index} runs past {END:%Y-%m-%d}"
    return told


def _chances(actors: Actors, index: int, fault: str) -> int:
    """At how many places of a chain the fault could be."""
    trial = Chain(actors, index, fault)
    STORIES[story_of(actors.seed, index)][2](trial)
    return trial.chances


def _plan(actors: Actors, chains: int, scale: float) -> tuple[dict[int, str], set[int]]:
    """Which chains get a fault, and which a contaminated lot: never both, so that each truth stands alone."""
    seed = actors.seed
    random = rng(seed, "plan")
    each, lots = max(3, round(300 * scale)), max(1, round(10 * scale))
    suits = {
        "shipped_never_received": set(STORIES),
        "received_never_shipped": set(STORIES),
        "in_two_places_at_once": {"pork", "food", "drugs", "fertiliser", "lifts", "gas", "rare_earth"},
        "consumed_before_made": {"food", "drugs", "fertiliser", "rare_earth"},
        "more_out_than_in": {"vegetables", "fish", "drugs", "food"},
        "party_unknown": set(STORIES) - {"gas"},
        "container_unpacked_twice": {"pork", "food", "drugs", "lifts"},
    }
    planned: dict[int, str] = {}
    suspects: set[int] = set()
    for category in CONTAMINATED:
        found = 0
        while found < lots:
            index = random.randrange(chains)
            if STORIES[story_of(seed, index)][1] == category and index not in suspects:
                suspects.add(index)
                found += 1
    for kind in sorted(suits, key=lambda k: len(suits[k])):  # the choosy first
        found = 0
        while found < each:
            index = random.randrange(chains)
            free = index not in planned and index not in suspects and story_of(seed, index) in suits[kind]
            if free and _chances(actors, index, kind):
                planned[index] = kind
                found += 1
    return planned, suspects


# -- documents ---------------------------------------------------------------------------------------------


class _Documents:
    """Whole chains, one after the other, into documents of a few thousand events; nothing is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count, self.total, self.here = folder, 0, 0, 0
        self.file: IO[str] | None = None

    def add(self, index: int, events: list[dict[str, Any]]) -> None:
        if self.file is None:
            self.count += 1
            self.here = 0
            self.file = (self.folder / f"{self.count:04d}-chains-from-{index:06d}.json").open(
                "w", encoding="utf-8"
            )
            head = {
                "@context": CONTEXT,
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-11-01T08:00:00+08:00",
            }
            self.file.write(json.dumps(head)[:-1] + ', "epcisBody": {"eventList": [')
        for event in events:
            self.file.write(
                (",\n" if self.here else "\n") + json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            )
            self.here += 1
        self.total += len(events)
        if self.here >= DOCUMENT:
            self.close()

    def close(self) -> None:
        if self.file is not None:
            self.file.write("\n]}}\n")
            self.file.close()
            self.file = None


def _drug_codes(told: Chain) -> Iterator[tuple[str, str, str]]:
    """The twenty-digit traceability code (药品追溯码) on the same box as the serial: two codes, one thing."""
    serials = [one for one, (state, _) in told.single.items() if "/21/" in one and state != "gone"]
    for count, one in enumerate(serials[:5]):
        yield (
            one,
            f"urn:x-zhiheng:drug:8{told.index % 1_000_000:06d}{told.index // 1_000_000:05d}{count:08d}",
            "模拟:药品追溯码",
        )


# -- tables ------------------------------------------------------------------------------------------------


def _table(path: Path, header: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _tables(actors: Actors) -> dict[str, tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]]:
    return {
        "organisations": (
            ("uscc", "name", "region", "org_type", "industry", "address", "phone", "kinds", "status"),
            _organisations(actors),
        ),
        "sites": (("gln", "uscc", "name", "region", "address"), _sites(actors)),
        "products": (("gtin", "uscc", "name", "brand", "spec", "category", "standard", "unit"), _products(actors)),
        "people": (("uscc", "duty", "name", "phone", "since", "appointed_by"), _people(actors)),
        "licences": (
            (
                "counterparty_name", "counterparty_category", "uscc", "legal_rep", "decision_title", "decision_no",
                "licence_category", "licence_name", "licence_no", "licence_content", "decision_date", "valid_from",
                "valid_to", "licence_authority", "licence_authority_uscc", "status", "remark",
            ),
            _licences(actors),
        ),
    }  # fmt: skip


def _address(one: Organisation) -> str:
    return f"{full_name(one.region)}模拟路{one.number % 900 + 1}号"


def _phone(number: int) -> str:
    return f"1990000{number % 10_000:04d}"


def _organisations(actors: Actors) -> Iterator[tuple[Any, ...]]:
    for one in actors.all():
        role = ROLES[one.role]
        yield (
            one.uscc,
            one.name,
            one.region,
            one.org_type,
            role.industry,
            _address(one),
            _phone(one.number),
            role.kinds,
            "active",
        )
    for city in GUANGDONG_CITIES:
        one = actors.authority(city.code)
        yield (
            one.uscc,
            one.name,
            one.region,
            one.org_type,
            "S9224",
            _address(one),
            "",
            "authority",
            "active",
        )


_SITES = {
    "grower": "基地",
    "retailer": "门店",
    "caterer": "餐厅",
    "seller": "仓库",
    "logistics": "转运中心",
    "laboratory": "实验室",
}


def _sites(actors: Actors) -> Iterator[tuple[Any, ...]]:
    for one in actors.all():
        kind = ROLES[one.role].kinds.split()[-1]
        yield (
            one.gln,
            one.uscc,
            one.name[: one.name.index("（")] + _SITES.get(kind, "厂区"),
            one.region,
            _address(one),
        )
        if kind == "producer":
            yield (
                gln(one.number, 2),
                one.uscc,
                one.name[: one.name.index("（")] + "成品仓",
                one.region,
                _address(one),
            )


def _products(actors: Actors) -> Iterator[tuple[Any, ...]]:
    for one in actors.all():
        for i, item in enumerate(items_of(one)):
            yield (
                gtin(one.number, i),
                one.uscc,
                item.name + "（模拟）",
                one.name[2:4],
                item.spec,
                item.category,
                item.standard,
                item.unit,
            )


def _people(actors: Actors) -> Iterator[tuple[Any, ...]]:
    for one in actors.all():
        for duty in ROLES[one.role].duties:
            yield (one.uscc, duty, *_person(actors, one, duty))


def _person(actors: Actors, one: Organisation, duty: str) -> tuple[str, str, str, str]:
    random = rng(actors.seed, "person", one.number, duty)
    since = f"{random.randint(2019, 2025)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    paper = "" if duty == "legal_representative" else f"质字〔{since[:4]}〕{random.randint(1, 60)}号"
    return person_name(random), _phone(random.randrange(10_000)), since, paper


def _licences(actors: Actors) -> Iterator[tuple[Any, ...]]:
    for one in actors.all():
        licence = ROLES[one.role].licence
        if not licence:
            continue
        title, content, prefix = _LICENCES[licence]
        head = _person(actors, one, "legal_representative")[0]
        random = rng(actors.seed, "licence", one.number)
        year = random.randint(2024, 2026)
        day = f"{random.randint(1, 6):02d}-{random.randint(1, 28):02d}"
        authority = actors.authority(one.city)
        number = f"{prefix}{one.region}{one.number:08d}"
        if prefix == "SC":
            body = f"1{random.randint(1, 31):02d}{one.region}{one.number % 10_000:04d}"
            number = f"SC{body}{check_digit(body)}"
        yield (
            one.name, "法人及非法人组织", one.uscc, head, "准予行政许可决定书",
            f"{name(one.city)[0]}市监许〔{year}〕{one.number}号", "普通", title, number, content, f"{year}-{day}",
            f"{year}-{day}", f"{year + 5}-{day}", authority.name, authority.uscc, "有效", "模拟数据",
        )  # fmt: skip
