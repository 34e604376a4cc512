"""Facts as rows of the official layout of their kind, where one is known; a room registers how its own are written."""

from collections.abc import Callable, Sequence
from typing import Any

from zhiheng.core.facts.models import Fact

Layout = Callable[[Sequence[Fact]], list[dict[str, Any]]]
_layouts: dict[str, tuple[str, Layout]] = {}


def layout(kind: str, contract: str) -> Callable[[Layout], Layout]:
    """Register how facts of a kind are written, and the data contract by which such rows are taken in elsewhere.

    The function gives a row for each fact it can write; a fact that it cannot is left out of its list.
    """

    def register(function: Layout) -> Layout:
        _layouts[kind] = (contract, function)
        return function

    return register


def of(kind: str) -> tuple[str, Layout] | None:
    """The contract and the function of a kind, if it has any."""
    return _layouts.get(kind)
