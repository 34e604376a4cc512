"""The house's draw: from a published list hash and a public random value to who is checked by whom.

docs/draw.md says it so that anybody can repeat it without this program. In short: the list is fixed and its hash
published; a public value becomes known; everything else follows from both by SHA-256 and whole numbers.

>>> file = commit(DrawList(...), at=...)      # publish file.commitment.hash
>>> file = draw(file, "03 08 15 …", known_at=...)
>>> verify(dump(file))
[]
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from zhiheng.knowledge.methods.draw_list import (
    FORMAT,
    Absent,
    Candidate,
    Conflict,
    DrawList,
    Excluded,
    Inspectors,
    Stratum,
    canonical,
    check_list,
    check_text,
    check_time,
    clean,
    list_hash,
    moment,
)
from zhiheng.knowledge.methods.faults import Fault, MethodError, shown
from zhiheng.knowledge.methods.selection import certain

__all__ = [
    "FORMAT", "Absent", "Candidate", "Check", "Commitment", "Conflict", "DrawFile", "DrawList", "Drawn",
    "Excluded", "Fault", "Inspectors", "MethodError", "Placed", "Stratum", "Value", "canonical", "check_list",
    "checks", "clean", "commit", "draw", "dump", "hash_of", "list_hash", "load", "placed", "probabilities",
    "repeat", "seed_of", "select", "verify",
]  # fmt: skip

SHANGHAI = ZoneInfo("Asia/Shanghai")
_TOLD = re.compile(r"(.*) - at `\$\.?([\w.\[\]]*)`", re.ASCII | re.DOTALL)
"""What msgspec says: what is wrong, and where. An unknown member's name is the writer's: it is no place."""


class Commitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list's hash and when it was published."""

    hash: str
    at: str


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public random value exactly as ``source`` says it is written, and when it became known."""

    text: str
    known_at: str


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who was drawn, with the chance of it as a fraction in lowest terms, and who is sent."""

    stratum: str
    id: str
    probability: str
    inspectors: tuple[str, ...]


class DrawFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draw file: a list; with its commitment; with the value and what came of it."""

    format: str
    list: DrawList
    commitment: Commitment | None = None
    value: Value | None = None
    result: tuple[Drawn, ...] | None = None


class Placed(NamedTuple):
    """Where a candidate lay when its stratum was drawn, for whoever asks why.

    ``begin`` and ``end`` are its interval and ``point`` the point that fell into it; a certainty unit has none.
    """

    id: str
    key: str
    size: int
    probability: Fraction
    taken: bool
    begin: int | None
    end: int | None
    point: int | None


class Check(NamedTuple):
    """One thing that was looked at; ``ran`` is false when an earlier fault made it impossible."""

    key: str
    title: str
    ran: bool
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        return self.ran and not self.faults


# -- the draw ----------------------------------------------------------------------------------------------------


def digest(*lines: str) -> str:
    """SHA-256 of the lines, each ended by a line feed, as 64 hexadecimal digits."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def seed_of(hash_: str, value: str) -> str:
    """The seed: from the list's hash and the public value."""
    return digest(hash_, value)


def below(limit: int, *lines: str) -> int:
    """A whole number of 0..limit-1, each as likely as the other, from the digests of ``lines`` and a counter."""
    whole = 1 << 256
    counter = 0
    while True:
        number = int(digest(*lines, str(counter)), 16)
        if number < whole - whole % limit:
            return number % limit
        counter += 1


def placed(stratum: str, n: int, sizes: dict[str, int], seed: str) -> list[Placed]:
    """The draw of one stratum: who lay where in the random order, and who was taken.

    ``sizes`` by candidate, each at least 1; ``n`` within 0..len(sizes). Certainty units come first. Each candidate is
    taken with probability ``selection.inclusion_probabilities(sizes, n)``, exactly.
    """
    keys = {one: digest(seed, "order", stratum, one) for one in sizes}
    order = sorted(sizes, key=lambda one: (keys[one], one))
    sure_places, remaining = certain([sizes[one] for one in order], n)
    sure = {order[place] for place in sure_places}
    others = [one for one in order if one not in sure]
    found = [
        Placed(one, keys[one], sizes[one], Fraction(1), True, None, None, None)
        for one in order
        if one in sure
    ]
    total = sum(sizes[one] for one in others)
    point = below(total, seed, "start", stratum) if remaining else None
    end = 0
    for one in others:
        begin, end = end, end + remaining * sizes[one]
        hit = point if point is not None and begin <= point < end else None
        if hit is not None:
            point = hit + total
        chance = Fraction(remaining * sizes[one], total)
        found.append(Placed(one, keys[one], sizes[one], chance, hit is not None, begin, end, hit))
    return found


