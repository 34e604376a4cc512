"""The province in a box: the same seed the same bytes, valid codes, a truth that agrees with the platform."""

import csv
import hashlib
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from zhiheng.knowledge.codes import uscc
from zhiheng.knowledge.codes.checkdigit import has_check_digit
from zhiheng.knowledge.codes.identify import identify
from zhiheng.knowledge.codes.regions import GUANGDONG_CITY, is_known
from zhiheng.simulate.actors import Actors
from zhiheng.simulate.chains import STORIES, story_of
from zhiheng.simulate.province import FAULTS, examples, tell, write
from zhiheng.simulate.story import END, urn
from zhiheng.trace.epcis.documents import read
from zhiheng.trace.epcis.validate import validate

TINY = 0.0005


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("province")
    return folder, write(folder, seed=11, scale=TINY, progress=None)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(province: Any, tmp_path: Path) -> None:
    write(tmp_path / "same", seed=11, scale=TINY, progress=None)
    write(tmp_path / "other", seed=12, scale=TINY, progress=None)
    assert digest(tmp_path / "same") == digest(province[0])
    assert digest(tmp_path / "other") != digest(province[0])


def test_writing_again_leaves_nothing_of_a_larger_province_behind(tmp_path: Path) -> None:
    write(tmp_path, seed=1, scale=0.004, progress=None)
    before = len(list((tmp_path / "epcis").iterdir()))
    summary = write(tmp_path, seed=1, scale=TINY, progress=None)
    assert len(list((tmp_path / "epcis").iterdir())) == summary["documents"] < before


def test_codes_are_valid_and_lie_where_they_say(province: Any) -> None:
    folder, summary = province
    organisations = rows(folder / "organisations.csv")
    assert len({row["uscc"] for row in organisations}) == len(organisations) == summary["organisations"]
    known = {row["uscc"]: row for row in organisations}
    for row in organisations:
        assert uscc.is_valid(row["uscc"]), row
        assert is_known(row["region"])
        assert uscc.region_of(row["uscc"]) == row["region"]
        assert row["region"][:4] + "00" in GUANGDONG_CITY
        assert "模拟" in row["name"]
    for name, column, digits in (("sites", "gln", 13), ("products", "gtin", 14)):
        found = rows(folder / f"{name}.csv")
        assert len({row[column] for row in found}) == len(found)
        for row in found:
            assert len(row[column]) == digits
            assert has_check_digit(row[column]), row
            assert row["uscc"] in known
    for name in ("people", "licences"):
        assert {row["uscc"] for row in rows(folder / f"{name}.csv")} <= known.keys()


def test_every_city_and_every_category_takes_part(tmp_path: Path) -> None:
    write(tmp_path, seed=7, scale=0.004, progress=None)
    cities = {row["region"][:4] + "00" for row in rows(tmp_path / "organisations.csv")}
    assert cities == set(GUANGDONG_CITY)
    assert {row["category"] for row in rows(tmp_path / "products.csv")} >= {
        "agri", "food", "drug", "agri_input", "special_equipment", "dangerous", "rare_earth",
    }  # fmt: skip
    assert {category for _, category, _ in STORIES.values()} == {
        "agri", "food", "drug", "agri_input", "special_equipment", "dangerous", "rare_earth",
    }  # fmt: skip


def test_every_event_is_valid_and_in_the_past_and_at_a_registered_place(province: Any) -> None:
    folder, summary = province
    places = {row["gln"] for row in rows(folder / "sites.csv")}
    count, kinds, ids = 0, set(), set()
    for path in sorted((folder / "epcis").glob("*.json")):
        document = read(path)
        for incoming in document.events():
            assert incoming.event is not None, incoming.faults
            assert not incoming.faults
            assert not validate(incoming.event, incoming.raw, END)
            count += 1
            kinds.add(type(incoming.event).__name__)
            ids.add(incoming.event.event_id)
            where = incoming.event.read_point
            if where is not None:
                digits = re.sub(r"\D", "", where.id.rpartition("/")[2] if "/414/" in where.id else where.id)
                assert any(gln.startswith(digits[:12]) for gln in places), where.id
    assert count == len(ids) == summary["events"]
    assert kinds == {"ObjectEvent", "AggregationEvent", "TransformationEvent", "AssociationEvent"}


def test_our_urns_mean_what_our_links_mean() -> None:
    for one in (
        "https://id.gs1.org/01/06990000149011/10/260219-448-6",
        "https://id.gs1.org/01/06990000149011/21/260219-448-6-0001",
        "https://id.gs1.org/414/6990000001012",
        "https://id.gs1.org/417/6990000001012",
    ):
        assert urn(one).startswith("urn:epc:")
        assert identify(urn(one)).canonical == one


def test_memory_does_not_grow_with_the_scale(tmp_path: Path) -> None:
    def peak(scale: float) -> int:
        tracemalloc.start()
        write(tmp_path / str(scale), seed=3, scale=scale, progress=None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small = peak(0.001)
    # Five times the province; the cache of organisations fills up, chains come and go.
    assert peak(0.005) < small + 8_000_000


def test_every_kind_of_fault_is_planted_and_its_event_exists(province: Any) -> None:
    folder, summary = province
    assert all(summary["planted"][kind] >= 3 for kind in FAULTS)
    assert summary["planted"]["contaminated_lot"] == 3
    text = "".join(path.read_text(encoding="utf-8") for path in (folder / "epcis").glob("*.json"))
    for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert row["item"] in row["items"]
        if row["kind"] != "contaminated_lot":
            assert text.count(row["event"]) == 1
        else:
            assert row["item"] in row["goods"]
            assert row["holders"]


def test_a_chain_without_a_fault_never_gives_away_what_it_has_not_got() -> None:
    actors = Actors(5, 0.002)
    for index in range(60):
        told = tell(actors, index)
        for lot, spots in told.stock.items():
            assert min(spots.values()) > -1e-6, (story_of(5, index), lot, spots)
        assert not told.truth


def test_examples_are_chains_without_faults(province: Any) -> None:
    folder, _ = province
    marred = {
        json.loads(line)["chain"]
        for line in (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    }
    found = examples(11, TINY, ("food", "drugs"))
    assert set(found) == {"food", "drugs"}
    assert not marred & {chain.index for chain in found.values()}
