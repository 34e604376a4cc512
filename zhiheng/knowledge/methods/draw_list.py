"""The list that a draw is made from: its nouns, what must hold of it, its canonical bytes and their hash.

docs/draw.md is the specification; this module and ``draw`` follow it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from zhiheng.knowledge.methods.faults import Fault, shown

FORMAT = "zhiheng-draw-1"
LONGEST_TEXT = 500
LARGEST_SIZE = 10**12

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}", re.ASCII)
_INSPECTOR = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_REASON = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_RESIDENT = re.compile(r"\d{17}[\dXx]", re.ASCII)
UNSEEN = (
    "0000-001F 007F-00A0 00AD 0600-0605 061C 06DD 070F 0890-0891 08E2 1680 180E 2000-200F 2028-202F 205F-2064 "
    "2066-206F 3000 D800-DFFF FEFF FFF9-FFFB 110BD 110CD 13430-1343F 1BCA0-1BCA3 1D173-1D17A E0001 E0020-E007F"
)
"""No text holds these: controls, format characters, every space but U+0020, surrogates. Named one by one, because
what Unicode counts among them grows, and a file must not become wrong with the next edition."""
_UNSEEN = re.compile(
    "[" + re.sub(r"([0-9A-F]+)(-?) ?", lambda m: f"\\U{int(m[1], 16):08x}{m[2]}", UNSEEN) + "]"
)


class Stratum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the list that is drawn from by itself; ``n`` are drawn from it."""

    id: str
    n: int


class Candidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may be drawn. ``size`` is a whole number from 1; the chance is proportional to it."""

    id: str
    stratum: str
    size: int


class Excluded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who was left out of the list, and why (a code such as ``checked_within_six_months``)."""

    id: str
    stratum: str
    reason: str


class Absent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An inspector who cannot go, and why (a code such as ``leave``)."""

    id: str
    reason: str


class Conflict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An inspector who must not be sent to this candidate, and why (a code such as ``relative``)."""

    inspector: str
    candidate: str
    reason: str


class Inspectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is sent: ``per_subject`` of ``pool`` to each that is drawn. Whose the numbers are is not in the file."""

    per_subject: int = 0
    pool: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class DrawList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that decides a draw besides the random value. Its hash is published before that value is known.

    ``source`` says which public random value will be used and exactly how it is written; ``due`` from when it
    is known (ISO 8601 with seconds and offset).
    """

    title: str
    source: str
    due: str
    strata: tuple[Stratum, ...]
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...] = ()
    inspectors: Inspectors = Inspectors()


def clean(text: str) -> str:
    """A text as a list may hold it: NFC, every run of spaces and line ends one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def moment(text: str) -> datetime | None:
    """A time of the file, or None when it is not one that the file may hold."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def canonical(draw_list: DrawList) -> bytes:
    """The bytes that are hashed: tab-separated lines, each ended by a line feed, in UTF-8 (docs/draw.md, step 1)."""
    one = draw_list
    groups = [
        [FORMAT],
        [f"title\t{one.title}"],
        [f"source\t{one.source}"],
        [f"due\t{one.due}"],
        [f"stratum\t{s.id}\t{s.n}" for s in one.strata],
        [f"candidate\t{c.stratum}\t{c.id}\t{c.size}" for c in one.candidates],
        [f"excluded\t{e.stratum}\t{e.id}\t{e.reason}" for e in one.excluded],
        [f"per-subject\t{one.inspectors.per_subject}"],
        [f"inspector\t{number}" for number in one.inspectors.pool],
        [f"absent\t{a.id}\t{a.reason}" for a in one.inspectors.absent],
        [f"conflict\t{c.inspector}\t{c.candidate}\t{c.reason}" for c in one.inspectors.conflicts],
    ]
    lines = (line for group in groups for line in sorted(text.encode() for text in group))
    return b"".join(line + b"\n" for line in lines)


