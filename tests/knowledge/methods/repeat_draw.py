"""Repeats a draw. Written from docs/draw.md alone, with the standard library only.

python repeat_draw.py FILE      prints "the same" and ends with 0, or says what differs and ends with 1
"""

import hashlib
import json
import re
import sys
from datetime import datetime, timedelta
from math import gcd
from unicodedata import normalize

UNSEEN = """
0000-001F 007F-00A0 00AD 0600-0605 061C 06DD 070F 0890-0891 08E2 1680 180E 2000-200F 2028-202F 205F-2064
2066-206F 3000 D800-DFFF FEFF FFF9-FFFB 110BD 110CD 13430-1343F 1BCA0-1BCA3 1D173-1D17A E0001 E0020-E007F
"""
UNSEEN = [[int(end, 16) for end in part.split("-")] for part in UNSEEN.split()]


class Refused(Exception):
    """The file is not as docs/draw.md says."""


def need(holds, what):
    if not holds:
        raise Refused(what)


# What may stand in a file. Each of these looks at one value.


def text(value):
    need(type(value) is str, f"not a text: {value!r:.60}")


def number(value):
    need(type(value) is int, f"not a whole number: {value!r:.60}")


def matching(form):
    def look(value):
        text(value)
        need(re.fullmatch(form, value), f"not of the form {form}: {value!r:.60}")

    return look


inspector = matching("[1-9][0-9]{0,8}")
reason = matching("[a-z][a-z0-9_]{0,31}")


def line(value):
    text(value)
    need(1 <= len(value) <= 500, "a text of 1 to 500 characters")
    need(value == normalize("NFC", value), "a text in NFC")
    need(value == value.strip(" ") and "  " not in value, "single spaces, none at the ends")
    need(not any(r[0] <= ord(c) <= r[-1] for c in value for r in UNSEEN), "a character that no text holds")


def named(value):
    matching("[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}")(value)
    need(not re.fullmatch("1[3-9][0-9]{9}", value), f"a mobile number: {value}")
    if re.fullmatch("[0-9]{17}[0-9Xx]", value):
        check = 0
        for digit in value:
            check = check * 2 + (10 if digit in "Xx" else int(digit))
        day = value[6:14]
        try:
            datetime(int(day[:4]), int(day[4:6]), int(day[6:]))
        except ValueError:
            return
        need(check % 11 != 1 or not "1900" <= day[:4] <= "2099", f"an identity number: {value}")


def time(value):
    """Seconds since the beginning of the year 1, in UTC."""
    text(value)
    parts = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(Z|[+-]\d\d:\d\d)", value, re.ASCII)
    need(parts, f"not a time: {value!r:.60}")
    try:
        local = datetime(*map(int, parts.groups()[:6])) - datetime(1, 1, 1)
    except ValueError:
        raise Refused(f"not a time: {value}") from None
    zone = parts[7].replace("Z", "+00:00")
    hours, minutes = int(zone[1:3]), int(zone[4:])
    need(hours <= 23 and minutes <= 59, f"not an offset: {value}")
    offset = timedelta(hours=hours, minutes=minutes)
    seconds = local - offset if zone[0] == "+" else local + offset
    return seconds.total_seconds()


def array(look):
    def each(value):
        need(type(value) is list, f"not an array: {value!r:.60}")
        for one in value:
            look(one)

    return each


def members(places, left_out=None):
    """An object of these members. Those of ``left_out`` may be left out; then they are put there."""

    def each(value):
        need(type(value) is dict, f"not an object: {value!r:.60}")
        for name, default in (left_out or {}).items():
            value.setdefault(name, default())
        need(value.keys() == places.keys(), f"members {list(value)!r:.200}, not {list(places)}")
        for name, look in places.items():
            look(value[name])

    return each


def or_null(look):
    return lambda value: value is None or look(value)


