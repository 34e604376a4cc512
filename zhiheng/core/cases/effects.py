"""What rooms do when a step is taken: registered here, so that systems meet in core and do not import each other.

An effect runs in the step's transaction, after the step is written: what it refuses (a Problem) undoes the step.
A *check* runs before anything is written and may refuse the step with a Problem. A *beginning* says with what the
case that a step opens begins: at which office, with which parties, values and files.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhiheng.core.cases.actions import Opening
    from zhiheng.core.cases.models import Case, Step

Effect = Callable[["Case", "Step"], None]
Check = Callable[["Case", dict[str, Any], str], None]
Beginning = Callable[["Case", "Step", "Opening"], "Opening"]
_effects: dict[tuple[str, str], list[Effect]] = defaultdict(list)
_checks: dict[tuple[str, str], list[Check]] = defaultdict(list)
_beginnings: dict[tuple[str, str], list[Beginning]] = defaultdict(list)


def on(procedure: str, step: str) -> Callable[[Effect], Effect]:
    """Register what happens when a step of a procedure was taken."""

    def register(function: Effect) -> Effect:
        _effects[procedure, step].append(function)
        return function

    return register


def before(procedure: str, *steps: str) -> Callable[[Check], Check]:
    """Register what must hold before steps are taken; it gets the case, the values given and the ground."""

    def register(function: Check) -> Check:
        for step in steps:
            _checks[procedure, step].append(function)
        return function

    return register


def opening(procedure: str, step: str) -> Callable[[Beginning], Beginning]:
    """Register with what the case begins that a step opens; it gets the case, the step and the engine's opening."""

    def register(function: Beginning) -> Beginning:
        _beginnings[procedure, step].append(function)
        return function

    return register


def begin(case: "Case", step: "Step", opening: "Opening") -> "Opening":
    """The opening of the case that a step leads to, as the rooms complete it."""
    for function in _beginnings[case.procedure, step.key]:
        opening = function(case, step, opening)
    return opening


def check(case: "Case", step: str, values: dict[str, Any], ground: str) -> None:
    """Ask every check of a step."""
    for function in _checks[case.procedure, step]:
        function(case, values, ground)


def run(case: "Case", step: "Step") -> None:
    """Run every effect of a step."""
    for function in _effects[case.procedure, step.key]:
        function(case, step)
