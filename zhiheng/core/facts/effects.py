"""What rooms do when a fact goes on record or is withdrawn. An effect runs in the transaction of the record."""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng.core.facts.models import Fact

Effect = Callable[["list[Fact]"], None]
_recorded: dict[str, list[Effect]] = defaultdict(list)
_withdrawn: dict[str, list[Effect]] = defaultdict(list)


def on(*kinds: str) -> Callable[[Effect], Effect]:
    """Register what happens when facts of some kinds went on record; it gets those of one kind at a time."""

    def register(function: Effect) -> Effect:
        for kind in kinds:
            _recorded[kind].append(function)
        return function

    return register


def on_withdrawn(*kinds: str) -> Callable[[Effect], Effect]:
    """Register what happens when a fact was withdrawn."""

    def register(function: Effect) -> Effect:
        for kind in kinds:
            _withdrawn[kind].append(function)
        return function

    return register


def run(facts: "list[Fact]") -> None:
    """Tell whoever asked of new facts."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[fact.kind].append(fact)
    for kind, some in by_kind.items():
        for function in _recorded[kind]:
            function(some)


def run_withdrawn(fact: "Fact") -> None:
    """Tell whoever asked that a fact counts no more."""
    for function in _withdrawn[fact.kind]:
        function([fact])