NO_INSPECTORS = {"per_subject": int, "pool": list, "absent": list, "conflicts": list}
FORM = members(
    {
        "format": text,
        "list": members(
            {
                "title": line,
                "source": line,
                "due": time,
                "strata": array(members({"id": named, "n": number})),
                "candidates": array(members({"id": named, "stratum": text, "size": number})),
                "excluded": array(members({"id": named, "stratum": text, "reason": reason})),
                "inspectors": members(
                    {
                        "per_subject": number,
                        "pool": array(inspector),
                        "absent": array(members({"id": inspector, "reason": reason})),
                        "conflicts": array(
                            members({"inspector": inspector, "candidate": named, "reason": reason})
                        ),
                    },
                    NO_INSPECTORS,
                ),
            },
            {"excluded": list, "inspectors": dict},
        ),
        "commitment": or_null(members({"hash": text, "at": time})),
        "value": or_null(members({"text": line, "known_at": time})),
        "result": or_null(
            array(members({"stratum": text, "id": text, "probability": text, "inspectors": array(text)}))
        ),
    },
    dict.fromkeys(("commitment", "value", "result"), lambda: None),
)


def unique(what, values):
    need(len(values) == len(set(values)), f"twice: {what}")


def check_list(lst):
    """What must hold between the members of a list."""
    strata, candidates, excluded, staff = (
        lst[name] for name in ("strata", "candidates", "excluded", "inspectors")
    )
    unique("a stratum", [s["id"] for s in strata])
    unique("a candidate", [c["id"] for c in candidates + excluded])
    unique("an inspector", staff["pool"])
    unique("an absent inspector", [a["id"] for a in staff["absent"]])
    unique("a conflict", [(c["inspector"], c["candidate"]) for c in staff["conflicts"]])
    there = {s["id"]: 0 for s in strata}
    for c in candidates + excluded:
        need(c["stratum"] in there, f"no stratum: {c['stratum']!r:.60}")
    for c in candidates:
        there[c["stratum"]] += 1
        need(1 <= c["size"] <= 10**12, f"size of {c['id']}")
    for s in strata:
        need(0 <= s["n"] <= there[s["id"]], f"n of {s['id']}")
    free = {c["id"]: set(staff["pool"]) - {a["id"] for a in staff["absent"]} for c in candidates}
    need({a["id"] for a in staff["absent"]} <= set(staff["pool"]), "absent, and not of the pool")
    for c in staff["conflicts"]:
        need(c["inspector"] in staff["pool"] and c["candidate"] in free, "a conflict of nobody")
        free[c["candidate"]].discard(c["inspector"])
    need(staff["per_subject"] >= 0, "per_subject")
    need(all(len(who) >= staff["per_subject"] for who in free.values()), "too few inspectors")


def once(pairs):
    unique("a member", [name for name, _ in pairs])
    return dict(pairs)


def load(data):
    """A file that is in order up to its result, or Refused."""
    try:
        file = json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from None
    FORM(file)
    need(file["format"] == "zhiheng-draw-1", "another format")
    check_list(file["list"])
    need(file["commitment"] and file["value"], "not drawn")
    need(file["commitment"]["hash"] == list_hash(file["list"]), "not the list that was published")
    due = time(file["list"]["due"])
    need(time(file["commitment"]["at"]) < due <= time(file["value"]["known_at"]), "not in this order")
    return file


# The draw.


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


def differences(data):
    """What is wrong with a file, or nothing when the draw is as it says."""
    try:
        file = load(data)
    except Refused as why:
        return [str(why)]
    right, told = repeat(file), file["result"]
    if told is None:
        return ["no result"]
    found = [f"follows from list and value: {one}" for one in right if one not in told]
    found += [f"does not follow: {one!r:.200}" for one in told if one not in right]
    return found or ([] if right == told else ["the result is in another order, or names one twice"])


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as handle:
        found = differences(handle.read())
    print("\n".join(found) or "the same")
    sys.exit(1 if found else 0)
