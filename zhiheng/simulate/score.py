"""What the platform finds, held against what was planted: recall and precision of breaks, and exactness of scopes.

``python -m zhiheng.simulate.score DIR`` prints the table, after the folder's records have been loaded and captured.
"""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Found = tuple[str, str]  # kind and event ID: one fault shows at one event, however many things share its fate


def score(truth_path: Path) -> dict[str, Any]:
    """Judge every thing that the folder's documents name, and every contaminated lot.

    A break is right when its kind and event were planted; ``items_exact`` counts planted breaks that were found
    for exactly the things they are true of. A scope is right when its goods, and who holds how much, are equal.
    """
    truth = [json.loads(line) for line in truth_path.read_text(encoding="utf-8").splitlines()]
    planted: dict[Found, set[str]] = {}
    for row in truth:
        if row["kind"] != "contaminated_lot":
            planted.setdefault((row["kind"], row["event"]), set()).update(row["items"])
    found, judged = _breaks(sorted((truth_path.parent / "epcis").glob("*.json")))
    kinds = sorted({kind for kind, _ in [*planted, *found]})
    answer: dict[str, Any] = {"judged": judged, "breaks": {}, "lots": []}
    for kind in kinds:
        true = {one for one in planted if one[0] == kind}
        seen = {one for one in found if one[0] == kind}
        right = true & seen
        answer["breaks"][kind] = {
            "planted": len(true),
            "found": len(seen),
            "right": len(right),
            "recall": len(right) / len(true) if true else None,
            "precision": len(right) / len(seen) if seen else None,
            "items_exact": sum(planted[one] == found[one] for one in right),
        }
    answer["missed"] = sorted(planted.keys() - found.keys())
    answer["unplanned"] = sorted((*one, sorted(found[one])[0]) for one in found.keys() - planted.keys())
    for row in truth:
        if row["kind"] == "contaminated_lot":
            answer["lots"].append(_lot(row))
    return answer


def _breaks(documents: Iterable[Path]) -> tuple[dict[Found, set[str]], int]:
    """Breaks of everything named, a document at a time: a chain never spans two."""
    from zhiheng.trace.answers import find_breaks
    from zhiheng.trace.epcis.documents import read
    from zhiheng.trace.epcis.fields import items
    from zhiheng.trace.parties import Directory
    from zhiheng.trace.store import key, uri

    found: dict[Found, set[str]] = {}
    judged = 0
    for path in documents:
        document = read(path)
        things: dict[str, None] = {}
        for incoming in document.events():
            if incoming.event is None:
                continue
            named = items(incoming.event, document.context)
            for one in (
                *named.epcs,
                *named.children,
                *named.inputs,
                *named.outputs,
                *(q.item for q in named.quantities),
            ):
                things[key(one)] = None
            if named.parent:
                things[key(named.parent)] = None
        judged += len(things)
        for seen in find_breaks(things, Directory()):
            found.setdefault((seen.kind, seen.event.event_id), set()).add(uri(seen.item))
    return found, judged


def _lot(row: dict[str, Any]) -> dict[str, Any]:
    """One contaminated lot: what a recall would have to reach, by the platform and in truth."""
    from zhiheng.trace.answers import scope

    answer = scope(row["item"])
    goods, true = set(answer["items"]), set(row["goods"])
    holders = {(h["item"], h["state"], h["gln"], h["quantity"]) for h in row["holders"]}
    said = set()
    for held in answer["holders"]:
        where = (held["party"] or held["place"] or "")[-13:]
        counted = {q["class"]: round(q["quantity"], 3) for q in held["quantities"]}
        for item in held["items"]:
            # Of a lot that is used up there is nothing to hold; a single thing that was sold is told as gone.
            if item in counted or "/21/" in item:
                said.add((item, held["state"], where, counted.get(item)))
    return {
        "item": row["item"],
        "story": row["story"],
        "goods": len(true),
        "missing": sorted(true - goods),
        "extra": sorted(goods - true),
        "items_equal": goods == true,
        "holders": len({h["gln"] for h in row["holders"]}),
        "holders_equal": said == holders,
        "holders_missing": sorted(map(str, holders - said)),
        "holders_extra": sorted(map(str, said - holders)),
    }


def table(result: dict[str, Any]) -> str:
    """The score as two tables for people."""
    lines = [
        f"{result['judged']:,} things judged",
        "",
        f"| {'break':<26} | planted | found | right | recall | precision | same things |",
        f"|{'-' * 28}|--------:|------:|------:|-------:|----------:|------------:|",
    ]
    for kind, row in result["breaks"].items():
        recall, precision = (f"{row[n]:.2f}" if row[n] is not None else "–" for n in ("recall", "precision"))
        lines.append(
            f"| {kind:<26} | {row['planted']:>7} | {row['found']:>5} | {row['right']:>5} | {recall:>6} | "
            f"{precision:>9} | {row['items_exact']:>11} |"
        )
    lines += [
        "",
        "| contaminated lot in | goods | missing | extra | holders | holders and amounts equal |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for lot in result["lots"]:
        equal = "yes" if lot["holders_equal"] else "no"
        counts = (lot["goods"], len(lot["missing"]), len(lot["extra"]), lot["holders"])
        lines.append(f"| {lot['story']} | {' | '.join(map(str, counts))} | {equal} |")
    return "\n".join(lines)


def perfect(result: dict[str, Any]) -> bool:
    """Everything planted was found, nothing else, and every scope is exact."""
    exact = all(row["items_exact"] == row["planted"] for row in result["breaks"].values())
    lots = all(lot["items_equal"] and lot["holders_equal"] for lot in result["lots"])
    return exact and lots and not result["missed"] and not result["unplanned"]


def main() -> int:
    """The command: 0 when everything is exact, 1 when not, 2 for a wrong call."""
    if len(sys.argv) < 2 or not (Path(sys.argv[1]) / "truth.jsonl").exists():
        print(
            "usage: python -m zhiheng.simulate.score DIR [--json]   (DIR holds truth.jsonl)", file=sys.stderr
        )
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
    import django

    django.setup()
    result = score(Path(sys.argv[1]) / "truth.jsonl")
    print(json.dumps(result, ensure_ascii=False) if "--json" in sys.argv else table(result))
    return 0 if perfect(result) else 1


if __name__ == "__main__":
    sys.exit(main())