def _by_stratum(draw_list: DrawList) -> dict[str, dict[str, int]]:
    sizes: dict[str, dict[str, int]] = {stratum.id: {} for stratum in draw_list.strata}
    for one in draw_list.candidates:
        sizes[one.stratum][one.id] = one.size
    return sizes


def probabilities(draw_list: DrawList) -> dict[str, Fraction]:
    """Every candidate's chance of being drawn: it depends on the list alone, and can be shown before the draw."""
    found: dict[str, Fraction] = {}
    sizes = _by_stratum(draw_list)
    for stratum in draw_list.strata:
        for one in placed(stratum.id, stratum.n, sizes[stratum.id], ""):
            found[one.id] = one.probability
    return found


def select(draw_list: DrawList, seed: str) -> tuple[Drawn, ...]:
    """Who is drawn, with their chances and inspectors, by stratum and id. The list must be without faults."""
    sizes = _by_stratum(draw_list)
    taken = [
        (stratum.id, one)
        for stratum in draw_list.strata
        for one in placed(stratum.id, stratum.n, sizes[stratum.id], seed)
        if one.taken
    ]
    sent = _inspectors(draw_list.inspectors, [one.id for _stratum, one in taken], seed)
    return tuple(
        Drawn(stratum, one.id, f"{one.probability.numerator}/{one.probability.denominator}", sent[one.id])
        for stratum, one in sorted(taken, key=lambda pair: (pair[0], pair[1].id))
    )


def _inspectors(people: Inspectors, subjects: Iterable[str], seed: str) -> dict[str, tuple[str, ...]]:
    """Subject by subject in a random order, those with the least to do so far, ties by lot."""
    away = {a.id for a in people.absent}
    barred: defaultdict[str, set[str]] = defaultdict(set)
    for conflict in people.conflicts:
        barred[conflict.candidate].add(conflict.inspector)
    load = {number: 0 for number in people.pool if number not in away}
    sent: dict[str, tuple[str, ...]] = {}
    for subject in sorted(subjects, key=lambda one: (digest(seed, "subject", one), one)):
        lots = {
            number: (load[number], digest(seed, "inspector", subject, number))
            for number in load
            if number not in barred[subject]
        }
        chosen = sorted(lots, key=lots.__getitem__)[: people.per_subject]
        for number in chosen:
            load[number] += 1
        sent[subject] = tuple(sorted(chosen, key=int))
    return sent


# -- the file ----------------------------------------------------------------------------------------------------


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def commit(draw_list: DrawList, at: datetime) -> DrawFile:
    """Fix a list: the file whose ``commitment.hash`` is published at ``at`` (aware), before ``due``.

    Title and source are brought into canonical form. MethodError with every fault of the list.
    """
    draw_list = msgspec.structs.replace(
        draw_list, title=clean(draw_list.title), source=clean(draw_list.source)
    )
    if faults := check_list(draw_list):
        raise MethodError(faults)
    file = DrawFile(FORMAT, draw_list, Commitment(list_hash(draw_list), _written(at)))
    if faults := list(_check_times(file)):
        raise MethodError(faults)
    return file


def draw(file: DrawFile, value: str, known_at: datetime) -> DrawFile:
    """The committed file with the value and the result. MethodError when the file or the times are not in order."""
    return repeat(msgspec.structs.replace(file, value=Value(clean(value), _written(known_at))))