def list_hash(draw_list: DrawList) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hexadecimal digits: what is published before the draw."""
    return hashlib.sha256(canonical(draw_list)).hexdigest()


def check_text(place: str, text: str) -> Iterator[Fault]:
    """A text may be hashed only as everybody would write it again."""
    if text != clean(text) or _UNSEEN.search(text):
        yield Fault(
            "bad_text", place, "The text is not in its canonical form.",
            "Write it in Unicode NFC on one line, single spaces only, no invisible characters.",
        )  # fmt: skip
    if not 0 < len(text) <= LONGEST_TEXT:
        yield Fault(
            "bad_length", place, "The text has {got} characters.", "Write between 1 and {most} characters.",
            {"got": str(len(text)), "most": str(LONGEST_TEXT)},
        )  # fmt: skip


def check_time(place: str, text: str) -> Iterator[Fault]:
    if moment(text) is None:
        yield Fault(
            "bad_time", place, "“{text}” is not a time with seconds and offset.",
            "Write it like 2026-03-05T21:15:00+08:00.", {"text": shown(text)},
        )  # fmt: skip


def check_list(draw_list: DrawList) -> list[Fault]:
    """Everything that is wrong with a list, all at once; an empty list can be drawn from (and is no fault)."""
    found = [
        *check_text("list.title", draw_list.title),
        *check_text("list.source", draw_list.source),
        *check_time("list.due", draw_list.due),
        *_check_strata(draw_list),
        *_check_candidates(draw_list),
        *_check_inspectors(draw_list),
    ]
    return found or list(_check_staffing(draw_list))


def _named(place: str, text: str, pattern: re.Pattern[str], mend: str) -> Iterator[Fault]:
    if not pattern.fullmatch(text):
        yield Fault("bad_id", place, "“{text}” cannot stand here.", mend, {"text": shown(text)})


def _once(place: str, ids: list[str]) -> Iterator[Fault]:
    for text, times in Counter(ids).items():
        if times > 1:
            yield Fault(
                "duplicate_id", place, "“{text}” is listed {times} times.", "List each once.",
                {"text": shown(text), "times": str(times)},
            )  # fmt: skip


def _reason(place: str, text: str) -> Iterator[Fault]:
    yield from _named(place, text, _REASON, "Write a reason code: small letters, digits, underscores.")


def _code(place: str, text: str) -> Iterator[Fault]:
    yield from _named(place, text, _ID, "Write up to 64 letters, digits and . _ : / - of ASCII.")
    if _MOBILE.fullmatch(text) or _resident(text):
        yield Fault(
            "personal_id", place, "This looks like a person's identity or telephone number.",
            "The file is published: use a number that says nothing of a person.",
        )  # fmt: skip


def _resident(text: str) -> bool:
    """A resident identity number by what GB 11643 lets anybody compute: its date and its check character.

    The division is not looked at: no table of them is complete, and a number that slips through is published.
    """
    if not _RESIDENT.fullmatch(text):
        return False
    digits = [10 if one in "Xx" else int(one) for one in text]
    if sum(digit << (17 - place) for place, digit in enumerate(digits)) % 11 != 1:
        return False
    try:
        return 1900 <= date(int(text[6:10]), int(text[10:12]), int(text[12:14])).year <= 2099
    except ValueError:
        return False


def _check_strata(draw_list: DrawList) -> Iterator[Fault]:
    listed = Counter(c.stratum for c in draw_list.candidates)
    for row, stratum in enumerate(draw_list.strata):
        place = f"list.strata[{row}]"
        yield from _code(f"{place}.id", stratum.id)
        if not 0 <= stratum.n <= listed[stratum.id]:
            yield Fault(
                "bad_n", f"{place}.n", "{n} cannot be drawn from the {listed} candidates of “{stratum}”.",
                "Draw at least 0 and at most all of them.",
                {
                    "n": shown(str(stratum.n)), "listed": str(listed[stratum.id]), "stratum": shown(stratum.id),
                },
            )  # fmt: skip
    yield from _once("list.strata", [s.id for s in draw_list.strata])


def _check_candidates(draw_list: DrawList) -> Iterator[Fault]:
    strata = {s.id for s in draw_list.strata}
    rows: list[tuple[str, Candidate | Excluded]] = [
        *((f"list.candidates[{row}]", one) for row, one in enumerate(draw_list.candidates)),
        *((f"list.excluded[{row}]", one) for row, one in enumerate(draw_list.excluded)),
    ]
    for place, one in rows:
        yield from _code(f"{place}.id", one.id)
        if one.stratum not in strata:
            yield Fault(
                "unknown_stratum", f"{place}.stratum", "There is no stratum “{text}” in the list.",
                "Add the stratum, or correct the candidate's.", {"text": shown(one.stratum)},
            )  # fmt: skip
        if isinstance(one, Excluded):
            yield from _reason(f"{place}.reason", one.reason)
        elif not 1 <= one.size <= LARGEST_SIZE:
            yield Fault(
                "bad_size", f"{place}.size", "A size is a whole number from 1 to {most}, not {got}.",
                "Exclude, with a reason, who must not be drawn.",
                {"most": str(LARGEST_SIZE), "got": shown(str(one.size))},
            )  # fmt: skip
    yield from _once("list.candidates", [one.id for _place, one in rows])


def _check_inspectors(draw_list: DrawList) -> Iterator[Fault]:
    people = draw_list.inspectors
    mend = "Write an inspector's opaque number: 1 to 9 digits, the first not 0."
    for row, number in enumerate(people.pool):
        yield from _named(f"list.inspectors.pool[{row}]", number, _INSPECTOR, mend)
    yield from _once("list.inspectors.pool", list(people.pool))
    yield from _once("list.inspectors.absent", [a.id for a in people.absent])
    yield from _once("list.inspectors.conflicts", [f"{c.inspector} {c.candidate}" for c in people.conflicts])
    pool, candidates = set(people.pool), {c.id for c in draw_list.candidates}
    if people.per_subject < 0:
        yield Fault(
            "bad_n", "list.inspectors.per_subject", "A number of inspectors is not below 0.", "Write 0 for none."
        )  # fmt: skip
    named = [(f"list.inspectors.absent[{row}].id", a.id, pool) for row, a in enumerate(people.absent)]
    for row, conflict in enumerate(people.conflicts):
        place = f"list.inspectors.conflicts[{row}]"
        named += [
            (f"{place}.inspector", conflict.inspector, pool),
            (f"{place}.candidate", conflict.candidate, candidates),
        ]
        yield from _reason(f"{place}.reason", conflict.reason)
    for row, absent in enumerate(people.absent):
        yield from _reason(f"list.inspectors.absent[{row}].reason", absent.reason)
    for place, text, known in named:
        if text not in known:
            yield Fault(
                "unknown_id", place, "“{text}” is not in the list.", "Add it to the list, or take this line out.",
                {"text": shown(text)},
            )  # fmt: skip


def _check_staffing(draw_list: DrawList) -> Iterator[Fault]:
    """Known before the draw: whoever is drawn, enough inspectors may go there."""
    people = draw_list.inspectors
    away = {a.id for a in people.absent}
    able = set(people.pool) - away
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for one in people.conflicts:
        barred[one.candidate].add(one.inspector)
    if len(able) < people.per_subject:
        barred.update((c.id, set()) for c in draw_list.candidates if c.id not in barred)
    for row, candidate in enumerate(draw_list.candidates):
        if candidate.id not in barred:
            continue
        left = len(able - barred[candidate.id])
        if left < people.per_subject:
            yield Fault(
                "too_few_inspectors", f"list.candidates[{row}]",
                "Only {left} inspectors may go to “{text}”; {wanted} are to be sent.",
                "Add inspectors before the hash is published.",
                {"left": str(left), "text": candidate.id, "wanted": shown(str(people.per_subject))},
            )  # fmt: skip
