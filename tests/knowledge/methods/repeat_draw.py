"""Repeats a draw. Written from docs/draw.md alone, with the standard library only.

python repeat_draw.py FILE      prints "the same" and ends with 0, or says what differs and ends with 1
"""

import hashlib
import json
import sys
from math import gcd


def H(*texts):
    return hashlib.sha256("".join(text + "\n" for text in texts).encode("utf-8")).hexdigest()


def list_hash(lst):
    staff = lst["inspectors"]
    kinds = [
        [("zhiheng-draw-1",)],
        [("title", lst["title"])],
        [("source", lst["source"])],
        [("due", lst["due"])],
        [("stratum", s["id"], str(s["n"])) for s in lst["strata"]],
        [("candidate", c["stratum"], c["id"], str(c["size"])) for c in lst["candidates"]],
        [("excluded", e["stratum"], e["id"], e["reason"]) for e in lst["excluded"]],
        [("per-subject", str(staff["per_subject"]))],
        [("inspector", number) for number in staff["pool"]],
        [("absent", a["id"], a["reason"]) for a in staff["absent"]],
        [("conflict", c["inspector"], c["candidate"], c["reason"]) for c in staff["conflicts"]],
    ]
    whole = hashlib.sha256()
    for kind in kinds:
        for line in sorted("\t".join(fields).encode("utf-8") for fields in kind):
            whole.update(line + b"\n")
    return whole.hexdigest()


def draw_stratum(seed, stratum, n, people):
    """{id: probability} of those drawn."""
    people = sorted(people, key=lambda c: H(seed, "order", stratum, c["id"]))
    drawn = {}
    while True:
        total = sum(c["size"] for c in people)
        if n == 0:
            return drawn
        sure = [c for c in people if n * c["size"] >= total]
        if not sure:
            break
        for c in sure:
            drawn[c["id"]] = "1/1"
            people.remove(c)
        n -= len(sure)
    counter = 0
    while (x := int(H(seed, "start", stratum, str(counter)), 16)) >= 2**256 - 2**256 % total:
        counter += 1
    points = [x % total + j * total for j in range(n)]
    begin = 0
    for c in people:
        end = begin + n * c["size"]
        if any(begin <= point < end for point in points):
            divisor = gcd(n * c["size"], total)
            drawn[c["id"]] = f"{n * c['size'] // divisor}/{total // divisor}"
        begin = end
    return drawn


def repeat(file):
    """The result that the file's list and value lead to."""
    lst = file["list"]
    seed = H(list_hash(lst), file["value"]["text"])
    found = []
    for s in lst["strata"]:
        people = [c for c in lst["candidates"] if c["stratum"] == s["id"]]
        for id_, probability in draw_stratum(seed, s["id"], s["n"], people).items():
            found.append({"stratum": s["id"], "id": id_, "probability": probability, "inspectors": []})
    staff = lst["inspectors"]
    gone = {a["id"] for a in staff["absent"]}
    load = {number: 0 for number in staff["pool"] if number not in gone}
    conflicts = {(c["inspector"], c["candidate"]) for c in staff["conflicts"]}
    for one in sorted(found, key=lambda one: H(seed, "subject", one["id"])):
        able = [number for number in load if (number, one["id"]) not in conflicts]
        able.sort(key=lambda number: H(seed, "inspector", one["id"], number))
        able.sort(key=lambda number: load[number])
        for number in able[: staff["per_subject"]]:
            load[number] += 1
            one["inspectors"].append(number)
        one["inspectors"].sort(key=int)
    return sorted(found, key=lambda one: (one["stratum"].encode(), one["id"].encode()))


def differences(file):
    if list_hash(file["list"]) != file["commitment"]["hash"]:
        yield "the list does not have the published hash"
    right, told = repeat(file), file["result"]
    for one in right:
        if one not in told:
            yield f"follows from list and value: {one}"
    for one in told:
        if one not in right:
            yield f"does not follow: {one}"
    if right != told and sorted(map(str, right)) == sorted(map(str, told)):
        yield "the result is in another order"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as handle:
        found = list(differences(json.load(handle)))
    print("\n".join(found) or "the same")
    sys.exit(1 if found else 0)