def repeat(file: DrawFile) -> DrawFile:
    """The file with the result that its list and value lead to, whatever result it states now.

    MethodError with everything else that ``verify`` would find wrong with it.
    """
    if faults := [fault for check in _checks_before_the_result(file) for fault in check.faults]:
        raise MethodError(faults)
    return msgspec.structs.replace(file, result=_follows(file))


def hash_of(file: DrawFile) -> str:
    """The hash of the file's list, as it is published. MethodError when nothing may be drawn from that list."""
    if faults := [*_check_format(file), *check_list(file.list)]:
        raise MethodError(faults)
    return list_hash(file.list)


def _follows(file: DrawFile) -> tuple[Drawn, ...]:
    """What list and value lead to. Both must be there and without faults."""
    assert file.value is not None
    return select(file.list, seed_of(list_hash(file.list), file.value.text))


def dump(file: DrawFile) -> bytes:
    """The file as indented JSON. Its layout does not matter: what is hashed is ``canonical(file.list)``."""
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def load(document: bytes | str | dict[str, Any]) -> DrawFile:
    """A draw file from JSON or its parsed form. MethodError when it is not one, or has a member twice."""
    try:
        text = msgspec.json.encode(document) if isinstance(document, dict) else document
        file = msgspec.json.decode(text, type=DrawFile)
    except (msgspec.DecodeError, UnicodeError) as error:
        told = _TOLD.fullmatch(str(error))
        reason, place = told.groups() if told else (str(error), "")
        fault = Fault(
            "malformed", place or "file", "This is no draw file: {reason}.",
            "Compare it with the description of the format in docs/draw.md.", {"reason": shown(reason, 200)},
        )  # fmt: skip
        raise MethodError([fault]) from None
    if isinstance(document, dict):
        return file
    # Numbers stay texts: msgspec takes longer ones than int() does.
    if faults := list(_check_members("", json.loads(text, object_pairs_hook=_Members, parse_int=str))):
        raise MethodError(faults)
    return file


# -- verification ------------------------------------------------------------------------------------------------


class _Members(list[tuple[str, Any]]):
    """An object with every member as it is written."""


def _check_members(place: str, found: Any) -> Iterator[Fault]:
    """When a member stands twice, which of them counts differs from reader to reader: the file says two things."""
    if isinstance(found, _Members):
        inside = [(f"{place}.{name}".removeprefix("."), one) for name, one in found]
        for where, times in Counter(where for where, _one in inside).items():
            if times > 1:
                yield Fault(
                    "duplicate_member", where, "The member “{name}” stands here {times} times.",
                    "Write every member once: which of them counts differs from program to program.",
                    {"name": where.rpartition(".")[2], "times": str(times)},
                )  # fmt: skip
    elif isinstance(found, list):
        inside = [(f"{place}[{row}]", one) for row, one in enumerate(found)]
    else:
        return
    for where, one in inside:
        yield from _check_members(where, one)


def _check_format(file: DrawFile) -> Iterator[Fault]:
    if file.format != FORMAT:
        yield Fault(
            "wrong_format", "format", "The format is “{text}”, not “{wanted}”.",
            "Use the program of that format.", {"text": shown(file.format), "wanted": FORMAT},
        )  # fmt: skip


def _check_form(file: DrawFile) -> Iterator[Fault]:
    yield from _check_format(file)
    if file.commitment is None:
        yield Fault(
            "no_commitment", "commitment", "The file holds no hash that was published.", "Get the whole file."
        )  # fmt: skip
    if file.value is None:
        yield Fault(
            "no_value", "value", "The file holds no random value.", "Draw first, or get the whole file."
        )  # fmt: skip
    else:
        yield from check_text("value.text", file.value.text)


def _check_hash(file: DrawFile) -> Iterator[Fault]:
    assert file.commitment is not None
    if (own := list_hash(file.list)) != file.commitment.hash:
        yield Fault(
            "hash_differs", "commitment.hash", "The list has the hash {own}; published was “{told}”.",
            "The list is not the one that was published, or the hash was not of this list.",
            {"own": own, "told": shown(file.commitment.hash)},
        )  # fmt: skip


