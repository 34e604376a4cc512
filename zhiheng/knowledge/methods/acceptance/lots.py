"""GB/T 2828.1 (ISO 2859-1): code letters, single plans for normal, tightened and reduced inspection, switching.

The standard itself was not at hand. The code letters and the single plans agree cell by cell with a published
transcription of GB/T 2828.1-2012, tables 1 and 2-A to 2-C (printed pages 15 to 17, two readers;
github.com/nihantao-crosis/quality-platform), the normal and tightened ones also with an independent list of 780
plans, the reduced ones at AQL 1.0 and 2.5 also with a second transcription. One cell is doubtful (``DOUBTFUL``).
The master tables for double and multiple sampling were not at hand and are not given; ``plans`` works out double and
multiple plans of any numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from zhiheng.knowledge.methods.acceptance.plans import Plan, single

Severity = Literal["normal", "tightened", "reduced"]
State = Literal["normal", "tightened", "reduced", "stopped"]

LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
LETTERS = "ABCDEFGHJKLMNPQR"
#: S exists for tightened inspection with Ac 1 alone.
_LETTERS = LETTERS + "S"
_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150)
_REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)
#: Per cent nonconforming up to 10; nonconformities per 100 items throughout.
AQLS = (
    "0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0", "1.5", "2.5",
    "4.0", "6.5", "10", "15", "25", "40", "65", "100", "150", "250", "400", "650", "1000",
)  # fmt: skip
_UPPER = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000, 150000, 500000)
_CODES = (
    "AAAAAAB", "AAAAABC", "AABBBCD", "ABBCCDE", "BBCCCEF", "BBCDDFG", "BCDEEGH", "BCDEFHJ",
    "CCEFGJK", "CDEGHKL", "CDFGJLM", "CDFHKMN", "DEGJLNP", "DEGJMPQ", "DEHKNQR",
)  # fmt: skip
#: Along a diagonal (letter + AQL is constant) the acceptance number is the same.
_NUMBERS: dict[Severity, dict[int, int]] = {
    "normal": {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21, 11: 30, 12: 44},
    "tightened": {1: 0, 4: 1, 5: 2, 6: 3, 7: 5, 8: 8, 9: 12, 10: 18, 11: 27, 12: 41},
    "reduced": {0: 0, 4: 1, 5: 2, 6: 3, 7: 5, 8: 6, 9: 8, 10: 10, 11: 14, 12: 21},
}
#: Reduced inspection takes two items for A and B alike, so from AQL 25 on both have the numbers of A's normal plans.
_SMALLEST_REDUCED = dict(zip(range(17, 26), (1, 2, 3, 5, 7, 10, 14, 21, 30), strict=True))
#: Sources disagree on one cell: here the arrow of the list and of MIL-STD-105E, in the transcription n = 2 with Ac 0.
DOUBTFUL = ("A", "10", "tightened")


@dataclass(frozen=True)
class LotPlan:
    """What a lot is inspected by.

    ``letter`` is the lot's; ``used`` the one whose plan the arrows lead to.
    ``full``: the sample would be no smaller than the lot, so all of it is inspected. ``verified``: False where sources
    disagree on the number.
    """

    letter: str
    used: str
    plan: Plan
    full: bool
    verified: bool = True


def letter_of(lot: int, level: str = "II") -> str:
    """The code letter of a lot size (2 or more) at an inspection level."""
    if lot < 2 or level not in LEVELS:
        raise ValueError(f"a lot has 2 items or more; levels are {', '.join(LEVELS)}")
    row = next((row for row, upper in enumerate(_UPPER) if lot <= upper), len(_UPPER))
    return _CODES[row][LEVELS.index(level)]


def _number(row: int, column: int, severity: Severity) -> int | None:
    """The acceptance number in the table, or None where it has an arrow (or ends)."""
    diagonal = row + column - 14
    if severity == "reduced" and row < 2 and column >= 17:
        return _SMALLEST_REDUCED[column]
    number = _NUMBERS[severity].get(diagonal)
    if number is None or (diagonal > 10 and row > 4):
        return None
    if row == 0 and number == 0 and severity == "tightened":
        return None
    if row == 16 and (severity != "tightened" or number != 1):
        return None
    return number


def _arrow(row: int, column: int, severity: Severity) -> tuple[int, int]:
    """Row and number that the arrows lead to.

    Up from beyond the last number and from the first arrow after Ac 0 of normal and reduced inspection, down otherwise;
    the other way where that leads nowhere.
    """
    diagonal = row + column - 14
    numbers = _NUMBERS[severity]
    upwards = range(row, -1, -1)
    downwards = range(row, 17)
    up_first = diagonal > 4 or (severity != "tightened" and diagonal == 1)
    for way in (upwards, downwards) if up_first else (downwards, upwards):
        for other in way:
            number = _number(other, column, severity)
            if number is not None and (diagonal in numbers or diagonal > 4 or number <= 1):
                return other, number
    raise AssertionError("every column has a number")


def plan_by_letter(letter: str, aql: str, severity: Severity = "normal") -> tuple[str, Plan]:
    """The single plan of a letter and an AQL (one of ``AQLS``), and the letter that it is of after the arrows."""
    if letter not in LETTERS or aql not in AQLS or severity not in _NUMBERS:
        raise ValueError(f"letters are {LETTERS}; AQLs are {', '.join(AQLS)}; normal, tightened or reduced")
    row, number = _arrow(LETTERS.index(letter), AQLS.index(aql), severity)
    return _LETTERS[row], single((_REDUCED_SIZES if severity == "reduced" else _SIZES)[row], number)


def lot_plan(lot: int, aql: str, level: str = "II", severity: Severity = "normal") -> LotPlan:
    """How a lot is inspected. Where the sample is as large as the lot, every item is, with the same Ac."""
    letter = letter_of(lot, level)
    used, plan = plan_by_letter(letter, aql, severity)
    full = plan.n >= lot
    if full:
        plan = single(lot, plan.stages[0].accept)
    return LotPlan(letter, used, plan, full, (letter, aql, severity) != DOUBTFUL)


# -- switching ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lot:
    """A lot's result.

    ``found``: nonconforming items, for the switching score; ``steady`` production and ``approved`` by the authority in
    charge are conditions of reduced inspection.
    """

    accepted: bool
    found: int = 0
    steady: bool = True
    approved: bool = False


@dataclass(frozen=True)
class Switching:
    """Where the inspection of a series stands before the next lot.

    ``recent``: acceptance of the latest lots (at most five) of original inspection under the present severity;
    ``score``: the switching score; ``failures``: lots not accepted since tightened inspection began.
    """

    state: State = "normal"
    recent: tuple[bool, ...] = ()
    score: int = 0
    failures: int = 0


SCORE_FOR_REDUCED = 30


def score_after(score: int, plan: Plan, tighter: int | None, lot: Lot) -> int:
    """The switching score after a lot of normal inspection, for single sampling.

    Ac 0 or 1: two more when accepted. Ac 2 or more: three more when it would have been accepted with the number
    ``tighter`` of the next smaller AQL. Back to 0 otherwise (9.3.3.2, as the transcription's program has it too).
    """
    number = plan.stages[0].accept
    if not lot.accepted:
        return 0
    if number <= 1:
        return score + 2
    return score + 3 if tighter is not None and lot.found <= tighter else 0


def tighter_number(letter: str, aql: str) -> int | None:
    """The acceptance number of the same letter one AQL step tighter, for the switching score; None at an arrow."""
    row, column = _LETTERS.index(letter), AQLS.index(aql) - 1
    return _number(row, column, "normal") if column >= 0 else None


def step(now: Switching, lot: Lot, plan: Plan | None = None, tighter: int | None = None) -> Switching:
    """The state after one lot of original inspection; ``plan`` and ``tighter`` (normal inspection) feed the score.

    - normal → tightened: two of five or fewer consecutive lots are not accepted
    - tightened → normal: five consecutive lots are accepted
    - tightened → stopped: five lots are not accepted since it began
    - normal → reduced: the score reaches 30, production is steady, and the authority approves
    - reduced → normal: a lot is not accepted, or production is not steady

    A stopped series stays so until ``resume``.
    """
    recent = (*now.recent, lot.accepted)[-5:]
    if now.state == "normal":
        score = score_after(now.score, plan, tighter, lot) if plan is not None else 0
        if recent.count(False) >= 2:
            return Switching("tightened")
        if score >= SCORE_FOR_REDUCED and lot.steady and lot.approved:
            return Switching("reduced")
        return replace(now, recent=recent, score=score)
    if now.state == "tightened":
        failures = now.failures + (not lot.accepted)
        if failures >= 5:
            return Switching("stopped", failures=failures)
        if len(recent) == 5 and all(recent):
            return Switching("normal")
        return replace(now, recent=recent, failures=failures)
    if now.state == "reduced" and not (lot.accepted and lot.steady):
        return Switching("normal")
    return now


def resume(now: Switching) -> Switching:
    """A stopped series begins again, tightened, after the supplier has acted and the authority agrees."""
    return Switching("tightened") if now.state == "stopped" else now
