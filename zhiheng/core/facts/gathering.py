"""What rooms had before facts were recorded, and what a later load brought in: read again, each once.

A room registers a function that gives its facts one after another; ``gather`` records those that are not there yet, a
thousand at a time, so its memory does not grow with the rows.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.models import Fact

SOME = 1000
Source = Callable[[], Iterator[Fact]]
_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register where facts come from; the name is the ledger's."""

    def register(function: Source) -> Source:
        _sources[name] = function
        return function

    return register


def gather() -> dict[str, int]:
    """Record what is missing; how many facts are new, by source. May be stopped and run again."""
    new: dict[str, int] = {}
    for name, rows in sorted(_sources.items()):
        waiting, new[name] = rows(), 0
        while some := list(islice(waiting, SOME)):
            new[name] += len(record_facts(None, some, told_by=f"gather:{name}"))
    return new