def _check_times(file: DrawFile) -> Iterator[Fault]:
    assert file.commitment is not None
    faults = [*check_time("list.due", file.list.due), *check_time("commitment.at", file.commitment.at)]
    if file.value is not None:
        faults += check_time("value.known_at", file.value.known_at)
    yield from faults
    due, at = moment(file.list.due), moment(file.commitment.at)
    if faults or due is None or at is None:
        return
    if at >= due:
        yield Fault(
            "committed_late", "commitment.at", "The hash was published at {at}, the value was due at {due}.",
            "A list that was not fixed before the value could be known proves nothing: announce a later value.",
            {"at": file.commitment.at, "due": file.list.due},
        )  # fmt: skip
    known = moment(file.value.known_at) if file.value is not None else None
    if known is not None and known < due:
        yield Fault(
            "value_early", "value.known_at", "The value became known at {known}, before it was due at {due}.",
            "Use the value that was announced, and the time when it became known.",
            {"known": file.value.known_at if file.value else "", "due": file.list.due},
        )  # fmt: skip


def _check_result(file: DrawFile) -> Iterator[Fault]:
    if file.result is None:
        yield Fault("no_result", "result", "The file holds no result.", "Draw first, or get the whole file.")
        return
    right = {one.id: one for one in _follows(file)}
    told = {one.id: one for one in file.result}
    for one in right.values():
        if one.id not in told:
            yield Fault(
                "not_listed", "result", "“{text}” is drawn by list and value, and is missing in the result.",
                "The result is not that of this list and value.", {"text": one.id},
            )  # fmt: skip
    seen: set[str] = set()
    for row, mine in enumerate(file.result):
        place = f"result[{row}]"
        wanted = right.get(mine.id)
        if wanted is None or mine.id in seen:
            yield Fault(
                "not_drawn", place, "“{text}” is not drawn by list and value, or stands here twice.",
                "The result is not that of this list and value.", {"text": shown(mine.id)},
            )  # fmt: skip
            continue
        seen.add(mine.id)
        for name in ("stratum", "probability", "inspectors"):
            ours, theirs = getattr(wanted, name), getattr(mine, name)
            if ours != theirs:
                yield Fault(
                    f"{name}_differs", f"{place}.{name}", "“{theirs}” stands where “{ours}” follows.",
                    "The result is not that of this list and value.",
                    {"ours": shown(_joined(ours)), "theirs": shown(_joined(theirs))},
                )  # fmt: skip
    if [one.id for one in file.result] != list(right) and sorted(told) == sorted(right):
        yield Fault(
            "order_differs", "result", "The result is not sorted by stratum and id, or names one twice.",
            "Sort it as docs/draw.md says.",
        )  # fmt: skip


def _joined(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _look(key: str, title: str, possible: bool, faults: Callable[[], Iterable[Fault]]) -> Check:
    return Check(key, title, possible, tuple(faults()) if possible else ())


def _checks_before_the_result(file: DrawFile) -> list[Check]:
    published = file.commitment is not None
    return [
        _look("form", "The file is complete and of the known format", True, lambda: _check_form(file)),
        _look(
            "list", "The list can be drawn from and holds no personal number", True,
            lambda: check_list(file.list),
        ),
        _look("hash", "The published hash is that of the list", published, lambda: _check_hash(file)),
        _look(
            "times", "The hash was published before the random value could be known", published,
            lambda: _check_times(file),
        ),
    ]  # fmt: skip


def checks(file: DrawFile) -> list[Check]:
    """Everything that can be checked from the file alone, one after the other."""
    form, sound, *others = _checks_before_the_result(file)
    result = _look(
        "result", "Who was drawn, their chances and their inspectors follow from list and value",
        form.ok and sound.ok, lambda: _check_result(file),
    )  # fmt: skip
    return [form, sound, *others, result]


def verify(document: DrawFile | bytes | str | dict[str, Any]) -> list[Fault]:
    """Everything that is wrong with a draw file; an empty list means the draw can be repeated from it as told.

    What no file can show: that the hash was published when it says, and that the value is the public one.
    """
    try:
        file = document if isinstance(document, DrawFile) else load(document)
    except MethodError as error:
        return list(error.faults)
    return [fault for check in checks(file) for fault in check.faults]
